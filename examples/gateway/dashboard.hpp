// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_DASHBOARD_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_DASHBOARD_HPP

#include "history.hpp"
#include "messages.hpp"
#include "upstream.hpp"

#include <gateway/page.hpp> // made of page.html by CMake

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>

// What the page shows: the page itself, and what it is told by events.

namespace gateway {

inline response page_answer() {
    auto answer = own_answer(http::status::ok, "text/html; charset=utf-8", std::string{page_html});
    // All that the page needs is in it, but for its events and its levers.
    answer.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
               "connect-src 'self'; frame-ancestors 'none'");
    return answer;
}

namespace detail {

/// The samples as columns, the oldest first.
inline boost::json::object plotted(history const& recent) {
    boost::json::array calls, failures, refused, milliseconds, states;
    for (auto const& sample : recent.samples()) {
        calls.emplace_back(sample.calls);
        failures.emplace_back(sample.failures);
        refused.emplace_back(sample.refused);
        milliseconds.emplace_back(sample.milliseconds);
        states.emplace_back(static_cast<std::uint64_t>(sample.state));
    }
    return {{"calls", std::move(calls)},
            {"failures", std::move(failures)},
            {"refused", std::move(refused)},
            {"milliseconds", std::move(milliseconds)},
            {"states", std::move(states)}};
}

inline boost::json::object described(upstream const& one) {
    auto const counted = one.counts.so_far();
    std::ostringstream evidence;
    evidence << one.status;
    return {{"name", one.address.name},
            {"address", one.address.authority + one.address.base},
            {"state", std::string{to_string(one.status.state)}},
            {"by_hand", one.status.cause == bb::trip_cause::by_hand},
            {"evidence", evidence.str()},
            {"calls", counted.calls},
            {"failures", counted.failures},
            {"refused", counted.refused},
            {"retries", counted.retries},
            {"probes", counted.probes},
            {"budget", one.budget.available()},
            {"recent", plotted(one.recent)}};
}

} // namespace detail

/// All upstreams, as one line of JSON.
inline std::string describe(upstreams const& all, std::string const& store, std::size_t connections) {
    boost::json::array described;
    for (auto const& one : all)
        described.push_back(detail::described(one));
    return boost::json::serialize(boost::json::object{{"seconds", history::seconds},
                                                      {"store", store == "memory" ? "memory" : "redis"},
                                                      {"connections", connections},
                                                      {"upstreams", std::move(described)}});
}

} // namespace gateway

#endif
