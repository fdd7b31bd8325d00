// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_BRING_HOST_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_BRING_HOST_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/redis/store/detail/changed_hosts.hpp>
#include <breakerbox/redis/store/detail/hearing.hpp>
#include <breakerbox/redis/store/detail/local_hosts.hpp>
#include <breakerbox/redis/store/detail/script_channel.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/redis/store/detail/store_clock.hpp>
#include <breakerbox/rule/rule.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// Brings what is known here of a host to the shared state. `own` is the change that goes along with it, where failures
/// were counted here; unless it arrives, it is noted again, also where there is no memory for this coroutine.
template <rule Rule>
asio::awaitable<hearing> bring_host(script_channel<Rule>& channel, local_hosts<Rule>& local,
                                    std::string_view host, std::optional<changed_hosts::change> own) {
    auto on_its_way = std::move(own); // a parameter would live on after the last line
    auto asked = new_request(twin_step::meet);
    auto const known = local.look(host);
    asked.known = &known;
    if (known.state != breaker_state::closed) {
        auto const opening = local.opening_of(host, known, on_its_way.has_value(), asked.fresh,
                                              channel.connection().sessions(), store_clock::now());
        asked.opening = opening.number;
        asked.learnt_ago = opening.learnt_ago;
    }
    auto heard = co_await channel.send(asked, host);
    if (!heard.failure) {
        local.note_told(host, heard.session);
        if (on_its_way)
            on_its_way->arrive();
    }
    co_return heard;
}

} // namespace breakerbox::detail

#endif
