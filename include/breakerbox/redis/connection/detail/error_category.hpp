// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_ERROR_CATEGORY_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_ERROR_CATEGORY_HPP

#include <breakerbox/redis/connection/errc.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_condition.hpp>

#include <string>

namespace breakerbox::detail {

/// What the connection's errors are called, and mean to others.
class redis_error_category final : public boost::system::error_category {
public:
    constexpr redis_error_category() noexcept : boost::system::error_category(0x62726b7262782e72) {}

    char const* name() const noexcept override { return "breakerbox.redis"; }

    std::string message(int value) const override {
        switch (static_cast<redis_errc>(value)) {
        case redis_errc::not_connected:
            return "not connected to Redis";
        case redis_errc::connection_lost:
            return "the connection to Redis was lost before the reply";
        case redis_errc::timed_out:
            return "Redis did not reply in time";
        case redis_errc::too_many_commands:
            return "too many commands wait for Redis";
        case redis_errc::too_many_bytes:
            return "too many bytes wait to be written to Redis";
        case redis_errc::reply_too_large:
            return "Redis sent a reply that is too large";
        case redis_errc::protocol_error:
            return "Redis sent what is not a reply";
        case redis_errc::closed:
            return "the connection to Redis is closed";
        case redis_errc::connection_too_old:
            return "the connection to Redis was as old as it may get";
        case redis_errc::no_credentials:
            return "there are no credentials for Redis";
        case redis_errc::not_shareable:
            return "the command would change the connection for all who share it";
        case redis_errc::loading:
            return "Redis is loading its data";
        case redis_errc::read_only:
            return "Redis is a read-only replica";
        case redis_errc::out_of_memory:
            return "Redis is out of memory";
        case redis_errc::authentication_required:
            return "Redis requires a password";
        case redis_errc::wrong_password:
            return "Redis refused the user or the password";
        case redis_errc::no_permission:
            return "Redis denied permission";
        case redis_errc::busy:
            return "Redis is busy with a script";
        case redis_errc::master_down:
            return "Redis is a replica whose master is down";
        case redis_errc::misconfigured:
            return "Redis can't save its data and takes no writes";
        case redis_errc::moved:
            return "another node of the Redis cluster has the key";
        case redis_errc::ask:
            return "another node of the Redis cluster is to be asked";
        case redis_errc::cluster_down:
            return "the Redis cluster is down";
        case redis_errc::too_many_clients:
            return "Redis has too many clients";
        case redis_errc::no_script:
            return "Redis doesn't know the script";
        case redis_errc::not_enough_replicas:
            return "Redis has too few replicas and takes no writes";
        case redis_errc::unknown_command:
            return "Redis doesn't know the command";
        case redis_errc::wrong_type:
            return "the Redis key holds a value of another type";
        case redis_errc::server_error:
            return "Redis replied with an error";
        }
        return "unknown error";
    }

    boost::system::error_condition default_error_condition(int value) const noexcept override {
        if (static_cast<redis_errc>(value) == redis_errc::timed_out)
            return boost::system::errc::make_error_condition(boost::system::errc::timed_out);
        return {value, *this};
    }
};

inline constexpr redis_error_category redis_category_instance{};

} // namespace breakerbox::detail

#endif
