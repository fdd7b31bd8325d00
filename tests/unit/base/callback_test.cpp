// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/callback.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace callback_test {

using breakerbox::callback;

namespace {

int last_seen = 0;
void remember(int const& event) {
    last_seen = event;
}

class counter {
public:
    callback<void(int const&)> observer() {
        return [this](int event) { sum_ += event; };
    }
    int sum() const { return sum_; }

private:
    int sum_ = 0;
};

} // namespace

TEST_CASE("callback: an empty one says so") {
    callback<void(int const&)> const none;
    CHECK_FALSE(none);
    CHECK(callback<void(int const&)>{[](int) {}});
}

TEST_CASE("callback: calls a lambda with the event itself, not with a copy of it") {
    std::string const* seen = nullptr;
    callback<void(std::string const&)> const observer = [&](std::string const& event) { seen = &event; };
    std::string const event = "event";
    observer(event);
    CHECK(seen == &event);
}

TEST_CASE("callback: calls a lambda that captures this") {
    counter c;
    auto const observer = c.observer();
    observer(3);
    observer(4);
    CHECK(c.sum() == 7);
}

TEST_CASE("callback: calls functions and objects by std::ref, which may be of any size") {
    callback<void(int const&)> const function = remember;
    function(42);
    CHECK(last_seen == 42);

    std::vector<int> events;
    auto owning = [&events, kept = std::string(100, 'x')](int event) mutable {
        kept.clear();
        events.push_back(event);
    };
    callback<void(int const&)> const by_reference = std::ref(owning);
    by_reference(1);
    by_reference(2);
    CHECK(events == std::vector{1, 2});
}

TEST_CASE("callback: holds three words by value, which its copies hold as well") {
    struct three_words {
        int* sum;
        std::size_t factor;
        std::size_t offset;
        void operator()(int event) const { *sum += event * static_cast<int>(factor + offset); }
    };
    int sum = 0;
    callback<void(int const&)> copy;
    {
        callback<void(int const&)> const original = three_words{&sum, 10, 1};
        copy = original;
    }
    copy(2);
    CHECK(sum == 22);
    copy = {};
    CHECK_FALSE(copy);
}

TEST_CASE("callback: what the callable returns is ignored, what it throws comes out") {
    int calls = 0;
    callback<void(int const&)> const returning = [&](int) { return ++calls; };
    returning(1);
    CHECK(calls == 1);
    callback<void(int const&)> const throwing = [](int) { throw std::runtime_error("observer"); };
    CHECK_THROWS_AS(throwing(1), std::runtime_error);
}

TEST_CASE("callback: gives what the callable returns, where its signature has a value") {
    callback<int(int const&, int)> const sum = [](int a, int b) { return a + b; };
    CHECK(sum(2, 3) == 5);
}

TEST_CASE("callback: a null function is none") {
    void (*none)(int const&) = nullptr;
    callback<void(int const&)> const c{none};
    CHECK_FALSE(c);
}

} // namespace callback_test
