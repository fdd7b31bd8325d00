// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_SERVICE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_SERVICE_HPP

#include <breakerbox/base/config.hpp>

#include <boost/asio/execution_context.hpp>

#include <mutex>
#include <unordered_set>

namespace breakerbox::detail {

/// What has to let go of whoever waits for it when its execution context goes.
class context_guest {
public:
    /// Destroys, uncalled, all handlers that wait, and all that belongs to the context.
    virtual void abandon() noexcept = 0;

protected:
    ~context_guest() = default;
};

/// Knows the connections of an execution context.
///
/// A context that goes destroys the handlers that wait in it, and with them the coroutines that they would have
/// resumed. Those that wait for a reply wait in a connection, though, which such a coroutine may itself keep: without
/// this, the two would keep each other for ever.
class connection_service : public asio::execution_context::service {
public:
    using key_type = connection_service;
    static inline asio::execution_context::id id;

    explicit connection_service(asio::execution_context& context)
        : asio::execution_context::service(context) {}

    void add(context_guest& guest) {
        std::lock_guard const lock{mutex_};
        guests_.insert(&guest);
    }

    void remove(context_guest& guest) noexcept {
        std::lock_guard const lock{mutex_};
        guests_.erase(&guest);
    }

private:
    void shutdown() override {
        while (auto* const guest = take_one())
            guest->abandon();
    }

    // One at a time: with the handlers of one guest another one may go.
    context_guest* take_one() noexcept {
        std::lock_guard const lock{mutex_};
        return guests_.empty() ? nullptr : guests_.extract(guests_.begin()).value();
    }

    std::mutex mutex_;
    std::unordered_set<context_guest*> guests_;
};

} // namespace breakerbox::detail

#endif
