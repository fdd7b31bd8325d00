// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/detail/host_table.hpp>

#include <breakerbox/rule/failure_count.hpp>

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace host_table_test {

using namespace std::chrono_literals;
using breakerbox::failure_count;
using table = breakerbox::detail::host_table<failure_count>;
using breakerbox::detail::hashed_host;

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
            if (t.find(hashed_host{name}) == n)
                drained.push_back(name);
        t.erase(hashed_host{t.name_of(n)}, n, rule);
    }
    return drained;
}

} // namespace

TEST_CASE("host_table: a host is found by its name, whatever bytes that has") {
    table t;
    std::vector<std::string> const names{"a", std::string("\0b\0", 3), std::string(22, 'c'),
                                         std::string(300, 'd'), "\xff\xfe"};
    for (auto const& name : names)
        CHECK(t.find(hashed_host{name}) == table::none);
    for (std::size_t i = 0; i != names.size(); ++i)
        t.insert(hashed_host{names[i]}, expiring_at(std::chrono::seconds(i)), table::closed, rule);
    for (std::size_t i = 0; i != names.size(); ++i)
        CHECK(t.at(t.find(hashed_host{names[i]})).expires_at == std::chrono::seconds(i));
    CHECK(t.find(hashed_host{""}) == table::none);
    CHECK(t.size() == names.size());
}

TEST_CASE("host_table: knows who expires first, whatever the queue, also where hosts expire late") {
    table t;
    CHECK(t.first_to_expire(rule) == table::none);
    t.insert(hashed_host{"late"}, expiring_at(1h), table::forced, rule);
    t.insert(hashed_host{"second"}, expiring_at(2s), table::open, rule);
    t.insert(hashed_host{"first"}, expiring_at(1s), table::open, rule);
    t.insert(hashed_host{"third"}, expiring_at(3s), table::closed, rule);
    for (auto const* name : {"first", "second", "third", "late"}) {
        CHECK(t.first_to_expire(rule) == t.find(hashed_host{name}));
        t.erase(hashed_host{name}, t.find(hashed_host{name}), rule);
    }
    CHECK(t.first_to_expire(rule) == table::none);
}

TEST_CASE(
    "host_table: hosts that aren't closed go in the order of their last changes, whenever they expire") {
    table t;
    t.insert(hashed_host{"late"}, expiring_at(1h), table::open, rule);
    t.insert(hashed_host{"a"}, expiring_at(2s), table::open, rule);
    t.insert(hashed_host{"b"}, expiring_at(1s), table::open, rule);
    t.at(t.find(hashed_host{"a"})) = expiring_at(3s);
    t.requeue(t.find(hashed_host{"a"}), table::open, rule);
    CHECK(drain(t, table::open, {"late", "a", "b"}) == std::vector<std::string>{"late", "b", "a"});
}

TEST_CASE("host_table: a host that was asked about gets a second chance, once") {
    table t;
    t.insert(hashed_host{"a"}, expiring_at(1s), table::closed, rule);
    t.insert(hashed_host{"b"}, expiring_at(2s), table::closed, rule);
    t.touch(t.find(hashed_host{"a"}));
    CHECK(t.least_recently_used(table::closed) == t.find(hashed_host{"b"}));
    t.erase(hashed_host{"b"}, t.find(hashed_host{"b"}), rule);
    CHECK(t.least_recently_used(table::closed) == t.find(hashed_host{"a"}));
}

TEST_CASE("host_table: the hand goes on from where it was") {
    table t;
    for (auto const* name : {"a", "b", "c", "d"})
        t.insert(hashed_host{name}, expiring_at(1s), table::closed, rule);
    t.touch(t.find(hashed_host{"a"}));
    t.touch(t.find(hashed_host{"c"}));
    CHECK(t.least_recently_used(table::closed) == t.find(hashed_host{"b"}));
    t.erase(hashed_host{"b"}, t.find(hashed_host{"b"}), rule);
    CHECK(t.least_recently_used(table::closed) == t.find(hashed_host{"d"}));
    t.erase(hashed_host{"d"}, t.find(hashed_host{"d"}), rule);
    CHECK(t.least_recently_used(table::closed) == t.find(hashed_host{"a"}));
}

TEST_CASE("host_table: where all were asked about, the one that expires first goes") {
    table t;
    t.insert(hashed_host{"a"}, expiring_at(1s), table::closed, rule);
    t.insert(hashed_host{"b"}, expiring_at(2s), table::closed, rule);
    t.touch(t.find(hashed_host{"a"}));
    t.touch(t.find(hashed_host{"b"}));
    CHECK(t.least_recently_used(table::closed) == t.find(hashed_host{"a"}));
    CHECK(t.least_recently_used(table::open) == table::none);
}

TEST_CASE("host_table: a host is found a place in the other queue") {
    table t;
    t.insert(hashed_host{"a"}, expiring_at(1s), table::closed, rule);
    t.at(t.find(hashed_host{"a"})) = expiring_at(2s);
    t.requeue(t.find(hashed_host{"a"}), table::open, rule);
    CHECK(t.queue_of(t.find(hashed_host{"a"})) == table::open);
    CHECK(t.least_recently_used(table::closed) == table::none);
    CHECK(t.least_recently_used(table::open) == t.find(hashed_host{"a"}));
    CHECK(t.at(t.find(hashed_host{"a"})).expires_at == 2s);
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
        auto const n = t.find(hashed_host{name});
        REQUIRE((n != table::none) == model.contains(name));
        auto const when = std::chrono::seconds(draw(1000));
        auto const queue = draw(2) != 0 ? table::open : table::closed;
        if (n == table::none) {
            t.insert(hashed_host{name}, expiring_at(when), queue, rule);
            model[name] = when;
        } else if (draw(3) == 0) {
            t.erase(hashed_host{t.name_of(n)}, n, rule);
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
    for (auto n = t.first_to_expire(rule); n != table::none; n = t.first_to_expire(rule)) {
        REQUIRE(t.at(n).expires_at >= last);
        last = t.at(n).expires_at;
        t.erase(hashed_host{t.name_of(n)}, n, rule);
    }
    REQUIRE(t.size() == 0);
}

} // namespace host_table_test
