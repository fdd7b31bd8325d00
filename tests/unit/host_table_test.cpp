// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/detail/host_table.hpp>

#include <breakerbox/rule/failure_count.hpp>

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using breakerbox::failure_count;
using table = breakerbox::detail::host_table<failure_count>;

namespace {

failure_count const rule{};

failure_count::state expiring_at(breakerbox::instant when) {
    return {.expires_at = when, .failures = 1};
}

/// The names of a queue in the order in which they would be evicted.
std::vector<std::string> drain(table& t, table::queue_id queue, std::vector<std::string> const& names) {
    std::vector<std::string> drained;
    for (auto n = t.least_recently_used(queue); n != table::none; n = t.least_recently_used(queue)) {
        for (auto const& name : names)
            if (t.find(name) == n)
                drained.push_back(name);
        t.erase(n);
    }
    return drained;
}

} // namespace

TEST_CASE("host_table: a host is found by its name, whatever bytes that has") {
    table t;
    std::vector<std::string> const names{"a", std::string("\0b\0", 3), std::string(22, 'c'),
                                         std::string(300, 'd'), "\xff\xfe"};
    for (auto const& name : names)
        CHECK(t.find(name) == table::none);
    for (std::size_t i = 0; i != names.size(); ++i)
        t.insert(names[i], expiring_at(std::chrono::seconds(i)), table::closed, rule);
    for (std::size_t i = 0; i != names.size(); ++i)
        CHECK(t.at(t.find(names[i])).expires_at == std::chrono::seconds(i));
    CHECK(t.find("") == table::none);
    CHECK(t.size() == names.size());
}

TEST_CASE("host_table: the queues are ordered by expiry, also where a host expires late") {
    table t;
    t.insert("forced", expiring_at(1h), table::open, rule);
    t.insert("second", expiring_at(2s), table::open, rule);
    t.insert("first", expiring_at(1s), table::open, rule);
    t.insert("closed", expiring_at(0s), table::closed, rule);
    CHECK(t.first(table::open) == t.find("first"));
    CHECK(t.first(table::closed) == t.find("closed"));
    CHECK(drain(t, table::open, {"first", "second", "forced"}) ==
          std::vector<std::string>{"first", "second", "forced"});
}

TEST_CASE("host_table: a place in a queue is looked for among 64 hosts at most") {
    table t;
    for (int i = 0; i != 100; ++i)
        t.insert("late " + std::to_string(i), expiring_at(1h), table::open, rule);
    t.insert("early", expiring_at(1s), table::open, rule);
    std::vector<std::string> names{"early"};
    for (int i = 0; i != 100; ++i)
        names.push_back("late " + std::to_string(i));
    auto const order = drain(t, table::open, names);
    REQUIRE(order.size() == 101);
    CHECK(order[100 - 64] == "early");
}

TEST_CASE("host_table: a host that was asked about gets a second chance, once") {
    table t;
    t.insert("a", expiring_at(1s), table::closed, rule);
    t.insert("b", expiring_at(2s), table::closed, rule);
    t.touch(t.find("a"));
    CHECK(t.least_recently_used(table::closed) == t.find("b"));
    t.erase(t.find("b"));
    CHECK(t.least_recently_used(table::closed) == t.find("a"));
}

TEST_CASE("host_table: the hand goes on from where it was") {
    table t;
    for (auto const* name : {"a", "b", "c", "d"})
        t.insert(name, expiring_at(1s), table::closed, rule);
    t.touch(t.find("a"));
    t.touch(t.find("c"));
    CHECK(t.least_recently_used(table::closed) == t.find("b"));
    t.erase(t.find("b"));
    CHECK(t.least_recently_used(table::closed) == t.find("d"));
    t.erase(t.find("d"));
    CHECK(t.least_recently_used(table::closed) == t.find("a"));
}

TEST_CASE("host_table: where all were asked about, the one that expires first goes") {
    table t;
    t.insert("a", expiring_at(1s), table::closed, rule);
    t.insert("b", expiring_at(2s), table::closed, rule);
    t.touch(t.find("a"));
    t.touch(t.find("b"));
    CHECK(t.least_recently_used(table::closed) == t.find("a"));
    CHECK(t.least_recently_used(table::open) == table::none);
}

TEST_CASE("host_table: a host is found a place in the other queue") {
    table t;
    t.insert("a", expiring_at(1s), table::closed, rule);
    t.at(t.find("a")) = expiring_at(2s);
    t.requeue(t.find("a"), table::open, rule);
    CHECK(t.first(table::closed) == table::none);
    CHECK(t.first(table::open) == t.find("a"));
    CHECK(t.at(t.find("a")).expires_at == 2s);
}

TEST_CASE("host_table: 20,000 random steps agree with a std::map") {
    table t;
    std::map<std::string, breakerbox::instant> model;
    std::mt19937 random{7};
    auto const draw = [&](unsigned below) {
        return std::uniform_int_distribution<unsigned>{0, below - 1}(random);
    };
    for (int step = 0; step != 20'000; ++step) {
        auto const name = std::string(draw(40), 'x') + std::to_string(draw(50));
        auto const n = t.find(name);
        REQUIRE((n != table::none) == model.contains(name));
        // Mostly in order, as steps are taken: nobody is more than 30 places away from theirs.
        auto const when = std::chrono::seconds(step + static_cast<int>(draw(30)));
        auto const queue = draw(2) != 0 ? table::open : table::closed;
        if (n == table::none) {
            t.insert(name, expiring_at(when), queue, rule);
            model[name] = when;
        } else if (draw(3) == 0) {
            t.erase(n);
            model.erase(name);
        } else {
            REQUIRE(t.at(n).expires_at == model[name]);
            t.at(n) = expiring_at(when);
            t.requeue(n, queue, rule);
            model[name] = when;
        }
        REQUIRE(t.size() == model.size());
    }
    auto last = breakerbox::instant::min();
    for (auto n = t.first(table::open); n != table::none; n = t.first(table::open)) {
        REQUIRE(t.at(n).expires_at >= last);
        last = t.at(n).expires_at;
        t.erase(n);
    }
}
