// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_COUNTING_HPP
#define BREAKERBOX_TESTS_BENCHMARK_COUNTING_HPP

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>

namespace costs {

/// What this process has taken from the heap so far: by new, and by the aligned_alloc that Asio's coroutine frames come
/// from.
std::uint64_t allocations();

/// The system calls that an event loop makes, so far: to wait, to arm its timer, to wake itself.
extern std::atomic<std::uint64_t> system_calls;

/// Counts what a benchmark's loop takes, from here to its end, for each iteration.
class counted_loop {
public:
    explicit counted_loop(benchmark::State& state) : state_(state) {}
    ~counted_loop() {
        using benchmark::Counter;
        state_.counters["allocations"] =
            Counter(static_cast<double>(allocations() - allocations_), Counter::kAvgIterations);
        state_.counters["system calls"] =
            Counter(static_cast<double>(system_calls - system_calls_), Counter::kAvgIterations);
    }
    counted_loop(counted_loop const&) = delete;
    counted_loop& operator=(counted_loop const&) = delete;

private:
    benchmark::State& state_;
    std::uint64_t allocations_ = allocations();
    std::uint64_t system_calls_ = system_calls;
};

} // namespace costs

#endif
