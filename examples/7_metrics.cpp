// SPDX-License-Identifier: BSL-1.0
//
// Metrics for Prometheus: attempts, calls and the state of hosts, in a bounded number of time series.

#include <breakerbox/breakerbox.hpp>
#include <breakerbox/testing.hpp>

#include <boost/asio/awaitable.hpp>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

// In virtual time the waits below pass at once. A service leaves the clock out, and gets the real one.
using story_clock = bb::testing::virtual_clock;
using store = bb::memory_store<bb::consecutive_failures, story_clock>;

/// Which hosts have time series of their own: the first few. A time series is for ever, and others may choose
/// the hosts. A service that knows which ones matter lists those. For one thread, unlike all that is
/// Prometheus' own.
class host_labels {
public:
    explicit host_labels(std::size_t most) : most_(most) {}

    bool is_own(std::string_view host) {
        if (own_.size() < most_)
            own_.emplace(host);
        return own_.contains(host);
    }
    std::string of(std::string_view host) { return is_own(host) ? std::string{host} : "other"; }

private:
    std::size_t most_;
    std::set<std::string, std::less<>> own_;
};

/// An observer of both, to be passed by std::ref.
class metrics {
public:
    metrics(prometheus::Registry& registry, std::size_t most_hosts)
        : hosts_(most_hosts),
          attempts_(prometheus::BuildCounter()
                        .Name("breakerbox_attempts_total")
                        .Help("Attempts by what they meant to the breaker")
                        .Register(registry)),
          calls_(prometheus::BuildCounter()
                     .Name("breakerbox_calls_total")
                     .Help("Calls by how they ended")
                     .Register(registry)),
          states_(prometheus::BuildGauge()
                      .Name("breakerbox_host_state")
                      .Help("0 closed, 1 open, 2 half-open")
                      .Register(registry)),
          seconds_(prometheus::BuildHistogram()
                       .Name("breakerbox_call_seconds")
                       .Help("How long calls took with all their attempts and waits")
                       .Register(registry)
                       .Add({}, prometheus::Histogram::BucketBoundaries{0.25, 1, 4})) {}

    void operator()(bb::retry_event const& event) {
        using enum bb::retry_event::kind;
        auto const host = hosts_.of(event.host);
        if (event.what == after_attempt) {
            attempts_.Add({{"host", host}, {"verdict", std::string{to_string(event.result)}}}).Increment();
        } else if (event.what == finished) {
            calls_.Add({{"host", host}, {"end", std::string{to_string(event.end)}}}).Increment();
            seconds_.Observe(std::chrono::duration<double>{event.now.elapsed}.count());
        }
    }

    void operator()(bb::breaker_event const& event) {
        // The others have no state in common.
        if (event.what == bb::breaker_event::kind::state_changed && hosts_.is_own(event.host))
            states_.Add({{"host", std::string{event.host}}}).Set(static_cast<double>(event.status.state));
    }

private:
    host_labels hosts_;
    prometheus::Family<prometheus::Counter>& attempts_;
    prometheus::Family<prometheus::Counter>& calls_;
    prometheus::Family<prometheus::Gauge>& states_;
    prometheus::Histogram& seconds_;
};

asio::awaitable<void> call_api(bool is_up) {
    if (!is_up)
        throw std::runtime_error{"no answer"};
    co_return;
}

asio::awaitable<void> call_hosts(metrics& observer) {
    bb::circuit_breaker breaker{store{{.threshold = 3}}, {.observer = std::ref(observer)}};
    bb::stop_after_attempt const stop{2};
    bb::wait_fixed const wait{500ms};
    bb::retrier const retrier{stop, bb::retry_if_exception<std::runtime_error>{}, wait, breaker,
                              bb::retrier_options<story_clock>{.observer = std::ref(observer)}};
    for (std::string_view const host : {"a.example", "b.example", "c.example", "d.example"})
        for (auto call = 1; call <= 3; ++call) {
            try {
                co_await retrier.retry(host, call_api, host != "b.example");
            } catch (std::exception const&) { // The metrics have it.
            }
        }
}

int main() {
    prometheus::Registry registry;
    metrics observer{registry, 2};

    bb::testing::virtual_time time;
    time.run(call_hosts(observer));

    // A service gives the registry to Prometheus' Exposer. The order within a family is anybody's.
    auto families = registry.Collect();
    for (auto& family : families)
        std::ranges::sort(family.metric, {}, &prometheus::ClientMetric::label);
    prometheus::TextSerializer{}.Serialize(std::cout, families);
}
