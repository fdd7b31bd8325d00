// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_METRICS_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_METRICS_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/retry/retry_end.hpp>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace gateway {

namespace bb = breakerbox;

/// What has been counted of one upstream since the start.
struct totals {
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    std::uint64_t refused = 0;
    std::uint64_t retries = 0;
    std::uint64_t probes = 0;
    double seconds = 0;
};

/// The time series of all upstreams. Their number is that of the upstreams on the command line: no client can make one.
class metrics {
public:
    metrics() = default;
    metrics(metrics const&) = delete;
    metrics& operator=(metrics const&) = delete;

    std::string text() const { return prometheus::TextSerializer{}.Serialize(registry_.Collect()); }

private:
    friend class upstream_metrics;

    prometheus::Family<prometheus::Counter>& counters(std::string const& name, std::string const& help) {
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
    }
    prometheus::Family<prometheus::Gauge>& gauges(std::string const& name, std::string const& help) {
        return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
    }
    prometheus::Family<prometheus::Histogram>& histograms(std::string const& name, std::string const& help) {
        return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
    }

    prometheus::Registry registry_;
    prometheus::Family<prometheus::Counter>& answers_ =
        counters("gateway_answers_total", "Requests by the status that the client got");
    prometheus::Family<prometheus::Histogram>& seconds_ = histograms(
        "gateway_call_seconds", "How long calls of upstreams took with all their attempts and waits");
    prometheus::Family<prometheus::Counter>& calls_ =
        counters("breakerbox_calls_total", "Calls by how they ended");
    prometheus::Family<prometheus::Counter>& attempts_ =
        counters("breakerbox_attempts_total", "Attempts by what they meant to the breaker");
    prometheus::Family<prometheus::Counter>& retries_ =
        counters("breakerbox_retries_total", "Attempts after a call's first");
    prometheus::Family<prometheus::Counter>& probes_ =
        counters("breakerbox_probes_total", "Attempts that tried a half-open upstream");
    prometheus::Family<prometheus::Counter>& refusals_ =
        counters("breakerbox_refusals_total", "Attempts that the breaker did not let through");
    prometheus::Family<prometheus::Gauge>& state_ =
        gauges("breakerbox_state", "0 closed, 1 open, 2 half-open");
    prometheus::Family<prometheus::Gauge>& budget_ =
        gauges("breakerbox_retry_budget", "Retries that could be made now");
};

/// Those of one upstream. The series exist from the start: one that appears with its first failure has no rate then.
class upstream_metrics {
public:
    upstream_metrics(metrics& all, std::string const& name)
        : upstream_(name),
          answers_(all.answers_),
          seconds_(all.seconds_.Add(
              {{"upstream", name}},
              prometheus::Histogram::BucketBoundaries{0.005, 0.02, 0.1, 0.25, 0.5, 1, 2, 5})),
          retries_(all.retries_.Add({{"upstream", name}})),
          probes_(all.probes_.Add({{"upstream", name}})),
          refusals_(all.refusals_.Add({{"upstream", name}})),
          state_(all.state_.Add({{"upstream", name}})),
          budget_(all.budget_.Add({{"upstream", name}})) {
        for (std::size_t i = 0; i != calls_.size(); ++i)
            calls_[i] = &all.calls_.Add(
                {{"upstream", name}, {"end", std::string{to_string(static_cast<bb::retry_end>(i))}}});
        for (std::size_t i = 0; i != attempts_.size(); ++i)
            attempts_[i] = &all.attempts_.Add(
                {{"upstream", name}, {"verdict", std::string{to_string(static_cast<bb::verdict>(i))}}});
    }

    void on_answer(unsigned status) {
        answers_.Add({{"upstream", upstream_}, {"status", std::to_string(status)}}).Increment();
    }
    void on_call(bb::retry_end end, bb::duration took) {
        calls_[static_cast<std::size_t>(end)]->Increment();
        seconds_.Observe(std::chrono::duration<double>{took}.count());
    }
    void on_attempt(bb::verdict v) { attempts_[static_cast<std::size_t>(v)]->Increment(); }
    void on_retry() { retries_.Increment(); }
    void on_probe() { probes_.Increment(); }
    void on_refusal() { refusals_.Increment(); }
    void set_state(bb::breaker_state state) { state_.Set(static_cast<double>(state)); }
    void set_budget(std::uint64_t retries) { budget_.Set(static_cast<double>(retries)); }

    totals so_far() const {
        auto const count = [](prometheus::Counter const& counter) {
            return static_cast<std::uint64_t>(counter.Value());
        };
        auto const timed = seconds_.Collect().histogram;
        return {.calls = timed.sample_count,
                .failures = count(*attempts_[static_cast<std::size_t>(bb::verdict::failure)]),
                .refused = count(refusals_),
                .retries = count(retries_),
                .probes = count(probes_),
                .seconds = timed.sample_sum};
    }

private:
    std::string upstream_;
    prometheus::Family<prometheus::Counter>& answers_;
    prometheus::Histogram& seconds_;
    prometheus::Counter& retries_;
    prometheus::Counter& probes_;
    prometheus::Counter& refusals_;
    prometheus::Gauge& state_;
    prometheus::Gauge& budget_;
    std::array<prometheus::Counter*, static_cast<std::size_t>(bb::retry_end::left_to_outer) + 1> calls_{};
    std::array<prometheus::Counter*, static_cast<std::size_t>(bb::verdict::neutral) + 1> attempts_{};
};

} // namespace gateway

#endif
