// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_VIRTUAL_TWIN_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_VIRTUAL_TWIN_HPP

#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/connection/script.hpp>
#include <breakerbox/redis/store/detail/rule_twin.hpp>
#include <breakerbox/rule/recovery.hpp>

#include "redis/support/virtual_prologue.hpp"

#include <hiredis/hiredis.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// Commands in a pipeline, their replies in the same order: hiredis' blocking context. One thread at a time.
class pipelined_client {
public:
    /// Throws std::runtime_error where there is no connection, here as below.
    explicit pipelined_client(redisContext* connected) : context_{connected, &redisFree} {
        if (connected == nullptr || connected->err != 0)
            fail("connect");
    }

    void send(breakerbox::redis_command const& command) {
        auto const bytes = command.bytes();
        if (redisAppendFormattedCommand(context_.get(), bytes.data(), bytes.size()) != REDIS_OK)
            fail("send");
    }

    breakerbox::redis_reply receive() {
        void* reply = nullptr;
        if (redisGetReply(context_.get(), &reply) != REDIS_OK)
            fail("receive");
        return breakerbox::redis_reply{static_cast<redisReply*>(reply)};
    }

    breakerbox::redis_reply operator()(std::initializer_list<std::string_view> arguments) {
        send(breakerbox::redis_command{arguments});
        return receive();
    }

private:
    [[noreturn]] void fail(std::string const& what) const {
        throw std::runtime_error("the client could not " + what + ": " +
                                 (context_ ? static_cast<char const*>(context_->errstr) : "no memory"));
    }

    std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

/// A rule's script in a real Redis, in virtual time: what a test compares with the C++ rule.
template <breakerbox::rule Rule>
class virtual_twin {
public:
    virtual_twin(pipelined_client& client, Rule rule) : client_(&client), twin_(std::move(rule)) {}

    /// The same body as in production, after the prologue of virtual time.
    static breakerbox::redis_script const& script() {
        static breakerbox::redis_script const whole{std::string{virtual_prologue} +
                                                    breakerbox::detail::rule_twin<Rule>::body()};
        return whole;
    }

    /// Makes the script known to the server.
    static void load(pipelined_client& client) {
        auto const reply = client({"SCRIPT", "LOAD", script().text()});
        if (reply.text() != script().sha1())
            throw std::runtime_error("the script can't be loaded: " + std::string{reply.text()});
    }

    breakerbox::detail::rule_twin<Rule> const& twin() const { return twin_; }

    /// Where the ends of the lives of a host's keys are kept.
    static std::string lives_key(std::string_view host) { return "lives of " + std::string{host}; }

    /// Sends a step. Its reply is the next one to receive, after those of earlier steps.
    void send(breakerbox::detail::step_request const& asked, std::string_view host, breakerbox::instant now) {
        auto keys = twin_.keys(host);
        keys.add(lives_key(host));
        auto told = twin_.arguments(asked);
        told.add(now);
        client_->send(breakerbox::detail::rule_twin<Rule>::command_for(script(), false, keys, told));
    }

    /// The answer to a step taken at `now`. Throws std::runtime_error where it is none.
    breakerbox::detail::step_answer receive(breakerbox::instant now) {
        auto const reply = client_->receive();
        auto const answer = twin_.read(reply, now);
        if (!answer)
            throw std::runtime_error("the script does not answer: " + std::string{reply.text()});
        return *answer;
    }

    breakerbox::detail::step_answer take(breakerbox::detail::step_request const& asked, std::string_view host,
                                         breakerbox::instant now) {
        send(asked, host, now);
        return receive(now);
    }

    /// Sends the removal of all that is kept of a host, whose reply is to be received too.
    void send_forget(std::string_view host) {
        auto const keys = twin_.keys(host);
        auto const lives = lives_key(host);
        std::vector<std::string_view> all{"DEL", lives};
        for (std::size_t i = 0; i != keys.size(); ++i)
            all.push_back(keys[i]);
        client_->send(breakerbox::redis_command{std::span<std::string_view const>{all}});
    }

private:
    pipelined_client* client_;
    breakerbox::detail::rule_twin<Rule> twin_;
};

} // namespace support

#endif
