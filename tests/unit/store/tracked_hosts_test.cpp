// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/detail/tracked_hosts.hpp>

#include <breakerbox/rule/failure_count.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace tracked_hosts_test {

namespace bb = breakerbox;

namespace {

using hosts = bb::detail::tracked_hosts<bb::failure_count, std::chrono::steady_clock>;

/// One shard, so that each step needs the one lock that there is.
constexpr std::size_t most = 1000;

void fail(hosts& all, int i) {
    bb::change_queue changes{false};
    all.change("host" + std::to_string(i), false, changes,
               [&](bb::failure_count::state& s, bb::instant now) { all.rules().on_failure(s, now); });
}

} // namespace

TEST_CASE(
    "tracked_hosts: who goes through them lets steps in after each few, and sees what these have done") {
    hosts all{bb::failure_count{}, most};
    constexpr int tracked = 300;
    for (int i = 0; i != tracked; ++i)
        fail(all, i);
    std::size_t since_pause = 0;
    std::size_t most_at_a_time = 0;
    int seen = 0;
    int seen_failing_again = 0;
    all.for_each(
        [&](bb::failure_count::state const& s, std::string_view, bb::instant) {
            most_at_a_time = std::max(most_at_a_time, ++since_pause);
            ++seen;
            seen_failing_again += s.failures == 2 ? 1 : 0;
        },
        [&] {
            since_pause = 0;
            if (seen == static_cast<int>(hosts::hosts_at_a_time)) // the first pause
                for (int i = 0; i != tracked; ++i)
                    fail(all, i); // would wait for ever if the lock was held
        });
    CHECK(seen == tracked);
    CHECK(most_at_a_time == hosts::hosts_at_a_time);
    CHECK(seen_failing_again == tracked - static_cast<int>(hosts::hosts_at_a_time));
}

} // namespace tracked_hosts_test
