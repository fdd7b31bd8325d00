// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_UNHEARD_LEAVE_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_UNHEARD_LEAVE_HPP

#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/rule/rule.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <optional>

namespace breakerbox::detail {

/// Whether Redis may have taken a step, or may take it still, that ended here with this error.
inline bool may_be_taken(boost::system::error_code error) noexcept {
    return error == asio::error::operation_aborted || error == make_error_code(redis_errc::timed_out);
}

/// What gives back a probe's leave that nobody heard of, which bears its request's number; nothing for a step that asks
/// for none.
template <rule Rule>
std::optional<step_request> giving_back(step_request const& asked) noexcept {
    if (!trip_rule<Rule> || asked.step != twin_step::acquire)
        return std::nullopt;
    step_request given_back{};
    given_back.step = twin_step::report;
    given_back.number = asked.fresh;
    given_back.call = {verdict::neutral};
    return given_back;
}

} // namespace breakerbox::detail

#endif
