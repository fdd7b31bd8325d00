// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_CHANGE_QUEUE_HPP
#define BREAKERBOX_STORE_CHANGE_QUEUE_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace breakerbox {

/// That a host went from one state to another, and what the new one rests on.
struct state_change {
    host_name host;
    breaker_state from;
    host_status to;
    /// When, on the store's clock.
    instant at;
};

/// That a host has let a probe go, or several, which did not report within their lease.
struct given_up_probe {
    host_name host;
    host_status now;
    /// When that was noticed, on the store's clock.
    instant at;
};

/// That a shared store could not be asked, or can be again.
struct store_health_change {
    /// Whether it failed; else it has recovered.
    bool failed;
    /// The one host that this is about; empty for all of them.
    host_name host;
    /// What went wrong.
    boost::system::error_code error;
    /// The same in the server's words, where it had any.
    std::string text;
    /// When, on the store's clock.
    instant at;
};

/// The way of the changes of state, and of a shared store's health, to whoever is told of them: in the order in
/// which they came about, each once, and outside any lock, however many threads make them.
///
/// A store pushes a change while it holds the host still, so that the order is right; its caller delivers once
/// nothing is held. Where two threads deliver at once, one of them does it for both.
class change_queue {
public:
    /// Without a listener nothing is kept.
    explicit change_queue(bool has_listener) noexcept : has_listener_(has_listener) {}

    /// Adds a change. Calls nobody, and throws nothing: the change has been made, and without memory is not told.
    void push(std::string_view host, breaker_state from, host_status const& to, instant at) noexcept {
        push_made([&] { return state_change{host_name{host}, from, to, at}; });
    }

    /// Adds that a probe was given up, likewise.
    void push(given_up_probe const& probe) noexcept {
        push_made([&] { return probe; });
    }

    /// Adds a change of the store's health, likewise.
    void push(store_health_change const& change) noexcept {
        push_made([&] { return change; });
    }

    /// Whether the queue is empty, as far as this thread has pushed to it.
    bool is_empty() const noexcept { return is_empty_.load(std::memory_order_relaxed); }

    /// Delivers all queued events to `hear`, which takes changes and, where it likes, given-up probes and changes of the
    /// store's health. If a delivery is running already, it takes these too, and this call returns at once: it runs on
    /// another thread, or further up on this one, where `hear` itself has caused a change. What `hear` throws is ignored.
    template <class Hear>
    void deliver(Hear const& hear) noexcept {
        std::unique_lock lock{mutex_};
        if (std::exchange(is_delivering_, true))
            return;
        while (!waiting_.empty()) {
            auto const first = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            try {
                std::visit(
                    [&]<class News>(News const& n) {
                        if constexpr (std::is_invocable_v<Hear const&, News const&>)
                            hear(n);
                    },
                    first);
            } catch (...) { // the change is made, whoever can't hear of it
            }
            lock.lock();
        }
        is_empty_.store(true, std::memory_order_relaxed);
        is_delivering_ = false;
    }

private:
    using news = std::variant<state_change, given_up_probe, store_health_change>;

    template <class Make>
    void push_made(Make const& make) noexcept {
        if (!has_listener_)
            return;
        std::lock_guard const lock{mutex_};
        try {
            waiting_.push_back(news{make()}); // one push_back to compile, not one for each kind
            is_empty_.store(false, std::memory_order_relaxed);
        } catch (std::bad_alloc const&) {
        }
    }

    bool const has_listener_;
    std::atomic<bool> is_empty_ = true;
    std::mutex mutex_;
    std::deque<news> waiting_;
    bool is_delivering_ = false;
};

} // namespace breakerbox

#endif
