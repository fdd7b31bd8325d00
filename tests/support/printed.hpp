// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_PRINTED_HPP
#define BREAKERBOX_TESTS_SUPPORT_PRINTED_HPP

#include <sstream>
#include <string>

namespace support {

template <class T>
std::string printed(T const& value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

} // namespace support

#endif
