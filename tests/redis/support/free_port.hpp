// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_FREE_PORT_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_FREE_PORT_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <random>
#include <stdexcept>

namespace support {

/// A port of 127.0.0.1 that nobody has at the moment; somebody may take it before the caller does.
///
/// Not one that the system gives away: it gives the same ones to outgoing connections, and a client that keeps
/// trying such a port while its server is down ends up connected to itself.
inline std::uint16_t free_port() {
    using tcp = boost::asio::ip::tcp;
    std::random_device random;
    std::uniform_int_distribution<unsigned> port{10'000, 32'000};
    boost::asio::io_context context;
    for (int i = 0; i != 1000; ++i) {
        auto const candidate = static_cast<std::uint16_t>(port(random));
        tcp::acceptor acceptor{context, tcp::v4()};
        boost::system::error_code error;
        acceptor.bind({boost::asio::ip::address_v4::loopback(), candidate}, error);
        if (!error)
            return candidate;
    }
    throw std::runtime_error("found no free port on 127.0.0.1");
}

} // namespace support

#endif
