// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <boost/asio/awaitable.hpp>

namespace breaker_test {

using namespace breakerbox;
using in_memory = circuit_breaker<memory_store<failure_count>>;

struct own : in_memory {
    using circuit_breaker::circuit_breaker;
    void on_host_unavailable(rejection const&) override;
};

struct permit_of_mine {
    bool report_now(verdict, std::string_view);
    bool is_probe() const;
};
struct admission_of_mine {
    explicit operator bool() const;
    permit_of_mine& permit();
    rejection const& why() const;
};
struct minimal {
    admission_of_mine acquire_borrowing_now(host_name const&, acquire_options);
    bool keeps_failure_texts() const;
    void on_host_unavailable(rejection const&);
    void tell_refusal(rejection const&);
};
struct answers_nothing : minimal {
    void on_host_unavailable(rejection const&) = delete;
};
struct gives_no_reason : minimal {
    struct admission {
        explicit operator bool() const;
        permit_of_mine& permit();
    };
    admission acquire_borrowing_now(host_name const&, acquire_options);
};
struct asked_without_options : minimal {
    admission_of_mine acquire_borrowing_now(host_name const&);
};
struct hears_nothing : minimal {
    struct permit_of_nobody {
        void report_now(verdict, std::string_view);
        bool is_probe() const;
    };
    struct admission {
        explicit operator bool() const;
        permit_of_nobody& permit();
        rejection const& why() const;
    };
    admission acquire_borrowing_now(host_name const&, acquire_options);
};

// What makes a rejection only when it is asked for one.
struct says_why_in_its_own_words : minimal {
    struct reason {
        operator rejection() const;
    };
    struct admission {
        explicit operator bool() const;
        permit_of_mine& permit();
        reason why() const;
    };
    admission acquire_borrowing_now(host_name const&, acquire_options);
};

static_assert(breaker<in_memory>);
static_assert(breaker<circuit_breaker<memory_store<consecutive_failures>>>);
static_assert(breaker<circuit_breaker<memory_store<failure_rate>>>);
static_assert(breaker<own>);
static_assert(breaker<minimal>);
static_assert(breaker<says_why_in_its_own_words>);

static_assert(!breaker<in_memory const>);
static_assert(!breaker<answers_nothing>);
static_assert(!breaker<gives_no_reason>);
static_assert(!breaker<asked_without_options>);
static_assert(!breaker<hears_nothing>);
static_assert(!breaker<no_breaker>);
static_assert(!breaker<memory_store<failure_count>>);
static_assert(!breaker<failure_count>);
static_assert(!breaker<int>);

// The concept asks for all that a call takes: it must compile, too.
template <class Breaker>
boost::asio::awaitable<void> call_through(Breaker& breaker) {
    retrier const r{stop_after_attempt{2}, retry_if_exception<>{}, wait_none{}, breaker};
    co_await r.retry("host", []() -> boost::asio::awaitable<void> { co_return; });
}
[[maybe_unused]] auto const through_minimal = &call_through<minimal>;
[[maybe_unused]] auto const through_own_words = &call_through<says_why_in_its_own_words>;

} // namespace breaker_test
