// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_FAILING_OPERATION_HPP
#define BREAKERBOX_TESTS_SUPPORT_FAILING_OPERATION_HPP

#include <boost/asio/awaitable.hpp>

#include <stdexcept>
#include <string>

namespace support {

struct host_down : std::runtime_error {
    using runtime_error::runtime_error;
};

/// An operation whose n-th call fails for n up to `failures`, and then returns 7.
struct failing_operation {
    int failures = 0;
    int calls = 0;

    boost::asio::awaitable<int> operator()() {
        if (++calls <= failures)
            throw host_down("failure " + std::to_string(calls));
        co_return 7;
    }
};

} // namespace support

#endif
