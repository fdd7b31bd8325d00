// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_OPERATION_HPP
#define BREAKERBOX_RETRY_DETAIL_OPERATION_HPP

#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// What a coroutine gets from `co_await` on an R, and the executor that R asks for.
template <class R>
struct awaited;
template <class T, class Executor>
struct awaited<boost::asio::awaitable<T, Executor>> {
    using value = T;
    static constexpr bool gives_reference = std::is_reference_v<T>;
    using executor = Executor;
};
template <class R>
    requires boost::asio::is_async_operation<R>::value
struct awaited<R> : awaited<decltype(std::declval<R>()(boost::asio::use_awaitable))> {};

template <class R>
concept awaitable_operation = requires { typename awaited<std::remove_cvref_t<R>>::value; };

/// An argument as each attempt gets it: what std::ref refers to, or a const look at the call's own copy,
/// since an argument moved into the first attempt would be empty in the second.
template <class T>
constexpr T const& each_attempts(T const& argument) noexcept {
    return argument;
}
template <class T>
constexpr T& each_attempts(std::reference_wrapper<T> const& argument) noexcept {
    return argument;
}

/// What is called: the operation, or what std::ref refers to. A call through the wrapper would end what is made of an
/// argument for the operation, such as a std::string of a literal, before the attempt begins.
template <class Operation>
constexpr Operation& called(Operation& operation) noexcept {
    return operation;
}
template <class T>
constexpr T& called(std::reference_wrapper<T>& operation) noexcept {
    return operation;
}
template <class T>
constexpr T& called(std::reference_wrapper<T> const& operation) noexcept {
    return operation;
}

/// Stands for the attempt's context among the arguments of an operation that takes it.
struct current_attempt {
    attempt_context context{};
};
constexpr attempt_context const& each_attempts(current_attempt const& current) noexcept {
    return current.context;
}

/// What a time-out that the retrier knows of gets instead, and notes in what it did.
struct timed_context {
    attempt_context context{};
    mutable attempt_cut cut{};
};
constexpr timed_context const& each_attempts(timed_context const& current) noexcept {
    return current;
}

/// What was noted of the attempt that has ended, among the operation's arguments; null without a time-out.
template <class... Arguments>
constexpr attempt_cut const* noted_cut(Arguments const&...) noexcept {
    return nullptr;
}
template <class... Arguments>
constexpr attempt_cut const* noted_cut(timed_context const& current, Arguments const&...) noexcept {
    return &current.cut;
}

/// Makes an argument ready for the attempt that is about to begin, of which `call` knows.
template <class Call, class T>
constexpr void renew(Call const&, T&) noexcept {}
template <class Call>
void renew(Call const& call, current_attempt& current) {
    current.context = call.context();
}
template <class Call>
void renew(Call const& call, timed_context& current) {
    current.context = call.context();
    current.cut = {.fair = call.time_of_each_call()};
}

template <class T>
using each_attempts_t = decltype(detail::each_attempts(std::declval<T const&>()));

/// A deferred Asio operation by itself, started anew each time.
template <class Operation>
struct restarted {
    Operation operation;
    Operation operator()() const { return operation; }
};

/// Called as each attempt calls it. That leaves out pointers to members: std::invoke would end what is made of an argument
/// for them, such as a std::string, before the attempt begins.
template <class Operation, class... Arguments>
concept callable = requires(Operation& operation, Arguments const&... arguments) {
    detail::called(operation)(detail::each_attempts(arguments)...);
};

/// Called with the attempt's context before its other arguments. What can be called without is called so: a generic
/// lambda takes anything.
template <class Operation, class... Arguments>
concept takes_context =
    !callable<Operation, Arguments...> && callable<Operation, current_attempt, Arguments...>;

/// Whether it could be called without the last argument.
template <class Operation, class... Arguments>
constexpr bool has_one_argument_too_many() {
    if constexpr (sizeof...(Arguments) == 0)
        return false;
    else
        return []<std::size_t... I>(std::index_sequence<I...>) {
            using all = std::tuple<Arguments...>;
            return callable<Operation, std::tuple_element_t<I, all>...> ||
                   takes_context<Operation, std::tuple_element_t<I, all>...>;
        }(std::make_index_sequence<sizeof...(Arguments) - 1>{});
}

/// In place of what is `awaited` by what is no operation, which has been said by then.
struct no_operation {
    using value = void;
    static constexpr bool gives_reference = false;
    using executor = boost::asio::any_io_executor;
};

template <class R>
struct awaited_or_nothing : std::type_identity<no_operation> {};
template <awaitable_operation R>
struct awaited_or_nothing<R> : std::type_identity<awaited<R>> {};

template <class Operation, class... Arguments>
struct awaited_by_operation {
    using type = no_operation;
    static_assert(
        !has_one_argument_too_many<Operation, Arguments...>(),
        "breakerbox: the operation takes one argument less; if the last one is a completion token, it "
        "goes to co_spawn(executor, retrier.retry(...), token)");
    static_assert(!awaitable_operation<Operation>,
                  "breakerbox: pass the function and its arguments, not the awaitable that it returned");
    static_assert(
        !std::is_member_pointer_v<Operation>,
        "breakerbox: a member function can't be the operation; call it from a lambda that has a name: "
        "auto const fetch = [&](std::string const& path) { return client.fetch(path); };");
    static_assert(
        awaitable_operation<Operation> || std::is_member_pointer_v<Operation> ||
            has_one_argument_too_many<Operation, Arguments...>() || callable<Operation, Arguments...>,
        "breakerbox: the operation can't be called with these arguments as const&, as each attempt calls it; "
        "take them by reference to const, and pass what it changes as std::ref");
};
template <class Operation, class... Arguments>
    requires callable<Operation, Arguments...>
struct awaited_by_operation<Operation, Arguments...> {
    using returned = std::remove_cvref_t<std::invoke_result_t<Operation&, each_attempts_t<Arguments>...>>;
    static_assert(awaitable_operation<returned>,
                  "breakerbox: the operation must return an asio::awaitable or a deferred Asio operation");
    using what_it_gives = typename awaited_or_nothing<returned>::type;
    static_assert(
        !what_it_gives::gives_reference,
        "breakerbox: the operation returns a reference, which nobody keeps alive; return a value, a "
        "pointer or a std::reference_wrapper");
    using type = std::conditional_t<what_it_gives::gives_reference, no_operation, what_it_gives>;
};

template <class Operation, class... Arguments>
    requires takes_context<Operation, Arguments...>
struct awaited_by_operation<Operation, Arguments...>
    : awaited_by_operation<Operation, current_attempt, Arguments...> {};

template <class Operation, class... Arguments>
using awaited_by = typename awaited_by_operation<Operation, Arguments...>::type;

} // namespace breakerbox::detail

#endif
