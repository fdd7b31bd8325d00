// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/detail/call_machine.hpp>

#include <breakerbox/base/permanent.hpp>
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/policy/attempt.hpp>

#include "support/outcomes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace call_machine_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace detail::call_input;
using detail::budget_share;
using detail::call_action;
using detail::call_end;
using detail::ends_with;
using detail::judgement;
using action = call_action;

namespace {

/// Decides what the test says, and notes what it was asked.
struct decisions {
    attempt state{};
    duration deadline = duration::max();
    std::optional<retry_end> end{};
    duration wait = 1s;
    /// The wait for a host that is refused, unless it would be too long in all.
    duration wait_for_host = 3s;
    std::string asked{};

    attempt const& now() const { return state; }
    bool is_in_time(duration after = duration::zero()) const { return state.elapsed + after < deadline; }
    void set_upcoming_wait(duration chosen) { state.upcoming_wait = chosen; }
    void set_is_probe(bool is_probe) { state.is_probe = is_probe; }
    void begin_next_attempt() {
        ++state.number;
        state.upcoming_wait = duration::zero();
    }
    std::optional<retry_end> end_after_failure() {
        asked += "policies ";
        state.upcoming_wait = wait;
        return end;
    }
    std::optional<duration> wait_for_leave(duration limit, duration waited, host_status const&,
                                           duration after = duration::zero()) const {
        return waited + wait_for_host - after > limit ? std::nullopt : std::optional{wait_for_host};
    }
};

using machine = detail::call_machine<decisions>;

/// The breaker's refusal, as the steps of a table name it.
struct no {};
/// How an attempt ended, of an operation that threw, that said of its error that it is permanent, or that returned.
struct tried {
    enum class how { threw, threw_permanent, returned };

    detail::attempt_facts facts;
    how ended = how::threw;
};
using input = std::variant<granted, no, unanswered, tried, waited, cancelled>;

/// What the machine says.
struct answer {
    call_action what;
    duration wait = duration::zero();
    call_end end{};

    friend bool operator==(answer const&, answer const&) = default;
};

/// What `call` says, whose next action is `what`.
answer answer_of(machine const& call, call_action what) {
    bool const waits = what == action::wait || what == action::wait_for_grant;
    return {what, waits ? call.upcoming_wait() : duration::zero(), call.end()};
}

struct step {
    input told;
    answer said;
};

outcome const& outcome_that(tried::how ended) {
    static auto const threw = support::threw(1);
    static auto const threw_permanent = support::threw(permanent{std::make_exception_ptr(1)});
    static auto const returned = support::returned(1);
    return ended == tried::how::threw             ? threw
           : ended == tried::how::threw_permanent ? threw_permanent
                                                  : returned;
}

call_action resumed(machine& call, input const& told) {
    return std::visit(
        [&](auto const& given) {
            if constexpr (std::is_same_v<decltype(given), no const&>)
                return call.resume(refused{host_status{}});
            else if constexpr (std::is_same_v<decltype(given), tried const&>)
                return call.resume(attempted{given.facts, outcome_that(given.ended)});
            else
                return call.resume(given);
        },
        told);
}

/// Tells a call what each step says, and checks what it answers.
void follow(machine& call, std::vector<step> const& steps) {
    int number = 0;
    for (auto const& [told, said] : steps) {
        INFO("step " << ++number);
        auto const what = resumed(call, told);
        CHECK(answer_of(call, what) == said);
    }
}

answer ended(retry_end why, ends_with with, bool forgets_outcome = false) {
    return {action::end, duration::zero(), {why, with, forgets_outcome}};
}

/// A call without budget and deadline.
machine call_of(decisions d = {}, std::optional<wait_until_available> patience = std::nullopt,
                bool is_nested = false) {
    return {std::move(d), budget_share{}, patience, is_nested};
}

/// A call whose first attempt is under way.
machine trying(machine call = call_of()) {
    CHECK(call.begin() == action::ask);
    CHECK(call.resume(granted{}) == action::attempt);
    return call;
}

constexpr tried success{{.judged = judgement::success}, tried::how::returned};
constexpr tried failure{{.judged = judgement::failure}};
constexpr tried opening{{.judged = judgement::failure, .is_host_open = true}};
constexpr bool forgets = true;

/// Affords so many retries, and notes what it is told.
struct noting_budget final : budget {
    int left = 0;
    std::string told{};

    explicit noting_budget(int retries) : left(retries) {}
    void on_call() noexcept override { told += "call "; }
    void on_success() noexcept override { told += "success "; }
    void on_failure() noexcept override { told += "failure "; }
    bool affords_retry() const noexcept override { return left > 0; }
    bool take_retry() noexcept override {
        told += "take ";
        return left > 0 && left-- > 0;
    }
};

} // namespace

TEST_CASE("call_machine: fails twice, then succeeds: it asks, tries and waits, and counts the attempts") {
    auto call = trying();
    follow(call, {{failure, {action::wait, 1s}},
                  {waited{}, {action::ask}},
                  {granted{}, {action::attempt}},
                  {failure, {action::wait, 1s}},
                  {waited{}, {action::ask}},
                  {granted{.is_probe = true}, {action::attempt}},
                  {success, ended(retry_end::succeeded, ends_with::last_outcome)}});
    CHECK(call.attempts() == 3);
    CHECK(call.decisions().now().number == 3);
    CHECK(call.decisions().now().is_probe);
}

TEST_CASE("call_machine: what an attempt ends with is what its call ends with, but after a failure") {
    struct row {
        tried how;
        answer said;
    };
    std::vector<row> const rows{
        {{{.judged = judgement::not_retryable}}, ended(retry_end::not_retryable, ends_with::last_outcome)},
        {{{.judged = judgement::not_retryable, .is_cut_by_deadline = true}},
         ended(retry_end::deadline, ends_with::last_outcome)},
        {{{.judged = judgement::failure}, tried::how::threw_permanent},
         ended(retry_end::not_retryable, ends_with::last_outcome)},
        {{{.judged = judgement::cancelled}}, ended(retry_end::cancelled, ends_with::last_outcome)},
        {{{.judged = judgement::cancelled}, tried::how::returned},
         ended(retry_end::cancelled, ends_with::own_error)},
        {{{.judged = judgement::success, .was_report_cancelled = true}, tried::how::returned},
         ended(retry_end::succeeded, ends_with::last_outcome)},
        {{{.judged = judgement::failure, .was_report_cancelled = true}},
         ended(retry_end::cancelled, ends_with::own_error)},
    };
    for (auto const& [how, said] : rows) {
        auto call = trying();
        follow(call, {{how, said}});
        CHECK(call.decisions().asked.empty());
    }
}

TEST_CASE("call_machine: the policies end it after a failure, before the breaker is asked again") {
    auto call = trying(call_of({.end = retry_end::stopped}));
    follow(call, {{opening, ended(retry_end::stopped, ends_with::no_other)}});
}

TEST_CASE("call_machine: within another retrier's attempt the policies aren't asked") {
    auto call = trying(call_of({}, std::nullopt, true));
    follow(call, {{failure, ended(retry_end::left_to_outer, ends_with::no_other)}});
    CHECK(call.decisions().asked.empty());
}

TEST_CASE("call_machine: a refusal ends it, and nothing that was kept is told of") {
    auto first = call_of();
    CHECK(first.begin() == action::ask);
    follow(first, {{no{}, ended(retry_end::refused, ends_with::refusal, forgets)}});
    CHECK(first.attempts() == 0);

    auto later = trying();
    follow(later, {{failure, {action::wait, 1s}},
                   {waited{}, {action::ask}},
                   {no{}, ended(retry_end::refused, ends_with::refusal, forgets)}});
    CHECK(later.attempts() == 1);
}

TEST_CASE("call_machine: a patient call waits for the host until its limit, over all attempts") {
    auto call = call_of({}, wait_until_available{8s});
    CHECK(call.begin() == action::ask);
    follow(call, {{no{}, {action::wait_for_grant, 3s}},
                  {waited{}, {action::ask}},
                  {granted{}, {action::attempt}},
                  {failure, {action::wait, 1s}},
                  {waited{}, {action::ask}},
                  {no{}, {action::wait_for_grant, 3s}},
                  {waited{}, {action::ask}},
                  {no{}, ended(retry_end::refused, ends_with::refusal, forgets)}});
    CHECK(call.attempts() == 1);
    CHECK(call.decisions().now().number == 2);
    CHECK(call.decisions().now().upcoming_wait == 0s);
}

TEST_CASE("call_machine: a host that has opened is asked before the wait: granted, the call waits") {
    auto call = trying();
    follow(call, {{opening, {action::ask_again}},
                  {granted{}, {action::wait, 1s}},
                  {waited{}, {action::ask}},
                  {granted{}, {action::attempt}}});
}

TEST_CASE("call_machine: a host that has opened refuses the next attempt, and the last outcome stays") {
    auto call = trying();
    follow(call, {{opening, {action::ask_again}}, {no{}, ended(retry_end::refused, ends_with::refusal)}});
    CHECK(call.decisions().now().number == 2);
    CHECK(call.attempts() == 1);
}

TEST_CASE("call_machine: a host that has opened is waited for if patience allows, counted after the wait") {
    auto patient = trying(call_of({}, wait_until_available{2s}));
    follow(patient, {{opening, {action::ask_again}}, {no{}, {action::wait, 1s}}});
    CHECK(patient.decisions().now().number == 1);

    auto hasty = trying(call_of({}, wait_until_available{1s}));
    follow(hasty, {{opening, {action::ask_again}}, {no{}, ended(retry_end::refused, ends_with::refusal)}});
}

TEST_CASE("call_machine: no attempt begins at the deadline or later, however long the breaker took") {
    auto late = call_of({.deadline = 0s});
    CHECK(answer_of(late, late.begin()) == ended(retry_end::deadline, ends_with::own_error, forgets));

    auto slowly = call_of({.deadline = 5s});
    CHECK(slowly.begin() == action::ask);
    slowly.decisions().state.elapsed = 5s;
    follow(slowly, {{granted{}, ended(retry_end::deadline, ends_with::own_error, forgets)}});
    CHECK(slowly.attempts() == 0);

    auto again = trying(call_of({.deadline = 5s}));
    follow(again, {{failure, {action::wait, 1s}}});
    again.decisions().state.elapsed = 5s;
    follow(again, {{waited{}, ended(retry_end::deadline, ends_with::own_error, forgets)}});
}

TEST_CASE("call_machine: where the answer about an open host leaves no time for the wait, it gives up") {
    auto call = trying(call_of({.deadline = 5s}));
    follow(call, {{opening, {action::ask_again}}});
    call.decisions().state.elapsed = 4s;
    follow(call, {{granted{}, ended(retry_end::deadline, ends_with::no_other)}});
}

TEST_CASE("call_machine: without an answer it ends with what was in the way") {
    for (bool const is_cancelled : {false, true}) {
        auto const why = is_cancelled ? retry_end::cancelled : retry_end::store_failed;
        auto first = call_of();
        CHECK(first.begin() == action::ask);
        follow(first, {{unanswered{is_cancelled}, ended(why, ends_with::own_error, forgets)}});

        auto again = trying();
        follow(again, {{opening, {action::ask_again}},
                       {unanswered{is_cancelled}, ended(why, ends_with::own_error)}});
    }
}

TEST_CASE("call_machine: cancelled in a wait it forgets the attempt before; not so before the wait") {
    auto const cancelled_now = [](machine call, std::vector<step> const& before, bool forgets_outcome) {
        follow(call, before);
        follow(call, {{cancelled{}, ended(retry_end::cancelled, ends_with::own_error, forgets_outcome)}});
    };
    cancelled_now(trying(), {{failure, {action::wait, 1s}}}, forgets);
    cancelled_now(trying(), {{opening, {action::ask_again}}}, !forgets);
    cancelled_now(
        trying(call_of({}, wait_until_available{9s})),
        {{failure, {action::wait, 1s}}, {waited{}, {action::ask}}, {no{}, {action::wait_for_grant, 3s}}},
        forgets);
}

TEST_CASE("call_machine: a retry is taken from the budget when its attempt begins") {
    noting_budget budget{1};
    auto call = trying({decisions{}, budget_share{&budget}, std::nullopt, false});
    CHECK(call.keeps_outcome());
    CHECK(budget.told == "call ");
    follow(call, {{failure, {action::wait, 1s}}, {waited{}, {action::ask}}});
    CHECK(budget.told == "call ");
    follow(call, {{granted{}, {action::attempt}}});
    CHECK(budget.told == "call take ");
    follow(call, {{opening, ended(retry_end::budget_spent, ends_with::no_other)}});
    CHECK(budget.told == "call take ");
}

TEST_CASE(
    "call_machine: where others have spent the budget in the wait, the outcome that it kept is told of") {
    noting_budget budget{1};
    auto call = trying({decisions{}, budget_share{&budget}, std::nullopt, false});
    follow(call, {{failure, {action::wait, 1s}}, {waited{}, {action::ask}}});
    budget.left = 0;
    follow(call, {{granted{}, ended(retry_end::budget_spent, ends_with::no_other)}});
    CHECK(call.attempts() == 1);
}

TEST_CASE("call_machine: a call that is refused pays the budget for nothing") {
    noting_budget budget{1};
    machine call{decisions{}, budget_share{&budget}, std::nullopt, false};
    CHECK(call.begin() == action::ask);
    follow(call, {{no{}, ended(retry_end::refused, ends_with::refusal, forgets)}});
    CHECK(budget.told.empty());
}

TEST_CASE("call_machine: two calls step by step side by side keep apart") {
    auto first = trying();
    auto second = call_of({.wait = 2s});
    CHECK(second.begin() == action::ask);
    follow(first, {{failure, {action::wait, 1s}}});
    follow(second, {{granted{}, {action::attempt}}});
    follow(first, {{waited{}, {action::ask}}});
    follow(second, {{failure, {action::wait, 2s}}});
    CHECK(first.decisions().now().number == 2);
    CHECK(second.decisions().now().number == 1);
}

} // namespace call_machine_test
