// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_DETAIL_PERMIT_HOST_HPP
#define BREAKERBOX_BREAKER_DETAIL_PERMIT_HOST_HPP

#include <breakerbox/base/compact_name.hpp>
#include <breakerbox/base/host_name.hpp>

#include <memory>
#include <string_view>
#include <type_traits>

namespace breakerbox::detail {

// How a permit knows its host. Together with what a memory_store's ticket takes, a permit stays within 40 bytes, and
// one that borrows the name within 32.

/// A copy, up to 23 bytes of it without an allocation.
class copied_host {
public:
    explicit copied_host(std::string_view host) : name_(host) {}
    operator std::string_view() const noexcept { return name_; }

private:
    compact_name name_;
};

/// A copy elsewhere.
class boxed_host {
public:
    explicit boxed_host(std::string_view host) : host_(std::make_unique<host_name const>(host)) {}
    operator std::string_view() const noexcept { return host_ ? host_->view() : std::string_view{}; }

private:
    std::unique_ptr<host_name const> host_;
};

/// A name that somebody else keeps.
class borrowed_host {
public:
    explicit borrowed_host(host_name const& host) : host_(&host) {}
    operator std::string_view() const noexcept { return *host_; }

private:
    host_name const* host_;
};

/// Not at all: the store's ticket finds it.
struct ticketed_host {
    explicit ticketed_host(std::string_view) noexcept {}
    operator std::string_view() const noexcept { return {}; }
};

template <class Store>
using owned_host_of = std::conditional_t<
    Store::ticket_finds_host, ticketed_host,
    std::conditional_t<sizeof(typename Store::ticket) <= sizeof(void*), copied_host, boxed_host>>;

template <class Store>
using borrowed_host_of = std::conditional_t<Store::ticket_finds_host, ticketed_host, borrowed_host>;

} // namespace breakerbox::detail

#endif
