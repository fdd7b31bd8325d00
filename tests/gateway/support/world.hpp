// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_GATEWAY_SUPPORT_WORLD_HPP
#define BREAKERBOX_TESTS_GATEWAY_SUPPORT_WORLD_HPP

#include "client.hpp"
#include "fake_upstream.hpp"

#include <gateway/gateway.hpp>
#include <gateway/settings.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace gateway_tests {

using namespace std::chrono_literals;

/// A gateway, its upstreams and its clients, in one thread.
class world {
public:
    world() {
        wanted.port = 0;
        wanted.hosts = {"gateway"}; // as its clients call it
        // What a test doesn't count on must not come in its way, on a busy machine neither.
        wanted.attempt_timeout = 20s;
        wanted.deadline = 40s;
        wanted.rule.slow_call = {};
        wanted.budget = {.ratio = 1, .min_per_second = 1000};
    }
    world(world const&) = delete;
    world& operator=(world const&) = delete;

    asio::io_context context{1};
    /// To be changed before `run`.
    gateway::settings wanted;

    fake_upstream& add_upstream(std::string name, behaviour answers) {
        auto& made = upstreams_.emplace_back(context, std::move(answers));
        add_address(std::move(name), made.port());
        return made;
    }
    void add_address(std::string name, std::uint16_t port) {
        auto const number = std::to_string(port);
        wanted.upstreams.push_back({.name = std::move(name),
                                    .host = "127.0.0.1",
                                    .port = number,
                                    .authority = "127.0.0.1:" + number,
                                    .base = ""});
    }

    /// Runs the gateway until the scenario, a coroutine function, is over and all has ended that it has begun.
    template <class Scenario>
    void run(Scenario const& scenario) {
        gateway_.emplace(context, wanted);
        std::exception_ptr failure;
        auto const note = [&](std::exception_ptr error) {
            if (error && !failure)
                failure = error;
        };
        asio::co_spawn(context, gateway_->run(), [&](std::exception_ptr error) {
            note(error);
            gateway_has_ended_ = true;
        });
        bool is_over = false;
        asio::co_spawn(context, scenario(), [&](std::exception_ptr error) {
            note(error);
            is_over = true;
        });
        auto const latest = std::chrono::steady_clock::now() + 100s;
        while (!is_over && std::chrono::steady_clock::now() < latest)
            context.run_one_for(1s);
        if (!is_over)
            note(std::make_exception_ptr(std::runtime_error{"the scenario doesn't end"}));
        stop();
        context.run_for(30s);
        if (!context.stopped())
            note(std::make_exception_ptr(std::runtime_error{"something goes on after the gateway's end"}));
        if (failure)
            std::rethrow_exception(failure);
    }

    void stop() {
        if (!gateway_has_ended_)
            gateway_->stop();
        for (auto& upstream : upstreams_)
            upstream.stop();
    }
    /// The gateway alone, as a signal stops it.
    void stop_gateway() { gateway_->stop(); }
    bool gateway_has_ended() const noexcept { return gateway_has_ended_; }

    asio::ip::tcp::endpoint endpoint() const { return gateway_->endpoint(); }
    client connect() { return client{context, endpoint()}; }

    /// Waits until a condition holds; throws where that takes too long, even for sanitized code on a busy machine.
    template <class Condition>
    asio::awaitable<void> until(Condition const& holds) {
        asio::steady_timer pause{context};
        auto const latest = std::chrono::steady_clock::now() + 60s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > latest)
                throw std::runtime_error{"what was waited for has not come"};
            pause.expires_after(1ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

private:
    std::list<fake_upstream> upstreams_;
    std::optional<gateway::gateway> gateway_;
    bool gateway_has_ended_ = false;
};

} // namespace gateway_tests

#endif
