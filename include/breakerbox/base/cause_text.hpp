// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_CAUSE_TEXT_HPP
#define BREAKERBOX_BASE_CAUSE_TEXT_HPP

#include <boost/system/error_code.hpp>

#include <string>
#include <string_view>

namespace breakerbox::detail {

/// An error's message, with further words about it in parentheses, unless these begin with the message, and so say all.
inline std::string cause_text(boost::system::error_code const& error, std::string_view words) {
    auto message = error.message();
    if (words.empty())
        return message;
    if (words.starts_with(message))
        return std::string{words};
    return message.append(" (").append(words).append(")");
}

} // namespace breakerbox::detail

#endif
