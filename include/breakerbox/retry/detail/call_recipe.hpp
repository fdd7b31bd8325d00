// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_RECIPE_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_RECIPE_HPP

#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/fits_operation.hpp>
#include <breakerbox/policy/result_traits.hpp>
#include <breakerbox/retry/breaker_concept.hpp>
#include <breakerbox/retry/detail/call_limits.hpp>
#include <breakerbox/retry/detail/operation.hpp>
#include <breakerbox/retry/detail/retry_call.hpp>
#include <breakerbox/retry/detail/retry_decisions.hpp>
#include <breakerbox/retry/detail/run_call.hpp>
#include <breakerbox/retry/retrier_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// What a retrier makes its calls of: each has its own copies of the policies.
template <class Stop, class RetryIf, class Wait, class Breaker, class Clock>
class call_recipe {
public:
    call_limits<Clock> limits{};

    template <class S, class R, class W>
    call_recipe(S&& stop, R&& retry_if, W&& wait, Breaker* breaker, retrier_options<Clock> const& options)
        : stop_(std::forward<S>(stop)),
          retry_if_(std::forward<R>(retry_if)),
          wait_(std::forward<W>(wait)),
          breaker_(breaker),
          options_(options) {}

    /// Throws std::invalid_argument if a policy or an option can't be right.
    void validate() const {
        detail::validate(stop_);
        detail::validate(retry_if_);
        detail::validate(wait_);
        if (!options_.when_refused)
            return;
        options_.when_refused->validate();
        if constexpr (std::same_as<Breaker, no_breaker>)
            throw std::invalid_argument(
                "breakerbox: retrier_options::when_refused must be left out without a breaker, but is set");
    }

    /// Returns the call of an operation that has been adapted.
    template <bool InOutcome, class Operation, class... Arguments>
    auto start(std::string_view host, Operation&& operation, Arguments&&... arguments) const {
        using awaited = awaited_by<std::decay_t<Operation>, std::decay_t<Arguments>...>;
        if constexpr (std::same_as<awaited, no_operation>) {
            return asio::awaitable<void>{};
        } else {
            using value = typename awaited::value;
            static_assert(
                retry_if_policy<RetryIf, value>,
                "breakerbox: the retry_if policy can't be asked about an operation that returns this type; a "
                "function takes a bb::outcome const&, one of an exception goes into "
                "retry_if_exception_that");
            static_assert(
                fits_operation<RetryIf, value>,
                "breakerbox: this operation returns its errors, of which retry_if_exception sees none; use "
                "retry_if_error, which sees those that are thrown, too");
            static_assert(
                fits_operation<Wait, value>,
                "breakerbox: the function of wait_retry_after takes neither what this operation returns, its "
                "value or its error, nor an exception, so that it would never be asked; that of "
                "wait_exception is asked about exceptions alone");
            using decisions = retry_decisions<Stop, RetryIf, Wait>;
            constexpr auto told = InOutcome              ? telling::in_outcome
                                  : carries_error<value> ? telling::returned
                                                         : telling::thrown;
            using call = retry_call<value, told, decisions, Breaker, Clock>;
            static_assert(
                !call::awaits_breaker || std::same_as<typename awaited::executor, asio::any_io_executor>,
                "breakerbox: with a shared store, the operation must return an asio::awaitable of Asio's "
                "default executor, any_io_executor");
            return run_call<value, typename awaited::executor, call, std::decay_t<Operation>,
                            std::decay_t<Arguments>...>(
                call{decisions{stop_, retry_if_, wait_, options_.seed}, options_, limits, breaker_, host},
                std::forward<Operation>(operation), std::forward<Arguments>(arguments)...);
        }
    }

private:
    Stop stop_;
    RetryIf retry_if_;
    Wait wait_;
    Breaker* breaker_;
    retrier_options<Clock> options_;
};

} // namespace breakerbox::detail

#endif
