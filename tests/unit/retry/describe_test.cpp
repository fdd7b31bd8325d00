// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/printed.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retry_error.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace describe_test {

// The text of a value that is a failure: `retrier_options::describe`.

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using boost::system::result;
using support::printed;
using support::retrier_options;

namespace {

using streak_store = bb::memory_store<bb::consecutive_failures, bb::testing::virtual_clock>;

struct response {
    int status;
};

std::string status_line(bb::outcome const& ended) {
    auto const* const answer = ended.value_as<response>();
    return answer != nullptr ? "HTTP " + std::to_string(answer->status) : "another value";
}

auto const is_server_error = [](response const& answer) { return answer.status >= 500; };

/// A host that answers so, asked at most twice through a breaker that keeps failures' texts.
struct answering {
    bb::testing::virtual_time time;
    bb::circuit_breaker<streak_store> breaker{streak_store{bb::consecutive_failures{.threshold = 3}},
                                              {.failure_texts = 8}};
    int status = 503;
    std::vector<std::string> heard{};
    retrier_options options{.describe = status_line};

    auto retrier() {
        options.observer = std::ref(*this);
        return bb::retrier{bb::stop_after_attempt{2}, bb::retry_if_result{is_server_error},
                           bb::wait_fixed{1s}, breaker, options};
    }
    void operator()(bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::after_attempt)
            heard.push_back(printed(event));
    }
    auto outcome() {
        return time.run(
            retrier().outcome("h", [this]() -> asio::awaitable<response> { co_return response{status}; }));
    }
};

} // namespace

TEST_CASE(
    "describe: its text is in events, in the report, in what is thrown and in the refusals that follow") {
    answering host;
    auto const told = host.outcome();
    CHECK(host.heard == std::vector<std::string>{"h: attempt 1 ended as a failure: HTTP 503",
                                                 "h: attempt 2 ended as a failure: HTTP 503"});
    CHECK(told.history.at(0).error() == "HTTP 503");
    CHECK(printed(told) == "gave up after 2 attempts in 1s\n"
                           "  attempt 1 at 0s: failure after 0s: HTTP 503; then a wait of 1s\n"
                           "  attempt 2 at 1s: failure after 0s: HTTP 503");
    CHECK(host.breaker.snapshot_now("h").last_failure == "HTTP 503");
    try {
        host.time.run(
            host.retrier().retry("another", []() -> asio::awaitable<response> { co_return response{500}; }));
        FAIL("nothing was thrown");
    } catch (bb::retry_error const& e) {
        CHECK(std::string{e.what()}.find("the last of which ended with HTTP 500") != std::string::npos);
        CHECK(e.report().history.at(1).error() == "HTTP 500");
    }
    host.status = 502;
    auto const refused = host.outcome();
    REQUIRE(refused.why);
    CHECK(printed(*refused.why).find("HTTP 502") != std::string::npos);
}

TEST_CASE("describe: of an operation that returns its errors the value is described, and an error has its "
          "own text") {
    answering host;
    auto const answers = [](int status) -> asio::awaitable<result<response>> {
        if (status == 0)
            co_return asio::error::connection_reset;
        co_return response{status};
    };
    bb::retrier const retrier{bb::stop_after_attempt{1},
                              bb::retry_if_result{is_server_error} | bb::retry_if_error{}, bb::wait_none{},
                              host.breaker, host.options};
    CHECK(host.time.run(retrier.retry("h", answers, 503)).error() == bb::errc::attempts_exhausted);
    CHECK(host.breaker.snapshot_now("h").last_failure == "HTTP 503");
    CHECK(host.time.run(retrier.outcome("h", answers, 504)).history.at(0).error() == "HTTP 504");
    CHECK(host.time.run(retrier.outcome("g", answers, 0)).history.at(0).error() ==
          boost::system::error_code{asio::error::connection_reset}.message());
}

TEST_CASE(
    "describe: it is asked about values that are retried or count as failures, and about nothing else") {
    answering host;
    std::vector<int> asked;
    auto const describe = [&asked](bb::outcome const& ended) {
        asked.push_back(ended.value_as<response>() != nullptr ? ended.value_as<response>()->status : 0);
        return std::string{"described"};
    };
    host.options.describe = describe;
    host.status = 200;
    CHECK(host.outcome().history.at(0).error().empty());
    CHECK(host.heard == std::vector<std::string>{"h: attempt 1 ended as a success"});
    auto const throws = []() -> asio::awaitable<response> {
        throw std::runtime_error("down");
        co_return response{0};
    };
    CHECK(host.time.run(host.retrier().outcome("h", throws)).history.at(0).error() == "down");
    CHECK(asked.empty());

    // A value that classify alone calls a failure, and one that it doesn't, but that is retried.
    host.options.classify = [](bb::outcome const& ended, bb::verdict otherwise) {
        auto const* const answer = ended.value_as<response>();
        return answer->status == 404   ? bb::verdict::failure
               : answer->status == 503 ? bb::verdict::neutral
                                       : otherwise;
    };
    host.heard.clear();
    host.status = 404;
    CHECK(host.outcome().history.at(0).error() == "described");
    host.status = 503;
    CHECK(host.outcome().history.at(0).error() == "described");
    CHECK(host.heard == std::vector<std::string>{"h: attempt 1 ended as a failure: described",
                                                 "h: attempt 1 ended neutral: described",
                                                 "h: attempt 2 ended neutral: described"});
    CHECK(host.breaker.snapshot_now("h").last_failure == "described"); // of the 404
}

TEST_CASE("describe: an empty text is none, and one that it throws changes nothing of the call") {
    answering host;
    host.options.describe = [](bb::outcome const&) { return std::string{}; };
    CHECK(host.outcome().history.at(0).error().empty());
    CHECK(host.heard.at(0) == "h: attempt 1 ended as a failure");
    CHECK(host.breaker.snapshot_now("h").last_failure.empty());
    host.options.describe = [](bb::outcome const&) -> std::string { throw std::logic_error("describe"); };
    auto const told = host.outcome();
    CHECK(told.end == bb::retry_end::refused); // the third failure
    CHECK(told.history.at(0).error().empty());
    CHECK(host.heard.back() == "h: attempt 1 ended as a failure");
}

TEST_CASE("describe: what it says is shown on one line") {
    answering host;
    host.options.describe = [](bb::outcome const&) { return std::string{"503\r\nINFO root login ok"}; };
    auto const told = host.outcome();
    CHECK(told.history.at(0).error() == "503\\x0d\\x0aINFO root login ok");
    CHECK(host.heard.at(0) == "h: attempt 1 ended as a failure: 503\\x0d\\x0aINFO root login ok");
    CHECK(host.breaker.snapshot_now("h").last_failure == "503\\x0d\\x0aINFO root login ok");
}

TEST_CASE("describe: it is not asked where nobody wants the text") {
    bb::testing::virtual_time time;
    int asked = 0;
    auto const describe = [&asked](bb::outcome const&) {
        ++asked;
        return std::string{"described"};
    };
    bb::circuit_breaker<streak_store> breaker{streak_store{bb::consecutive_failures{.threshold = 9}}};
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_result{is_server_error},
                              bb::wait_none{}, breaker, retrier_options{.describe = describe}};
    auto const answers = []() -> asio::awaitable<result<response>> { co_return response{503}; };
    CHECK(time.run(retrier.retry("h", answers)).has_error());
    CHECK(breaker.snapshot_now("h").failures == 3);
    CHECK(asked == 0);
}

} // namespace describe_test
