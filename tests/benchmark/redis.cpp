// SPDX-License-Identifier: BSL-1.0
//
// What a redis_connection takes, beside hiredis' blocking client and redis-benchmark, against a server of its own.
#include "output_of.hpp"
#include "suites.hpp"

#include "redis/support/redis_server.hpp"

#include <breakerbox/redis.hpp>

#include <hiredis/hiredis.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace costs {

namespace {

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using words = std::vector<std::string>;

constexpr std::size_t commands_one_at_a_time = 10'000;
constexpr std::size_t commands_pipelined = 200'000;

double seconds_each(clock::duration taken, std::size_t commands) {
    return std::chrono::duration<double>(taken).count() / static_cast<double>(commands);
}

bb::redis_command command_of(words const& command) {
    std::vector<std::string_view> const arguments{command.begin(), command.end()};
    return bb::redis_command{arguments};
}

asio::awaitable<void> repeat(bb::redis_connection& connection, words const& command, std::size_t times) {
    for (std::size_t i = 0; i != times; ++i) {
        auto one = connection.async_execute(command_of(command), asio::as_tuple(asio::deferred));
        std::tuple<boost::system::error_code, bb::redis_reply> const ended = co_await std::move(one);
        if (std::get<0>(ended))
            throw boost::system::system_error{std::get<0>(ended)};
    }
}

/// Seconds a command, of so many coroutines on one connection.
double seconds_of_ours(std::string const& url, words const& command, std::size_t commands,
                       std::size_t coroutines) {
    asio::io_context context{1};
    bb::redis_connection connection{context, url, {.command_timeout = 10s, .stall_timeout = 10s}};
    std::exception_ptr failure;
    std::size_t running = 0;
    auto const run = [&](std::size_t each) {
        running = coroutines;
        for (std::size_t i = 0; i != coroutines; ++i)
            asio::co_spawn(context, repeat(connection, command, each), [&](std::exception_ptr e) {
                failure = e ? e : failure;
                if (--running == 0)
                    context.stop();
            });
        context.restart();
        context.run();
        if (failure)
            std::rethrow_exception(failure);
    };
    run(1); // connects
    auto const began = clock::now();
    run(commands / coroutines);
    return seconds_each(clock::now() - began, commands / coroutines * coroutines);
}

/// Seconds a command of hiredis' blocking client, one after the other.
double seconds_of_hiredis(std::uint16_t port, words const& command, std::size_t commands) {
    std::unique_ptr<redisContext, void (*)(redisContext*)> const client{redisConnect("127.0.0.1", port),
                                                                        &redisFree};
    std::vector<char const*> arguments;
    std::vector<std::size_t> lengths;
    for (auto const& word : command) {
        arguments.push_back(word.data());
        lengths.push_back(word.size());
    }
    auto const began = clock::now();
    for (std::size_t i = 0; i != commands; ++i) {
        bb::redis_reply const reply{static_cast<redisReply*>(redisCommandArgv(
            client.get(), static_cast<int>(arguments.size()), arguments.data(), lengths.data()))};
        if (!reply || reply.is_error())
            throw std::runtime_error("hiredis: " + std::string{reply.text()});
    }
    return seconds_each(clock::now() - began, commands);
}

/// Seconds a command, as redis-benchmark -P 100 says, on one connection.
double seconds_of_redis_benchmark(std::uint16_t port, words const& command, std::size_t commands) {
    auto line = "redis-benchmark -h 127.0.0.1 -p " + std::to_string(port) + " -c 1 -P 100 --csv -n " +
                std::to_string(commands);
    for (auto const& word : command)
        line += " '" + word + '\'';
    // "the command","1234567.00",...
    auto const output = output_of(line + " 2>/dev/null");
    auto const last = output.rfind("\n\"", output.size() - 2);
    auto const number = output.find("\",\"", last == output.npos ? 0 : last);
    if (number == output.npos)
        throw std::runtime_error("redis-benchmark says: " + output);
    return 1 / std::stod(output.substr(number + 3));
}

/// A server with a key to get, and the script of a rule.
struct prepared_server {
    support::redis_server server;
    words get{"GET", "key"};
    words evalsha;

    prepared_server() {
        auto client = server.client();
        client.text("SET", "key", "value");
        bb::detail::rule_twin<bb::failure_count> const twin{bb::failure_count{}};
        client.text("SCRIPT", "LOAD", twin.script().text());
        auto const keys = twin.keys("example.com");
        auto const told = twin.arguments({});
        evalsha = {"EVALSHA", twin.script().sha1(), std::to_string(keys.size())};
        for (auto const* list : {&keys, &told})
            for (std::size_t i = 0; i != list->size(); ++i)
                evalsha.emplace_back((*list)[i]);
    }
};

} // namespace

std::shared_ptr<void> add_redis(suite& all) {
    auto const prepared = std::make_shared<prepared_server>();
    auto const& server = prepared->server;
    auto const measure = [&all](std::string const& name, auto seconds) {
        return all.measure_told(name, [seconds](benchmark::State& state) {
            for (auto _ : state)
                state.SetIterationTime(seconds());
        });
    };

    auto const* const get = &prepared->get;
    all.rows.push_back({.what = "time of one GET at a time / hiredis' blocking client",
                        .measured = measure("one GET at a time",
                                            [url = server.url(), get] {
                                                return seconds_of_ours(url, *get, commands_one_at_a_time, 1);
                                            }),
                        .against = measure("one GET at a time, hiredis",
                                           [port = server.port(), get] {
                                               return seconds_of_hiredis(port, *get, commands_one_at_a_time);
                                           }),
                        .reach = bound{1.10}});

    struct kind {
        char const* name;
        words const* command;
        double reach;
    };
    for (auto const& [name, command, reach] :
         {kind{"GET", get, .85}, kind{"EVALSHA", &prepared->evalsha, .95}}) {
        auto const theirs =
            measure(std::string{name} + ", redis-benchmark", [port = server.port(), command = command] {
                return seconds_of_redis_benchmark(port, *command, commands_pipelined);
            });
        for (std::size_t const coroutines : {100U, 1000U}) {
            auto const what = std::string{name} + ", " + std::to_string(coroutines) + " coroutines";
            all.rows.push_back({.what = "rate of " + what + " / redis-benchmark -P 100",
                                .measured = measure(what,
                                                    [url = server.url(), command = command, coroutines] {
                                                        return seconds_of_ours(
                                                            url, *command, commands_pipelined, coroutines);
                                                    }),
                                .against = theirs,
                                .kind = figure::times_as_fast,
                                .reach = bound{reach, false}});
        }
    }
    return prepared;
}

} // namespace costs
