// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_LOCAL_NAMES_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_LOCAL_NAMES_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <string>
#include <vector>

namespace support {

/// What this machine's loopback is called: its address and, where that resolves, its name. A bare machine may have no
/// /etc/hosts.
inline std::vector<std::string> local_names() {
    boost::asio::io_context context;
    boost::asio::ip::tcp::resolver resolver{context};
    boost::system::error_code error;
    auto const found = resolver.resolve("localhost", "", error);
    if (error || found.empty())
        return {"127.0.0.1"};
    return {"127.0.0.1", "localhost"};
}

} // namespace support

#endif
