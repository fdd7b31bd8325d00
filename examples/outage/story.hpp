// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_OUTAGE_STORY_HPP
#define EXAMPLES_OUTAGE_STORY_HPP

#include <breakerbox/testing.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace outage {

using std::chrono::seconds;

/// What is seen in one second.
struct second_seen {
    unsigned attempts = 0;                  // that reach the server
    unsigned calls = 0;                     // that begin
    unsigned succeeded = 0;                 // of these calls
    unsigned failed = 0;                    // the others, refused ones among them
    std::chrono::nanoseconds failed_took{}; // all that failed, together

    second_seen& operator+=(second_seen const& other) {
        attempts += other.attempts;
        calls += other.calls;
        succeeded += other.succeeded;
        failed += other.failed;
        failed_took += other.failed_took;
        return *this;
    }
};

/// What is seen in all, second by second. A call is seen in the second in which it began.
class story {
public:
    explicit story(seconds length) : seconds_(static_cast<std::size_t>(length.count())) {}

    second_seen& now() {
        auto const now = breakerbox::testing::virtual_clock::now().time_since_epoch();
        return seconds_.at(static_cast<std::size_t>(std::chrono::floor<seconds>(now).count()));
    }

    second_seen sum(seconds begin, seconds end) const {
        second_seen all;
        for (auto const& second : between(begin, end))
            all += second;
        return all;
    }

    unsigned most_attempts(seconds begin, seconds end) const {
        return std::ranges::max(between(begin, end), {}, &second_seen::attempts).attempts;
    }

    /// How long it takes from `begin` on until `percent` of the calls of each second succeed, up to `end`;
    /// none if that isn't so in the last of them.
    std::optional<seconds> until_well(unsigned percent, seconds begin, seconds end) const {
        auto last_bad = seconds{-1};
        for (auto s = begin; s != end; ++s) {
            auto const seen = sum(s, s + seconds{1});
            if (seen.succeeded * 100 < percent * seen.calls)
                last_bad = s - begin;
        }
        if (last_bad + seconds{1} == end - begin)
            return std::nullopt;
        return last_bad + seconds{1};
    }

private:
    std::span<second_seen const> between(seconds begin, seconds end) const {
        return std::span{seconds_}.subspan(static_cast<std::size_t>(begin.count()),
                                           static_cast<std::size_t>((end - begin).count()));
    }

    std::vector<second_seen> seconds_;
};

} // namespace outage

#endif
