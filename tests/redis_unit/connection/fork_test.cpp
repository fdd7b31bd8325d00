// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/random.hpp>

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <stdexcept>

namespace fork_test {

// What is random in processes that were forked off one another.

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

/// What `draw()` gives in two children of this process, and then in this one.
template <class Draw>
std::multiset<std::int64_t> drawn_in_three_processes(Draw draw) {
    std::multiset<std::int64_t> drawn;
    for (int child = 0; child != 2; ++child) {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0)
            throw std::runtime_error("no pipe");
        auto const id = fork();
        if (id == 0) {
            std::int64_t const number = draw();
            bool const is_told = write(ends[1], &number, sizeof number) == sizeof number;
            _exit(is_told ? 0 : 1);
        }
        std::int64_t number = 0;
        bool const is_told = read(ends[0], &number, sizeof number) == sizeof number;
        close(ends[0]);
        close(ends[1]);
        int status = 0;
        if (waitpid(id, &status, 0) != id || status != 0 || !is_told)
            throw std::runtime_error("the child has not told its number");
        drawn.insert(number);
    }
    drawn.insert(draw());
    return drawn;
}

bool are_apart(std::multiset<std::int64_t> const& numbers) {
    return std::set<std::int64_t>{numbers.begin(), numbers.end()}.size() == numbers.size();
}

std::int64_t number_from(double drawn) {
    return static_cast<std::int64_t>(drawn * 0x1p53);
}

using breaker = circuit_breaker<memory_store<consecutive_failures>>;

breaker::store_type jittered(memory_store_options options = {}) {
    return breaker::store_type{
        consecutive_failures{.threshold = 1, .recovery = {.open_for = 1h, .jitter = 1}}, options};
}

/// For how long a host of this name opens, in seconds: the clock is a real one.
std::int64_t open_seconds(breaker& b, char const* host) {
    b.increment_failures_count_now(host);
    return std::chrono::round<std::chrono::seconds>(b.snapshot_now(host).retry_after).count();
}

} // namespace

TEST_CASE("after a fork: new sources of random numbers differ") {
    detail::random_source{}.next();
    CHECK(are_apart(drawn_in_three_processes([] { return number_from(detail::random_source{}.next()); })));
}

TEST_CASE("after a fork: a source that was in use differs, and one with a seed does not") {
    detail::random_source drawn;
    drawn.next();
    CHECK(are_apart(drawn_in_three_processes([&] { return number_from(drawn.next()); })));
    detail::random_source const seeded{7};
    auto const numbers = drawn_in_three_processes([&] {
        auto copy = seeded;
        return number_from(copy.next());
    });
    CHECK(numbers.count(*numbers.begin()) == 3);
}

TEST_CASE("after a fork: of that fork's fork too") {
    detail::random_source drawn;
    drawn.next();
    CHECK(are_apart(drawn_in_three_processes([&] {
        auto const below = drawn_in_three_processes([&] { return number_from(drawn.next()); });
        return are_apart(below) ? *below.begin() : 0;
    })));
}

TEST_CASE("after a fork: waits with jitter and open times with jitter differ") {
    attempt const call;
    wait_random const policy{.min = 0s, .max = 24h};
    policy(call);
    CHECK(are_apart(drawn_in_three_processes([&] { return policy(call).count(); })));
    breaker b{jittered()};
    CHECK(are_apart(drawn_in_three_processes([&] { return open_seconds(b, "host"); })));
}

TEST_CASE("after a fork: the numbers of probes in Redis differ") {
    auto const draw = [] { return detail::new_request(detail::twin_step::acquire).fresh; };
    (void)draw();
    CHECK(are_apart(drawn_in_three_processes([&] { return static_cast<std::int64_t>(draw()); })));
}

TEST_CASE("memory_store: its jitter is the same for the same seed") {
    for (std::size_t const max_hosts : {10U, 5000U}) {
        breaker one{jittered({.max_hosts = max_hosts, .seed = 1})};
        breaker same{jittered({.max_hosts = max_hosts, .seed = 1})};
        breaker other{jittered({.max_hosts = max_hosts, .seed = 2})};
        int differ = 0;
        for (auto const* host : {"a", "b", "c", "d"}) {
            auto const open = open_seconds(one, host);
            CHECK(std::abs(open - open_seconds(same, host)) <= 1);
            differ += std::abs(open - open_seconds(other, host)) > 1 ? 1 : 0;
        }
        CHECK(differ > 0);
    }
}

} // namespace fork_test
