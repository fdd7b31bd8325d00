// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_SWITCHED_NAME_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_SWITCHED_NAME_HPP

#include "redis/support/redis_server.hpp"
#include "redis/support/temporary_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace support {

/// A name that points now to one server, now to another, as a service's does after a fail-over: the path of a link to
/// the server's Unix socket.
class switched_path {
public:
    explicit switched_path(redis_server const& first) { point_to(first); }

    void point_to(redis_server const& server) {
        std::filesystem::remove(link_);
        std::filesystem::create_symlink(server.socket_path(), link_);
    }

    std::string url() const { return "unix://" + link_.string(); }

private:
    temporary_folder folder_;
    std::filesystem::path link_ = folder_.path() / "redis";
};

/// The same with a host's name, `host`, which this program finds at a port of 127.0.0.1, whatever port is asked for.
/// One at a time; see switched_name.cpp.
class switched_name {
public:
    static constexpr auto host = "switched.breakerbox.test";

    explicit switched_name(std::uint16_t port) { point_to(port); }
    switched_name(switched_name const&) = delete;
    switched_name& operator=(switched_name const&) = delete;
    ~switched_name() { point_to(0); }

    void point_to(std::uint16_t port);

    /// How often it was looked up.
    int look_ups() const;

    static std::string url() { return std::string{"redis://"} + host; }
};

} // namespace support

#endif
