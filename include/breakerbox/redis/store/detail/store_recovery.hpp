// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_STORE_RECOVERY_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_STORE_RECOVERY_HPP

#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/store/detail/bring_host.hpp>
#include <breakerbox/redis/store/detail/recovery_pace.hpp>
#include <breakerbox/redis/store/detail/recovery_slot.hpp>
#include <breakerbox/redis/store/detail/script_channel.hpp>
#include <breakerbox/redis/store/detail/store_clock.hpp>
#include <breakerbox/redis/store/detail/store_failure.hpp>
#include <breakerbox/redis/store/detail/store_view.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace breakerbox::detail {

/// Tries a failing store until it can be asked again, and then brings what has changed here meanwhile, on its own. At
/// most one recovery of a store goes on at a time, and none keeps a store alive that nobody uses any more.
template <rule Rule>
class store_recovery {
public:
    store_recovery(script_channel<Rule>& channel, store_view<Rule>& view)
        : channel_(channel), view_(view), pace_(channel.connection().config().reconnect_max) {}

    /// The store has turned to failing.
    void on_failed(instant now) noexcept { pace_.on_failed(now); }

    /// Whether none goes on, and there is any point in one.
    bool may_begin() const noexcept {
        auto const& connection = channel_.connection();
        return !slot_.is_held() && !connection.is_abandoned() &&
               connection.last_error() != make_error_code(redis_errc::closed);
    }

    /// Unless one goes on already. Without memory the next who asks begins it. `self` is this, as long as the store lives.
    void begin(std::weak_ptr<store_recovery> self) noexcept {
        auto const number = slot_.take();
        if (number == 0)
            return;
        try {
            auto const executor = channel_.connection().get_executor();
            asio::co_spawn(executor, recover(std::move(self), executor, number), asio::detached);
        } catch (...) {
            slot_.free(number);
        }
    }

private:
    /// While it exists, the store counts as recovering, but for what ends that earlier.
    class slot_holder {
    public:
        slot_holder(std::weak_ptr<store_recovery> watched, std::uint64_t number) noexcept
            : watched_(std::move(watched)), number_(number) {}
        slot_holder(slot_holder const&) = delete;
        slot_holder& operator=(slot_holder const&) = delete;
        ~slot_holder() {
            if (auto const self = watched_.lock())
                self->slot_.free(number_);
        }

    private:
        std::weak_ptr<store_recovery> watched_;
        std::uint64_t number_;
    };

    static asio::awaitable<void> recover(std::weak_ptr<store_recovery> watched,
                                         asio::any_io_executor executor, std::uint64_t number) {
        // Where memory is short, Asio may destroy a coroutine at a wait that can't begin.
        slot_holder const going_on{watched, number};
        asio::steady_timer pause{std::move(executor)};
        bool was_asked = false;
        for (;;) {
            {
                auto const self = watched.lock();
                if (!self)
                    co_return;
                pause.expires_after(self->pace_.pause_after(was_asked));
            }
            co_await pause.async_wait(asio::deferred);
            auto const self = watched.lock();
            if (!self || self->channel_.connection().last_error() == make_error_code(redis_errc::closed))
                co_return;
            if (!self->view_.health().is_failing()) // it was begun when another one ended
                co_return;
            was_asked = self->channel_.connection().is_ready();
            if (!was_asked)
                continue;
            try {
                bool const has_met = co_await self->meet(number);
                if (has_met)
                    co_return;
            } catch (std::bad_alloc const&) { // goes on with the next try
            }
        }
    }

    /// Brings what has changed here to the shared state, and what is open. Returns whether Redis took it, and can be asked
    /// again.
    asio::awaitable<bool> meet(std::uint64_t number) {
        auto& local = view_.local();
        auto hosts = view_.to_be_brought();
        // Also where nothing has changed, it must be known that the script runs and may write.
        if (hosts.empty())
            hosts.push_back(trial_host);
        for (auto const& host : hosts) {
            auto bringing = bring_host(channel_, local, host, local.changed().take(host));
            auto const heard = co_await std::move(bringing);
            if (heard.failure && scope_of(*heard.failure) != failure_scope::one_host)
                co_return false;
        }
        pace_.on_recovered(store_clock::now());
        slot_.free(number); // before anybody can find that the store fails again
        view_.recover(store_clock::now());
        // What has changed meanwhile. From now on nothing does, so that calls that keep failing can't go on for ever.
        for (auto const& host : local.changed().all())
            if (auto change = local.changed().take(host)) {
                auto bringing = bring_host(channel_, local, host, std::move(change));
                co_await std::move(bringing);
            }
        co_return true;
    }

    /// The host that a recovering store is tried with where none has changed; it is left as it was, unknown.
    static constexpr auto trial_host = "breakerbox-trial";

    script_channel<Rule>& channel_;
    store_view<Rule>& view_;
    recovery_pace pace_;
    recovery_slot slot_;
};

} // namespace breakerbox::detail

#endif
