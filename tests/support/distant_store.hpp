// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_DISTANT_STORE_HPP
#define BREAKERBOX_TESTS_SUPPORT_DISTANT_STORE_HPP

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/store/store.hpp>
#include <breakerbox/testing.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// A shared store whose steps take a second of virtual time there and one back, and may be told to fail.
template <class Rule>
class distant_store {
    using near_store = breakerbox::memory_store<Rule, breakerbox::testing::virtual_clock>;

public:
    using rule_type = Rule;
    using ticket = typename near_store::ticket;
    static constexpr bool ticket_finds_host = false;

    struct far_side {
        near_store store;
        std::vector<std::string> steps{};
        bool fails = false;
        breakerbox::change_queue unheard{false};
    };

    explicit distant_store(Rule rule) : there(std::make_shared<far_side>(near_store{std::move(rule)})) {}

    Rule const& rule() const noexcept { return there->store.rule(); }

    boost::asio::awaitable<breakerbox::leave<ticket>> acquire(std::string_view host,
                                                              breakerbox::change_queue& changes,
                                                              breakerbox::acquire_options options = {}) {
        co_await travel("acquire");
        auto answer = there->store.acquire(host, changes, options);
        co_await travel();
        co_return answer;
    }
    boost::asio::awaitable<breakerbox::report_result> report(ticket const& granted, std::string_view host,
                                                             breakerbox::verdict v,
                                                             breakerbox::change_queue& changes) {
        co_await travel("report");
        auto const result = there->store.report(granted, host, v, changes);
        co_await travel();
        co_return result;
    }
    boost::asio::awaitable<bool> renew(ticket const& granted, std::string_view host,
                                       breakerbox::change_queue& changes) {
        co_await travel("renew");
        bool const has_lease = there->store.renew(granted, host, changes);
        co_await travel();
        co_return has_lease;
    }
    void post_report(ticket const& granted, std::string_view host, breakerbox::verdict v) noexcept {
        there->steps.emplace_back("post_report");
        there->store.report(granted, host, v, there->unheard);
    }
    boost::asio::awaitable<breakerbox::host_status> record(std::string_view host, breakerbox::ended_call call,
                                                           breakerbox::change_queue& changes) {
        co_await travel("record");
        auto const after = there->store.record(host, call, changes);
        co_await travel();
        co_return after;
    }
    boost::asio::awaitable<breakerbox::host_status> look(std::string_view host,
                                                         breakerbox::change_queue&) const {
        co_await travel("look");
        auto const status = there->store.look(host);
        co_await travel();
        co_return status;
    }
    boost::asio::awaitable<void> force_open(std::string_view host,
                                            std::optional<std::chrono::microseconds> open_for,
                                            breakerbox::change_queue& changes) {
        co_await travel("force_open");
        there->store.force_open(host, open_for, changes);
    }
    boost::asio::awaitable<void> reset(std::string_view host, breakerbox::change_queue& changes) {
        co_await travel("reset");
        there->store.reset(host, changes);
    }

    std::shared_ptr<far_side> there;

private:
    boost::asio::awaitable<void> travel(std::string step = {}) const {
        if (!step.empty())
            there->steps.push_back(std::move(step));
        breakerbox::testing::virtual_timer way{co_await boost::asio::this_coro::executor};
        way.expires_after(std::chrono::seconds{1});
        co_await way.async_wait(boost::asio::deferred);
        if (there->fails)
            throw breakerbox::store_error{
                boost::system::errc::make_error_code(boost::system::errc::timed_out)};
    }
};

} // namespace support

#endif
