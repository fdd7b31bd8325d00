// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_DETAIL_FAILURE_TEXTS_HPP
#define BREAKERBOX_BREAKER_DETAIL_FAILURE_TEXTS_HPP

#include <breakerbox/base/printable.hpp>
#include <breakerbox/base/recent_hosts.hpp>

#include <cstddef>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// The text of the last failure of each of so many hosts; safe to use from any thread.
class failure_texts {
public:
    static constexpr std::size_t longest = 256;

    explicit failure_texts(std::size_t most_hosts) : keeps_any_(most_hosts != 0), texts_(most_hosts) {}

    bool keeps_any() const noexcept { return keeps_any_; }

    /// Keeps a text's beginning, on one line; an empty one is none. Without memory nothing is kept.
    void keep(std::string_view host, std::string_view text) noexcept {
        if (!keeps_any_ || host.empty() || text.empty())
            return;
        try {
            auto line = printable(text, longest);
            std::lock_guard const lock{mutex_};
            texts_[host] = std::move(line);
        } catch (std::bad_alloc const&) {
        }
    }

    /// The text of a host, or an empty one.
    std::string of(std::string_view host) const {
        if (!keeps_any_)
            return {};
        std::lock_guard const lock{mutex_};
        auto const* const text = texts_.find(host);
        return text != nullptr ? *text : std::string{};
    }

    void forget(std::string_view host) {
        if (!keeps_any_)
            return;
        std::lock_guard const lock{mutex_};
        texts_.erase(host);
    }

private:
    bool const keeps_any_;
    mutable std::mutex mutex_;
    recent_hosts<std::string> texts_;
};

} // namespace breakerbox::detail

#endif
