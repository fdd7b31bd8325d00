// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTING_HPP
#define BREAKERBOX_TESTING_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/wait_traits.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

// Virtual time, for tests of code that waits: a coroutine with hour-long waits runs at once, and the same
// each time.
//
//     breakerbox::testing::virtual_time time;
//     auto value = time.run(fetch_with_retries()); // on timers of virtual_clock
//     CHECK(time.elapsed() == 3s);
//
// Real sockets, threads and timers of other clocks are outside virtual time. There is one virtual time a
// process at any moment. It rests on how Asio's reactor asks for its nearest timer, which the epoll reactor
// of Linux does.

namespace breakerbox::testing {

class virtual_time;

/// A clock that moves only when virtual_time moves it. It may be read from any thread.
class virtual_clock {
public:
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<virtual_clock>;
    /// Tells a retrier not to use this clock with a store on a real one, or the other way round.
    static constexpr bool is_virtual = true;
    static constexpr bool is_steady = true;

    static time_point now() noexcept { return time_point{duration{ticks.load(std::memory_order_relaxed)}}; }

private:
    friend virtual_time;
    friend boost::asio::wait_traits<virtual_clock>;

    static inline std::atomic<rep> ticks = 0;
    // The nearest timer that Asio told of since it was last asked to; the end of time stands for none.
    static inline time_point nearest = time_point::max();
};

/// An Asio timer in virtual time.
using virtual_timer = asio::basic_waitable_timer<virtual_clock>;

/// Drives coroutines through virtual time, which begins at the clock's zero.
class virtual_time {
public:
    /// Throws std::logic_error if there is another virtual time already.
    virtual_time() {
        if (std::exchange(exists, true))
            throw std::logic_error("breakerbox: only one virtual_time may exist at a time");
        virtual_clock::ticks = 0;
    }
    virtual_time(virtual_time const&) = delete;
    virtual_time& operator=(virtual_time const&) = delete;
    ~virtual_time() {
        context_.reset(); // what still waits is destroyed within this virtual time
        exists = false;
    }

    /// Where to spawn further coroutines.
    asio::io_context& context() noexcept { return *context_; }

    /// The virtual time that has passed since this object was made.
    breakerbox::duration elapsed() const noexcept { return virtual_clock::now().time_since_epoch(); }

    /// Runs a coroutine to its end, moving the time on whenever nothing else is left to do, and returns its
    /// value or throws its exception. Other coroutines of the context run meanwhile.
    ///
    /// Throws std::logic_error if the coroutine waits for something that no virtual timer will bring.
    template <class T, class Executor>
    T run(asio::awaitable<T, Executor> coroutine) {
        struct end {
            std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
            std::exception_ptr exception;
            bool reached = false;
        };
        auto const end_of_it = std::make_shared<end>(); // shared with a coroutine that may outlive this call
        asio::co_spawn(Executor{context_->get_executor()}, keep(std::move(coroutine), end_of_it),
                       [end_of_it](std::exception_ptr e) {
                           end_of_it->exception = std::move(e);
                           end_of_it->reached = true;
                       });
        while (poll(), !end_of_it->reached)
            if (!move_to_nearest(virtual_clock::time_point::max()))
                throw std::logic_error(
                    "breakerbox: deadlock in virtual time: the coroutine waits for something that "
                    "no timer of virtual_clock will bring");
        if (end_of_it->exception)
            std::rethrow_exception(end_of_it->exception);
        if constexpr (!std::is_void_v<T>)
            return std::move(*end_of_it->value);
    }

    /// The same for a callable that returns the coroutine; it is kept until the coroutine has ended.
    template <std::invocable Function>
    auto run(Function&& function) {
        return run(owning(std::decay_t<Function>(std::forward<Function>(function))));
    }

    /// Runs what is ready, and what becomes ready within the next `d`, at its time; then `d` has passed.
    void advance(breakerbox::duration d) {
        auto const until = detail::saturating_add(virtual_clock::now(), d);
        while (poll(), move_to_nearest(until)) {
        }
        virtual_clock::ticks = std::max(virtual_clock::now(), until).time_since_epoch().count();
        poll();
    }

    /// Runs until nothing is ready and no timer is left to wait for.
    void run_until_idle() {
        while (poll(), move_to_nearest(virtual_clock::time_point::max())) {
        }
    }

private:
    template <class Function, class Awaitable = std::invoke_result_t<Function&>>
    static Awaitable owning(Function function) {
        co_return co_await function();
    }

    template <class T, class Executor, class End>
    static asio::awaitable<void, Executor> keep(asio::awaitable<T, Executor> coroutine,
                                                std::shared_ptr<End> end) {
        if constexpr (std::is_void_v<T>)
            co_await std::move(coroutine);
        else
            end->value.emplace(co_await std::move(coroutine));
    }

    // Each poll makes the reactor look at its timers, and tell of the nearest.
    void poll() {
        do {
            virtual_clock::nearest = virtual_clock::time_point::max();
            context_->restart();
        } while (context_->poll() != 0);
    }

    static bool move_to_nearest(virtual_clock::time_point until) {
        auto const nearest = virtual_clock::nearest;
        if (nearest == virtual_clock::time_point::max() || nearest > until)
            return false;
        virtual_clock::ticks = std::max(virtual_clock::now(), nearest).time_since_epoch().count();
        return true;
    }

    static inline bool exists = false;

    std::optional<asio::io_context> context_{std::in_place, 1};
};

} // namespace breakerbox::testing

/// Tells virtual time of the nearest timer, and has the reactor look again at once.
template <>
struct boost::asio::wait_traits<breakerbox::testing::virtual_clock> {
    using virtual_clock = breakerbox::testing::virtual_clock;

    static virtual_clock::duration to_wait_duration(virtual_clock::duration const& d) {
        return to_wait_duration(breakerbox::detail::saturating_add(virtual_clock::now(), d));
    }
    static virtual_clock::duration to_wait_duration(virtual_clock::time_point const& t) {
        virtual_clock::nearest = t;
        return virtual_clock::duration::zero();
    }
};

#endif
