// SPDX-License-Identifier: BSL-1.0
//
// How long a step with one host waits at most while all hosts are listed.
#include "host_names.hpp"
#include "suites.hpp"

#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

namespace costs {

namespace {

namespace bb = breakerbox;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// The longest of all increments that one thread makes, one after the other, while another lists the hosts, if so.
void longest_increment(benchmark::State& state, std::size_t hosts, bool lists) {
    bb::memory_store<bb::failure_count> store{
        bb::failure_count{.max_failures = 4'000'000'000, .reset_timeout = 1h}, {.max_hosts = hosts}};
    bb::change_queue changes{false};
    auto const names = host_names(hosts);
    for (auto const& name : names)
        store.record(name, {bb::verdict::failure}, changes);
    for (auto _ : state) {
        std::atomic<bool> listed = false;
        std::jthread const listing{[&] {
            if (lists)
                benchmark::DoNotOptimize(store.hosts().size());
            else
                std::this_thread::sleep_for(100ms);
            listed = true;
        }};
        auto longest = clock::duration::zero();
        auto last = clock::now();
        for (std::size_t i = 0; !listed; i = i + 1 == hosts ? 0 : i + 1) {
            store.record(names[i], {bb::verdict::failure}, changes);
            auto const now = clock::now();
            longest = std::max(longest, now - last);
            last = now;
        }
        state.SetIterationTime(std::chrono::duration<double>(longest).count());
    }
}

} // namespace

void add_listing(suite& all) {
    for (bool const lists : {true, false}) {
        std::string const beside = lists ? "hosts()" : "nothing";
        curve longest{"longest increment beside " + beside, "hosts tracked", {}};
        for (std::size_t const hosts : {1000U, 100'000U, 1'000'000U})
            longest.points.emplace_back(
                hosts, all.measure_told("longest increment beside " + beside + " of " + std::to_string(hosts),
                                        [=](auto& s) { longest_increment(s, hosts, lists); }));
        all.curves.push_back(longest);
    }
}

} // namespace costs
