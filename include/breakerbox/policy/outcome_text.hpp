// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_OUTCOME_TEXT_HPP
#define BREAKERBOX_POLICY_OUTCOME_TEXT_HPP

#include <breakerbox/base/callback.hpp>
#include <breakerbox/base/printable.hpp>
#include <breakerbox/policy/outcome.hpp>

#include <string>

namespace breakerbox::detail {

using describer = callback<std::string(outcome const&)>;

/// The text of an error, or what `describe` says of a value: nothing where it is null or throws, since a call is worth
/// more than its text.
inline std::string text_of(outcome const& ended, describer const* describe) {
    if (ended.has_error())
        return ended.text();
    try {
        return describe != nullptr && *describe ? printable((*describe)(ended)) : std::string{};
    } catch (...) {
        return {};
    }
}

} // namespace breakerbox::detail

#endif
