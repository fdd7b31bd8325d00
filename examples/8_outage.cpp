// SPDX-License-Identifier: BSL-1.0
//
// An outage, simulated: what retries make of it, and what a budget and a breaker are for. A thousand clients
// call one server that could serve a third more calls. Then 40 % of its answers are errors for 30 s, then it
// is ten times slower for 30 s, then well again. The same is told of five kinds of client.
//
//     8_outage [--svg FILE]      prints a table; draws what is kept as outage/outage.svg
//
// What is modelled. A client is a user, who makes a call every 18 s or so, whether or not the one before has
// ended. A hundred of them are served by one process, which has a breaker and a budget of its own for the
// server, in memory: ten processes, none of which knows of the others.
//
// What isn't. The network takes no time and loses nothing. The open times of the breakers have no jitter,
// which would differ from run to run; the processes get out of step by themselves.
//
// What hangs on the numbers below. Other seeds tell the same story, but that the server is well again after
// 14 to 22 s with the budget alone, after 1 to 6 s with the breaker alone. Were 20 % of the answers errors
// instead of 40 %, plain retries would cope with that part, and better than those with a budget: 99 % of the
// calls would succeed, and 97 %. The budget's `min_per_second` is for each process: at its default of 10,
// those of all ten would allow 100 retries a second, more than the server can serve, and the budget would be
// good for nothing.

#include "outage/plot.hpp"
#include "outage/server.hpp"
#include "outage/story.hpp"
#include "outage/table.hpp"

#include <breakerbox/breakerbox.hpp>
#include <breakerbox/testing.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;
using outage::answer;
using outage::story;
using outage::virtual_clock;
using outage::virtual_timer;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// The numbers of the model.

constexpr std::size_t clients = 1000;
constexpr std::size_t processes = 10;
constexpr std::uint64_t first_seed = 1000; // of the clients' random numbers
constexpr nanoseconds between_calls = 18s; // of one client, on average: 56 calls a second in all

constexpr outage::server::dimensions server_size{.workers = 3, .time_for_request = 40ms, .queue = 150};
constexpr unsigned capacity = server_size.workers * (1s / server_size.time_for_request); // 75 a second

constexpr nanoseconds attempt_time_out = 1s; // the full queue is two seconds of work
constexpr bb::stop_after_attempt no_retry{1};
constexpr bb::stop_after_attempt three_retries{4};
constexpr bb::wait_random_exponential wait_between{.multiplier = 200ms, .max = 2s};

constexpr bb::retry_budget budget_rule{.ratio = 0.2, .min_per_second = 0.5, .window = 10s};
bb::failure_rate const breaker_rule{.threshold = 0.5,
                                    .minimum_calls = 20,
                                    .window = 30s,
                                    .recovery = {.open_for = 5s, .successes_to_close = 3, .probe_lease = 2s}};

// What happens.

struct phase {
    std::string_view name;
    seconds begin;
    seconds end;
    outage::server::condition server_is;
};
constexpr phase healthy{"healthy", 0s, 20s, {}};
constexpr phase failing{"failing", 20s, 50s, {.percent_failing = 40}};
constexpr phase slow{"slow", 50s, 80s, {.times_slower = 10}};
constexpr phase after{"after", 80s, 130s, {}};
constexpr std::array phases{healthy, failing, slow, after};
constexpr seconds step_of_plot = 2s;
constexpr unsigned well_percent = 95; // where so many calls succeed, the server counts as well

struct way {
    std::string_view name;
    bb::stop_after_attempt stop;
    bool has_budget;
    bool has_breaker;
};
constexpr std::array ways{
    way{"no retry", no_retry, false, false}, way{"plain retry", three_retries, false, false},
    way{"retry with budget", three_retries, true, false},
    way{"retry with breaker", three_retries, false, true}, way{"retry with both", three_retries, true, true}};

/// One of the processes that call the server.
class process {
public:
    process(way const& w, outage::server& server, story& seen) : way_(w), server_(server), seen_(seen) {}

    /// One call. The random numbers of its waits are those of the seed.
    asio::awaitable<void> call(std::uint64_t seed) {
        auto& seen = seen_.now();
        auto const begin = virtual_clock::now();
        ++seen.calls;
        auto const result = co_await ask(seed);
        if (result) {
            ++seen.succeeded;
        } else {
            ++seen.failed;
            seen.failed_took += virtual_clock::now() - begin;
        }
    }

private:
    using options = bb::retrier_options<virtual_clock>;
    using store = bb::memory_store<bb::failure_rate, virtual_clock>;

    // A service makes one retrier, for all calls. Here each call has its own, since the seed is a retrier's.
    asio::awaitable<answer> ask(std::uint64_t seed) {
        options const how{.seed = seed, .budget = way_.has_budget ? &budget_ : nullptr};
        auto const attempt = bb::with_timeout(attempt_time_out, std::ref(server_));
        if (way_.has_breaker) {
            bb::retrier const guarded{way_.stop, bb::retry_if_error{}, wait_between, breaker_, how};
            co_return co_await guarded.retry("server", attempt);
        }
        bb::retrier const unguarded{way_.stop, bb::retry_if_error{}, wait_between, how};
        co_return co_await unguarded.retry(attempt);
    }

    way const way_;
    outage::server& server_;
    story& seen_;
    bb::shared_budget<bb::retry_budget, virtual_clock> budget_{budget_rule};
    bb::circuit_breaker<store> breaker_{store{breaker_rule}};
};

/// Makes one call in each `between_calls`, at a random moment of it.
asio::awaitable<void> be_client(process& caller, std::uint64_t seed) {
    // The numbers of this engine are the same with every standard library, those of a distribution are not.
    std::mt19937_64 random{seed};
    virtual_timer moment{co_await asio::this_coro::executor};
    for (nanoseconds turn = 0s;; turn += between_calls) {
        nanoseconds const call_at = turn + nanoseconds{random() % std::uint64_t{between_calls.count()}};
        if (call_at >= after.end)
            co_return;
        moment.expires_at(virtual_clock::time_point{call_at});
        co_await moment.async_wait(asio::use_awaitable);
        asio::co_spawn(co_await asio::this_coro::executor, caller.call(random()), outage::rethrow);
    }
}

void live_through(std::deque<process>& callers, outage::server& server) {
    // Here, so that no coroutine outlives what it refers to. Of one on the stack g++ 12 warns for nothing.
    auto const time = std::make_unique<bb::testing::virtual_time>();
    for (std::size_t i = 0; i != clients; ++i)
        asio::co_spawn(time->context(), be_client(callers[i % processes], first_seed + i), outage::rethrow);
    for (auto const& p : phases) {
        server.become(p.server_is);
        time->advance(p.end - p.begin);
    }
    time->run_until_idle();
}

story tell(way const& w) {
    story seen{after.end + 1min}; // the last calls end after the last phase
    outage::server server{server_size, [&seen] { ++seen.now().attempts; }};
    std::deque<process> callers;
    for (std::size_t i = 0; i != processes; ++i)
        callers.emplace_back(w, server, seen);

    live_through(callers, server);
    return seen;
}

// What is shown of it.

outage::second_seen sum(story const& seen, phase const& p) {
    return seen.sum(p.begin, p.end);
}

double percent_succeeded(outage::second_seen const& sum) {
    return 100.0 * sum.succeeded / sum.calls;
}

double attempts_per_second(story const& seen, phase const& p) {
    return static_cast<double>(sum(seen, p).attempts) / static_cast<double>((p.end - p.begin).count());
}

/// On average; none where none failed.
std::chrono::duration<double> failed_calls_took(outage::second_seen const& sum) {
    std::chrono::duration<double> const together = sum.failed_took;
    return sum.failed == 0 ? together : together / sum.failed;
}

outage::figures figures_of(way const& w, story const& seen) {
    return {.name = std::string{w.name},
            .calls = seen.sum(healthy.begin, after.end).calls,
            .percent_succeeded = {.healthy = percent_succeeded(sum(seen, healthy)),
                                  .failing = percent_succeeded(sum(seen, failing)),
                                  .slow = percent_succeeded(sum(seen, slow)),
                                  .after = percent_succeeded(sum(seen, after))},
            .attempts_per_second = {.failing = attempts_per_second(seen, failing),
                                    .slow = attempts_per_second(seen, slow),
                                    .peak = seen.most_attempts(healthy.begin, after.end)},
            .failed_calls_took = failed_calls_took(sum(seen, slow)),
            .well_again_after = seen.until_well(well_percent, after.begin, after.end)};
}

outage::row row_of(outage::figures const& f, story const& seen) {
    outage::row row{.name = f.name,
                    .notes = {f.well_again_after
                                  ? "well again after " + outage::in_seconds(*f.well_again_after)
                                  : "not well again",
                              "slow: calls fail in " + outage::in_tenths(f.failed_calls_took)}};
    for (auto t = healthy.begin; t != after.end; t += step_of_plot) {
        auto const all = seen.sum(t, t + step_of_plot);
        row.load.push_back(static_cast<double>(all.attempts) / static_cast<double>(step_of_plot.count()));
        row.success.push_back(percent_succeeded(all));
    }
    return row;
}

void print_phases() {
    for (auto const& p : phases) {
        std::cout << std::left << std::setw(9) << p.name << std::right << std::setw(3) << p.begin.count()
                  << " s to " << std::setw(3) << p.end.count() << " s";
        if (p.server_is.percent_failing != 0)
            std::cout << "  " << p.server_is.percent_failing << " % of the answers are errors";
        if (p.server_is.times_slower != 1)
            std::cout << "  each answer takes " << p.server_is.times_slower << " times as long";
        std::cout << '\n';
    }
}

void print_foot() {
    std::cout << "* those made while the server was slow; refusals by the breaker count as failures\n"
              << "never: not in the " << (after.end - after.begin).count() << " s that are looked at\n";
}

outage::picture frame() {
    return {.title = "One outage, five kinds of client",
            .subtitle = std::to_string(clients) + " clients of one server. Failing: " +
                        std::to_string(failing.server_is.percent_failing) +
                        " % of its answers are errors. Slow: each takes " +
                        std::to_string(slow.server_is.times_slower) + " times as long.",
            .length = after.end,
            .capacity = capacity,
            .bands = {{std::string{failing.name}, failing.begin, failing.end, "#fbf3d9"},
                      {std::string{slow.name}, slow.begin, slow.end, "#ebe7ef"}},
            .rows = {}};
}

int main(int count, char** arguments) {
    bool const draws = count == 3 && std::string_view{arguments[1]} == "--svg";
    if (count != 1 && !draws) {
        std::cerr << "usage: 8_outage [--svg FILE]\n";
        return 2;
    }
    auto picture = frame();
    print_phases();
    std::cout << '\n';
    outage::print_head(std::cout);
    for (auto const& w : ways) {
        auto const seen = tell(w);
        auto const figures = figures_of(w, seen);
        outage::print_row(std::cout, figures);
        picture.rows.push_back(row_of(figures, seen));
    }
    std::cout << '\n';
    print_foot();
    if (draws) {
        std::ofstream file{arguments[2]};
        outage::draw(file, picture);
        if (!file.flush()) {
            std::cerr << arguments[2] << " can't be written\n";
            return EXIT_FAILURE;
        }
    }
}
