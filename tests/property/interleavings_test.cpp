// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovering.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>

#include "property/naive_host.hpp"
#include "property/random_rules.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace interleavings_test {

using namespace property;
using namespace std::chrono_literals;

// All that three callers of one host can do to each other, step by step beside a model of the host. A caller without
// a permit may ask for one, a caller with one may report a success or a failure, drop it, or keep it: then its lease
// runs out, or its report comes late. Between their steps time may pass: half a lease, to the end of the next lease,
// or to the end of the open time.
//
// Explored are all sequences of ten such steps from a host never heard of, 1.9 million of them under ten rules; but
// that callers without a permit are alike, so that only the first of them asks.

namespace {

constexpr std::size_t steps_each = 10;

enum class action : std::uint8_t {
    ask,
    succeed,
    fail,
    drop,
    pass_half_a_lease,
    pass_to_lease_end,
    pass_open_time
};

struct taken_step {
    action what;
    std::size_t caller = 0;
    bool had_leave = false;
};

std::string to_string(taken_step const& s) {
    std::string const who{"ABC"[s.caller]};
    switch (s.what) {
    case action::ask:
        return who + (s.had_leave ? " asks and may" : " asks and may not");
    case action::succeed:
        return who + " succeeds";
    case action::fail:
        return who + " fails";
    case action::drop:
        return who + " drops its permit";
    case action::pass_half_a_lease:
        return "half a lease passes";
    case action::pass_to_lease_end:
        return "time passes to the lease's end";
    case action::pass_open_time:
        break;
    }
    return "time passes to the end of the open time";
}

class explorer {
public:
    explicit explorer(consecutive_failures const& rule) : rules_(rule) {}

    /// Goes through all interleavings, and returns how many there are. The first one in which the host differs from
    /// the model fails the test.
    std::uint64_t explore() {
        go_on(world{naive_host{rules_.trip()}});
        return interleavings_;
    }

private:
    using rules = breakerbox::recovering<consecutive_failures>;

    /// One permit, for the host and for the model.
    struct permit {
        std::uint64_t number;
        std::size_t call;
    };

    struct world {
        naive_host model;
        rules::state host{};
        std::array<std::optional<permit>, 3> callers{};
        instant now{};
    };

    void go_on(world const& w) {
        compare(w);
        if (path_.size() == steps_each) {
            ++interleavings_;
            return;
        }
        bool has_asked = false;
        for (std::size_t caller = 0; caller != w.callers.size(); ++caller) {
            if (w.callers[caller]) {
                report(w, caller, action::succeed, verdict::success);
                report(w, caller, action::fail, verdict::failure);
                report(w, caller, action::drop, verdict::neutral);
            } else if (!has_asked) {
                has_asked = true;
                ask(w, caller);
            }
        }
        if (auto const end = w.model.next_lease_end(w.now)) {
            pass_time(w, action::pass_to_lease_end, *end);
            pass_time(w, action::pass_half_a_lease, w.now + rules_.trip().recovery.probe_lease / 2);
        }
        if (auto const end = w.model.open_until(); end && *end > w.now)
            pass_time(w, action::pass_open_time, *end);
    }

    void ask(world next, std::size_t caller) {
        auto const number = rules_.acquire(next.host, moment(next));
        auto const call = next.model.acquire(next.now);
        path_.push_back({action::ask, caller, number.has_value()});
        if (number.has_value() != call.has_value())
            fail(next, "answer");
        if (number)
            next.callers[caller] = {*number, *call};
        go_on(next);
        path_.pop_back();
    }

    void report(world next, std::size_t caller, action a, verdict v) {
        auto& held = next.callers[caller];
        rules_.report(next.host, held->number, {v}, moment(next));
        next.model.report(held->call, v, next.now);
        held.reset();
        path_.push_back({a, caller});
        go_on(next);
        path_.pop_back();
    }

    void pass_time(world next, action a, instant to) {
        next.now = to;
        path_.push_back({a});
        go_on(next);
        path_.pop_back();
    }

    breakerbox::moment moment(world const& w) { return {.now = w.now, .fresh = ++numbers_}; }

    void compare(world const& w) {
        auto const status = rules_.look(w.host, w.now);
        if (status.state != w.model.state())
            fail(w, "state");
        if (status.retry_after != w.model.retry_after(w.now))
            fail(w, "retry_after");
        if (status.failures != w.model.failures())
            fail(w, "count of failures");
        if (status.probes.out != w.model.probes_out(w.now))
            fail(w, "count of probes out");
        if (status.state == breaker_state::half_open &&
            (status.probes.successes != w.model.ended_with(verdict::success) ||
             status.probes.failures != w.model.ended_with(verdict::failure)))
            fail(w, "count of probes that came back");
    }

    [[noreturn]] void fail(world const& w, char const* what) const {
        std::ostringstream text;
        text << "another " << what << " than the model's, under " << rules_.trip() << "\n";
        for (auto const& s : path_)
            text << "  " << to_string(s) << '\n';
        text << "The host: " << rules_.look(w.host, w.now) << "\nThe model: " << w.model.state() << ", "
             << w.model.failures() << " failures, " << w.model.probes_out(w.now)
             << " probes out, retry after " << w.model.retry_after(w.now).count() << "us";
        FAIL(text.str());
        std::terminate(); // FAIL has thrown
    }

    rules rules_;
    std::vector<taken_step> path_;
    std::uint64_t numbers_ = 0;
    std::uint64_t interleavings_ = 0;
};

struct explored {
    std::uint32_t threshold;
    std::uint32_t probes;
    std::uint32_t successes_to_close;
    std::uint32_t failures_to_reopen;
    std::uint64_t interleavings;
};

} // namespace

TEST_CASE("property: in all interleavings of three callers a host does what a naive model of it does") {
    // How many there are is checked, lest they become fewer unnoticed.
    for (auto const& e :
         {explored{1, 1, 1, 1, 172'099}, explored{1, 1, 1, 2, 171'880}, explored{1, 1, 2, 1, 173'526},
          explored{1, 1, 2, 2, 173'280}, explored{1, 2, 1, 1, 196'421}, explored{1, 2, 1, 2, 199'562},
          explored{1, 2, 2, 1, 202'361}, explored{1, 2, 2, 2, 205'727}, explored{2, 1, 1, 1, 186'435},
          explored{2, 2, 2, 2, 188'340}}) {
        explorer all{{.threshold = e.threshold,
                      .recovery = {.open_for = 10us,
                                   .growth = 2,
                                   .probes = e.probes,
                                   .successes_to_close = e.successes_to_close,
                                   .failures_to_reopen = e.failures_to_reopen,
                                   .probe_lease = 8us}}};
        CHECK(all.explore() == e.interleavings);
    }
}

} // namespace interleavings_test
