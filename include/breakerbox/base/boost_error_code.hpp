// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_BOOST_ERROR_CODE_HPP
#define BREAKERBOX_BASE_BOOST_ERROR_CODE_HPP

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <system_error>

namespace breakerbox::detail {

/// A standard error code as one of Boost's. Codes of the standard's two own categories become those of
/// Boost's, so that they compare with Asio's.
inline boost::system::error_code boost_error_code(std::error_code const& code) {
    if (code.category() == std::system_category())
        return {code.value(), boost::system::system_category()};
    if (code.category() == std::generic_category())
        return {code.value(), boost::system::generic_category()};
    return code;
}

} // namespace breakerbox::detail

#endif
