// SPDX-License-Identifier: BSL-1.0
#include <gateway/policy.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace policy_test {

namespace {

namespace asio = boost::asio;
namespace http = gateway::http;
namespace bb = breakerbox;
using namespace std::chrono_literals;
using enum http::verb;
using http::status;

TEST_CASE("only methods that may be repeated without harm are") {
    for (auto const method : {get, head, put, delete_, options})
        CHECK(gateway::is_idempotent(method));
    for (auto const method : {post, patch, connect, trace, unknown})
        CHECK_FALSE(gateway::is_idempotent(method));
}

TEST_CASE("every 5xx is a failure, and only those that say that it is for now are tried again") {
    for (auto const passing : {status::bad_gateway, status::service_unavailable, status::gateway_timeout}) {
        CHECK(gateway::is_retried(passing));
        CHECK(gateway::verdict_of(passing) == bb::verdict::failure);
    }
    for (auto const lasting : {status::internal_server_error, status::not_implemented}) {
        CHECK_FALSE(gateway::is_retried(lasting));
        CHECK(gateway::verdict_of(lasting) == bb::verdict::failure);
    }
    for (auto const fine : {status::ok, status::found, status::not_found, status::too_many_requests}) {
        CHECK_FALSE(gateway::is_retried(fine));
        CHECK(gateway::verdict_of(fine) == bb::verdict::success);
    }
}

TEST_CASE("an answer that is too large would be so again") {
    CHECK_FALSE(gateway::is_retried(make_error_code(http::error::body_limit)));
    CHECK(gateway::is_retried(make_error_code(asio::error::connection_reset)));
    CHECK(gateway::is_retried(make_error_code(bb::errc::attempt_timed_out)));
}

TEST_CASE("a client is told by status and name why there is no answer") {
    auto const told = [](bb::retry_end end, boost::system::error_code const& error) {
        auto const own = gateway::status_of(end, error);
        return std::pair{own.status, own.error};
    };
    using enum bb::retry_end;
    CHECK(told(refused, make_error_code(bb::errc::host_unavailable)) ==
          std::pair{status::service_unavailable, std::string_view{"destination_unavailable"}});
    CHECK(told(stopped, make_error_code(bb::errc::attempt_timed_out)) ==
          std::pair{status::gateway_timeout, std::string_view{"http_response_timeout"}});
    CHECK(told(deadline, make_error_code(bb::errc::deadline_exceeded)) ==
          std::pair{status::gateway_timeout, std::string_view{"http_response_timeout"}});
    CHECK(told(stopped, make_error_code(asio::error::connection_refused)) ==
          std::pair{status::bad_gateway, std::string_view{"connection_refused"}});
    CHECK(told(stopped, make_error_code(asio::error::connection_reset)) ==
          std::pair{status::bad_gateway, std::string_view{"connection_terminated"}});
    CHECK(told(not_retryable, make_error_code(http::error::body_limit)) ==
          std::pair{status::bad_gateway, std::string_view{"http_response_body_size"}});
    CHECK(told(budget_spent, make_error_code(http::error::partial_message)) ==
          std::pair{status::bad_gateway, std::string_view{"http_response_incomplete"}});
    CHECK(told(stopped, make_error_code(http::error::bad_version)) ==
          std::pair{status::bad_gateway, std::string_view{"http_protocol_error"}});
}

TEST_CASE("Retry-After is in whole seconds, never too early, and known even where the time is not") {
    CHECK(gateway::retry_after_seconds(0ns) == "1");
    CHECK(gateway::retry_after_seconds(1s) == "1");
    CHECK(gateway::retry_after_seconds(1001ms) == "2");
    CHECK(gateway::retry_after_seconds(bb::duration::max()) == "60");
}

TEST_CASE("a page of another site doesn't pull the levers") {
    CHECK(gateway::is_from_own_page("", "localhost:8080"));
    CHECK(gateway::is_from_own_page("http://localhost:8080", "localhost:8080"));
    CHECK(gateway::is_from_own_page("https://ops.example", "ops.example"));
    for (auto const* origin : {"http://evil.example", "http://localhost:80800", "null", "localhost:8080"})
        CHECK_FALSE(gateway::is_from_own_page(origin, "localhost:8080"));
}

TEST_CASE("an HTTP/1.1 request has one Host, an older one need not") {
    gateway::request message{get, "/", 11};
    CHECK_FALSE(gateway::has_right_host(message));
    message.insert(http::field::host, "a");
    CHECK(gateway::has_right_host(message));
    message.insert(http::field::host, "b");
    CHECK_FALSE(gateway::has_right_host(message));
    CHECK(gateway::has_right_host({get, "/", 10}));
}

} // namespace

} // namespace policy_test
