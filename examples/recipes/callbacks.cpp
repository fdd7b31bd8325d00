// SPDX-License-Identifier: BSL-1.0
//
// Callbacks on both sides: a driver that calls back is retried, and who calls the retried function need not be a
// coroutine. Between the two stands one coroutine, which is the call.

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;
using boost::system::error_code;

/// Somebody else's: calls back once, on a thread of its own, without a coroutine in sight. Its first two answers are
/// failures. What it has begun can't be cancelled, so that a time-out would have to wait for it.
class driver {
public:
    void get(std::string const& key, std::function<void(error_code, std::string)> done) {
        asio::post(thread_, [key, done, number = ++calls_] {
            std::cout << "driver: call " << number << '\n';
            if (number <= 2)
                done(asio::error::connection_reset, "");
            else
                done({}, "value of " + key);
        });
    }

private:
    int calls_ = 0;
    asio::thread_pool thread_{1};
};

/// The driver's function as an operation of Asio's, which a retrier can start again and again.
auto get(driver* from, std::string const& key) {
    auto const start = [](auto handler, driver* d, std::string const& k) {
        // The caller goes on where it was, not on the driver's thread; and its context has work until then.
        auto work = asio::make_work_guard(asio::get_associated_executor(handler));
        // A handler can only be moved, but std::function wants a copy.
        auto const kept = std::make_shared<decltype(handler)>(std::move(handler));
        d->get(k, [kept, work](error_code error, std::string value) {
            asio::dispatch(work.get_executor(), [kept, error, value = std::move(value)]() mutable {
                std::move (*kept)(error, std::move(value));
            });
        });
    };
    return asio::async_initiate<asio::deferred_t const, void(error_code, std::string)>(start, asio::deferred,
                                                                                       from, key);
}

/// What callers see: a function with a callback.
class client {
public:
    explicit client(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    void fetch(std::string key, std::function<void(std::exception_ptr, std::string)> done) {
        asio::co_spawn(executor_, retrier_.retry("cache", get, &driver_, std::move(key)), std::move(done));
    }

private:
    asio::any_io_executor executor_;
    driver driver_;
    bb::circuit_breaker<bb::memory_store<bb::consecutive_failures>> breaker_{
        bb::memory_store{bb::consecutive_failures{.threshold = 5}}};
    bb::retrier<bb::stop_after_attempt, bb::retry_if_error<1>, bb::wait_fixed, decltype(breaker_)> retrier_{
        bb::stop_after_attempt{4}, bb::retry_if_error{asio::error::connection_reset}, bb::wait_fixed{1ms},
        breaker_};
};

int main() {
    asio::io_context context;
    client cache{context.get_executor()};
    cache.fetch("answer", [](std::exception_ptr error, std::string const& value) {
        std::cout << (error ? "failed" : value) << '\n';
    });
    std::cout << "fetch has returned\n";
    context.run();
}
