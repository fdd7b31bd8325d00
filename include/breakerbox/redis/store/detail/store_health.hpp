// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_STORE_HEALTH_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_STORE_HEALTH_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/recent_hosts.hpp>
#include <breakerbox/redis/store/detail/store_failure.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/store/change_queue.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

namespace breakerbox::detail {

/// Whether a shared store can be asked: as a whole, and for each host. It is told how steps went, and says what is
/// news. Safe to use from any thread.
class store_health {
public:
    /// Whether the store as a whole is not to be asked.
    bool is_failing() const noexcept { return is_failing_.load(std::memory_order_acquire); }

    /// Whether a host failed alone when it was last asked about.
    bool is_failing(std::string_view host) const {
        if (failing_host_count_.load(std::memory_order_relaxed) == 0)
            return false;
        std::lock_guard const lock{mutex_};
        return failing_hosts_.find(host) != nullptr;
    }

    /// Why it failed last.
    store_failure last_failure() const {
        std::lock_guard const lock{mutex_};
        return last_;
    }

    /// A step of a host has failed. Returns the change that this is, if it is one.
    std::optional<store_health_change> on_failure(store_failure const& failure, std::string_view host,
                                                  instant now) {
        std::lock_guard const lock{mutex_};
        last_ = failure;
        auto const scope = scope_of(failure);
        if (scope == failure_scope::one_step)
            return std::nullopt;
        if (scope == failure_scope::one_host) {
            if (failing_hosts_.find(host) != nullptr)
                return std::nullopt;
            std::optional change{
                store_health_change{true, host_name{host}, failure.error, failure.text, now}};
            failing_hosts_[host] = true;
            failing_host_count_.store(failing_hosts_.size(), std::memory_order_relaxed);
            return change;
        }
        if (is_failing_.load(std::memory_order_relaxed))
            return std::nullopt;
        // Before it is one: without memory the next failure is.
        std::optional change{store_health_change{true, {}, failure.error, failure.text, now}};
        is_failing_.store(true, std::memory_order_release);
        return change;
    }

    /// A step of a host has succeeded. Returns the change that this is, if it is one.
    std::optional<store_health_change> on_success(std::string_view host, instant now) {
        if (failing_host_count_.load(std::memory_order_relaxed) == 0)
            return std::nullopt;
        std::lock_guard const lock{mutex_};
        if (failing_hosts_.find(host) == nullptr)
            return std::nullopt;
        failing_hosts_.erase(host);
        failing_host_count_.store(failing_hosts_.size(), std::memory_order_relaxed);
        return store_health_change{false, host_name{host}, {}, {}, now};
    }

    /// The store as a whole can be asked again. Returns that change.
    store_health_change recover(instant now) {
        is_failing_.store(false, std::memory_order_release);
        return {false, {}, {}, {}, now};
    }

private:
    /// So many hosts can be known to fail alone; of more, the failure is told again.
    static constexpr std::size_t most_failing_hosts = 256;

    std::atomic<bool> is_failing_ = false;
    std::atomic<std::size_t> failing_host_count_ = 0;
    mutable std::mutex mutex_;
    store_failure last_;
    recent_hosts<bool> failing_hosts_{most_failing_hosts};
};

} // namespace breakerbox::detail

#endif
