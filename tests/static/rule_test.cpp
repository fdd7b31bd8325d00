// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/rule.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

namespace {

using namespace breakerbox;

struct minimal {
    struct state {};
    void validate() const;
    host_status look(state const&, instant) const;
    breaker_state state_at(state const&, instant) const;
    instant expires_at(state const&) const;
    void on_failure(state&, instant) const;
    void force_open(state&, std::optional<std::chrono::microseconds>, instant) const;
};
struct not_validated : minimal {
    void validate() const = delete;
};
struct looking_changes : minimal {
    host_status look(state&, instant) const;
};
struct tells_a_bool : minimal {
    bool look(state const&, instant) const;
};
struct in_no_state : minimal {
    void state_at(state const&, instant) const;
};
struct never_expires : minimal {
    void expires_at(state const&) const;
};
struct changes_itself : minimal {
    void on_failure(state&, instant);
};
struct not_forced : minimal {
    void force_open(state&, instant) const;
};
struct without_state {
    void validate() const;
};
struct uncopied_state : minimal {
    struct state {
        state() = default;
        state(state&&) = default;
    };
    host_status look(state const&, instant) const;
    breaker_state state_at(state const&, instant) const;
    instant expires_at(state const&) const;
    void on_failure(state&, instant) const;
    void force_open(state&, std::optional<std::chrono::microseconds>, instant) const;
};

static_assert(failure_rule<failure_count>);
static_assert(failure_rule<minimal>);
static_assert(rule<failure_count> && rule<minimal>);

static_assert(!failure_rule<not_validated>);
static_assert(!failure_rule<looking_changes>);
static_assert(!failure_rule<tells_a_bool>);
static_assert(!failure_rule<in_no_state>);
static_assert(!failure_rule<never_expires>);
static_assert(!failure_rule<changes_itself>);
static_assert(!failure_rule<not_forced>);
static_assert(!failure_rule<without_state>);
static_assert(!failure_rule<uncopied_state>);
static_assert(!failure_rule<failure_count&>);
static_assert(!failure_rule<int>);

// ---- Rules that only say what trips a host

struct minimal_trip {
    struct tally {};
    static constexpr bool counts_successes = false;
    breakerbox::recovery recovery;
    void validate() const;
    trip_cause count(tally&, ended_call, instant) const;
    bool is_slow(ended_call) const;
    evidence counted(tally const&, instant) const;
    trip_condition condition() const;
};
struct never_recovers : minimal_trip {
private:
    using minimal_trip::recovery;
};
struct trips_without_cause : minimal_trip {
    bool count(tally&, ended_call, instant) const;
};
struct counting_changes_itself : minimal_trip {
    trip_cause count(tally&, ended_call, instant);
};
struct shows_no_evidence : minimal_trip {
    void counted(tally const&, instant) const;
};

static_assert(trip_rule<consecutive_failures>);
static_assert(trip_rule<failure_rate>);
static_assert(trip_rule<minimal_trip>);
static_assert(rule<consecutive_failures> && rule<failure_rate> && rule<minimal_trip>);

static_assert(!trip_rule<never_recovers>);
static_assert(!trip_rule<trips_without_cause>);
static_assert(!trip_rule<counting_changes_itself>);
static_assert(!trip_rule<shows_no_evidence>);
static_assert(!trip_rule<failure_count>);
static_assert(!failure_rule<consecutive_failures> && !failure_rule<failure_rate>);
static_assert(!rule<int> && !rule<recovery>);

} // namespace
