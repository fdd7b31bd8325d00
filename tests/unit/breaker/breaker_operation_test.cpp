// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/detail/breaker_operation.hpp>

#include "support/distant_store.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/rule/failure_count.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace breaker_operation_test {

using namespace breakerbox;
namespace asio = boost::asio;

namespace {

using log = std::vector<std::string>;

/// What an operation works with here: it logs what is done, and in which order.
template <class Store>
struct logging_parts {
    using store_type = Store;
    struct {
        log* done;
        void tell_changes() const { done->emplace_back("told"); }
    } events;
    bool fails = false;
};

using plain = logging_parts<support::store>;
using shared = logging_parts<support::distant_store<failure_count>>;

/// Answers with the length of the host's name, and logs.
class measuring : public detail::breaker_operation {
public:
    using result = std::size_t;

    measuring(std::string_view host, std::string_view unit) : host_(host), unit_(unit) {
        if (host.empty())
            throw std::invalid_argument{"host"};
    }

    std::size_t take(plain& p) const { return measured(p.events.done, p.fails); }
    asio::awaitable<std::size_t> take(shared& p) const { co_return measured(p.events.done, p.fails); }

    template <class Parts>
    void note(Parts& p, std::size_t) const noexcept {
        p.events.done->emplace_back("noted");
    }
    template <class Parts>
    std::size_t finish(Parts& p, std::size_t answer) const {
        p.events.done->emplace_back("finished in " + std::string{unit_});
        return answer;
    }

private:
    std::size_t measured(log* done, bool fails) const {
        done->emplace_back("taken");
        if (fails)
            throw std::runtime_error{"step"};
        return host_.size();
    }

    std::string_view host_;
    std::string_view unit_;
};

log const all_steps{"taken", "noted", "told", "finished in bytes"};

} // namespace

TEST_CASE("breaker_operation: at once, the answer is noted, changes are told, and it is finished") {
    log done;
    plain p{{&done}};
    CHECK(detail::run_operation_now<measuring>(p, std::string_view{"abc"}, std::string_view{"bytes"}) == 3);
    CHECK(done == all_steps);
}

TEST_CASE("breaker_operation: awaited, it does the same, for plain and for shared stores") {
    log done;
    plain near{{&done}};
    shared far{{&done}};
    testing::virtual_time time;
    time.run([&]() -> asio::awaitable<void> {
        // What it is given need not outlive the call that makes the awaitable.
        auto const of = [](auto& parts) {
            return detail::run_operation<measuring, std::string>(parts, std::string(100, 'h'),
                                                                 std::string{"bytes"});
        };
        auto const plainly = co_await of(near);
        CHECK(plainly == 100);
        CHECK(done == all_steps);
        done.clear();
        auto const shared_answer = co_await of(far);
        CHECK(shared_answer == 100);
        CHECK(done == all_steps);
    });
}

TEST_CASE("breaker_operation: where the check fails, nothing is asked of the store") {
    log done;
    plain p{{&done}};
    CHECK_THROWS_AS(detail::run_operation_now<measuring>(p, std::string_view{}, std::string_view{"bytes"}),
                    std::invalid_argument);
    CHECK(done.empty());
}

TEST_CASE("breaker_operation: where a shared store's step throws, its changes are told all the same") {
    log done;
    shared p{{&done}, true};
    testing::virtual_time time;
    auto const call = [&]() -> asio::awaitable<void> {
        co_await detail::run_operation<measuring, std::string>(p, std::string{"h"}, std::string{"bytes"});
    };
    CHECK_THROWS_AS(time.run(call), std::runtime_error);
    CHECK(done == log{"taken", "told"});
}

} // namespace breaker_operation_test
