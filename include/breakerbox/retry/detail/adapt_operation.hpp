// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_ADAPT_OPERATION_HPP
#define BREAKERBOX_RETRY_DETAIL_ADAPT_OPERATION_HPP

#include <breakerbox/base/named_first.hpp>
#include <breakerbox/retry/detail/operation.hpp>
#include <breakerbox/retry/with_timeout.hpp>

#include <boost/asio/async_result.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// Starts a call of what a user gives as an operation, made into what each attempt can call; before its arguments may
/// stand a place for the attempt's context. What a compiler tells of a wrong one goes through few functions.
template <bool InOutcome, class Clock, class Recipe, class Operation, class... Arguments>
auto start_adapted(Recipe const& recipe, std::string_view host, Operation&& operation,
                   Arguments&&... arguments) {
    using operation_type = std::decay_t<Operation>;
    require_named_first<Operation, Arguments...>();
    static_assert(
        !refers_to_timed<operation_type>,
        "breakerbox: pass what with_timeout made as it is, not by std::ref; the operation in it may "
        "be one by std::ref");
    if constexpr (requires { std::forward<Operation>(operation).template on_clock<Clock>(); })
        return recipe.template start<InOutcome>(host,
                                                std::forward<Operation>(operation).template on_clock<Clock>(),
                                                timed_context{}, std::forward<Arguments>(arguments)...);
    else if constexpr (boost::asio::is_async_operation<operation_type>::value) {
        static_assert(sizeof...(Arguments) == 0,
                      "breakerbox: a deferred Asio operation takes no arguments; a completion token goes to "
                      "co_spawn(executor, retrier.retry(...), token)");
        return recipe.template start<InOutcome>(
            host, restarted<operation_type>{std::forward<Operation>(operation)});
    } else if constexpr (takes_context<operation_type, std::decay_t<Arguments>...>)
        return recipe.template start<InOutcome>(host, std::forward<Operation>(operation), current_attempt{},
                                                std::forward<Arguments>(arguments)...);
    else
        return recipe.template start<InOutcome>(host, std::forward<Operation>(operation),
                                                std::forward<Arguments>(arguments)...);
}

} // namespace breakerbox::detail

#endif
