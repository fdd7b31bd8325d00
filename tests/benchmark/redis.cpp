// SPDX-License-Identifier: BSL-1.0
//
// What a redis_connection takes, beside hiredis' blocking client and redis-benchmark, against a server of its own. All
// that a ratio is made of is measured in turns, and medians are compared: so a noisy machine disturbs both alike.
//
//     redis_benchmark [ROUNDS [COMMANDS_A_ROUND]]

#include <breakerbox/redis.hpp>

#include "redis/support/redis_server.hpp"

#include <hiredis/hiredis.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;
using words = std::vector<std::string>;

namespace {

/// Commands a second.
using rate = double;

rate rate_of(std::size_t commands, std::chrono::steady_clock::time_point begin) {
    std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - begin;
    return static_cast<double>(commands) / taken.count();
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

/// So many coroutines on one connection.
rate ours(std::string const& url, words const& command, std::size_t commands, std::size_t coroutines) {
    asio::io_context context{1};
    bb::redis_connection connection{context, {.url = url, .command_timeout = 10s, .stall_timeout = 10s}};
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
    auto const begin = std::chrono::steady_clock::now();
    run(commands / coroutines);
    return rate_of(commands / coroutines * coroutines, begin);
}

/// hiredis' blocking client, one command after the other.
rate blocking(std::uint16_t port, words const& command, std::size_t commands) {
    std::unique_ptr<redisContext, void (*)(redisContext*)> const client{redisConnect("127.0.0.1", port),
                                                                        &redisFree};
    std::vector<char const*> arguments;
    std::vector<std::size_t> lengths;
    for (auto const& word : command) {
        arguments.push_back(word.data());
        lengths.push_back(word.size());
    }
    auto const begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i != commands; ++i) {
        bb::redis_reply const reply{static_cast<redisReply*>(redisCommandArgv(
            client.get(), static_cast<int>(arguments.size()), arguments.data(), lengths.data()))};
        if (!reply || reply.is_error())
            throw std::runtime_error("hiredis: " + std::string{reply.text()});
    }
    return rate_of(commands, begin);
}

std::string output_of(std::string const& shell_command) {
    std::unique_ptr<FILE, int (*)(FILE*)> const pipe{popen(shell_command.c_str(), "r"), &pclose};
    std::string output;
    std::array<char, 256> part;
    while (auto const size = pipe ? std::fread(part.data(), 1, part.size(), pipe.get()) : 0)
        output.append(part.data(), size);
    return output;
}

/// redis-benchmark -P 100, on so many connections.
rate pipelining(std::uint16_t port, words const& command, std::size_t commands, std::size_t connections) {
    auto line = "redis-benchmark -h 127.0.0.1 -p " + std::to_string(port) + " -c " +
                std::to_string(connections) + " -P 100 --csv -n " + std::to_string(commands);
    for (auto const& word : command)
        line += " '" + word + '\'';
    // "the command","1234567.00",...
    auto const output = output_of(line + " 2>/dev/null");
    auto const last = output.rfind("\n\"", output.size() - 2);
    auto const number = output.find("\",\"", last == output.npos ? 0 : last);
    if (number == output.npos)
        throw std::runtime_error("redis-benchmark says: " + output);
    return std::stod(output.substr(number + 3));
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

struct row {
    std::string what;
    double reach;
    std::function<double()> ratio;
};

} // namespace

int main(int argc, char** argv) {
    std::size_t const rounds = argc > 1 ? std::stoul(argv[1]) : 5;
    std::size_t const commands = argc > 2 ? std::stoul(argv[2]) : 200'000;

    support::redis_server server;
    auto client = server.client();
    client.text("SET", "key", "value");
    bb::detail::rule_twin<bb::failure_count> const twin{bb::failure_count{}};
    words const get{"GET", "key"};
    words const evalsha = [&] {
        client.text("SCRIPT", "LOAD", twin.script().text());
        auto const keys = twin.keys("example.com");
        auto const told = twin.arguments({});
        words all{"EVALSHA", twin.script().sha1(), std::to_string(keys.size())};
        for (auto const* list : {&keys, &told})
            for (std::size_t i = 0; i != list->size(); ++i)
                all.emplace_back((*list)[i]);
        return all;
    }();

    std::vector<row> rows{
        {"time of one GET at a time / hiredis' blocking client", 1.10,
         [&] {
             return blocking(server.port(), get, commands / 10) / ours(server.url(), get, commands / 10, 1);
         }},
    };
    for (std::size_t const coroutines : {100U, 1000U})
        for (auto const& [name, command, reach] : {std::tuple{"GET", &get, .85}, {"EVALSHA", &evalsha, .95}})
            rows.push_back({"rate of " + std::string{name} + ", " + std::to_string(coroutines) +
                                " coroutines / redis-benchmark -P 100 -c 1",
                            reach, [&, command = command, coroutines] {
                                return ours(server.url(), *command, commands, coroutines) /
                                       pipelining(server.port(), *command, commands, 1);
                            }});

    std::vector<std::vector<double>> ratios(rows.size());
    for (std::size_t round = 0; round != rounds; ++round)
        for (std::size_t i = 0; i != rows.size(); ++i)
            ratios[i].push_back(rows[i].ratio());

    std::cout << "median  reach  (medians of " << rounds << " rounds)\n"
              << std::fixed << std::setprecision(2);
    for (std::size_t i = 0; i != rows.size(); ++i)
        std::cout << std::setw(6) << median(ratios[i]) << std::setw(7) << rows[i].reach << "  "
                  << rows[i].what << '\n';
}
