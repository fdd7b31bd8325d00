// SPDX-License-Identifier: BSL-1.0
//
// What the headers cost the compiler, and how much code a retrier adds. The compiler is the one that this was compiled
// with.
#include "output_of.hpp"
#include "suites.hpp"

#include "redis/support/temporary_folder.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace costs {

namespace {

constexpr auto asio_alone = R"(#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
)";

constexpr auto umbrella = R"(#include <breakerbox/breakerbox.hpp>
)";

constexpr auto bare_program = R"(#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

boost::asio::awaitable<int> fetch(int i) {
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return i;
}

boost::asio::awaitable<void> use() { co_await fetch(1); }

int main() {
    boost::asio::io_context context;
    boost::asio::co_spawn(context, use(), boost::asio::detached);
    context.run();
}
)";

/// The same with its call guarded.
std::string guarded_program() {
    std::string text = bare_program;
    auto const replace = [&](std::string_view from, std::string_view to) {
        text.replace(text.find(from), from.size(), to);
    };
    text.insert(0, umbrella);
    replace("co_await fetch(1)", R"(
    static breakerbox::circuit_breaker breaker{breakerbox::memory_store{breakerbox::failure_count{}}};
    breakerbox::retrier const retrier{breakerbox::stop_after_attempt{4}, breakerbox::retry_if_exception<>{},
                                      breakerbox::wait_exponential_jitter{}, breaker};
    co_await retrier.retry("example.com", fetch, 1))");
    return text;
}

/// Runs the compiler, and returns what it used.
rusage compile(std::string const& source, std::string const& object) {
    auto const child = fork();
    if (child == 0) {
        execlp(BENCHMARK_COMPILER, BENCHMARK_COMPILER, "-std=c++20", "-O2", "-I", BENCHMARK_INCLUDE, "-c",
               source.c_str(), "-o", object.c_str(), nullptr);
        _exit(127);
    }
    int status = 0;
    rusage used{};
    if (child < 0 || wait4(child, &status, 0, &used) != child || status != 0)
        throw std::runtime_error(std::string{"this did not compile, with "} + BENCHMARK_COMPILER + ": " +
                                 source);
    return used;
}

/// The bytes of code and constants in an object file.
double text_size(std::string const& object) {
    std::istringstream lines{output_of("size " + object)};
    std::string headings;
    std::getline(lines, headings);
    double bytes = 0;
    lines >> bytes;
    return bytes;
}

/// The compiler's own time, which another program that runs beside it hardly changes.
void compile_repeatedly(benchmark::State& state, std::string const& text) {
    support::temporary_folder const folder;
    auto const source = (folder.path() / "source.cpp").string();
    auto const object = (folder.path() / "source.o").string();
    std::ofstream{source} << text;
    for (auto _ : state) {
        auto const used = compile(source, object);
        state.SetIterationTime(static_cast<double>(used.ru_utime.tv_sec) +
                               static_cast<double>(used.ru_utime.tv_usec) * 1e-6);
        state.counters["memory"] = static_cast<double>(used.ru_maxrss) * 1024;
        state.counters["code"] = text_size(object);
    }
}

} // namespace

void add_compiling(suite& all) {
    auto const measure = [&](std::string const& name, std::string const& text) {
        return all.measure_told(name, [=](auto& s) { compile_repeatedly(s, text); });
    };
    auto const whole = measure("compiling the umbrella header", umbrella);
    auto const asio = measure("compiling Asio's awaitable and timer", asio_alone);
    all.rows.push_back({.what = "time to compile the umbrella header / Asio's awaitable and timer",
                        .measured = whole,
                        .against = asio,
                        .reach = bound{1.3}});
    all.rows.push_back({.what = "memory to compile them",
                        .measured = whole,
                        .against = asio,
                        .kind = figure::counters_ratio,
                        .unit = "memory",
                        .reach = bound{1.3}});
    auto const guarded = measure("compiling a guarded call", guarded_program());
    auto const bare = measure("compiling a bare call", bare_program);
    all.rows.push_back({.what = "time to compile a program with one guarded call / with a bare one",
                        .measured = guarded,
                        .against = bare});
    all.rows.push_back({.what = "bytes of code that breaker and retrier add to it",
                        .measured = guarded,
                        .against = bare,
                        .kind = figure::added_counter,
                        .unit = "code"});
}

} // namespace costs
