// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_UPSTREAM_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_UPSTREAM_HPP

#include "connection_pool.hpp"
#include "history.hpp"
#include "metrics.hpp"
#include "settings.hpp"

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <list>
#include <string_view>
#include <utility>

namespace gateway {

/// All that belongs to one upstream.
struct upstream {
    upstream(asio::any_io_executor const& executor, upstream_address where, bb::retry_budget const& retries,
             metrics& all)
        : address(std::move(where)),
          connections(executor, address),
          budget(retries),
          counts(all, address.name) {}

    upstream_address const address;
    connection_pool connections;
    bb::shared_budget<bb::retry_budget> budget;
    upstream_metrics counts;
    /// As the breaker last told.
    bb::host_status status{};
    history recent{};
};

/// In the order of the command line. A list: their addresses stay.
using upstreams = std::list<upstream>;

/// Null where there is none of that name.
inline upstream* find(upstreams& all, std::string_view name) {
    for (auto& each : all)
        if (each.address.name == name)
            return &each;
    return nullptr;
}

} // namespace gateway

#endif
