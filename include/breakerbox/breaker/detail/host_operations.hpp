// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_DETAIL_HOST_OPERATIONS_HPP
#define BREAKERBOX_BREAKER_DETAIL_HOST_OPERATIONS_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/breaker/detail/breaker_operation.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/config.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

// The operations on a host that need no permit; see breaker_operation.hpp.

namespace breakerbox::detail {

class host_operation : public breaker_operation {
protected:
    explicit host_operation(std::string_view host) : host_(host) { require_host(host); }

    std::string_view host_;
};

class host_look : public host_operation {
public:
    explicit host_look(std::string_view host) : host_operation(host) {}

    template <class Parts>
    BOOST_FORCEINLINE auto take(Parts& parts) const {
        if constexpr (plain_store<typename Parts::store_type>)
            return parts.store.look(host_);
        else
            return parts.store.look(host_, parts.events.changes());
    }

    /// A look changes nothing, but may find out that a shared store fails.
    template <class Parts>
    void tell(Parts& parts) const noexcept {
        if constexpr (shared_store<typename Parts::store_type>)
            parts.events.tell_changes();
    }
};

struct availability_look : host_look {
    using result = bool;
    using host_look::host_look;

    template <class Parts>
    bool finish(Parts&, host_status const& status) const noexcept {
        return status.is_available();
    }
};

struct snapshot_look : host_look {
    using result = snapshot;
    using host_look::host_look;

    template <class Parts>
    BOOST_FORCEINLINE snapshot finish(Parts& parts, host_status const& status) const {
        return {status, host_name{host_}, parts.failure_text(status, host_)};
    }
};

/// Counts a call that had no permit.
class counted_call : public host_operation {
public:
    counted_call(std::string_view host, ended_call call, std::string_view failure)
        : host_operation(host), call_(call), failure_(failure) {}

    template <class Parts>
    BOOST_FORCEINLINE auto take(Parts& parts) const {
        using store = typename Parts::store_type;
        if constexpr (shared_store<store> && !trip_rule<typename store::rule_type>)
            if (!has_failed()) // nothing that is worth a way to the store
                return not_asked();
        return parts.store.record(host_, call_, parts.events.changes());
    }

    template <class Parts>
    void note(Parts& parts, host_status const&) const noexcept {
        if (has_failed())
            parts.texts.keep(host_, failure_);
    }

protected:
    bool has_failed() const noexcept { return call_.result == verdict::failure; }

private:
    static asio::awaitable<host_status> not_asked() { co_return host_status{}; }

    ended_call call_;
    std::string_view failure_;
};

struct failure_increment : counted_call {
    using result = std::uint64_t;
    using counted_call::counted_call;

    template <class Parts>
    std::uint64_t finish(Parts&, host_status const& after) const noexcept {
        return after.failures;
    }
};

struct recorded_call : counted_call {
    using result = bool;
    using counted_call::counted_call;

    template <class Parts>
    bool finish(Parts&, host_status const& after) const noexcept {
        return has_failed() && after.state == breaker_state::open;
    }
};

class forced_opening : public host_operation {
public:
    using result = void;

    forced_opening(std::string_view host, std::optional<std::chrono::microseconds> open_for)
        : host_operation(host), open_for_(open_for) {
        require(!open_for || open_for->count() > 0, "open_for", "more than zero",
                open_for.value_or(std::chrono::microseconds{}));
    }

    template <class Parts>
    BOOST_FORCEINLINE auto take(Parts& parts) const {
        return parts.store.force_open(host_, open_for_, parts.events.changes());
    }

private:
    std::optional<std::chrono::microseconds> open_for_;
};

struct host_reset : host_operation {
    using result = void;

    explicit host_reset(std::string_view host) : host_operation(host) {}

    template <class Parts>
    BOOST_FORCEINLINE auto take(Parts& parts) const {
        parts.texts.forget(host_);
        return parts.store.reset(host_, parts.events.changes());
    }
};

} // namespace breakerbox::detail

#endif
