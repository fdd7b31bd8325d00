// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_LAST_FAILURE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_LAST_FAILURE_HPP

#include <breakerbox/base/cause_text.hpp>
#include <breakerbox/base/printable.hpp>

#include <boost/system/error_code.hpp>

#include <mutex>
#include <string>
#include <utility>

namespace breakerbox::detail {

/// Why a connection was last lost, or could not be made: noted by its strand, read by anybody.
class last_failure {
public:
    void note(boost::system::error_code error, std::string words) noexcept {
        std::lock_guard const lock{mutex_};
        error_ = error;
        words_.swap(words);
    }

    boost::system::error_code error() const noexcept {
        std::lock_guard const lock{mutex_};
        return error_;
    }

    /// The error's message, with what the server said, on one line; empty if there was no failure.
    std::string text() const {
        std::lock_guard const lock{mutex_};
        if (!error_)
            return {};
        return printable(cause_text(error_, words_));
    }

    /// What the server said, or other details; for the strand, which alone changes it.
    std::string const& words() const noexcept { return words_; }

private:
    std::mutex mutable mutex_;
    boost::system::error_code error_;
    std::string words_;
};

} // namespace breakerbox::detail

#endif
