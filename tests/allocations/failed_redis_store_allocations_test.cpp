// SPDX-License-Identifier: BSL-1.0
//
// Each allocation of each public step of a breaker in Redis fails once, with the connection ready and with it lost. What
// must hold then: who waits is told, or was by an exception; the store comes back, and goes on.
#include <breakerbox/redis.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/failed_steps.hpp"
#include "redis/support/redis_server.hpp"
#include "support/on_threads.hpp"

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace failed_redis_store_allocations_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;

namespace {

using breaker_type = bb::circuit_breaker<bb::redis_store<bb::consecutive_failures>>;

constexpr bb::consecutive_failures at_the_second{.threshold = 2};

std::string const text(100, 't');

/// One of the processes that share a server.
struct service {
    explicit service(std::string const& url, std::string of_host)
        : connection{context, url, support::soon_back()}, host{std::move(of_host)} {}

    bool is_well() const { return connection.is_ready() && !breaker.store().is_failing(); }

    void hear(bb::breaker_event const& event) {
        turns += event.what == bb::breaker_event::kind::store_failed ||
                         event.what == bb::breaker_event::kind::store_recovered
                     ? 1
                     : 0;
    }

    asio::io_context context;
    bb::redis_connection connection;
    std::string host;
    int turns = 0; // of the store, told by the breaker
    breaker_type breaker{
        bb::redis_store{at_the_second, connection},
        {.observer = [this](bb::breaker_event const& event) { hear(event); }, .failure_texts = 4}};
    std::optional<breaker_type::permit> held;
};

struct step {
    std::string name;
    std::function<asio::awaitable<void>(service&)> prepare; // with nothing failing
    std::function<asio::awaitable<void>(service&)> take;
};

// --- what a step finds

asio::awaitable<void> nothing(service&) {
    co_return;
}

asio::awaitable<void> open_time_over(service& s) {
    co_await s.breaker.force_open(s.host, 1us);
}

asio::awaitable<void> permit_held(service& s) {
    auto admission = co_await s.breaker.acquire(s.host);
    s.held = std::move(admission).permit();
}

asio::awaitable<void> probe_held(service& s) {
    co_await open_time_over(s);
    co_await permit_held(s);
    if (!s.held->is_probe())
        throw std::logic_error{"no probe"};
}

// --- how a permit ends

using ending = std::function<asio::awaitable<void>(service&)>;

/// What isn't awaited is heard of before the next reply.
asio::awaitable<void> look(service& s) {
    (void)co_await s.breaker.is_host_available(s.host);
}

ending report(bb::verdict v) {
    return [v](service& s) -> asio::awaitable<void> {
        co_await s.held->report(v, text);
        co_await look(s); // a report that means nothing asks nothing
    };
}

ending post(bb::verdict v) {
    return [v](service& s) -> asio::awaitable<void> {
        s.held->post_report(v);
        co_await look(s);
    };
}

asio::awaitable<void> drop(service& s) {
    s.held.reset();
    co_await look(s);
}

// --- calls by a retrier

template <class Operation>
asio::awaitable<void> call(service& s, Operation operation) {
    bb::retrier const retrier{
        bb::stop_after_attempt{2},
        bb::any{bb::retry_if_error{asio::error::connection_reset}, bb::retry_if_exception<int>{}},
        bb::wait_none{}, s.breaker};
    try {
        (void)co_await retrier.retry(s.host, operation);
    } catch (int) {
    }
}

asio::awaitable<boost::system::result<int>> succeed() {
    co_return 1;
}

asio::awaitable<boost::system::result<int>> return_an_error() {
    co_return boost::system::error_code{asio::error::connection_reset};
}

asio::awaitable<boost::system::result<int>> throw_one() {
    throw 1;
    co_return 1;
}

std::vector<step> all_steps() {
    std::vector<step> steps;
    struct named_ending {
        std::string name;
        ending end;
    };
    std::vector<named_ending> endings{{"dropped", drop}};
    for (auto const& [v, name] : {std::pair{bb::verdict::success, "success"},
                                  {bb::verdict::failure, "failure"},
                                  {bb::verdict::neutral, "neutral"}}) {
        endings.push_back({std::string{name} + " awaited", report(v)});
        endings.push_back({std::string{name} + " posted", post(v)});
        steps.push_back(
            {std::string{"record "} + name, nothing, [v = v](service& s) -> asio::awaitable<void> {
                 co_await s.breaker.record(s.host, v, 1ms, text);
             }});
    }
    for (auto const& [name, end] : endings) {
        auto const acquire_and_end = [end = end](service& s) -> asio::awaitable<void> {
            if (auto admission = co_await s.breaker.acquire(s.host)) {
                s.held = std::move(admission).permit();
                co_await end(s);
            }
        };
        steps.push_back({"acquire, " + name, nothing, acquire_and_end});
        steps.push_back({"acquire a probe, " + name, open_time_over, acquire_and_end});
        steps.push_back({"a permit's " + name, permit_held, end});
        steps.push_back({"a probe's " + name, probe_held, end});
    }
    steps.push_back(
        {"renew", probe_held, [](service& s) -> asio::awaitable<void> { (void)co_await s.held->renew(); }});
    steps.push_back({"is_host_available", nothing, look});
    steps.push_back({"increment_failures_count", nothing, [](service& s) -> asio::awaitable<void> {
                         co_await s.breaker.increment_failures_count(s.host, text);
                     }});
    steps.push_back({"snapshot", nothing,
                     [](service& s) -> asio::awaitable<void> { (void)co_await s.breaker.snapshot(s.host); }});
    steps.push_back({"force_open", nothing,
                     [](service& s) -> asio::awaitable<void> { co_await s.breaker.force_open(s.host); }});
    steps.push_back({"reset", open_time_over,
                     [](service& s) -> asio::awaitable<void> { co_await s.breaker.reset(s.host); }});
    steps.push_back({"a call that succeeds", nothing, [](service& s) { return call(s, succeed); }});
    steps.push_back(
        {"a call that returns errors", nothing, [](service& s) { return call(s, return_an_error); }});
    steps.push_back({"a call that throws", nothing, [](service& s) { return call(s, throw_one); }});
    steps.push_back({"a probing call", open_time_over, [](service& s) { return call(s, return_an_error); }});
    return steps;
}

/// Takes a step with nothing failing. Returns whether it ended without an exception.
bool succeeds(service& s, asio::awaitable<void> step) {
    bool has_ended = false;
    std::exception_ptr thrown;
    asio::co_spawn(s.context, std::move(step), [&](std::exception_ptr ended_by) {
        has_ended = true;
        thrown = ended_by;
    });
    return support::run_until(s.context, [&] { return has_ended; }) && !thrown;
}

asio::awaitable<void> open_by_failures(breaker_type& breaker, std::string host, bool& is_open) {
    co_await breaker.increment_failures_count(host);
    co_await breaker.increment_failures_count(host);
    auto const seen = co_await breaker.snapshot(host);
    is_open = seen.state == bb::breaker_state::open;
}

/// A step, and how it finds the connection.
struct situation {
    step const* taken;
    bool is_lost;
    std::string name() const { return taken->name + (is_lost ? ", the connection being lost" : ""); }
};

/// Takes the step with its n-th allocation failing, until the store is well again. Returns whether there was one, and adds
/// to `faults` what is wrong then.
bool take(situation const& in, int n, std::string const& url, support::blocking_client& client,
          std::vector<std::string>& faults) {
    auto const name = in.name() + ", allocation " + std::to_string(n) + ": ";
    auto const expect = [&](bool is_so, char const* what) {
        if (!is_so)
            faults.push_back(name + what);
    };
    service s{url, name};
    expect(support::run_until(s.context, [&] { return s.connection.is_ready(); }), "not connected");
    expect(succeeds(s, in.taken->prepare(s)), "not prepared");
    if (in.is_lost)
        support::lose(s.context, s.connection, client);
    support::taken_step taken;
    std::exception_ptr thrown;
    support::take_while_failing(
        n, s.context, taken,
        [&](int& ends) {
            asio::co_spawn(s.context, in.taken->take(s), [&](std::exception_ptr ended_by) {
                ++ends;
                thrown = ended_by;
            });
        },
        [&] { return s.is_well() && s.connection.sessions() == (in.is_lost ? 2 : 1); });
    expect(succeeds(s, look(s)), "stands still"); // a recovery that ended for lack of memory begins anew
    expect(support::run_until(s.context, [&] { return s.is_well(); }), "does not come back");
    bool is_open = false;
    expect(succeeds(s, open_by_failures(s.breaker, name + "afterwards", is_open)), "does not go on");
    expect(is_open, "not opened by failures");
    expect(taken.is_told(), "nobody was told");
    if (!taken.has_failed) {
        expect(!thrown, "throws though nothing has failed");
        expect(s.turns == (in.is_lost ? 2 : 0), "the store did not turn as it should");
    }
    return taken.has_failed;
}

/// Goes through the allocations of a step.
void take_each(situation const& in, std::string const& url, support::blocking_client& client,
               std::vector<std::string>& faults) {
    for (int n = 0; n != support::most_allocations; ++n)
        if (!take(in, n, url, client, faults))
            return;
    faults.push_back(in.name() + ": there is no end of allocations");
}

} // namespace

TEST_CASE("redis_store: no failed allocation of a step loses a waiter, or keeps the store local for ever") {
    support::redis_server server;
    auto const steps = all_steps();
    std::vector<situation> situations;
    for (auto const& step : steps)
        for (bool const is_lost : {true, false})
            situations.push_back({&step, is_lost});
    // Side by side, since a store that is failing is tried again after some 100 ms.
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::vector<std::string> faults;
    support::on_threads(48, [&](int) {
        auto client = server.client();
        std::vector<std::string> found;
        try {
            for (auto i = next++; i < situations.size(); i = next++)
                take_each(situations[i], server.url(), client, found);
        } catch (std::exception const& e) {
            found.emplace_back(e.what());
        }
        std::lock_guard const lock{mutex};
        faults.insert(faults.end(), found.begin(), found.end());
    });
    CHECK(faults == std::vector<std::string>{});
}

} // namespace failed_redis_store_allocations_test
