// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_AFTER_HPP
#define BREAKERBOX_RETRY_AFTER_HPP

#include <breakerbox/attempt.hpp>
#include <breakerbox/concepts.hpp>
#include <breakerbox/config.hpp>
#include <breakerbox/detail/http_date.hpp>
#include <breakerbox/detail/named_first.hpp>
#include <breakerbox/detail/require.hpp>
#include <breakerbox/detail/saturate.hpp>
#include <breakerbox/detail/wait_formulas.hpp>
#include <breakerbox/detail/wrapped_callable.hpp>
#include <breakerbox/outcome.hpp>
#include <breakerbox/wait.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace breakerbox {

/// How long the value of HTTP's Retry-After header asks to wait (RFC 9110, 10.2.3): a number of seconds, or a
/// date in one of HTTP's three forms, which is taken from `now`; nothing where it is neither. Blanks around
/// it don't count.
///
/// Never negative: a date in the past is zero. What is longer than the longest duration is that. A year of
/// two digits is read as one not more than 50 years from `now`. Throws nothing of its own.
inline std::optional<duration> retry_after(
    std::string_view value, std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) {
    constexpr std::string_view blanks = " \t";
    value.remove_prefix(std::min(value.find_first_not_of(blanks), value.size()));
    value = value.substr(0, value.find_last_not_of(blanks) + 1);

    if (!value.empty() && value.find_first_not_of("0123456789") == value.npos) {
        std::uint64_t seconds = 0;
        if (std::from_chars(value.data(), value.data() + value.size(), seconds).ec != std::errc{})
            return duration::max();
        return detail::saturating_cast<duration>(std::chrono::duration<std::uint64_t>{seconds});
    }
    auto const at = detail::http_date(std::string{value}, std::chrono::floor<std::chrono::seconds>(now));
    if (!at)
        return std::nullopt;
    // In microseconds, which reach beyond the year 9999. Of `now` the rest is dropped, so that no wait is too
    // short.
    auto const wait = *at - std::chrono::floor<std::chrono::microseconds>(now);
    return std::max(detail::saturating_cast<duration>(wait), duration::zero());
}

/// How `wait_retry_after` takes what a server says.
struct retry_after_options {
    /// The longest time that a server is believed; where it says a longer one, this is the wait, but for
    /// jitter.
    duration max = std::chrono::minutes{1};
    /// By how much of itself a wait is lengthened at most, so that clients that were told the same time don't
    /// come back as one: 0.1 is up to a tenth. Finite, zero or more.
    double jitter = 0.1;
};

namespace detail {

template <class>
inline constexpr bool is_optional_duration = false;
template <any_duration D>
inline constexpr bool is_optional_duration<std::optional<D>> = true;

} // namespace detail

/// As long as the server says: `f` is asked about the attempt's exception or value, where that is of the type
/// of its parameter, and returns a std::optional of a duration. Where it returns none, and about anything
/// else, the wait policy `otherwise` is asked, which until then doesn't notice the attempt.
///
/// The wait is min(what f returned, max), plus a uniform draw from [0, jitter * that): jitter never has a
/// client come back too early, and goes beyond max. An f that takes std::exception_ptr is asked about every
/// exception. A value's type must be exactly f's.
template <class F, wait_policy Otherwise>
class wait_retry_after : detail::wrapped_callable<F> {
public:
    using category = wait_category;
    using memory = detail::memory_of_t<Otherwise>;
    static constexpr bool reads_time = breakerbox::reads_time<Otherwise>;

    template <class G, class W>
        requires(std::constructible_from<F, G &&> && std::constructible_from<Otherwise, W &&>)
    constexpr wait_retry_after(G&& f, W&& otherwise, retry_after_options options = {})
        : detail::wrapped_callable<F>(std::forward<G>(f)),
          otherwise_(std::forward<W>(otherwise)),
          options_(options) {
        detail::require_named_first<W>();
    }

    duration operator()(attempt const& a, memory& m) const {
        auto const told = a.last != nullptr ? ask_about(*a.last) : std::nullopt;
        if (!told)
            return detail::ask(otherwise_, a, m);
        auto const wait = std::clamp(*told, duration::zero(), options_.max);
        auto const jitter =
            static_cast<long double>(wait.count()) * static_cast<long double>(options_.jitter);
        return detail::uniform(a, wait, detail::saturating_add(wait, detail::from_nanoseconds(jitter)));
    }
    /// Throws std::invalid_argument if an option or a field of `otherwise` can't be right.
    void validate() const {
        detail::require_not_negative("wait_retry_after.max", options_.max);
        detail::require(std::isfinite(options_.jitter) && options_.jitter >= 0, "wait_retry_after.jitter",
                        "finite and zero or more", options_.jitter);
        detail::validate(otherwise_);
    }

private:
    using parameter = detail::parameter_t<F>;

    std::optional<duration> ask_about(outcome const& o) const {
        if constexpr (std::same_as<parameter, std::exception_ptr>) {
            return o.has_exception() ? ask(o.exception()) : std::nullopt;
        } else {
            if (auto const* value = o.value_as<parameter>())
                return ask(*value);
            if constexpr (!std::is_pointer_v<parameter>)
                if (auto const* e = o.exception_as<parameter>())
                    return ask(*e);
            return std::nullopt;
        }
    }

    std::optional<duration> ask(parameter const& of) const {
        auto const told = std::invoke(this->callable_, of);
        static_assert(
            detail::is_optional_duration<std::remove_const_t<decltype(told)>>,
            "breakerbox: this callable must return a std::optional of a duration, with nothing in it "
            "where the server doesn't say when to come back");
        return told ? std::optional{detail::saturating_cast<duration>(*told)} : std::nullopt;
    }

    Otherwise otherwise_;
    retry_after_options options_;
};

template <class F, class Otherwise>
wait_retry_after(F&&, Otherwise&&, retry_after_options = {})
    -> wait_retry_after<std::decay_t<F>, std::decay_t<Otherwise>>;

} // namespace breakerbox

#endif
