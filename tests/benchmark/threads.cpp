// SPDX-License-Identifier: BSL-1.0
//
// What threads cost each other that share one store, against the same threads with a store each.
#include "host_names.hpp"
#include "suites.hpp"

#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <chrono>
#include <cstddef>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace costs {

namespace {

namespace bb = breakerbox;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What a thread does: of a hundred steps so many ask about a failing host, so many count a failure of one, and the
/// others ask about a healthy host.
struct traffic {
    std::size_t failing_in_100 = 0;
    std::size_t increments_in_100 = 0;
};

constexpr std::size_t hosts = 1000;
constexpr std::size_t steps = 5'000'000; // a tenth of a second at least, so that starting threads is nothing

class driven_store {
public:
    driven_store() {
        for (auto const& name : host_names(hosts))
            store_.record(name, {bb::verdict::failure}, changes_);
    }

    void drive(traffic const& t, std::vector<std::string> const& healthy,
               std::vector<std::string> const& failing, std::size_t first) {
        bb::change_queue changes{false};
        for (std::size_t i = first; i != first + steps; ++i) {
            auto const in_100 = i % 100;
            if (in_100 < t.increments_in_100)
                store_.record(failing[i % hosts], {bb::verdict::failure}, changes);
            else if (in_100 < t.increments_in_100 + t.failing_in_100)
                benchmark::DoNotOptimize(store_.acquire(failing[i % hosts], changes).refusal.has_value());
            else
                benchmark::DoNotOptimize(store_.acquire(healthy[i % hosts], changes).refusal.has_value());
        }
    }

private:
    bb::memory_store<bb::failure_count> store_{
        bb::failure_count{.max_failures = 4'000'000'000, .reset_timeout = 1h}, {.max_hosts = 4096}};
    bb::change_queue changes_{false};
};

void drive_in_threads(benchmark::State& state, std::size_t threads, bool share, traffic t) {
    auto const healthy = host_names(hosts, "calm");
    auto const failing = host_names(hosts);
    std::vector<std::unique_ptr<driven_store>> stores;
    for (std::size_t i = 0; i != (share ? 1 : threads); ++i)
        stores.push_back(std::make_unique<driven_store>());
    for (auto _ : state) {
        std::latch all_there{static_cast<std::ptrdiff_t>(threads) + 1};
        std::vector<std::jthread> running;
        for (std::size_t i = 0; i != threads; ++i)
            running.emplace_back([&, i] {
                all_there.arrive_and_wait();
                // Each thread begins elsewhere in the same names, and in its hundred steps.
                stores[share ? 0 : i]->drive(t, healthy, failing, i * 337);
            });
        all_there.arrive_and_wait();
        auto const began = clock::now();
        running.clear(); // joins
        state.SetIterationTime(std::chrono::duration<double>(clock::now() - began).count() /
                               static_cast<double>(steps * threads));
    }
}

} // namespace

void add_threads(suite& all) {
    struct kind {
        char const* what;
        traffic t;
        double reach;
    };
    for (auto const& [what, t, reach] :
         {kind{"healthy hosts", {}, .95}, kind{"a tenth failing", {10, 0}, .85},
          kind{"a tenth failing, 5 % counted", {10, 5}, .80}}) {
        auto const measure = [&, t = t](std::string const& name, std::size_t threads, bool share) {
            return all.measure_told(name, [=](auto& s) { drive_in_threads(s, threads, share, t); });
        };
        std::string const name = what;
        all.rows.push_back({.what = "rate of two threads on one store / on a store each: " + name,
                            .measured = measure("shared store, two threads: " + name, 2, true),
                            .against = measure("private stores, two threads: " + name, 2, false),
                            .kind = figure::times_as_fast,
                            .reach = bound{reach, false}});
        all.curves.push_back({name,
                              "threads on one store",
                              {{1, measure("shared store, one thread: " + name, 1, true)},
                               {2, "shared store, two threads: " + name}}});
    }
}

} // namespace costs
