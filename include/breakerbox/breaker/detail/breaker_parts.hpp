// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_DETAIL_BREAKER_PARTS_HPP
#define BREAKERBOX_BREAKER_DETAIL_BREAKER_PARTS_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/breaker/detail/event_teller.hpp>
#include <breakerbox/breaker/detail/failure_texts.hpp>
#include <breakerbox/store/store.hpp>

#include <string>
#include <string_view>

namespace breakerbox::detail {

/// What the operations of a breaker work with.
template <store Store>
struct breaker_parts {
    using store_type = Store;

    Store store;
    mutable event_teller events; // a look at a shared store may find out that it fails
    failure_texts texts;

    /// The text of a host's last failure: one from before the failures counted now would mislead.
    std::string failure_text(host_status const& status, std::string_view host) const {
        return status.failures != 0 ? texts.of(host) : std::string{};
    }
};

} // namespace breakerbox::detail

#endif
