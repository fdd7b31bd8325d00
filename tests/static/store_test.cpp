// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store.hpp>

#include <breakerbox/circuit_breaker.hpp>
#include <breakerbox/memory_store.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/testing.hpp>

namespace {

using namespace breakerbox;
using microseconds = std::chrono::microseconds;

struct minimal {
    using rule_type = failure_count;
    std::optional<host_status> refusal(std::string_view);
    store_step on_failure(std::string_view);
    host_status look(std::string_view) const;
    store_step force_open(std::string_view, std::optional<microseconds>);
    store_step reset(std::string_view);
};
struct unruly : minimal {
    using rule_type = int;
};
struct refuses_with_bool : minimal {
    bool refusal(std::string_view);
};
struct says_nothing : minimal {
    void on_failure(std::string_view);
};
struct looking_changes : minimal {
    host_status look(std::string_view);
};
struct not_forced : minimal {
    store_step force_open(std::string_view);
};
struct never_reset : minimal {
    store_step reset(std::string_view) = delete;
};
struct immovable : minimal {
    immovable(immovable&&) = delete;
};

static_assert(store<memory_store<failure_count>>);
static_assert(store<memory_store<failure_count, testing::virtual_clock>>);
static_assert(store<minimal>);

static_assert(!store<unruly>);
static_assert(!store<refuses_with_bool>);
static_assert(!store<says_nothing>);
static_assert(!store<looking_changes>);
static_assert(!store<not_forced>);
static_assert(!store<never_reset>);
static_assert(!store<immovable>);
static_assert(!store<failure_count>);
static_assert(!store<circuit_breaker<minimal>>);

} // namespace
