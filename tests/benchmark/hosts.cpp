// SPDX-License-Identifier: BSL-1.0
//
// What the memory_store takes for a host, in time and in memory, against a std::list and a std::unordered_map that keep
// the same.
#include "counting.hpp"
#include "host_names.hpp"
#include "list_and_map.hpp"
#include "suites.hpp"

#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include <malloc.h>
#include <unistd.h>

namespace costs {

namespace {

namespace bb = breakerbox;
using namespace std::chrono_literals;

constexpr std::size_t few = 1000;
constexpr std::size_t many = 1'000'000;

/// The store, with the functions of list_and_map.
class ours {
public:
    ours(std::size_t max_hosts, std::chrono::seconds reset_timeout)
        : store_(bb::failure_count{.max_failures = 4'000'000'000, .reset_timeout = reset_timeout},
                 {.max_hosts = max_hosts}) {}

    bool failures(std::string_view host) { return store_.acquire(host, changes_).refusal.has_value(); }
    std::uint64_t increment(std::string_view host) {
        return store_.record(host, {bb::verdict::failure}, changes_).failures;
    }

private:
    bb::memory_store<bb::failure_count> store_;
    bb::change_queue changes_{false};
};

template <class Store>
void let_fail(Store& store, std::vector<std::string> const& names) {
    for (auto const& name : names)
        store.increment(name);
}

/// A benchmark's loop that takes a step with one name after the other, and begins again after the last.
template <class Step>
void loop_over(benchmark::State& state, std::vector<std::string> const& names, Step step) {
    std::size_t i = 0;
    counted_loop const counted{state};
    for (auto _ : state) {
        benchmark::DoNotOptimize(step(names[i]));
        i = i + 1 == names.size() ? 0 : i + 1;
    }
}

template <class Store>
void look_up_miss(benchmark::State& state, std::size_t hosts) {
    Store store{hosts, 1h};
    let_fail(store, host_names(hosts));
    loop_over(state, host_names(few, "calm"), [&](auto const& name) { return store.failures(name); });
}

template <class Store>
void increment(benchmark::State& state, std::size_t hosts) {
    Store store{hosts, 1h};
    auto const failing = host_names(hosts);
    let_fail(store, failing);
    loop_over(state, failing, [&](auto const& name) { return store.increment(name); });
}

template <class Store>
void insert_with_eviction(benchmark::State& state, std::size_t hosts) {
    Store store{hosts, 1h};
    // Twice as many as there is room for: each comes back when it has long gone.
    auto const failing = host_names(2 * hosts);
    let_fail(store, failing);
    loop_over(state, failing, [&](auto const& name) { return store.increment(name); });
}

std::size_t resident_bytes() {
    std::size_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages >> pages;
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

template <class Store>
void memory_of_hosts(benchmark::State& state) {
    auto const names = host_names(many);
    for (auto _ : state) {
        malloc_trim(0);
        auto const before = resident_bytes();
        Store store{many, 1h};
        let_fail(store, names);
        state.counters["bytes"] = static_cast<double>(resident_bytes() - before) / static_cast<double>(many);
    }
}

} // namespace

void add_hosts(suite& all) {
    auto const compare = [&](std::string const& what, double reach, auto measure_ours, auto measure_other) {
        all.rows.push_back({.what = what + " among 1000 hosts / std::list and std::unordered_map",
                            .measured = all.measure(what, measure_ours),
                            .against = all.measure(what + ", list and map", measure_other),
                            .reach = bound{reach}});
    };
    compare(
        "look-up miss", .41, [](auto& s) { look_up_miss<ours>(s, few); },
        [](auto& s) { look_up_miss<list_and_map>(s, few); });
    compare(
        "increment", .78, [](auto& s) { increment<ours>(s, few); },
        [](auto& s) { increment<list_and_map>(s, few); });
    compare(
        "insert with eviction", .49, [](auto& s) { insert_with_eviction<ours>(s, few); },
        [](auto& s) { insert_with_eviction<list_and_map>(s, few); });

    all.rows.push_back({.what = "bytes a host of a million, names of 20 bytes",
                        .measured = all.measure_told("memory of hosts", memory_of_hosts<ours>),
                        .kind = figure::counter,
                        .unit = "bytes",
                        .reach = bound{64}});
    all.rows.push_back(
        {.what = "the same in std::list and std::unordered_map",
         .measured = all.measure_told("memory of hosts, list and map", memory_of_hosts<list_and_map>),
         .kind = figure::counter,
         .unit = "bytes"});

    curve miss{"look-up miss", "hosts tracked", {}};
    curve counted{"increment", "hosts tracked", {}};
    for (std::size_t const hosts : {std::size_t{1}, few, many}) {
        auto const suffix = " of " + std::to_string(hosts);
        miss.points.emplace_back(
            hosts, all.measure("look-up miss" + suffix, [=](auto& s) { look_up_miss<ours>(s, hosts); }));
        counted.points.emplace_back(
            hosts, all.measure("increment" + suffix, [=](auto& s) { increment<ours>(s, hosts); }));
    }
    all.curves.push_back(miss);
    all.curves.push_back(counted);
}

} // namespace costs
