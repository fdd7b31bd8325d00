// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/rule.hpp>

#include <breakerbox/rule/failure_count.hpp>

namespace {

using namespace breakerbox;

struct minimal {
    struct state {};
    void validate() const;
    host_status look(state const&, instant) const;
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
    instant expires_at(state const&) const;
    void on_failure(state&, instant) const;
    void force_open(state&, std::optional<std::chrono::microseconds>, instant) const;
};

static_assert(rule<failure_count>);
static_assert(rule<minimal>);

static_assert(!rule<not_validated>);
static_assert(!rule<looking_changes>);
static_assert(!rule<tells_a_bool>);
static_assert(!rule<never_expires>);
static_assert(!rule<changes_itself>);
static_assert(!rule<not_forced>);
static_assert(!rule<without_state>);
static_assert(!rule<uncopied_state>);
static_assert(!rule<failure_count&>);
static_assert(!rule<int>);

} // namespace
