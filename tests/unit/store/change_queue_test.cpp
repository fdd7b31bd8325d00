// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/change_queue.hpp>

#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace change_queue_test {

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

void push(change_queue& q, std::string const& host) {
    q.push(host, breaker_state::closed, {.state = breaker_state::open}, 5s);
}

} // namespace

TEST_CASE("change_queue: delivers what was pushed, once, in order") {
    change_queue q{true};
    push(q, "a");
    push(q, "b");
    CHECK_FALSE(q.is_empty());
    std::vector<std::string> heard;
    auto const hear = [&](state_change const& change) {
        heard.push_back(change.host.str());
        CHECK(change.from == breaker_state::closed);
        CHECK(change.to.state == breaker_state::open);
        CHECK(change.at == 5s);
    };
    q.deliver(hear);
    q.deliver(hear);
    CHECK(heard == std::vector<std::string>{"a", "b"});
    CHECK(q.is_empty());
}

TEST_CASE("change_queue: without a listener nothing is kept") {
    change_queue q{false};
    push(q, "a");
    CHECK(q.is_empty());
}

TEST_CASE("change_queue: a change that the listener causes is told after the one it is told of") {
    change_queue q{true};
    push(q, "first");
    std::vector<std::string> heard;
    q.deliver([&](state_change const& change) {
        heard.push_back(change.host.str() + " begins");
        if (change.host == "first") {
            push(q, "second");
            q.deliver([](state_change const&) { FAIL("told out of order"); });
        }
        heard.push_back(change.host.str() + " ends");
    });
    CHECK(heard == std::vector<std::string>{"first begins", "first ends", "second begins", "second ends"});
}

TEST_CASE("change_queue: what the listener throws is ignored, and all has been told") {
    change_queue q{true};
    push(q, "a");
    push(q, "b");
    std::vector<std::string> heard;
    auto const hear = [&](state_change const& change) {
        heard.push_back(change.host.str());
        throw std::runtime_error("about " + change.host.str());
    };
    q.deliver(hear);
    CHECK(heard == std::vector<std::string>{"a", "b"});
    push(q, "c");
    q.deliver(hear);
    CHECK(heard.back() == "c");
    CHECK(q.is_empty());
}

} // namespace change_queue_test
