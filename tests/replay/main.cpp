// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/circuit_breaker.hpp>
#include <breakerbox/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include "replay/case_file.hpp"
#include "replay/run_case.hpp"

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

// Plays the cases of files and folders, each against a breaker of its own, in virtual time.

namespace bb = breakerbox;
namespace fs = std::filesystem;

namespace {

struct bad_usage : std::runtime_error {
    explicit bad_usage(std::string const& why)
        : runtime_error("replay: " + why + "\nusage: replay [--store memory|redis] FILE|FOLDER...") {}
};

std::vector<fs::path> paths_in(std::vector<std::string> const& arguments) {
    std::vector<fs::path> paths;
    for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
        if (*argument == "--store") {
            if (++argument == arguments.end() || (*argument != "memory" && *argument != "redis"))
                throw bad_usage("--store must be memory or redis");
            if (*argument == "redis")
                throw bad_usage("this build has no Redis store");
        } else if (argument->starts_with("--")) {
            throw bad_usage("there is no option " + *argument);
        } else {
            paths.emplace_back(*argument);
        }
    }
    if (paths.empty())
        throw bad_usage("no file and no folder is given");
    return paths;
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

/// Returns whether all passed. All files are read before the first case is played, so that a malformed one
/// hides in no long output.
bool play_all(std::vector<fs::path> const& paths) {
    std::vector<std::pair<std::string, std::vector<replay::test_case>>> read;
    for (auto const& path : paths)
        for (auto const& file : files_at(path))
            read.emplace_back(file.string(), cases_in(file));

    int passed = 0;
    int failed = 0;
    for (auto const& [file, cases] : read)
        for (auto const& c : cases) {
            auto const failure = play_in_memory(c);
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
        return play_all(paths_in({argv + 1, argv + argc})) ? 0 : 1;
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
        return 2;
    }
}
