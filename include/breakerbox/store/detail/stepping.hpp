// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_STEPPING_HPP
#define BREAKERBOX_STORE_DETAIL_STEPPING_HPP

#include <breakerbox/rule/moment.hpp>
#include <breakerbox/rule/recovering.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <cstdint>

namespace breakerbox::detail {

/// The entry of a host under a trip_rule.
template <class Steps>
struct numbered_state : Steps::state {
    /// A number that no other host had, has or will have in this place, nor any permit.
    std::uint64_t tenancy = 0;
};

/// How a rule's steps are taken, and what they are taken on: a failure_rule's are its own, and told the time alone.
template <class Rule>
struct stepping {
    using steps = Rule;
    using entry = typename Rule::state;
    using moment = instant;

    template <class Shard>
    static entry fresh_entry(Shard&) {
        return {};
    }

    template <class Shard>
    static instant next_moment(steps const&, Shard&, instant now) noexcept {
        return now;
    }

    static std::uint32_t probes_given_up(entry const&) noexcept { return 0; }
};

/// A shard has the numbers and the chance that a moment brings.
template <trip_rule Rule>
struct stepping<Rule> {
    using steps = recovering<Rule>;
    using entry = numbered_state<steps>;
    using moment = breakerbox::moment;

    template <class Shard>
    static entry fresh_entry(Shard& s) {
        entry fresh{};
        fresh.tenancy = ++s.numbers;
        return fresh;
    }

    template <class Shard>
    static moment next_moment(steps const& rules, Shard& s, instant now) {
        return {.now = now,
                .fresh = ++s.numbers,
                .jitter = rules.trip().recovery.jitter > 0 ? s.random.next() : 0};
    }

    static std::uint32_t probes_given_up(entry const& e) noexcept { return e.probes.given_up; }
};

} // namespace breakerbox::detail

#endif
