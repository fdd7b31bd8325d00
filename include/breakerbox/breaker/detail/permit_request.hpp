// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_DETAIL_PERMIT_REQUEST_HPP
#define BREAKERBOX_BREAKER_DETAIL_PERMIT_REQUEST_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/breaker/admission.hpp>
#include <breakerbox/breaker/detail/breaker_operation.hpp>
#include <breakerbox/breaker/permit.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/config.hpp>

#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// Asks leave for one call; see breaker_operation.hpp. `Host` is how the permit keeps the host.
template <class Breaker, class Host>
class permit_request : public breaker_operation {
    using store_type = typename Breaker::store_type;
    using permit = basic_permit<Breaker, Host>;

public:
    using result = basic_admission<permit>;

    template <class Name>
    permit_request(Name const& name, permit_anchor<Breaker>* granter, acquire_options options)
        : name_(checked(name)), granter_(granter), options_(options), host_(name) {}

    template <class Parts>
    BOOST_FORCEINLINE auto take(Parts& parts) const {
        return parts.store.acquire(name_, parts.events.changes(), options_);
    }

    template <class Parts>
    void tell(Parts& parts) const noexcept {
        // Under a failure_rule leave changes nothing; a shared store may have failed all the same.
        if constexpr (shared_store<store_type> || trip_rule<typename store_type::rule_type>)
            parts.events.tell_changes();
    }

    template <class Parts>
    result finish(Parts& parts, leave<typename store_type::ticket> const& answer) {
        if (answer.refusal)
            return refused(parts, answer);
        return permit{granter_, std::move(host_), answer.ticket};
    }

private:
    template <class Parts>
    rejection refused(Parts& parts, leave<typename store_type::ticket> const& answer) const {
        auto const& status = *answer.refusal;
        rejection why{status, host_name{name_}, parts.failure_text(status, name_), answer.refused_at};
        if (options_.tells_refusal)
            parts.events.tell_refusal(why);
        return why;
    }

    static std::string_view checked(std::string_view name) {
        require_host(name);
        return name;
    }

    std::string_view name_;
    permit_anchor<Breaker>* granter_;
    acquire_options options_;
    [[no_unique_address]] Host host_;
};

} // namespace breakerbox::detail

#endif
