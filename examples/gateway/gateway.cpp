// SPDX-License-Identifier: BSL-1.0
#include "gateway.hpp"

#include "dashboard.hpp"
#include "event_stream.hpp"
#include "forwarding.hpp"
#include "http_server.hpp"
#include "http_session.hpp"
#include "metrics.hpp"
#include "own_hosts.hpp"
#include "policy.hpp"
#include "proxy.hpp"
#include "routing.hpp"
#include "upstream.hpp"

#include <breakerbox/breakerbox.hpp>
#ifdef EXAMPLE_HAS_REDIS
#include <breakerbox/redis.hpp>
#endif

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace gateway {

namespace {

std::unique_ptr<proxy> make_proxy(asio::any_io_executor const& executor, settings const& wanted,
                                  upstreams& all, std::function<void()> on_change) {
    if (wanted.store == "memory")
        return std::make_unique<guarded_proxy<bb::memory_store<bb::failure_rate>>>(
            bb::memory_store{wanted.rule}, wanted, all, std::move(on_change));
#ifdef EXAMPLE_HAS_REDIS
    bb::redis_connection const connection{executor, wanted.store};
    return std::make_unique<guarded_proxy<bb::redis_store<bb::failure_rate>>>(
        bb::redis_store{wanted.rule, connection}, wanted, all, std::move(on_change));
#else
    static_cast<void>(executor);
    throw std::invalid_argument(
        "--store must be memory: this build has no Redis store, since hiredis was not found");
#endif
}

response refuse_host() {
    return text_answer(
        http::status::misdirected_request,
        "the gateway's page, metrics and levers are for the address that it listens on, for localhost "
        "and for what its --host names; the Host of this request is none of them");
}

response refuse_method(std::string_view allowed) {
    auto answer = text_answer(http::status::method_not_allowed, "only " + std::string{allowed});
    answer.set(http::field::allow, allowed);
    return answer;
}

bool is_read(request const& message) {
    return message.method() == http::verb::get || message.method() == http::verb::head;
}

} // namespace

class gateway::core final : public request_handler {
public:
    core(asio::io_context& context, settings wanted)
        : wanted_(std::move(wanted)),
          executor_(context.get_executor()),
          events_(executor_),
          tick_(executor_),
          own_hosts_(wanted_.address, wanted_.hosts),
          server_(executor_, {wanted_.address, wanted_.port}, wanted_.clients, *this) {
        for (auto const& address : wanted_.upstreams)
            upstreams_.emplace_back(executor_, address, wanted_.budget, metrics_);
        proxy_ = make_proxy(executor_, wanted_, upstreams_, [this] { tick_.cancel(); });
    }

    asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }

    asio::awaitable<void> run() {
        using namespace asio::experimental::awaitable_operators;
        auto both = server_.run(wanted_.drain_time) && observe();
        co_await std::move(both);
        proxy_.reset(); // and with it a connection to Redis, for which the context would go on
    }

    void stop() {
        stopped_ = true;
        server_.stop();
        events_.close();
        tick_.cancel();
    }

    asio::awaitable<response> answer(request const& message, asio::ip::address const& client) override {
        auto const to = route_of(message.target());
        if (is_administrative(to.where) && !own_hosts_.contains(authority_of(message)))
            co_return refuse_host();
        switch (to.where) {
        case route::kind::page:
            co_return is_read(message) ? page_answer() : refuse_method("GET, HEAD");
        case route::kind::events: // as far as they are not streamed
            co_return message.method() != http::verb::get
                ? refuse_method("GET")
                : text_answer(http::status::service_unavailable, "there are too many listeners");
        case route::kind::metrics:
            if (!is_read(message))
                co_return refuse_method("GET, HEAD");
            co_await look_at_all(); // what time or another gateway changes is no event here
            co_return own_answer(http::status::ok, "text/plain; version=0.0.4; charset=utf-8",
                                 metrics_.text());
        case route::kind::open:
        case route::kind::reset:
            co_return co_await pull_lever(message, to);
        case route::kind::proxied:
            if (auto* const upstream = find(upstreams_, to.name))
                co_return co_await call(*upstream, message, to.rest, client);
            break;
        case route::kind::not_found:
            break;
        case route::kind::not_a_target:
            co_return text_answer(http::status::bad_request, "the target is neither a path nor a URL");
        }
        co_return text_answer(http::status::not_found, "there is no such upstream");
    }

    broadcast* events_for(request const& message) override {
        bool const wanted =
            message.method() == http::verb::get && route_of(message.target()).where == route::kind::events &&
            own_hosts_.contains(authority_of(message)) && events_.listeners() < wanted_.clients.event_streams;
        return wanted ? &events_ : nullptr;
    }

private:
    asio::awaitable<response> call(upstream& to, request const& message, std::string_view rest,
                                   asio::ip::address const& client) {
        auto const sent = to_upstream(message, rest, client, to.address);
        auto answer = co_await proxy_->forward(to, sent);
        to.counts.on_answer(answer.result_int());
        co_return answer;
    }

    asio::awaitable<response> pull_lever(request const& message, route const& to) {
        auto* const which = find(upstreams_, to.name);
        if (which == nullptr)
            co_return text_answer(http::status::not_found, "there is no such upstream");
        if (message.method() != http::verb::post)
            co_return refuse_method("POST");
        if (!is_from_own_page(message[http::field::origin], authority_of(message)))
            co_return text_answer(http::status::forbidden, "only for the gateway's own page");
        if (to.where == route::kind::open)
            co_await proxy_->open(*which);
        else
            co_await proxy_->reset(*which);
        publish();
        response done{http::status::no_content, 11};
        co_return done;
    }

    asio::awaitable<void> look_at_all() {
        for (auto& each : upstreams_)
            co_await proxy_->look(each);
    }

    /// Tells of the upstreams once a second, and at once where one's state has changed.
    asio::awaitable<void> observe() {
        constexpr std::chrono::seconds pace{1};
        auto next_sample = asio::steady_timer::clock_type::now() + pace;
        while (!stopped_) {
            co_await look_at_all();
            if (asio::steady_timer::clock_type::now() >= next_sample) {
                for (auto& each : upstreams_)
                    each.recent.add(each.counts.so_far(), each.status.state);
                next_sample += pace;
            }
            publish();
            boost::system::error_code woken;
            tick_.expires_at(next_sample);
            if (!stopped_)
                co_await tick_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        }
    }

    void publish() { events_.publish(describe(upstreams_, wanted_.store, server_.connections())); }

    settings const wanted_;
    asio::any_io_executor const executor_;
    metrics metrics_;
    upstreams upstreams_;
    std::unique_ptr<proxy> proxy_;
    broadcast events_;
    asio::steady_timer tick_;
    bool stopped_ = false;
    own_hosts const own_hosts_;
    http_server server_;
};

gateway::gateway(asio::io_context& context, settings wanted)
    : core_(std::make_unique<core>(context, std::move(wanted))) {}
gateway::~gateway() = default;

asio::ip::tcp::endpoint gateway::endpoint() const {
    return core_->endpoint();
}

asio::awaitable<void> gateway::run() {
    return core_->run();
}

void gateway::stop() {
    core_->stop();
}

} // namespace gateway
