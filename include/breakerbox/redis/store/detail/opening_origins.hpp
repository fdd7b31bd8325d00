// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_OPENING_ORIGINS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_OPENING_ORIGINS_HPP

#include <breakerbox/base/recent_hosts.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace breakerbox::detail {

/// Where the knowledge of an opening comes from.
struct opening_origin {
    /// See brought_opening.
    std::uint64_t number = 0;
    instant learnt_at{};
    /// As the local status has it, by which an opening that was made here since is told apart.
    std::optional<instant> opened_at{};
    /// The connection on which the shared store last spoke of it, or was told of it.
    std::uint64_t session = 0;

    /// Above zero, since only failures of one's own count as learnt just now.
    std::chrono::microseconds age(instant now) const noexcept {
        return std::max(saturating_subtract(now, learnt_at), instant{1});
    }
};

/// The origins of what is known of hosts that are not closed, of so many at most. Safe to use from any thread.
class opening_origins {
public:
    explicit opening_origins(std::size_t most) : origins_(most) {}

    std::optional<opening_origin> find(std::string_view host) const {
        if (is_empty())
            return std::nullopt;
        std::lock_guard const lock{mutex_};
        auto const* const known = origins_.find(host);
        return known == nullptr ? std::nullopt : std::optional{*known};
    }

    void keep(std::string_view host, opening_origin const& known) {
        std::lock_guard const lock{mutex_};
        origins_[host] = known;
        count_.store(origins_.size(), std::memory_order_release);
    }

    void forget(std::string_view host) {
        if (is_empty())
            return;
        std::lock_guard const lock{mutex_};
        origins_.erase(host);
        count_.store(origins_.size(), std::memory_order_release);
    }

    /// All hosts, but for those that the shared store spoke of on this connection.
    std::vector<std::string> hosts(std::uint64_t but_for_session = 0) const {
        std::vector<std::string> found;
        std::lock_guard const lock{mutex_};
        origins_.for_each([&](std::string const& host, opening_origin const& known) {
            if (but_for_session == 0 || known.session != but_for_session)
                found.push_back(host);
        });
        return found;
    }

private:
    bool is_empty() const noexcept { return count_.load(std::memory_order_acquire) == 0; }

    std::atomic<std::size_t> count_ = 0; // spares those a lock who ask while there are none
    mutable std::mutex mutex_;
    recent_hosts<opening_origin> origins_;
};

} // namespace breakerbox::detail

#endif
