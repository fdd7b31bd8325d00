// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_PERMIT_HPP
#define BREAKERBOX_BREAKER_PERMIT_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/breaker/detail/breaker_operation.hpp>
#include <breakerbox/breaker/detail/permit_report.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace breakerbox {

namespace detail {

/// What the permits of a breaker hold on to instead of the breaker itself, so that a probe's may be dropped after
/// that has gone: at the end of a program an io_context destroys the coroutines that wait still.
template <class Breaker>
struct permit_anchor : boost::intrusive_ref_counter<permit_anchor<Breaker>> {
    explicit permit_anchor(Breaker* b) noexcept : breaker(b) {}

    /// Null once it has gone.
    Breaker* breaker;
};

template <class Breaker, class Host>
class permit_request;

} // namespace detail

/// Leave for one call, ended by its report. Destroyed without one, by an exception, a cancelled or a
/// destroyed coroutine, it ends as neutral.
///
/// Move-only; one thread at a time, but any thread. It may be destroyed, but not reported, after its breaker.
template <class Breaker, class Host>
class [[nodiscard]] basic_permit {
    using ticket = typename Breaker::store_type::ticket;
    using anchor = detail::permit_anchor<Breaker>;
    using report_to_store = detail::permit_report<typename Breaker::store_type>;
    using renewal_in_store = detail::permit_renewal<typename Breaker::store_type>;

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
            return is_worth_telling(v) && tell_now(*held->breaker, v, failure);
        boost::intrusive_ptr<anchor> const counted{held, false};
        return held->breaker != nullptr && tell_now(*held->breaker, v, failure);
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
            co_return co_await detail::run_operation<report_to_store, std::string_view>(
                held->breaker->parts_, host_, ticket_, v, std::string_view{failure});
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
        return anchor_->breaker != nullptr &&
               detail::run_operation_now<renewal_in_store>(anchor_->breaker->parts_, host_, ticket_);
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
            co_return co_await detail::run_operation<renewal_in_store, std::string_view>(
                held->breaker->parts_, host_, ticket_);
        }
    }

    /// Whether a report of this verdict would change anything.
    bool needs_report(verdict v) const noexcept {
        return anchor_ != nullptr && (is_worth_telling(v) || is_probe());
    }

    /// Reports to a shared store without waiting for it, where nobody can. A change that this makes is told by the next
    /// call; a failing store may lose the report.
    void post_report(verdict v) noexcept
        requires shared_store<typename Breaker::store_type>
    {
        auto const held = give_up(v);
        if (held && held->breaker != nullptr)
            held->breaker->parts_.store.post_report(ticket_, host_, v);
    }

private:
    friend detail::permit_request<Breaker, Host>;

    basic_permit(anchor* granter, Host&& host, ticket const& granted) noexcept
        : anchor_(granter), host_(std::move(host)), ticket_(granted) {
        if (is_probe()) // others need no count: their end is nothing, or a report
            intrusive_ptr_add_ref(anchor_);
    }

    /// Whether that of a call means anything, if it was no probe: with neutral only a probe gives its place back.
    static bool is_worth_telling(verdict v) noexcept {
        return failure_rule<typename Breaker::rule_type> ? v == verdict::failure : v != verdict::neutral;
    }

    bool tell_now(Breaker& breaker, verdict v, std::string_view failure) {
        return detail::run_operation_now<report_to_store>(breaker.parts_, host_, ticket_, v, failure);
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

} // namespace breakerbox

#endif
