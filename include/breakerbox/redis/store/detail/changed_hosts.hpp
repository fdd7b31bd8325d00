// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_CHANGED_HOSTS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_CHANGED_HOSTS_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/sip_hash.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// The hosts that have changed in this process, and of which the shared store is yet to hear. Safe to use from any
/// thread.
class changed_hosts {
    /// Shared with the changes that are on their way, which may outlive it: a call's frame is destroyed with its
    /// context, be it after the store.
    class names {
    public:
        explicit names(std::size_t most) : most_(most) {}

        bool contains(std::string_view host) const {
            if (count_.load(std::memory_order_acquire) == 0)
                return false;
            std::lock_guard const lock{mutex_};
            return names_.contains(host);
        }

        std::vector<std::string> all() const {
            std::lock_guard const lock{mutex_};
            return {names_.begin(), names_.end()};
        }

        void add(std::string_view host) {
            std::lock_guard const lock{mutex_};
            if (names_.size() < most_)
                names_.emplace(host);
            count_.store(names_.size(), std::memory_order_release);
        }

        bool remove(std::string_view host) {
            if (count_.load(std::memory_order_acquire) == 0)
                return false;
            std::lock_guard const lock{mutex_};
            bool const was_there = names_.erase(host) != 0;
            count_.store(names_.size(), std::memory_order_release);
            return was_there;
        }

    private:
        std::size_t most_;
        std::atomic<std::size_t> count_ = 0; // spares those a lock who ask while there are none
        mutable std::mutex mutex_;
        boost::unordered_flat_set<std::string, name_hash, std::equal_to<>> names_;
    };

public:
    /// A host's change on its way to the shared store. Unless it arrives, it is noted again when this ends.
    class change {
    public:
        change(change&&) noexcept = default;
        change& operator=(change&&) = delete;
        ~change() {
            if (!names_)
                return;
            try {
                names_->add(host_);
            } catch (std::bad_alloc const&) { // the shared store doesn't hear of it
            }
        }

        void arrive() noexcept { names_.reset(); }

    private:
        friend changed_hosts;
        change(std::shared_ptr<names> names, host_name host) noexcept
            : names_(std::move(names)), host_(std::move(host)) {}
        std::shared_ptr<names> names_;
        host_name host_;
    };

    /// Beyond so many hosts, changes are not kept.
    explicit changed_hosts(std::size_t most) : names_(std::make_shared<names>(most)) {}

    bool contains(std::string_view host) const { return names_->contains(host); }
    std::vector<std::string> all() const { return names_->all(); }

    void note(std::string_view host) { names_->add(host); }
    void forget(std::string_view host) { names_->remove(host); }

    /// Sends a host's change on its way; nothing where there is none.
    std::optional<change> take(std::string_view host) {
        if (!contains(host))
            return std::nullopt;
        host_name name{host};
        return names_->remove(host) ? std::optional{change{names_, std::move(name)}} : std::nullopt;
    }

private:
    std::shared_ptr<names> names_;
};

} // namespace breakerbox::detail

#endif
