// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_WAIT_COMBINE_HPP
#define BREAKERBOX_POLICY_WAIT_COMBINE_HPP

#include <breakerbox/base/named_first.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/ask_wait.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/fits_operation.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

// Waits made of others: their sum, or one after the other.

namespace breakerbox {

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
