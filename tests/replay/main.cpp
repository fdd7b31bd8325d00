// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/redis/connection/url.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include "redis/support/redis_server.hpp"
#include "redis/support/virtual_twin.hpp"
#include "replay/case_file.hpp"
#include "replay/redis_breaker.hpp"
#include "replay/run_case.hpp"

#include <hiredis/hiredis.h>

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Plays the cases of files and folders, each against a breaker of its own, in virtual time: in memory, or through the
// scripts of the rules in a real Redis.

namespace bb = breakerbox;
namespace fs = std::filesystem;

namespace {

struct bad_usage : std::runtime_error {
    explicit bad_usage(std::string const& why)
        : runtime_error("replay: " + why +
                        "\nusage: replay [--store memory|redis [--url URL]] FILE|FOLDER...") {}
};

struct arguments {
    std::vector<fs::path> paths;
    bool in_redis = false;
    /// Of a Redis that runs already.
    std::optional<bb::redis_address> server;
};

arguments read(std::vector<std::string> const& words) {
    arguments all;
    for (auto word = words.begin(); word != words.end(); ++word) {
        if (*word == "--store") {
            if (++word == words.end() || (*word != "memory" && *word != "redis"))
                throw bad_usage("--store must be memory or redis");
            all.in_redis = *word == "redis";
        } else if (*word == "--url") {
            if (++word == words.end())
                throw bad_usage("--url must be followed by a Redis URL");
            all.server = bb::parse_redis_url(*word);
        } else if (word->starts_with("--")) {
            throw bad_usage("there is no option " + *word);
        } else {
            all.paths.emplace_back(*word);
        }
    }
    if (all.server && !all.in_redis)
        throw bad_usage("--url is for --store redis");
    if (all.paths.empty())
        throw bad_usage("no file and no folder is given");
    return all;
}

std::vector<fs::path> files_at(fs::path const& path) {
    if (!fs::is_directory(path))
        return {path};
    std::vector<fs::path> files;
    for (auto const& entry : fs::recursive_directory_iterator{path})
        if (entry.is_regular_file() && entry.path().extension() == ".case")
            files.push_back(entry.path());
    if (files.empty())
        throw replay::malformed(path.string() + ": expected a *.case in it, but there is none");
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<replay::test_case> cases_in(fs::path const& file) {
    std::ifstream stream{file};
    std::string const text{std::istreambuf_iterator<char>{stream}, {}};
    if (!stream)
        throw replay::malformed(file.string() + ": expected a file that can be read");
    return replay::read_cases(file.string(), text);
}

std::optional<replay::failure> play_in_memory(replay::test_case const& c) {
    bb::testing::virtual_time time;
    return std::visit(
        [&]<class Rule>(Rule const& rule) {
            bb::circuit_breaker breaker{bb::memory_store<Rule, bb::testing::virtual_clock>{rule}};
            return replay::run_case(c, breaker, [&](bb::duration d) { time.advance(d); });
        },
        c.rule);
}

/// Plays cases in a Redis: one that runs already, or else one of its own.
class redis_stage {
public:
    explicit redis_stage(std::optional<bb::redis_address> const& address) : client_(connected(address)) {
        if (!address)
            return;
        if (address->has_credentials())
            expect_ok(address->user.empty() ? client_({"AUTH", address->password})
                                            : client_({"AUTH", address->user, address->password}));
        if (address->database)
            expect_ok(client_({"SELECT", std::to_string(*address->database)}));
    }

    std::optional<replay::failure> play(replay::test_case const& c) {
        auto const prefix =
            "breakerbox-replay-" + std::to_string(getpid()) + '-' + std::to_string(++plays_) + '-';
        return std::visit(
            [&]<class Rule>(Rule const& rule) {
                replay::redis_breaker breaker{client_, rule, prefix};
                return replay::run_case(c, breaker, [&](bb::duration d) { breaker.pass(d); });
            },
            c.rule);
    }

private:
    redisContext* connected(std::optional<bb::redis_address> const& address) {
        if (!address)
            return redisConnectUnix(server_.emplace().socket_path().c_str());
        if (address->type == bb::redis_address::kind::tls)
            throw std::runtime_error("replay: --url must be redis:// or unix://");
        return address->type == bb::redis_address::kind::tcp
                   ? redisConnect(address->host.c_str(), address->port)
                   : redisConnectUnix(address->path.c_str());
    }

    static void expect_ok(bb::redis_reply const& reply) {
        if (reply.is_error())
            throw std::runtime_error("replay: Redis says " + std::string{reply.text()});
    }

    std::optional<support::redis_server> server_;
    support::pipelined_client client_;
    int plays_ = 0;
};

/// Returns whether all passed. All files are read before the first case is played, so that a malformed one
/// hides in no long output.
bool play_all(arguments const& given) {
    std::vector<std::pair<std::string, std::vector<replay::test_case>>> read;
    for (auto const& path : given.paths)
        for (auto const& file : files_at(path))
            read.emplace_back(file.string(), cases_in(file));

    std::optional<redis_stage> redis;
    if (given.in_redis)
        redis.emplace(given.server);
    int passed = 0;
    int failed = 0;
    for (auto const& [file, cases] : read)
        for (auto const& c : cases) {
            auto const failure = redis ? redis->play(c) : play_in_memory(c);
            ++(failure ? failed : passed);
            if (failure)
                std::cout << c.name << '\n'
                          << file << ':' << failure->line << ": " << failure->token << ": expected "
                          << failure->what.expected << ", found " << failure->what.found << '\n';
        }
    std::cout << passed << " passed, " << failed << " failed\n";
    return failed == 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return play_all(read({argv + 1, argv + argc})) ? 0 : 1;
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
        return 2;
    }
}
