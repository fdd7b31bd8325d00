// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_COUNT_TWIN_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_COUNT_TWIN_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/joined.hpp>
#include <breakerbox/redis/lua/failure_count.hpp>
#include <breakerbox/redis/lua/values.hpp>
#include <breakerbox/redis/store/detail/open_time_left.hpp>
#include <breakerbox/redis/store/detail/script_arguments.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/redis/store/detail/twin_of.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <string>
#include <string_view>

namespace breakerbox::detail {

/// The twin of a rule without a half-open state.
template <>
struct twin_of<failure_count> {
    static std::string body() { return joined({lua::values, lua::failure_count}); }

    static host_status blank(failure_count const& rule) { return rule.look({}, instant::min()); }

    /// That of the Python library circuit-breaker-box.
    static script_arguments keys(failure_count const&, std::string_view prefix, std::string_view host) {
        script_arguments keys;
        keys.add(joined({prefix, "circuit-breaker-", host}));
        return keys;
    }

    static script_arguments of_rule(failure_count const& rule) {
        script_arguments told;
        told.add(rule.max_failures);
        told.add(rule.reset_timeout);
        return told;
    }

    static void tell(script_arguments& told, failure_count const&, script_arguments const& of_rule,
                     step_request const& asked) {
        told.add(to_string(asked.step));
        told.add(of_rule);
        switch (asked.step) {
        case twin_step::report:
        case twin_step::record:
            told.add(to_string(asked.call.result));
            break;
        case twin_step::force_open:
            told.add("");
            told.add(asked.open_for.value_or(failure_count::forced_open_for));
            break;
        case twin_step::meet:
            told.add(asked.known->failures);
            told.add(open_time_left(*asked.known));
            told.add(asked.learnt_ago);
            break;
        default:
            break;
        }
    }
};

} // namespace breakerbox::detail

#endif
