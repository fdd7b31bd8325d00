// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_PROXY_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_PROXY_HPP

#include "exchange.hpp"
#include "forwarding.hpp"
#include "messages.hpp"
#include "policy.hpp"
#include "settings.hpp"
#include "upstream.hpp"

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

// The heart of the gateway: what this library is for.

namespace gateway {

/// Calls upstreams, whatever store their states are in.
class proxy {
public:
    proxy() = default;
    proxy(proxy const&) = delete;
    proxy& operator=(proxy const&) = delete;
    virtual ~proxy() = default;

    /// Answers a request that is ready for the upstream. Cancelled, it gives the call up.
    virtual asio::awaitable<response> forward(upstream& to, request const& message) = 0;
    virtual asio::awaitable<void> open(upstream& which) = 0;
    virtual asio::awaitable<void> reset(upstream& which) = 0;
    /// Looks how the upstream is, which other gateways may have changed.
    virtual asio::awaitable<void> look(upstream& at) = 0;
};

namespace detail {

using upstream_answer = boost::system::result<response>;

inline std::optional<bb::duration> what_the_upstream_asks(response const& answer) {
    return bb::retry_after(answer[http::field::retry_after]);
}

inline bool is_retried_answer(response const& answer) {
    return is_retried(answer.result());
}

inline bool is_retried_error(boost::system::error_code const& error) {
    return is_retried(error);
}

/// A 500 is a failure that nobody retries, which the retrier would take for a success.
inline bb::verdict classify(bb::outcome const& ended, bb::verdict otherwise) {
    auto const* answer = ended.value_as<response>();
    return answer != nullptr ? verdict_of(answer->result()) : otherwise;
}

/// What the client gets: the upstream's answer, a failure too, or the gateway's own where there is none.
inline response answer_of(bb::call_outcome<upstream_answer>&& call, http::verb method) {
    if (call.end != bb::retry_end::refused && call.has_value() && call.value().has_value())
        return to_client(std::move(call).value().value(), method);

    auto const [status, error] = status_of(call.end, call.error());
    std::ostringstream details;
    if (call.why)
        details << *call.why;
    else
        details << call.error().message();
    auto answer = text_answer(status, details.str());
    answer.set("Proxy-Status", std::string{proxy_name} + "; error=" + std::string{error});
    if (call.why)
        answer.set(http::field::retry_after, retry_after_seconds(call.why->retry_after));
    return answer;
}

} // namespace detail

/// The proxy over one kind of store. All that it is given must outlive it.
template <class Store>
class guarded_proxy final : public proxy {
public:
    /// `on_change` is called when an upstream's state has changed.
    guarded_proxy(Store store, settings const& wanted, upstreams& all, std::function<void()> on_change)
        : wanted_(wanted),
          upstreams_(all),
          on_change_(std::move(on_change)),
          breaker_(std::move(store), {.observer = [this](bb::breaker_event const& event) { note(event); }}) {}

    asio::awaitable<response> forward(upstream& to, request const& message) override {
        auto const attempts = is_idempotent(message.method()) ? wanted_.attempts : 1;
        auto const retrier = retrier_for(to, attempts).with_deadline(wanted_.deadline);
        auto const timed = bb::with_timeout(wanted_.attempt_timeout, exchange);
        upstream_request const asked{message, wanted_.answer_bytes};
        auto call =
            co_await retrier.outcome(to.address.name, timed, std::ref(to.connections), std::cref(asked));
        co_return detail::answer_of(std::move(call), message.method());
    }

    asio::awaitable<void> open(upstream& which) override {
        co_await breaker_.force_open(which.address.name);
        co_await look(which);
    }
    asio::awaitable<void> reset(upstream& which) override {
        co_await breaker_.reset(which.address.name);
        co_await look(which);
    }
    asio::awaitable<void> look(upstream& at) override {
        at.status = co_await breaker_.snapshot(at.address.name);
        at.counts.set_state(at.status.state);
        at.counts.set_budget(at.budget.available());
    }

private:
    auto retrier_for(upstream& to, std::uint32_t attempts) {
        return bb::retrier{
            bb::stop_after_attempt{attempts},
            bb::retry_if_error_that{detail::is_retried_error} |
                bb::retry_if_result{detail::is_retried_answer},
            // Within the deadline: where the upstream wants more time than is left, the client gets its answer now.
            bb::wait_retry_after{detail::what_the_upstream_asks,
                                 bb::wait_random_exponential{.multiplier = std::chrono::milliseconds{50},
                                                             .max = std::chrono::seconds{1}}},
            breaker_,
            {.observer = [this, &to](bb::retry_event const& event) { note(event, to); },
             .classify = detail::classify,
             .budget = &to.budget}};
    }

    void note(bb::breaker_event const& event) {
        auto* const which = find(upstreams_, event.host);
        if (which == nullptr)
            return;
        if (event.what == bb::breaker_event::kind::call_rejected)
            which->counts.on_refusal();
        if (event.what == bb::breaker_event::kind::state_changed) {
            which->status = event.status;
            on_change_();
        }
    }

    void note(bb::retry_event const& event, upstream& to) {
        switch (event.what) {
        case bb::retry_event::kind::before_attempt:
            if (event.now.number > 1)
                to.counts.on_retry();
            if (event.is_probe())
                to.counts.on_probe();
            return;
        case bb::retry_event::kind::after_attempt:
            return to.counts.on_attempt(event.result);
        case bb::retry_event::kind::finished:
            return to.counts.on_call(event.end, event.now.elapsed);
        case bb::retry_event::kind::before_wait:
        case bb::retry_event::kind::waits_until_available:
            return;
        }
    }

    settings const& wanted_;
    upstreams& upstreams_;
    std::function<void()> on_change_;
    bb::circuit_breaker<Store> breaker_;
};

} // namespace gateway

#endif
