// SPDX-License-Identifier: BSL-1.0
// What a server's clock that steps back, as where another master takes over, does to hosts that are only looked at.
#include <breakerbox/redis/store/detail/rule_twin.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "redis/support/redis_server.hpp"
#include "redis/support/virtual_twin.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>

namespace rule_twin_clock_test {

using namespace std::chrono_literals;
using namespace breakerbox;
using breakerbox::detail::step_answer;
using breakerbox::detail::step_request;
using breakerbox::detail::twin_step;

namespace {

/// A rule whose first failure trips, for three seconds.
template <class Rule>
Rule at_the_first() {
    recovery const r{.open_for = 3s, .probe_lease = 10s};
    if constexpr (std::same_as<Rule, consecutive_failures>)
        return {.threshold = 1, .recovery = r};
    else
        return {.minimum_calls = 1, .window = 10, .recovery = r};
}

step_request const failed{.step = twin_step::record, .fresh = 77, .call = {verdict::failure}};

template <class Rule>
class looked_at {
public:
    looked_at() { support::virtual_twin<Rule>::load(client_); }

    step_answer take(step_request asked, instant now) {
        asked.fresh = ++fresh_;
        return twin_.take(asked, "h", now);
    }
    bool is_available(instant now) { return take({.step = twin_step::look}, now).status.is_available(); }

private:
    support::redis_server server_;
    support::pipelined_client client_{redisConnectUnix(server_.socket_path().c_str())};
    support::virtual_twin<Rule> twin_{client_, at_the_first<Rule>()};
    std::uint64_t fresh_ = 0;
};

} // namespace

TEMPLATE_TEST_CASE(
    "rule twin: where the clock steps back, a host that is only looked at is open for its time anew, "
    "not for the step as well",
    "", consecutive_failures, failure_rate) {
    looked_at<TestType> h;
    h.take(failed, 1000s);
    CHECK_FALSE(h.is_available(940s));
    CHECK_FALSE(h.is_available(942s));
    CHECK(h.is_available(943s));
    CHECK(h.take({.step = twin_step::look}, 943s).status.state == breaker_state::open);
    CHECK_FALSE(h.is_available(930s)); // it steps back again
    CHECK(h.is_available(933s));
}

TEMPLATE_TEST_CASE(
    "rule twin: where the clock steps back, a probe whose host is only looked at is given up after its "
    "lease",
    "", consecutive_failures, failure_rate) {
    looked_at<TestType> h;
    h.take(failed, 1000s);
    REQUIRE(h.take({.step = twin_step::acquire}, 1004s).is_probe);
    CHECK_FALSE(h.is_available(940s));
    CHECK_FALSE(h.is_available(949s));
    CHECK(h.is_available(950s));
}

TEMPLATE_TEST_CASE("rule twin: a look writes nothing while the clock runs on", "", consecutive_failures,
                   failure_rate) {
    support::redis_server const replica{{"replicaof 127.0.0.1 1", "replica-read-only no"}};
    support::pipelined_client client{redisConnectUnix(replica.socket_path().c_str())};
    detail::rule_twin<TestType> const twin{at_the_first<TestType>()};
    auto const take = [&](step_request const& asked) {
        client.send(twin.command(asked, "h", true));
        return client.receive();
    };
    REQUIRE_FALSE(take(failed).is_error());
    client({"CONFIG", "SET", "replica-read-only", "yes"});
    CHECK(take({.step = twin_step::force_open, .fresh = 2}).is_error());
    CHECK_FALSE(take({.step = twin_step::look, .fresh = 3}).is_error());
}

} // namespace rule_twin_clock_test
