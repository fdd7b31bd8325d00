// expected: breakerbox: options only look at a text, and this temporary string is gone
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/text_view.hpp>

#include <string>

namespace temporary_string_in_options {

struct options {
    breakerbox::text_view name{};
};

options named_by(std::string const& name) {
    options o;
#ifdef MUST_NOT_COMPILE
    o.name = name + "!";
#else
    o.name = name;
#endif
    return o;
}

} // namespace temporary_string_in_options
