// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_HASHED_HOST_HPP
#define BREAKERBOX_STORE_HASHED_HOST_HPP

#include <breakerbox/base/sip_hash.hpp>

#include <cstddef>
#include <string_view>

namespace breakerbox::detail {

/// A host's name, hashed once for all who look it up by that.
struct hashed_host {
    explicit hashed_host(std::string_view host) : name(host), hash(name_hash{}(host)) {}

    std::string_view name;
    std::size_t hash;
};

} // namespace breakerbox::detail

#endif
