// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_ERROR_HPP
#define BREAKERBOX_REDIS_CONNECTION_ERROR_HPP

#include <breakerbox/redis/connection/detail/error_category.hpp>
#include <breakerbox/redis/connection/errc.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace breakerbox {

inline boost::system::error_category const& redis_category() noexcept {
    return detail::redis_category_instance;
}

inline boost::system::error_code make_error_code(redis_errc e) noexcept {
    return {static_cast<int>(e), redis_category()};
}

} // namespace breakerbox

template <>
struct boost::system::is_error_code_enum<breakerbox::redis_errc> : std::true_type {};

#endif
