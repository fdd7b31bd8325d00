// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/with_timeout.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <stdexcept>

// Functions of the user's own that bear the names of the library's, beside types that a call has to do with.

namespace own_names_test {

namespace app {

template <class... T>
void renew(T&...) = delete;
template <class... T>
void called(T&...) = delete;
template <class... T>
void each_attempts(T&...) = delete;
template <class... T>
void noted_cut(T&...) = delete;
template <class... T>
void run_in_time(T&...) = delete;
template <class... T>
void judge(T&...) = delete;
template <class... T>
void ask_wait(T&&...) = delete;
template <class... T>
void validate(T&&...) = delete;

struct page {
    int number;
};

struct any_error {
    template <class Error>
    bool operator()(Error const&) const noexcept {
        return true;
    }
};

struct small_wait {
    std::chrono::nanoseconds operator()(breakerbox::attempt const&) const { return std::chrono::seconds{1}; }
};

struct fetch {
    int* calls;
    boost::asio::awaitable<page> operator()(breakerbox::attempt_context const&, page wanted) const {
        if (++*calls == 1)
            throw std::runtime_error{"the first call"};
        co_return wanted;
    }
};

struct plain_fetch {
    int* calls;
    boost::asio::awaitable<page> operator()(page wanted) const {
        if (++*calls == 1)
            throw std::runtime_error{"the first call"};
        co_return wanted;
    }
};

} // namespace app

using namespace breakerbox;
using namespace std::chrono_literals;

TEST_CASE("a call: takes no functions of the user's for its own, whatever their names") {
    testing::virtual_time time;
    retrier const r{stop_after_attempt{3}, retry_if_exception<>{}, app::small_wait{},
                    retrier_options<testing::virtual_clock>{}};
    int calls = 0;
    CHECK(time.run(r.retry(app::fetch{&calls}, app::page{7})).number == 7);
    CHECK(calls == 2);
    calls = 0;
    CHECK(time.run(r.retry(with_timeout(5s, app::plain_fetch{&calls}), app::page{8})).number == 8);
    CHECK(calls == 2);
}

} // namespace own_names_test
