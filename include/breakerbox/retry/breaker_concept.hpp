// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_BREAKER_CONCEPT_HPP
#define BREAKERBOX_RETRY_BREAKER_CONCEPT_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// The seam between a retrier and its breaker.

namespace breakerbox {

namespace detail {

template <class B>
concept answers_refusals = requires(B& b, rejection const& why) {
    { b.keeps_failure_texts() } -> std::same_as<bool>;
    b.on_host_unavailable(why);
    b.tell_refusal(why);
};

template <class A>
concept admission = requires(A& a) {
    { static_cast<bool>(a) };
    a.permit();
    { a.why() } -> std::convertible_to<rejection>;
};

template <class B>
concept answers_now =
    requires(B& b, host_name const& host, acquire_options options, std::string_view failure) {
        { b.acquire_borrowing_now(host, options) } -> admission;
        {
            b.acquire_borrowing_now(host, options).permit().report_now(verdict::failure, failure)
        } -> std::same_as<bool>;
        { b.acquire_borrowing_now(host, options).permit().is_probe() } -> std::same_as<bool>;
    };

template <class A>
concept awaited_admission =
    admission<typename A::value_type> && requires(typename A::value_type& a, verdict v, std::string failure) {
        { a.permit().report(v, failure) } -> std::same_as<asio::awaitable<bool>>;
        { a.permit().is_probe() } -> std::same_as<bool>;
        { a.permit().needs_report(v) } -> std::same_as<bool>;
        a.permit().post_report(v);
    };

template <class B>
concept answers_awaited = requires(B& b, host_name const& host, acquire_options options) {
    { b.acquire_borrowing(host, options) } -> awaited_admission;
};

} // namespace detail

/// What a retrier needs of a breaker: leave for one call, asked with acquire_options, at once or awaited, whose report,
/// with the failure's text if the breaker keeps such texts, says whether the call failed and its host is open now; an
/// answer to a refusal; and that it tells of one later that was asked for quietly, where the call ends with it.
template <class B>
concept breaker = detail::answers_refusals<B> && (detail::answers_now<B> || detail::answers_awaited<B>);

/// A retrier without a breaker.
struct no_breaker {};

namespace detail {

/// Stands for the host, and for the permit, of a call without a breaker.
struct unguarded {
    unguarded() = default;
    explicit unguarded(std::string_view) noexcept {}
    operator std::string_view() const noexcept { return {}; }
};

template <answers_awaited Breaker>
using awaited_admission_of = typename decltype(std::declval<Breaker&>().acquire_borrowing(
    std::declval<host_name const&>(), acquire_options{}))::value_type;

/// The permits that a retrier gets from its breaker.
template <class Breaker>
struct permit_of {
    using type =
        std::decay_t<decltype(std::declval<Breaker&>()
                                  .acquire_borrowing_now(std::declval<host_name const&>(), acquire_options{})
                                  .permit())>;
};
template <>
struct permit_of<no_breaker> {
    using type = unguarded;
};
template <answers_awaited Breaker>
struct permit_of<Breaker> {
    using type = std::decay_t<decltype(std::declval<awaited_admission_of<Breaker>>().permit())>;
};

template <class Clock>
inline constexpr bool is_virtual_clock = false;
template <class Clock>
    requires requires { Clock::is_virtual; }
inline constexpr bool is_virtual_clock<Clock> = Clock::is_virtual;

/// Whether a retrier on a clock and its breaker's store both go by virtual time, or neither. With one of each, a test
/// would see hosts that stay open for ever.
template <class Breaker, class Clock>
inline constexpr bool shares_time = true;
template <class Breaker, class Clock>
    requires requires { typename Breaker::store_type::clock_type; }
inline constexpr bool shares_time<Breaker, Clock> =
    is_virtual_clock<typename Breaker::store_type::clock_type> == is_virtual_clock<Clock>;

} // namespace detail

} // namespace breakerbox

#endif
