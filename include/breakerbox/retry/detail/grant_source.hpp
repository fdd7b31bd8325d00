// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_GRANT_SOURCE_HPP
#define BREAKERBOX_RETRY_DETAIL_GRANT_SOURCE_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/retry/breaker_concept.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>
#include <breakerbox/retry/detail/call_attempt.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <utility>

// Who grants a call its attempts, and is told of them: nobody, a breaker that answers at once, or one that is awaited.

namespace breakerbox::detail {

/// Without a breaker, every attempt is granted.
template <class Breaker>
class grant_source {
public:
    static constexpr bool is_guarded = false;
    static constexpr bool is_awaited = false;
    using permit = unguarded;

    grant_source(Breaker*, std::string_view, acquire_options) noexcept {}

    std::string_view host() const noexcept { return {}; }
};

/// What a call knows of its breaker.
template <class Breaker>
class guarded_source {
public:
    static constexpr bool is_guarded = true;
    using permit = typename permit_of<Breaker>::type;

    guarded_source(Breaker* breaker, std::string_view host, acquire_options asking)
        : breaker_(breaker), host_(host), asking_(asking) {}

    std::string_view host() const noexcept { return host_; }

    /// What the breaker is told of an attempt.
    verdict told_of(attempt_facts const& attempt) const {
        if constexpr (requires(Breaker const& b) { b.is_slow(attempt.took); })
            if (attempt.is_cut_by_deadline)
                return told_of_cut(attempt.meaning, breaker_->is_slow(attempt.took));
        return attempt.meaning;
    }

    bool keeps_failure_texts() const { return breaker_->keeps_failure_texts(); }

    /// Of a refusal that was waited for, and was none to the breaker's observer, the observer is told where the call ends
    /// with it.
    void tell_of(rejection const& why) const {
        if (!asking_.tells_refusal)
            breaker_->tell_refusal(why);
    }

    /// Throws what the user wants a refusal to throw, if anything.
    void on_host_unavailable(rejection const& why) const { breaker_->on_host_unavailable(why); }

protected:
    Breaker* breaker_;
    host_name host_;
    acquire_options asking_;
};

/// A breaker that answers at once.
template <answers_now Breaker>
    requires(!answers_awaited<Breaker>)
class grant_source<Breaker> : public guarded_source<Breaker> {
public:
    static constexpr bool is_awaited = false;
    using guarded_source<Breaker>::guarded_source;

    auto ask() const { return this->breaker_->acquire_borrowing_now(this->host_, this->asking_); }

    /// Tells how an attempt went. Returns whether the host is open now.
    template <class Permit>
    bool report(Permit& grant, attempt_facts const& attempt, std::string_view text) const {
        return grant.report_now(this->told_of(attempt), text);
    }
};

/// A breaker that is awaited.
template <answers_awaited Breaker>
class grant_source<Breaker> : public guarded_source<Breaker> {
public:
    static constexpr bool is_awaited = true;
    using admission = awaited_admission_of<Breaker>;
    using guarded_source<Breaker>::guarded_source;

    auto ask() const { return this->breaker_->acquire_borrowing(this->host_, this->asking_); }

    /// Whether the report must be waited for. In a call that is cancelled nothing more can be: its report is made without.
    template <class Permit>
    bool must_await_report(Permit& grant, attempt_facts const& attempt, bool cancelled) const {
        auto const told = this->told_of(attempt);
        if (!grant.needs_report(told))
            return false;
        if (cancelled)
            grant.post_report(told);
        return !cancelled;
    }

    template <class Permit>
    asio::awaitable<bool> report(Permit& grant, attempt_facts const& attempt, std::string&& text) const {
        return grant.report(this->told_of(attempt), std::move(text));
    }
};

} // namespace breakerbox::detail

#endif
