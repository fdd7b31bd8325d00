// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_SERVER_ERRORS_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_SERVER_ERRORS_HPP

#include <breakerbox/redis/connection/error.hpp>

#include <boost/system/error_code.hpp>

// What an error says of the server that it comes from, and so of the connection to it.
namespace breakerbox::detail {

/// Whether an error is one that time alone doesn't mend.
inline bool is_refusal(boost::system::error_code error) noexcept {
    return error == make_error_code(redis_errc::wrong_password) ||
           error == make_error_code(redis_errc::authentication_required) ||
           error == make_error_code(redis_errc::no_permission);
}

/// Whether an error reply, to whichever command, says that the server is a replica: its name may point to the
/// master now, or will soon, so that the connection is to be made anew.
inline bool is_of_a_replica(boost::system::error_code error) noexcept {
    return error == make_error_code(redis_errc::read_only) ||
           error == make_error_code(redis_errc::master_down);
}

/// Whether an error reply may come of a master that was cut off from its replicas, while another one took its
/// place: unless its name points elsewhere, there is no other server to go to.
inline bool is_of_a_cut_off_master(boost::system::error_code error) noexcept {
    return error == make_error_code(redis_errc::not_enough_replicas);
}

} // namespace breakerbox::detail

#endif
