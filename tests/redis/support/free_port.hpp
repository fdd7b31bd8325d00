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
#include <string>

namespace support {

/// A port of 127.0.0.1 at which nobody listens, for as long as this lives.
///
/// Not one that the system gives away: it gives the same ones to outgoing connections, and a client that keeps
/// trying such a port while its server is down ends up connected to itself.
class refusing_port {
public:
    refusing_port() {
        std::random_device random;
        std::uniform_int_distribution<unsigned> port{10'000, 32'000};
        for (int i = 0; i != 1000; ++i) {
            number_ = static_cast<std::uint16_t>(port(random));
            boost::system::error_code error;
            holder_.bind({boost::asio::ip::address_v4::loopback(), number_}, error);
            if (!error)
                return;
        }
        throw std::runtime_error("found no free port on 127.0.0.1");
    }

    std::uint16_t number() const noexcept { return number_; }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(number_); }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor holder_{context_,
                                           boost::asio::ip::tcp::v4()}; // bound, and never listening
    std::uint16_t number_ = 0;
};

/// A port of 127.0.0.1 that nobody has at the moment; somebody may take it before the caller does.
inline std::uint16_t free_port() {
    return refusing_port{}.number();
}

} // namespace support

#endif
