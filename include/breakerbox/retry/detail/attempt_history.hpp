// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_ATTEMPT_HISTORY_HPP
#define BREAKERBOX_RETRY_DETAIL_ATTEMPT_HISTORY_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_text.hpp>
#include <breakerbox/retry/call_report.hpp>

#include <boost/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// The last attempts of a call that are to be told of at its end. One that has none yet costs nothing.
class attempt_history {
public:
    /// Adds an attempt, and lets the first one go where there are `most`. `describe` is null for a value without a text.
    /// The rest as in an attempt_record.
    BOOST_NOINLINE void add(std::size_t most, std::uint64_t number, duration start, duration took,
                            verdict result, outcome const& ended, describer const* describe) {
        if (most == 0)
            return;
        if (kept_.size() >= most)
            kept_.erase(kept_.begin());
        kept_.push_back({number, start, took, result, ended.exception(),
                         ended.has_exception() ? std::string{} : text_of(ended, describe)});
    }

    /// The last attempt is followed by a wait.
    void add_wait(duration wait) noexcept {
        if (!kept_.empty())
            kept_.back().wait_after = wait;
    }

    std::vector<attempt_record> take() noexcept { return std::move(kept_); }

private:
    std::vector<attempt_record> kept_;
};

} // namespace breakerbox::detail

#endif
