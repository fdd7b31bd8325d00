// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_IN_COROUTINE_HPP
#define BREAKERBOX_TESTS_BENCHMARK_IN_COROUTINE_HPP

#include "counting.hpp"

#include <benchmark/benchmark.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace costs {

namespace asio = boost::asio;

inline void rethrow(std::exception_ptr e) {
    if (e)
        std::rethrow_exception(e);
}

/// A benchmark's loop in a coroutine, as calls are made in a service: `once()` gives what is awaited in each iteration.
template <class Once>
void loop_in_coroutine(benchmark::State& state, Once once) {
    asio::io_context context{1};
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            // Asio keeps the frames from then on.
            co_await once();
            co_await once();
            counted_loop const counted{state};
            for (auto _ : state)
                co_await once();
        },
        rethrow);
    context.run();
}

} // namespace costs

#endif
