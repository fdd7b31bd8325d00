// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/store_view.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace store_view_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::follow_up;
using detail::hearing;
using detail::step_answer;
using detail::store_failure;

namespace {

using view = detail::store_view<consecutive_failures>;
using names = std::vector<std::string>;

view at_the_first(bool has_mirror = true) {
    return view{{.threshold = 1, .recovery = {.open_for = 1h}}, 16, has_mirror};
}

host_status open_status() {
    return {.state = breaker_state::open, .cause = trip_cause::failures, .retry_after = 1h};
}

hearing answered(step_answer const& answer, std::uint64_t session = 1) {
    return {.answer = answer, .asked_at = 1s, .session = session};
}

hearing open_answer(std::uint64_t session = 1) {
    return answered({.from = breaker_state::open, .status = open_status(), .opening = 7}, session);
}

store_failure failure(redis_errc error) {
    return {make_error_code(error), "words"};
}

/// A letter for each of the news: c of a state, p of a probe given up, f and r of a store that fails and recovers.
std::string told(change_queue& changes) {
    std::string letters;
    changes.deliver([&]<class News>(News const& news) {
        if constexpr (std::is_same_v<News, store_health_change>)
            letters += news.failed ? 'f' : 'r';
        else
            letters += std::is_same_v<News, given_up_probe> ? 'p' : 'c';
    });
    return letters;
}

} // namespace

TEST_CASE("store_view: an answer is learnt, and tells what is news in it") {
    auto v = at_the_first();
    change_queue changes{true};
    CHECK(v.take_in(open_answer(), "a", 1, 2s, changes) == follow_up::nothing);
    CHECK(v.local().look("a").state == breaker_state::open);
    CHECK(told(changes).empty()); // it was open before the step
    CHECK(v.take_in(answered({.probes_given_up = 1, .from = breaker_state::closed, .status = open_status()}),
                    "b", 1, 2s, changes) == follow_up::nothing);
    CHECK(told(changes) == "pc");
}

TEST_CASE("store_view: without a mirror nothing is learnt") {
    auto v = at_the_first(false);
    change_queue changes{true};
    v.take_in(open_answer(), "a", 1, 2s, changes);
    CHECK(v.local().look("a").state == breaker_state::closed);
    CHECK(v.take_in(answered({}, 2), "a", 2, 3s, changes) == follow_up::nothing);
    CHECK(v.to_be_met_on(2).empty());
    CHECK(v.to_be_brought().empty());
}

TEST_CASE("store_view: a failure of the store as a whole calls for a recovery, once") {
    auto v = at_the_first();
    change_queue changes{true};
    CHECK(v.take_in(failure(redis_errc::timed_out), "a", 1s, changes) == follow_up::recovery);
    CHECK(v.health().is_failing());
    CHECK(v.take_in(failure(redis_errc::timed_out), "b", 1s, changes) == follow_up::nothing);
    CHECK(told(changes) == "f");
    v.recover(2s);
    CHECK_FALSE(v.health().is_failing());
    CHECK(v.take_in(failure(redis_errc::timed_out), "a", 3s, changes) == follow_up::recovery);
}

TEST_CASE("store_view: a failure of one host or step calls for nothing") {
    auto v = at_the_first();
    change_queue changes{true};
    hearing const heard{.failure = failure(redis_errc::wrong_type)};
    CHECK(v.take_in(heard, "", 1, 1s, changes) == follow_up::nothing);
    CHECK(told(changes) == "f");
    CHECK(v.take_in(failure(redis_errc::too_many_commands), "a", 1s, changes) == follow_up::nothing);
    CHECK(told(changes).empty());
    CHECK_FALSE(v.health().is_failing());
    v.take_in(answered({}), "", 1, 2s, changes);
    CHECK(told(changes) == "r");
}

TEST_CASE("store_view: what comes late, once the store is known to fail, is told but not learnt") {
    auto v = at_the_first();
    change_queue changes{true};
    v.take_in(failure(redis_errc::timed_out), "a", 1s, changes);
    told(changes);
    auto const late = answered({.from = breaker_state::closed, .status = open_status()});
    CHECK(v.take_in(late, "a", 1, 2s, changes) == follow_up::nothing);
    CHECK(told(changes) == "c");
    CHECK(v.local().look("a").state == breaker_state::closed);
}

TEST_CASE("store_view: an answer on a new connection that lacks an opening calls for a meeting") {
    auto v = at_the_first();
    change_queue changes{true};
    v.take_in(open_answer(1), "a", 1, 2s, changes);
    CHECK_FALSE(v.is_contradicted(answered({}, 1), "a", 1, 3s)); // it was closed on the same connection
    CHECK_FALSE(v.is_contradicted(open_answer(2), "a", 2, 3s));
    CHECK_FALSE(v.is_contradicted(answered({}, 2), "b", 2, 3s));
    CHECK(v.is_contradicted(answered({}, 2), "a", 2, 3s));
    CHECK(v.take_in(answered({}, 2), "a", 2, 3s, changes) == follow_up::meeting);
    CHECK(v.local().look("a").state == breaker_state::open); // and it isn't learnt
}

TEST_CASE("store_view: an opening that was closed since it was learnt is over, which is no contradiction") {
    auto v = at_the_first();
    change_queue changes{true};
    v.take_in(open_answer(1), "a", 1, 2s, changes);
    auto const closed = answered({.from = breaker_state::closed, .closed_ago = 1s}, 2);
    CHECK(v.take_in(closed, "a", 2, 3s, changes) == follow_up::nothing);
    CHECK(v.local().look("a").state == breaker_state::closed);
}

TEST_CASE("store_view: after a reconnect the open hosts are to be met, of a store that can be asked") {
    auto v = at_the_first();
    change_queue changes{true};
    v.take_in(open_answer(1), "a", 1, 2s, changes);
    CHECK(v.to_be_met_on(1).empty());
    CHECK(v.to_be_met_on(2) == names{"a"});
    v.take_in(failure(redis_errc::timed_out), "a", 3s, changes);
    CHECK(v.to_be_met_on(2).empty());
}

TEST_CASE("store_view: a store that comes back is to be told of what has changed, and of what is open") {
    auto v = at_the_first();
    change_queue changes{true};
    v.take_in(open_answer(1), "a", 1, 2s, changes);
    v.take_in(failure(redis_errc::timed_out), "a", 3s, changes);
    CHECK(v.to_be_brought() == names{"a"});
    v.local().record("b", {verdict::failure}, changes);
    CHECK(v.to_be_brought() == names{"b", "a"});
}

TEST_CASE("store_view: what came about while nobody was there is told to the next one") {
    auto v = at_the_first();
    change_queue changes{true};
    v.recover(1s);
    v.take_in(answered({.probes_given_up = 1, .from = breaker_state::closed, .status = open_status()}), "a",
              1, 2s, v.untold());
    CHECK(told(changes).empty());
    v.pass_on_untold(changes);
    CHECK(told(changes) == "rpc");
    v.pass_on_untold(changes);
    CHECK(told(changes).empty());
}

} // namespace store_view_test
