// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/store.hpp>

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

namespace {

using namespace breakerbox;
using microseconds = std::chrono::microseconds;

struct minimal {
    using rule_type = failure_count;
    struct ticket {
        static constexpr bool is_probe = false;
    };
    static constexpr bool ticket_finds_host = false;
    leave<ticket> acquire(std::string_view, change_queue&, acquire_options);
    report_result report(ticket, std::string_view, verdict, change_queue&);
    bool renew(ticket, std::string_view, change_queue&);
    host_status record(std::string_view, ended_call, change_queue&);
    host_status look(std::string_view) const;
    void force_open(std::string_view, std::optional<microseconds>, change_queue&);
    void reset(std::string_view, change_queue&);
};
struct unruly : minimal {
    using rule_type = int;
};
struct ticketless : minimal {
    struct ticket {
        ticket() = delete;
        bool is_probe;
    };
};
struct refuses_with_bool : minimal {
    bool acquire(std::string_view, change_queue&, acquire_options);
};
struct asked_without_options : minimal {
    leave<ticket> acquire(std::string_view, change_queue&);
};
struct says_nothing : minimal {
    void record(std::string_view, ended_call, change_queue&);
};
struct hears_nothing : minimal {
    report_result report(ticket, std::string_view, verdict) = delete;
};
struct looking_changes : minimal {
    host_status look(std::string_view);
};
struct not_forced : minimal {
    void force_open(std::string_view, change_queue&);
};
struct never_reset : minimal {
    void reset(std::string_view, change_queue&) = delete;
};
struct immovable : minimal {
    immovable(immovable&&) = delete;
};

/// The same, elsewhere.
struct distant {
    using rule_type = failure_count;
    using ticket = minimal::ticket;
    static constexpr bool ticket_finds_host = false;
    asio::awaitable<leave<ticket>> acquire(std::string_view, change_queue&, acquire_options);
    asio::awaitable<report_result> report(ticket, std::string_view, verdict, change_queue&);
    asio::awaitable<bool> renew(ticket, std::string_view, change_queue&);
    void post_report(ticket, std::string_view, verdict) noexcept;
    asio::awaitable<host_status> record(std::string_view, ended_call, change_queue&);
    asio::awaitable<host_status> look(std::string_view, change_queue&) const;
    asio::awaitable<void> force_open(std::string_view, std::optional<microseconds>, change_queue&);
    asio::awaitable<void> reset(std::string_view, change_queue&);
};
struct half_distant : distant {
    report_result report(ticket, std::string_view, verdict, change_queue&);
};
struct waits_in_destructors : distant {
    asio::awaitable<void> post_report(ticket, std::string_view, verdict);
};
struct looks_unheard : distant {
    asio::awaitable<host_status> look(std::string_view) const;
};
static_assert(shared_store<distant> && store<distant> && !plain_store<distant>);
static_assert(plain_store<minimal> && !shared_store<minimal>);
static_assert(!store<half_distant>);
static_assert(!store<waits_in_destructors>);
static_assert(!store<looks_unheard>);

static_assert(store<memory_store<failure_count>>);
static_assert(store<memory_store<failure_count, testing::virtual_clock>>);
static_assert(store<memory_store<consecutive_failures>>);
static_assert(store<memory_store<failure_rate>>);
static_assert(store<minimal>);

static_assert(!store<unruly>);
static_assert(!store<ticketless>);
static_assert(!store<refuses_with_bool>);
static_assert(!store<asked_without_options>);
static_assert(!store<hears_nothing>);
static_assert(!store<says_nothing>);
static_assert(!store<looking_changes>);
static_assert(!store<not_forced>);
static_assert(!store<never_reset>);
static_assert(!store<immovable>);
static_assert(!store<failure_count>);
static_assert(!store<circuit_breaker<minimal>>);

} // namespace
