// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_OBJECTION_HPP
#define BREAKERBOX_TESTS_SUPPORT_OBJECTION_HPP

#include <stdexcept>
#include <string>

namespace support {

/// What `policy.validate()` objects to; empty where all is right.
template <class Policy>
std::string objection(Policy const& policy) {
    try {
        policy.validate();
    } catch (std::invalid_argument const& e) {
        return e.what();
    }
    return {};
}

} // namespace support

#endif
