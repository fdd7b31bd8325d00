// SPDX-License-Identifier: BSL-1.0
// The rule of the meeting in random histories: three processes share a host, are cut off and come back, each with a rule
// of its own in memory meanwhile, and Redis forgets all now and then. In virtual time.
#include <breakerbox/redis/store/detail/meeting.hpp>

#include <breakerbox/redis/store/detail/open_time_left.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/recovering.hpp>

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include "redis/support/redis_server.hpp"
#include "redis/support/virtual_twin.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <sstream>
#include <string>

namespace meeting_histories_test {

using namespace std::chrono_literals;
using namespace breakerbox;
using detail::step_answer;
using detail::step_request;
using detail::twin_step;

namespace {

consecutive_failures const rule{.threshold = 2,
                                .recovery = {.open_for = 20us, .growth = 2, .probe_lease = 8us}};

/// An opening or a closing as whoever watches everything sees it.
struct known_opening {
    std::uint64_t number = 0;
    /// When the process that knows it heard of it last, or made it.
    instant learnt_at{};
    instant opened_at{};
};

/// One process: the rule goes on in its memory while it is cut off.
struct process {
    recovering<consecutive_failures> rules{rule};
    recovering<consecutive_failures>::state state{};
    std::optional<known_opening> known{};
    bool is_cut_off = false;
};

class history {
public:
    history(support::pipelined_client& client, std::uint32_t seed)
        : client_(client), twin_(client, rule), random_(seed) {
        twin_.send_forget("h");
        client_.receive();
    }

    void run(int steps) {
        for (int i = 0; i != steps; ++i) {
            now_ += std::chrono::microseconds{below(6)};
            auto& one = processes_[below(3)];
            auto const what = below(20);
            if (what == 0)
                lose_all();
            else if (what < 4 && !one.is_cut_off)
                one.is_cut_off = note("cut off", one);
            else if (what < 6 && one.is_cut_off)
                come_back(one);
            else
                step(one, what);
        }
    }

private:
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

    bool note(std::string const& what, process const& by) {
        story_ << now_.count() << "us process " << &by - processes_.data() << ' ' << what << '\n';
        return true;
    }

    moment at() { return {now_ - epoch, ++fresh_, 0.0}; }

    void lose_all() {
        story_ << now_.count() << "us Redis forgets all\n";
        twin_.send_forget("h");
        client_.receive();
        last_closing_.reset();
        // What had been written is not there any more: each that is connected comes back to it.
        for (auto& each : processes_)
            if (!each.is_cut_off)
                come_back(each);
    }

    void step(process& by, std::uint32_t what) {
        if (what < 8)
            take(by, twin_step::acquire, {});
        else if (what < 17)
            take(by, twin_step::record, {what < 14 ? verdict::failure : verdict::success});
        else if (what == 17)
            take(by, twin_step::force_open, {});
        else
            take(by, twin_step::look, {});
    }

    void take(process& by, twin_step what, ended_call call) {
        note(std::string{to_string(what)} + ' ' + std::string{to_string(call.result)}, by);
        auto const m = at();
        step_request asked{.step = what, .fresh = m.fresh, .call = call};
        if (what == twin_step::force_open)
            asked.open_for = std::chrono::microseconds{5 + below(40)};
        if (by.is_cut_off)
            return take_alone(by, asked, m);
        auto const answer = twin_.take(asked, "h", now_);
        if (answer.from != breaker_state::closed && answer.status.state == breaker_state::closed)
            last_closing_ = now_;
        learn(by, answer);
    }

    void take_alone(process& by, step_request const& asked, moment m) {
        auto& [rules, state, known, is_cut_off] = by;
        if (asked.step == twin_step::acquire)
            rules.acquire(state, m);
        else if (asked.step == twin_step::record)
            rules.record(state, asked.call, m);
        else if (asked.step == twin_step::force_open)
            rules.force_open(state, asked.open_for, m);
    }

    void learn(process& by, step_answer const& answer) {
        auto const m = at();
        by.rules.adopt(by.state, answer.status, m);
        by.known.reset();
        if (answer.status.state != breaker_state::closed)
            by.known = {answer.opening, now_, by.state.open.began};
    }

    /// As local_hosts and shared_hosts do.
    void come_back(process& by) {
        auto const m = at();
        auto const status = by.rules.look(by.state, m.now);
        bool const is_closed = status.state == breaker_state::closed;
        if (!is_closed && (!by.known || by.known->opened_at != by.state.open.began))
            by.known = {m.fresh, by.state.open.began + epoch, by.state.open.began};
        step_request asked{.step = twin_step::meet, .fresh = ++fresh_, .known = &status};
        if (!is_closed) {
            asked.opening = by.known->number;
            asked.learnt_ago = now_ - by.known->learnt_at;
        }
        note("comes back, " + std::string{to_string(status.state)} + " for " +
                 std::to_string(status.retry_after.count()) + "ns",
             by);
        auto const before = twin_.take({.step = twin_step::look}, "h", now_);
        auto const after = twin_.take(asked, "h", now_);
        check(by, status, before, after);
        by.is_cut_off = false;
        learn(by, after);
    }

    /// What must hold, said without the rule's words.
    void check(process const& by, host_status const& brought, step_answer const& before,
               step_answer const& after) {
        INFO(story_.str());
        // Nobody is let through.
        if (before.status.state != breaker_state::closed)
            REQUIRE(after.status.state != breaker_state::closed);
        if (before.status.state == breaker_state::open)
            REQUIRE(after.status.retry_after >= before.status.retry_after);
        if (brought.state == breaker_state::closed) {
            REQUIRE(after.status == before.status);
            return;
        }
        bool const is_over = last_closing_ && *last_closing_ > by.known->learnt_at;
        if (is_over) // nobody is held out
            REQUIRE(after.status == before.status);
        else // nor let through where the shared state has lost it
            REQUIRE(after.status.state != breaker_state::closed);
        if (!is_over && before.status.state == breaker_state::closed && brought.state == breaker_state::open)
            REQUIRE(after.status.retry_after == brought.retry_after);
    }

    /// That of the server's clock; the processes' run from zero.
    static constexpr instant epoch = std::chrono::years{56};

    support::pipelined_client& client_;
    support::virtual_twin<consecutive_failures> twin_;
    std::mt19937 random_;
    std::array<process, 3> processes_{};
    instant now_ = epoch + 1s;
    std::uint64_t fresh_ = 0;
    std::optional<instant> last_closing_{};
    std::ostringstream story_;
};

} // namespace

TEST_CASE("meeting histories: nobody is let through by a return, nor held out by what is known to be over") {
    support::redis_server const server;
    support::pipelined_client client{redisConnectUnix(server.socket_path().c_str())};
    support::virtual_twin<consecutive_failures>::load(client);
    for (std::uint32_t seed = 0; seed != 400; ++seed) {
        CAPTURE(seed);
        history{client, seed}.run(60);
    }
}

} // namespace meeting_histories_test
