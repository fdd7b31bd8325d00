// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_STORE_CALLS_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_STORE_CALLS_HPP

#include <breakerbox/base/error.hpp>
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/redis_server.hpp"
#include "support/at_the_second.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <source_location>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

using namespace std::chrono_literals;

/// Keeps what a breaker tells. Safe to use from any thread.
class heard_breaker {
public:
    using kind = breakerbox::breaker_event::kind;

    struct event {
        kind what;
        std::string host;
        boost::system::error_code error;
        std::string printed;
    };

    void operator()(breakerbox::breaker_event const& e) {
        std::ostringstream printed;
        printed << e;
        std::lock_guard const lock{mutex_};
        all_.push_back({e.what, std::string{e.host}, e.error, printed.str()});
    }

    std::vector<event> all() const {
        std::lock_guard const lock{mutex_};
        return all_;
    }

    std::vector<event> all(kind what) const {
        auto found = all();
        std::erase_if(found, [=](event const& each) { return each.what != what; });
        return found;
    }

    std::size_t count(kind what) const { return all(what).size(); }

    /// How many changes of state go that way, such as "closed to open".
    std::size_t changes(std::string const& way) const {
        std::size_t found = 0;
        for (auto const& each : all(kind::state_changed))
            found += each.printed.find("went from " + way) != std::string::npos ? 1U : 0U;
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<event> all_;
};

/// Of a connection for which time-outs are no matter: a machine that is busy with other tests may be slow to answer.
inline breakerbox::redis_config patient() {
    breakerbox::redis_config config;
    config.command_timeout = 10s;
    config.stall_timeout = 20s;
    config.reconnect_max = 100ms;
    config.reconnect_after_refusal = 100ms;
    return config;
}

/// How long a caller waits who is hasty.
inline constexpr auto short_time = 400ms;

/// Of a connection that is to find out about time.
inline breakerbox::redis_config hasty() {
    auto config = patient();
    config.command_timeout = short_time;
    config.stall_timeout = 2 * short_time;
    config.connect_timeout = 2 * short_time;
    return config;
}

/// One of the processes that share a server: a connection of its own, a breaker, and what that tells.
template <class Rule>
struct service {
    using breaker_type = breakerbox::circuit_breaker<breakerbox::redis_store<Rule>>;

    service(asio::io_context& context, std::string_view url, breakerbox::redis_config const& config,
            Rule const& rule, breakerbox::redis_store_options options = {})
        : breaker{breakerbox::redis_store<Rule>{rule, breakerbox::redis_connection{context, url, config},
                                                options},
                  {.observer = std::ref(heard)}} {}

    service(asio::io_context& context, std::string const& url, Rule const& rule)
        : service{context, url, patient(), rule} {}

    asio::awaitable<void> fail(std::string host, int times = 1) {
        for (int i = 0; i != times; ++i)
            co_await breaker.increment_failures_count(host);
    }

    /// Whether leave was given; then the call ends so.
    asio::awaitable<bool> call(std::string host, breakerbox::verdict v) {
        auto admission = co_await breaker.acquire(host);
        if (!admission)
            co_return false;
        co_await admission.permit().report(v);
        co_return true;
    }

    /// Of a host that lets a call through.
    asio::awaitable<typename breaker_type::permit> permit_of(std::string host) {
        auto admission = co_await breaker.acquire(host);
        co_return std::move(admission).permit();
    }

    // Checks that await; see connection_calls.hpp for why.

    asio::awaitable<void> check_call(std::string host, breakerbox::verdict v,
                                     std::source_location place = std::source_location::current()) {
        bool const is_made = co_await call(host, v);
        INFO("called in line " << place.line());
        CHECK(is_made);
    }

    asio::awaitable<void> check_state(std::string host, breakerbox::breaker_state expected,
                                      std::source_location place = std::source_location::current()) {
        auto const seen = co_await breaker.snapshot(host);
        INFO("looked at in line " << place.line());
        CHECK(seen.state == expected);
    }

    asio::awaitable<void> check_available(std::string host, bool expected,
                                          std::source_location place = std::source_location::current()) {
        bool const is_available = co_await breaker.is_host_available(host);
        INFO("asked in line " << place.line());
        CHECK(is_available == expected);
    }

    /// Waits, up to ten seconds, until a call would be let through.
    asio::awaitable<void> check_becomes_available(
        std::string host, std::source_location place = std::source_location::current()) {
        bool is_available = false;
        for (int i = 0; !is_available && i != 2000; ++i) {
            is_available = co_await breaker.is_host_available(host);
            if (!is_available)
                co_await sleep(5ms);
        }
        INFO("awaited in line " << place.line());
        CHECK(is_available);
    }

    bool is_failing() const { return breaker.store().is_failing(); }

    heard_breaker heard;
    breaker_type breaker;
};

/// What a script answers of a host that is closed, and always was.
inline constexpr auto closed_answer = "*18\r\n:1\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:"
                                      "0\r\n:0\r\n:-1\r\n:0\r\n:0\r\n:0\r\n:0\r\n:-1\r\n";

/// What comes of an ask in a breaker whose store is to `fail`: the cause, or none.
template <class T>
asio::awaitable<boost::system::error_code> cause_of(asio::awaitable<T> asked) {
    boost::system::error_code cause;
    try {
        (void)co_await std::move(asked);
    } catch (breakerbox::store_error const& e) {
        cause = e.cause();
    }
    co_return cause;
}

/// A server's user whose processes can be cut off while others go on.
struct cut_off_user {
    explicit cut_off_user(redis_server& of) : server(of), client(of.client()) { let_in(); }

    void let_in() { client("ACL", "SETUSER", "cut", "on", ">secret", "~*", "+@all"); }
    void cut_off() {
        client("ACL", "SETUSER", "cut", "off");
        client("CLIENT", "KILL", "USER", "cut");
    }

    breakerbox::redis_config config() const {
        auto config = patient();
        config.user = "cut";
        config.password = "secret";
        return config;
    }

    redis_server& server;
    blocking_client client;
};

/// Cuts a service off, and waits until it knows.
template <class Rule>
asio::awaitable<void> cut_off(cut_off_user& user, service<Rule>& s) {
    user.cut_off();
    co_await check_eventually([&] { return s.breaker.store().connection().is_down(); });
    co_await s.breaker.is_host_available("any");
    CHECK(s.is_failing());
}

template <class Rule>
asio::awaitable<void> let_in(cut_off_user& user, service<Rule>& s) {
    user.let_in();
    co_await check_eventually([&] { return !s.is_failing(); });
}

/// How often each command was called from outside of a script since CONFIG RESETSTAT: "cmdstat_evalsha:calls=2,...".
inline std::int64_t calls_of(blocking_client& client, std::string const& name) {
    auto const text = client.text("INFO", "commandstats");
    auto const wanted = "cmdstat_" + name + ":calls=";
    auto const found = text.find(wanted);
    return found == std::string::npos ? 0 : std::stoll(text.substr(found + wanted.size()));
}

/// The keys that are there.
inline std::vector<std::string> keys_of(blocking_client& client) {
    std::vector<std::string> keys;
    for (auto const& each : client("KEYS", "*").elements)
        keys.push_back(each.text);
    return keys;
}

/// The keys that never expire.
inline std::vector<std::string> endless_keys_of(blocking_client& client) {
    auto keys = keys_of(client);
    std::erase_if(keys, [&](std::string const& key) { return client.integer("PTTL", key) != -1; });
    return keys;
}

} // namespace support

#endif
