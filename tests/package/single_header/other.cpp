// SPDX-License-Identifier: BSL-1.0
#include "other.hpp"

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>

namespace bb = breakerbox;

namespace {

bb::asio::awaitable<void> fails() {
    throw std::runtime_error("always");
    co_return;
}

} // namespace

bb::asio::awaitable<void> fail(host_breaker& breaker, std::uint64_t times) {
    bb::retrier const retrier{bb::stop_after_attempt{times}, bb::retry_if_exception<>{}, bb::wait_none{},
                              breaker};
    std::string const host = "host";
    try {
        co_await retrier.retry(host, fails);
    } catch (std::exception const&) {
    }
}
