// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REPLAY_REDIS_BREAKER_HPP
#define BREAKERBOX_TESTS_REPLAY_REDIS_BREAKER_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/random.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/breaker/permit.hpp>
#include <breakerbox/redis/store/detail/rule_twin.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include "redis/support/virtual_twin.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace replay {

/// A rule's script in a real Redis, with the `_now` functions of a breaker, each of which waits for its reply. Its time
/// is virtual, and moves by `pass` alone.
template <breakerbox::rule Rule>
class redis_breaker {
    using step_request = breakerbox::detail::step_request;
    using twin_step = breakerbox::detail::twin_step;

public:
    class [[nodiscard]] permit {
    public:
        permit(permit&& other) noexcept
            : breaker_(std::exchange(other.breaker_, nullptr)),
              number_(other.number_),
              granted_at_(other.granted_at_) {}
        permit& operator=(permit&&) = delete;

        ~permit() {
            try {
                report_now(breakerbox::verdict::neutral);
            } catch (std::exception const&) { // the next step will meet with the same
            }
        }

        void report_now(breakerbox::verdict v) {
            if (auto* const granter = std::exchange(breaker_, nullptr))
                granter->report(number_, {v, granter->now_ - granted_at_});
        }

    private:
        friend redis_breaker;

        permit(redis_breaker& granter, std::uint64_t number) noexcept
            : breaker_(&granter), number_(number), granted_at_(granter.now_) {}

        redis_breaker* breaker_;
        std::uint64_t number_;
        breakerbox::instant granted_at_;
    };

    using admission = breakerbox::basic_admission<permit>;

    /// `prefix` keeps apart the hosts of those that play on one server. They are gone when this is.
    redis_breaker(support::pipelined_client& client, Rule const& rule, std::string prefix)
        : client_(client), twin_(client, rule), prefix_(std::move(prefix)) {
        support::virtual_twin<Rule>::load(client);
    }

    redis_breaker(redis_breaker const&) = delete;
    redis_breaker& operator=(redis_breaker const&) = delete;

    ~redis_breaker() {
        try {
            twin_.send_forget(host_);
            client_.receive();
        } catch (std::exception const&) { // a server that is gone keeps nothing
        }
    }

    void pass(breakerbox::duration d) { now_ += std::chrono::floor<breakerbox::instant>(d); }

    admission acquire_now(std::string_view host, breakerbox::acquire_options options = {}) {
        auto const answer = take({.step = twin_step::acquire, .may_probe = options.may_probe}, host);
        if (answer.done)
            return permit{*this, answer.number};
        breakerbox::rejection why{answer.status, breakerbox::host_name{host}};
        return why;
    }

    void record_now(std::string_view host, breakerbox::verdict v) {
        take({.step = twin_step::record, .call = {v}}, host);
    }

    void force_open_now(std::string_view host, std::optional<std::chrono::microseconds> open_for) {
        take({.step = twin_step::force_open, .open_for = open_for}, host);
    }

    void reset_now(std::string_view host) { take({.step = twin_step::reset}, host); }

    breakerbox::snapshot snapshot_now(std::string_view host) {
        return {take({.step = twin_step::look}, host).status, breakerbox::host_name{host}};
    }

private:
    void report(std::uint64_t number, breakerbox::ended_call call) {
        step_request asked{.step = twin_step::report, .number = number};
        asked.call = call;
        take_with(asked);
    }

    breakerbox::detail::step_answer take(step_request const& asked, std::string_view host) {
        host_ = prefix_ + std::string{host};
        return take_with(asked);
    }

    breakerbox::detail::step_answer take_with(step_request asked) {
        asked.fresh = ++steps_;
        asked.jitter = random_.next();
        return twin_.take(asked, host_, now_);
    }

    support::pipelined_client& client_;
    support::virtual_twin<Rule> twin_;
    std::string prefix_;
    std::string host_; // a case has one alone
    // Where Redis' clock is about, so that the scripts are tried with numbers as large.
    breakerbox::instant now_ = std::chrono::years{56};
    std::uint64_t steps_ = 0;
    breakerbox::detail::random_source random_;
};

} // namespace replay

#endif
