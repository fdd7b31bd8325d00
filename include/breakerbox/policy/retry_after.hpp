// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RETRY_AFTER_HPP
#define BREAKERBOX_POLICY_RETRY_AFTER_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/named_first.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/ask_wait.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/detail/http_date.hpp>
#include <breakerbox/policy/detail/wrapped_callable.hpp>
#include <breakerbox/policy/fits_operation.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/wait_formulas.hpp>

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

namespace detail {

/// What is in a text that is but digits, `d` seconds if it has one only; less than the longest duration's.
inline duration seconds_of_digits(std::string_view digits) noexcept {
    std::uint64_t seconds = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), seconds).ec != std::errc{})
        return duration::max();
    return saturating_cast<duration>(std::chrono::duration<std::uint64_t>{seconds});
}

/// The same of the digits behind a point; what is less than a nanosecond is one.
inline duration fraction_of_digits(std::string_view digits) noexcept {
    std::int64_t nanoseconds = 0;
    for (std::int64_t place = 100'000'000; place != 0 && !digits.empty();
         place /= 10, digits.remove_prefix(1))
        nanoseconds += (digits.front() - '0') * place;
    auto const has_more = digits.find_first_not_of('0') != digits.npos;
    return std::chrono::nanoseconds{nanoseconds + (has_more ? 1 : 0)};
}

} // namespace detail

/// How long the value of HTTP's Retry-After header asks to wait (RFC 9110, 10.2.3): a number of seconds, or a
/// date in one of HTTP's three forms, which is taken from `now`; nothing where it is neither. Blanks around
/// it don't count. Seconds may have a fraction, as in "2.0", which some servers send and no RFC knows.
///
/// Never negative: a date in the past is zero. What is longer than the longest duration is that. A year of
/// two digits is read as one not more than 50 years from `now`. Throws nothing of its own.
inline std::optional<duration> retry_after(
    std::string_view value, std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) {
    constexpr std::string_view blanks = " \t";
    value.remove_prefix(std::min(value.find_first_not_of(blanks), value.size()));
    value = value.substr(0, value.find_last_not_of(blanks) + 1);

    constexpr std::string_view digits = "0123456789";
    auto const whole = value.substr(0, value.find_first_not_of(digits));
    auto const rest = value.substr(whole.size());
    if (!whole.empty() &&
        (rest.empty() || (rest.front() == '.' && rest.find_first_not_of(digits, 1) == rest.npos)))
        return detail::saturating_add(detail::seconds_of_digits(whole),
                                      detail::fraction_of_digits(rest.substr(rest.empty() ? 0 : 1)));
    auto const at = detail::http_date(value, std::chrono::floor<std::chrono::seconds>(now));
    if (!at)
        return std::nullopt;
    // In microseconds, which reach beyond the year 9999. Of `now` the rest is dropped, so that no wait is too
    // short.
    auto const wait = *at - std::chrono::floor<std::chrono::microseconds>(now);
    return std::max(detail::saturating_cast<duration>(wait), duration::zero());
}

/// What a call does whose server asks for a longer wait than `retry_after_options::max`.
enum class when_longer : std::uint8_t {
    /// It waits for `max`, and tries again although the server wants no such attempt yet.
    wait_max,
    /// It ends without another attempt, as where the stop policy gives up; `retry_end::wait_too_long` says why.
    give_up,
};

/// How `wait_retry_after` takes what a server says.
struct retry_after_options {
    /// The longest time that a server is believed; where it says a longer one, this is the wait, but for
    /// jitter, or the call ends, as `when_longer` says.
    duration max = std::chrono::minutes{1};
    /// By how much of itself a wait is lengthened at most, so that clients that were told the same time don't
    /// come back as one: 0.1 is up to a tenth. Finite, zero or more.
    double jitter = 0.1;
    breakerbox::when_longer when_longer = breakerbox::when_longer::wait_max;
};

namespace detail {

template <class>
inline constexpr bool is_optional_duration = false;
template <any_duration D>
inline constexpr bool is_optional_duration<std::optional<D>> = true;

} // namespace detail

/// As long as the server says: `f` is asked about the attempt's exception, or what it returned, its value or its
/// error, where that is of the type of its parameter, and returns a std::optional of a duration. Where it returns none,
/// and about anything else, the wait policy `otherwise` is asked, which until then doesn't notice the attempt.
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

    /// Whether there is anything to ask f about where the operation returns a T.
    template <class T>
    static constexpr bool fits =
        (detail::is_returned_as<detail::parameter_t<F>, T> ||
         detail::looks_thrown<detail::parameter_t<F>>)&&detail::fits_operation<Otherwise, T>;

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
        if (*told > options_.max && options_.when_longer == when_longer::give_up) {
            a.gives_up = true;
            return *told;
        }
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
        std::optional<duration> told;
        if (o.template look_at_error<parameter>([&](parameter const& error) { told = ask(error); }))
            return told;
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
