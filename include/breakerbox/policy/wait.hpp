// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_WAIT_HPP
#define BREAKERBOX_POLICY_WAIT_HPP

#include <breakerbox/base/named_first.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/detail/wrapped_callable.hpp>
#include <breakerbox/policy/fits_operation.hpp>
#include <breakerbox/policy/wait_formulas.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

// How long to wait before the next attempt. A wait policy is asked after each failed attempt, n being the
// number of that attempt. Any callable from `attempt const&` to a std::chrono::duration is one, and `a + b`
// adds two. All are immutable, and safe to share between any number of calls and threads: what changes lives
// in the call. Sums and powers stop at the longest duration; less than zero, or a NaN, is taken as zero.

namespace breakerbox {

namespace detail {

/// Asks a wait policy; what comes back is never negative.
template <wait_policy Wait>
duration ask(Wait const& wait, attempt const& a, memory_of_t<Wait>& memory) {
    if constexpr (remembering_wait<Wait>)
        return std::max(saturating_cast<duration>(wait(a, memory)), duration::zero());
    else
        return std::max(saturating_cast<duration>(wait(a)), duration::zero());
}

} // namespace detail

/// No wait.
struct wait_none {
    using category = wait_category;
    static constexpr bool reads_time = false;

    constexpr duration operator()(attempt const&) const noexcept { return duration::zero(); }
};

/// The same wait each time.
struct wait_fixed {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration wait;

    constexpr duration operator()(attempt const&) const noexcept { return wait; }
    void validate() const { detail::require_not_negative("wait_fixed.wait", wait); }
};

/// Uniform in [min, max).
struct wait_random {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration min = duration::zero();
    duration max = std::chrono::seconds{1};

    duration operator()(attempt const& a) const { return detail::uniform(a, min, max); }
    void validate() const {
        detail::require_not_negative("wait_random.min", min);
        detail::require(max >= min, "wait_random.max", "wait_random.min or more", max);
    }
};

/// start + increment * (n - 1), held between zero and max. The increment may be negative.
struct wait_incrementing {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration start = duration::zero();
    duration increment = std::chrono::seconds{1};
    duration max = duration::max();

    duration operator()(attempt const& a) const {
        auto const steps = static_cast<long double>(a.number - 1);
        return std::clamp(detail::from_nanoseconds(static_cast<long double>(start.count()) +
                                                   static_cast<long double>(increment.count()) * steps),
                          duration::zero(), max);
    }
    void validate() const {
        detail::require_not_negative("wait_incrementing.start", start);
        detail::require_not_negative("wait_incrementing.max", max);
    }
};

/// multiplier * exp_base^(n - 1), at most max, but at least min: where min is above max, min wins.
struct wait_exponential {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration multiplier = std::chrono::seconds{1};
    duration max = duration::max();
    double exp_base = 2;
    duration min = duration::zero();

    duration operator()(attempt const& a) const {
        return std::max(min, std::min(detail::exponential(multiplier, exp_base, a), max));
    }
    void validate() const {
        detail::require_exponential("wait_exponential", "multiplier", multiplier, max, exp_base);
        detail::require_not_negative("wait_exponential.min", min);
    }
};

/// Uniform between min and what wait_exponential would give: "full jitter" in Amazon's Exponential Backoff
/// And Jitter (2015), which spreads the retries of many clients best.
struct wait_random_exponential {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration multiplier = std::chrono::seconds{1};
    duration max = duration::max();
    double exp_base = 2;
    duration min = duration::zero();

    duration operator()(attempt const& a) const {
        return detail::uniform(a, min, wait_exponential{multiplier, max, exp_base, min}(a));
    }
    void validate() const {
        detail::require_exponential("wait_random_exponential", "multiplier", multiplier, max, exp_base);
        detail::require_not_negative("wait_random_exponential.min", min);
    }
};

/// initial * exp_base^(n - 1), at most max - jitter, plus a uniform draw from [0, jitter): never more than
/// max, and still jittered there. Where jitter is above max, it is taken as max.
struct wait_exponential_jitter {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration initial = std::chrono::seconds{1};
    duration max = duration::max();
    double exp_base = 2;
    duration jitter = std::chrono::seconds{1};

    duration operator()(attempt const& a) const {
        auto const spread = std::min(jitter, max);
        auto const base = std::min(detail::exponential(initial, exp_base, a), max - spread);
        return base + detail::uniform(a, duration::zero(), spread);
    }
    void validate() const {
        detail::require_exponential("wait_exponential_jitter", "initial", initial, max, exp_base);
        detail::require_not_negative("wait_exponential_jitter.jitter", jitter);
    }
};

/// Each wait uniform in [base, 3 * the one before), at most max; base stands for the one before the first.
/// The "decorrelated jitter" of Amazon's Exponential Backoff And Jitter (2015).
struct wait_decorrelated_jitter {
    using category = wait_category;
    static constexpr bool reads_time = false;

    /// What the call keeps for the policy.
    struct memory {
        duration previous = duration::zero();
    };

    duration base = std::chrono::seconds{1};
    duration max = duration::max();

    duration operator()(attempt const& a, memory& m) const {
        auto const previous = static_cast<long double>(std::max(m.previous, base).count());
        m.previous = std::min(max, detail::uniform(a, base, detail::from_nanoseconds(3 * previous)));
        return m.previous;
    }
    void validate() const {
        detail::require(base > duration::zero(), "wait_decorrelated_jitter.base", "more than zero", base);
        detail::require(max >= base, "wait_decorrelated_jitter.max", "wait_decorrelated_jitter.base or more",
                        max);
    }
};

/// As long as `f(e)` says of the attempt's exception e, where it is of the type of f's parameter, and no wait
/// where it isn't; an f that takes std::exception_ptr is asked about every exception. For servers that say
/// themselves when to come back.
template <class F>
class wait_exception : detail::wrapped_callable<F> {
public:
    using category = wait_category;
    static constexpr bool reads_time = false;
    using detail::wrapped_callable<F>::wrapped_callable;

    /// Whether f would ever be asked where the operation returns a T: of what is returned it isn't.
    template <class T>
    static constexpr bool fits =
        !detail::is_returned_as<detail::parameter_t<F>, T> || detail::looks_thrown<detail::parameter_t<F>>;

    duration operator()(attempt const& a) const {
        using exception = detail::parameter_t<F>;
        if (a.last == nullptr || !a.last->has_exception())
            return duration::zero();
        if constexpr (std::same_as<exception, std::exception_ptr>) {
            return detail::saturating_cast<duration>(std::invoke(this->callable_, a.last->exception()));
        } else {
            auto const* e = a.last->template exception_as<exception>();
            return e != nullptr ? detail::saturating_cast<duration>(std::invoke(this->callable_, *e))
                                : duration::zero();
        }
    }
};

template <class F>
wait_exception(F&&) -> wait_exception<std::decay_t<F>>;

namespace detail {

/// Several wait policies, each with its own memory in the call.
template <wait_policy... Wait>
class wait_list {
    static_assert(sizeof...(Wait) > 0, "breakerbox: a combination needs at least one policy");

public:
    using category = wait_category;
    using memory = std::tuple<memory_of_t<Wait>...>;
    template <class T>
    static constexpr bool fits = (fits_operation<Wait, T> && ...);
    static constexpr bool reads_time = (breakerbox::reads_time<Wait> || ...);

    template <class... U>
        requires(sizeof...(U) == sizeof...(Wait) && (std::constructible_from<Wait, U&&> && ...))
    explicit constexpr wait_list(U&&... waits) : waits_(std::forward<U>(waits)...) {
        require_named_first<U...>();
    }

    void validate() const {
        std::apply([](auto const&... wait) { (detail::validate(wait), ...); }, waits_);
    }

protected:
    std::tuple<Wait...> waits_;
};

} // namespace detail

/// The first policy after the first attempt, the second after the second, and so on; the last one stays.
template <wait_policy... Wait>
class wait_chain : public detail::wait_list<Wait...> {
public:
    using memory = typename detail::wait_list<Wait...>::memory;
    using detail::wait_list<Wait...>::wait_list;

    duration operator()(attempt const& a, memory& m) const {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            auto const turn = std::min<std::uint64_t>(a.number, sizeof...(Wait)) - 1;
            duration wait{};
            (void)(... ||
                   (I == turn && (wait = detail::ask(std::get<I>(this->waits_), a, std::get<I>(m)), true)));
            return wait;
        }(std::index_sequence_for<Wait...>{});
    }
};

template <class... Wait>
wait_chain(Wait&&...) -> wait_chain<std::decay_t<Wait>...>;

/// The sum of the policies' waits; `a + b` makes one.
template <wait_policy... Wait>
class wait_combine : public detail::wait_list<Wait...> {
public:
    using memory = typename detail::wait_list<Wait...>::memory;
    using detail::wait_list<Wait...>::wait_list;

    duration operator()(attempt const& a, memory& m) const {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            duration sum = duration::zero();
            ((sum = detail::saturating_add(sum, detail::ask(std::get<I>(this->waits_), a, std::get<I>(m)))),
             ...);
            return sum;
        }(std::index_sequence_for<Wait...>{});
    }
};

template <class... Wait>
wait_combine(Wait&&...) -> wait_combine<std::decay_t<Wait>...>;

template <class A, class B>
    requires((detail::of_category<std::decay_t<A>, wait_category> ||
              detail::of_category<std::decay_t<B>, wait_category>) &&
             wait_policy<std::decay_t<A>> && wait_policy<std::decay_t<B>>)
constexpr auto operator+(A&& a, B&& b) {
    return wait_combine<std::decay_t<A>, std::decay_t<B>>{std::forward<A>(a), std::forward<B>(b)};
}

} // namespace breakerbox

#endif
