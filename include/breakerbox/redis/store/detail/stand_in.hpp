// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_STAND_IN_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_STAND_IN_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/redis/store/detail/redis_ticket.hpp>
#include <breakerbox/redis/store/detail/store_clock.hpp>
#include <breakerbox/redis/store/detail/store_view.hpp>
#include <breakerbox/redis/store/options.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/store.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace breakerbox::detail {

/// Takes the steps of a redis_store while Redis can't be asked, as `when_store_fails` says. Does no I/O.
template <rule Rule>
class stand_in {
public:
    using ticket = redis_ticket<Rule>;

    stand_in(when_store_fails mode, store_view<Rule>& view) noexcept : mode_(mode), view_(view) {}

    leave<ticket> acquire(std::string_view host, change_queue& changes, acquire_options options) {
        leave<ticket> given;
        if (!goes_on_locally()) {
            given.ticket.given_by = ticket::giver::nobody;
            return given;
        }
        auto const local = view_.local().acquire(host, changes, options);
        given.ticket.given_by = ticket::giver::this_process;
        given.ticket.local = local.ticket;
        given.ticket.is_probe = local.ticket.is_probe;
        given.ticket.granted_at = store_clock::now();
        given.refusal = local.refusal;
        given.refused_at = local.refused_at;
        return given;
    }

    /// Throws no store_error: the call has been made.
    report_result report(ticket const& granted, std::string_view host, verdict v, change_queue& changes) {
        if (mode_ != when_store_fails::use_local)
            return {};
        if (granted.given_by == ticket::giver::this_process)
            return view_.local().report(granted.local, host, v, changes);
        return view_.local().report_foreign(host, ended_at(granted, v, store_clock::now()), changes);
    }

    host_status record(std::string_view host, ended_call call, change_queue& changes) {
        return goes_on_locally() ? view_.local().record(host, call, changes) : host_status{};
    }

    host_status look(std::string_view host) const {
        return goes_on_locally() ? view_.local().look(host) : host_status{};
    }

    void force_open(std::string_view host, std::optional<std::chrono::microseconds> open_for,
                    change_queue& changes) {
        if (goes_on_locally())
            view_.local().force_open(host, open_for, changes);
    }

    void reset(std::string_view host, change_queue& changes) {
        if (goes_on_locally())
            view_.local().reset(host, changes);
    }

private:
    /// Whether the rule goes on in this process. Throws store_error where Redis is to be asked or none.
    bool goes_on_locally() const {
        if (mode_ == when_store_fails::fail) {
            auto const failure = view_.health().last_failure();
            throw store_error{failure.error, failure.text};
        }
        return mode_ == when_store_fails::use_local;
    }

    when_store_fails mode_;
    store_view<Rule>& view_;
};

} // namespace breakerbox::detail

#endif
