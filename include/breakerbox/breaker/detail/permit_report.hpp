// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_DETAIL_PERMIT_REPORT_HPP
#define BREAKERBOX_BREAKER_DETAIL_PERMIT_REPORT_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/breaker/detail/breaker_operation.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/config.hpp>

#include <string_view>
#include <type_traits>
#include <variant>

// What a permit asks of its breaker; see breaker_operation.hpp.

namespace breakerbox::detail {

/// Ends a permit's call. Its result is whether the call failed and its host is known to be open now.
template <class Store>
class permit_report : public breaker_operation {
public:
    using result = bool;

    permit_report(std::string_view host, typename Store::ticket const& ticket, verdict v,
                  std::string_view failure) noexcept
        : host_(host), ticket_(ticket), verdict_(v), failure_(failure) {}

    template <class Parts>
    BOOST_FORCEINLINE auto take(Parts& parts) {
        if constexpr (Store::ticket_finds_host)
            if (verdict_ == verdict::failure && parts.texts.keeps_any()) {
                found_ = parts.store.host_of(ticket_);
                host_ = found_;
            }
        return parts.store.report(ticket_, host_, verdict_, parts.events.changes());
    }

    template <class Parts>
    void note(Parts& parts, report_result const& answer) const noexcept {
        if (verdict_ == verdict::failure && answer.counted)
            parts.texts.keep(host_, failure_);
    }

    template <class Parts>
    void tell(Parts& parts) const noexcept {
        // Neutral changes no state; a shared store may have failed all the same.
        if (shared_store<Store> || verdict_ != verdict::neutral)
            parts.events.tell_changes();
    }

    template <class Parts>
    bool finish(Parts&, report_result const& answer) const noexcept {
        return answer.is_open;
    }

private:
    std::string_view host_;
    typename Store::ticket const& ticket_;
    verdict verdict_;
    std::string_view failure_;
    [[no_unique_address]] std::conditional_t<Store::ticket_finds_host, host_name, std::monostate> found_;
};

/// Begins a probe's lease anew. Its result is whether a report would be worth anything.
template <class Store>
class permit_renewal : public breaker_operation {
public:
    using result = bool;

    permit_renewal(std::string_view host, typename Store::ticket const& ticket) noexcept
        : host_(host), ticket_(ticket) {}

    template <class Parts>
    BOOST_FORCEINLINE auto take(Parts& parts) const {
        return parts.store.renew(ticket_, host_, parts.events.changes());
    }

    template <class Parts>
    bool finish(Parts&, bool has_lease) const noexcept {
        return has_lease;
    }

private:
    std::string_view host_;
    typename Store::ticket const& ticket_;
};

} // namespace breakerbox::detail

#endif
