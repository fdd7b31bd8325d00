// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_PERMIT_HPP
#define BREAKERBOX_BREAKER_PERMIT_HPP

#include <breakerbox/base/compact_name.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace breakerbox {

namespace detail {

// How a permit knows its host. Together with what a memory_store's ticket takes, a permit stays within 40 bytes, and
// one that borrows the name within 32.

/// A copy, up to 23 bytes of it without an allocation.
class copied_host {
public:
    explicit copied_host(std::string_view host) : name_(host) {}
    operator std::string_view() const noexcept { return name_; }

private:
    compact_name name_;
};

/// A copy elsewhere.
class boxed_host {
public:
    explicit boxed_host(std::string_view host) : host_(std::make_unique<host_name const>(host)) {}
    operator std::string_view() const noexcept { return host_ ? host_->view() : std::string_view{}; }

private:
    std::unique_ptr<host_name const> host_;
};

/// A name that somebody else keeps.
class borrowed_host {
public:
    explicit borrowed_host(host_name const& host) : host_(&host) {}
    operator std::string_view() const noexcept { return *host_; }

private:
    host_name const* host_;
};

/// Not at all: the store's ticket finds it.
struct ticketed_host {
    explicit ticketed_host(std::string_view) noexcept {}
    operator std::string_view() const noexcept { return {}; }
};

template <class Store>
using owned_host_of = std::conditional_t<
    Store::ticket_finds_host, ticketed_host,
    std::conditional_t<sizeof(typename Store::ticket) <= sizeof(void*), copied_host, boxed_host>>;

template <class Store>
using borrowed_host_of = std::conditional_t<Store::ticket_finds_host, ticketed_host, borrowed_host>;

/// What the permits of a breaker hold on to instead of the breaker itself, so that a probe's may be dropped after
/// that has gone: at the end of a program an io_context destroys the coroutines that wait still.
template <class Breaker>
struct permit_anchor : boost::intrusive_ref_counter<permit_anchor<Breaker>> {
    explicit permit_anchor(Breaker* b) noexcept : breaker(b) {}

    /// Null once it has gone.
    Breaker* breaker;
};

} // namespace detail

/// Leave for one call, ended by its report. Destroyed without one, by an exception, a cancelled or a
/// destroyed coroutine, it ends as neutral.
///
/// Move-only; one thread at a time, but any thread. It may be destroyed, but not reported, after its breaker.
template <class Breaker, class Host>
class [[nodiscard]] basic_permit {
    using ticket = typename Breaker::store_type::ticket;
    using anchor = detail::permit_anchor<Breaker>;

public:
    basic_permit(basic_permit&& other) noexcept
        : anchor_(std::exchange(other.anchor_, nullptr)),
          host_(std::move(other.host_)),
          ticket_(other.ticket_) {}

    basic_permit& operator=(basic_permit&& other) noexcept {
        if (this != &other) {
            end_as_neutral();
            anchor_ = std::exchange(other.anchor_, nullptr);
            host_ = std::move(other.host_);
            ticket_ = other.ticket_;
        }
        return *this;
    }

    ~basic_permit() { end_as_neutral(); }

    /// Whether this is leave to try a host that is half-open: a call that may as well be short and cheap.
    bool is_probe() const noexcept { return ticket_.is_probe; }

    /// Says how the call went, and ends the permit; a second report changes nothing. `failure` is the text of the
    /// error, for a breaker that keeps it. Returns whether the call failed and its host is known to be open now.
    bool report_now(verdict v, std::string_view failure = {})
        requires plain_store<typename Breaker::store_type>
    {
        auto* const held = std::exchange(anchor_, nullptr);
        if (held == nullptr)
            return false;
        if (!is_probe())
            // Neutral means nothing but to a probe, which it frees the slot of.
            return v != verdict::neutral && held->breaker->settle(host_, ticket_, v, failure);
        boost::intrusive_ptr<anchor> const counted{held, false};
        return held->breaker != nullptr && held->breaker->settle(host_, ticket_, v, failure);
    }

    /// The same as an awaitable, for any store. The permit must outlive it. Cancelled, it throws operation_aborted, and
    /// the report counts unless a shared store is just failing.
    asio::awaitable<bool> report(verdict v, std::string failure = {}) {
        if constexpr (plain_store<typename Breaker::store_type>) {
            co_return report_now(v, failure);
        } else {
            auto const held = give_up(v);
            if (!held || held->breaker == nullptr)
                co_return false;
            co_return co_await held->breaker->settle_shared(host_, ticket_, v, failure);
        }
    }

    /// Says that the call goes on, so that a probe which takes longer than `recovery.probe_lease` isn't given up: its
    /// lease begins anew. Returns whether a report would be worth anything; false where the probe has been given up
    /// already, or its host has changed its state since. A permit that is no probe's has no lease, and nothing is asked:
    /// true, until it has ended. Throws what the breaker's observer throws.
    bool renew_now()
        requires plain_store<typename Breaker::store_type>
    {
        if (!is_probe() || anchor_ == nullptr)
            return anchor_ != nullptr;
        return anchor_->breaker != nullptr && anchor_->breaker->renew(host_, ticket_);
    }

    /// The same as an awaitable, for any store. The permit must outlive it. Cancelled, it throws operation_aborted; where
    /// a shared store can't be asked, it returns false.
    asio::awaitable<bool> renew() {
        if constexpr (plain_store<typename Breaker::store_type>) {
            co_return renew_now();
        } else {
            if (!is_probe() || anchor_ == nullptr)
                co_return anchor_ != nullptr;
            boost::intrusive_ptr<anchor> const held{anchor_};
            if (held->breaker == nullptr)
                co_return false;
            co_return co_await held->breaker->told(
                held->breaker->store_.renew(ticket_, host_, held->breaker->changes_));
        }
    }

    /// Whether a report of this verdict would change anything.
    bool needs_report(verdict v) const noexcept {
        return anchor_ != nullptr &&
               (failure_rule<typename Breaker::rule_type> ? v == verdict::failure
                                                          : v != verdict::neutral || is_probe());
    }

    /// Reports to a shared store without waiting for it, where nobody can. A change that this makes is told by the next
    /// call; a failing store may lose the report.
    void post_report(verdict v) noexcept
        requires shared_store<typename Breaker::store_type>
    {
        auto const held = give_up(v);
        if (held && held->breaker != nullptr)
            held->breaker->store_.post_report(ticket_, host_, v);
    }

private:
    friend Breaker;

    basic_permit(anchor* granter, Host&& host, ticket const& granted) noexcept
        : anchor_(granter), host_(std::move(host)), ticket_(granted) {
        if (is_probe()) // others need no count: their end is nothing, or a report
            intrusive_ptr_add_ref(anchor_);
    }

    void end_as_neutral() noexcept {
        if (anchor_ == nullptr)
            return;
        if constexpr (plain_store<typename Breaker::store_type>)
            report_now(verdict::neutral);
        else
            post_report(verdict::neutral);
    }

    /// Ends the permit. Returns its anchor if the breaker must be told: but for a probe's it may have gone otherwise.
    boost::intrusive_ptr<anchor> give_up(verdict v) noexcept {
        bool const needed = needs_report(v);
        auto* const held = std::exchange(anchor_, nullptr);
        return needed ? boost::intrusive_ptr<anchor>{held, !is_probe()} : nullptr;
    }

    anchor* anchor_;
    [[no_unique_address]] Host host_;
    [[no_unique_address]] ticket ticket_;
};

/// What a breaker answers to a request for leave: a permit, or a rejection that says why not.
template <class Permit>
class [[nodiscard]] basic_admission {
public:
    basic_admission(Permit&& permit) noexcept : answer_(std::move(permit)) {}
    basic_admission(rejection&& why) noexcept : answer_(std::move(why)) {}

    explicit operator bool() const noexcept { return std::holds_alternative<Permit>(answer_); }

    /// The permit; std::bad_variant_access where there is none.
    Permit& permit() & { return std::get<Permit>(answer_); }
    Permit permit() && { return std::get<Permit>(std::move(answer_)); }

    /// Why there is no permit; std::bad_variant_access where there is one.
    rejection const& why() const& { return std::get<rejection>(answer_); }
    rejection why() && { return std::get<rejection>(std::move(answer_)); }

private:
    std::variant<Permit, rejection> answer_;
};

} // namespace breakerbox

#endif
