// SPDX-License-Identifier: BSL-1.0
// What a user's first program needs; each consumer builds and runs it.
#include <breakerbox/breakerbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <stdexcept>

namespace asio = boost::asio;
namespace bb = breakerbox;

asio::awaitable<int> fails_once(int& calls) {
    if (++calls == 1)
        throw std::runtime_error("once");
    co_return BREAKERBOX_VERSION;
}

int main() {
    int calls = 0;
    int version = 0;
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_count{}}};
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{},
                              breaker};
    asio::io_context context;
    asio::co_spawn(context, retrier.retry("host", fails_once, std::ref(calls)),
                   [&version](std::exception_ptr, int value) { version = value; });
    context.run();
    return version == BREAKERBOX_VERSION && breaker.snapshot_now("host").failures == 1 ? 0 : 1;
}
