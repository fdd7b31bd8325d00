// SPDX-License-Identifier: BSL-1.0
//
// Metrics for Prometheus: attempts, calls and the state of hosts, in a bounded number of time series. What happens is
// counted as events tell it; how the hosts are is asked when Prometheus asks, since much of that is no event: time closes
// a host, a full store forgets one, and another process changes one that is shared.

#include <breakerbox/breakerbox.hpp>
#include <breakerbox/testing.hpp>

#include <boost/asio/awaitable.hpp>

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

// In virtual time the waits below pass at once. A service leaves the clock out, and gets the real one.
using story_clock = bb::testing::virtual_clock;
using host_breaker = bb::circuit_breaker<bb::memory_store<bb::failure_count, story_clock>>;

/// Which hosts have time series of their own: the first few. A time series is for ever, and others may choose
/// the hosts. A service that knows which ones matter lists those. For any thread, since Prometheus asks on its own.
class host_labels {
public:
    explicit host_labels(std::size_t most) : most_(most) {}

    std::string of(std::string_view host) {
        std::lock_guard const lock{mutex_};
        if (own_.size() < most_)
            own_.emplace(host);
        return own_.contains(host) ? std::string{host} : "other";
    }
    std::set<std::string, std::less<>> all() const {
        std::lock_guard const lock{mutex_};
        return own_;
    }

private:
    std::size_t most_;
    mutable std::mutex mutex_;
    std::set<std::string, std::less<>> own_;
};

/// What happens. An observer of the retrier, to be passed by std::ref.
class call_metrics {
public:
    call_metrics(prometheus::Registry& registry, host_labels& hosts)
        : hosts_(hosts),
          attempts_(prometheus::BuildCounter()
                        .Name("breakerbox_attempts_total")
                        .Help("Attempts by what they meant to the breaker")
                        .Register(registry)),
          calls_(prometheus::BuildCounter()
                     .Name("breakerbox_calls_total")
                     .Help("Calls by how they ended")
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

private:
    host_labels& hosts_;
    prometheus::Family<prometheus::Counter>& attempts_;
    prometheus::Family<prometheus::Counter>& calls_;
    prometheus::Histogram& seconds_;
};

/// How the hosts are, at the moment of each collection.
class host_metrics final : public prometheus::Collectable {
public:
    host_metrics(host_breaker const& asked, host_labels const& hosts) : breaker_(asked), hosts_(hosts) {}

    std::vector<prometheus::MetricFamily> Collect() const override {
        std::map<std::string, bb::breaker_state, std::less<>> states;
        for (auto const& host : hosts_.all())
            states[host] = bb::breaker_state::closed; // as one is that the store does not know, or no more
        for (auto const& known : breaker_.store().hosts())
            if (auto const own = states.find(known.host.view()); own != states.end())
                own->second = known.state;

        prometheus::MetricFamily family{.name = "breakerbox_host_state",
                                        .help = "0 closed, 1 open, 2 half-open",
                                        .type = prometheus::MetricType::Gauge,
                                        .metric = {}};
        for (auto const& [host, state] : states) {
            auto& metric = family.metric.emplace_back();
            metric.label = {{"host", host}};
            metric.gauge.value = static_cast<double>(state);
        }
        return {std::move(family)};
    }

private:
    host_breaker const& breaker_;
    host_labels const& hosts_;
};

asio::awaitable<void> call_api(bool is_up) {
    if (!is_up)
        throw std::runtime_error{"no answer"};
    co_return;
}

asio::awaitable<void> call_hosts(host_breaker& guard, call_metrics& observer) {
    bb::stop_after_attempt const stop{2};
    bb::wait_fixed const wait{500ms};
    bb::retrier const retrier{stop, bb::retry_if_exception<std::runtime_error>{}, wait, guard,
                              bb::retrier_options<story_clock>{.observer = std::ref(observer)}};
    for (std::string_view const host : {"a.example", "b.example", "c.example", "d.example"})
        for (auto call = 1; call <= 3; ++call) {
            try {
                co_await retrier.retry(host, call_api, host != "b.example");
            } catch (std::exception const&) { // The metrics have it.
            }
        }
}

/// The order within a family is anybody's.
void print(std::vector<prometheus::MetricFamily> families) {
    for (auto& family : families)
        std::ranges::sort(family.metric, {}, &prometheus::ClientMetric::label);
    prometheus::TextSerializer{}.Serialize(std::cout, families);
}

int main() {
    host_breaker guard{
        bb::memory_store<bb::failure_count, story_clock>{{.max_failures = 2, .reset_timeout = 30s}}};
    prometheus::Registry registry;
    host_labels hosts{2};
    call_metrics calls{registry, hosts};
    host_metrics const states{guard, hosts};

    // A service gives Prometheus' Exposer the registry and the states, both by RegisterCollectable.
    bb::testing::virtual_time time;
    time.run(call_hosts(guard, calls));
    print(registry.Collect());
    print(states.Collect());

    std::cout << "\nhalf a minute later, without a call and without an event:\n";
    time.advance(30s);
    print(states.Collect());
}
