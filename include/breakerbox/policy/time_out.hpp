// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_TIME_OUT_HPP
#define BREAKERBOX_POLICY_TIME_OUT_HPP

#include <breakerbox/policy/outcome.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <string_view>

// What a time-out is, asked here by all who want to know. To the breaker it is a failure in any case.

namespace breakerbox {

namespace detail {

/// beast::error::timeout, which is no errc::timed_out. Known by its category's name, so that nobody has to have Beast.
inline bool is_time_out_of_beast(boost::system::error_code const& code) noexcept {
    return code.value() == 1 && code.category().name() == std::string_view{"boost.beast"};
}

} // namespace detail

/// Whether an error says that something took too long: a code that is equivalent to std::errc::timed_out, in whatever
/// category, as Asio's, the systems' and this library's are, or Beast's. What has run out of a call's deadline is none.
///
/// An operation's own, that bear no such code, are made known to a retrier by `retrier_options::is_time_out`.
inline bool is_time_out(boost::system::error_code const& code) noexcept {
    return code == boost::system::errc::timed_out || detail::is_time_out_of_beast(code);
}

/// Whether an attempt ended with such an error, thrown or returned.
inline bool is_time_out(outcome const& ended) {
    auto const code = ended.error();
    return code && is_time_out(*code);
}

} // namespace breakerbox

#endif
