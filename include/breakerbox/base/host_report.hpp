// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_HOST_REPORT_HPP
#define BREAKERBOX_BASE_HOST_REPORT_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/joined.hpp>
#include <breakerbox/base/printable.hpp>

#include <chrono>
#include <ostream>
#include <string>

// What a breaker says of a host by name: at a look, or in refusing a call.

namespace breakerbox {

/// A look at one host.
struct snapshot : host_status {
    host_name host;
    /// The text of the last failure, where the breaker keeps it and failures are counted.
    std::string last_failure{};

    friend bool operator==(snapshot const&, snapshot const&) = default;
};

/// Why a call was not let through.
struct rejection : host_status {
    host_name host;
    /// The text of the last failure, where the breaker keeps it and failures are counted.
    std::string last_failure{};
    /// When that was, on the store's clock.
    std::chrono::microseconds refused_at{};

    friend bool operator==(rejection const&, rejection const&) = default;
};

namespace detail {

template <class Report>
std::string report_text(Report const& report) {
    return joined({"host '", printable_host(report.host), "' is ", status_text(report),
                   report.last_failure.empty() ? "" : "; last failure: ", printable(report.last_failure)});
}

} // namespace detail

inline std::ostream& operator<<(std::ostream& out, snapshot const& s) {
    return out << detail::report_text(s);
}

inline std::ostream& operator<<(std::ostream& out, rejection const& why) {
    return out << detail::report_text(why);
}

} // namespace breakerbox

#endif
