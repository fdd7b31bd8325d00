// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/detail/name_index.hpp>

#include <breakerbox/base/sip_hash.hpp>

#include "support/colliding_names.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace name_index_test {

using breakerbox::detail::name_hash;
using breakerbox::detail::name_index;
using breakerbox::detail::sip_key;

namespace {

/// Names in an index, by their places in a vector, of which each step is counted: a look at a name, a hash of one.
class counted_names {
public:
    using number = name_index::number;

    explicit counted_names(std::vector<std::string> names)
        : names_(std::move(names)), links_(names_.size(), name_index::none) {}

    number find(std::string_view name) {
        return index_.find(hash_(name), hosts(), [&](number n) {
            ++steps;
            return names_[n] == name;
        });
    }
    void insert(number n) { index_.insert(n, hash_(names_[n]), hosts()); }
    void erase(number n) { index_.erase(n, hash_(names_[n]), hosts()); }
    std::size_t size() const { return index_.size(); }
    std::string const& name(number n) const { return names_[n]; }

    std::size_t steps = 0;

private:
    struct linked {
        counted_names& all;
        number& next_of(number n) const { return all.links_[n]; }
        std::size_t hash_of(number n) const {
            ++all.steps;
            return all.hash_(all.names_[n]);
        }
    };
    linked hosts() { return {*this}; }

    name_hash hash_{sip_key{1, 2}}; // the same in each run
    std::vector<std::string> names_;
    std::vector<number> links_;
    name_index index_;
};

std::vector<std::string> numbered_names(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i != count; ++i)
        names.push_back("host" + std::to_string(i));
    return names;
}

/// The most steps that one insertion or one look takes among these names.
std::size_t most_steps(std::vector<std::string> names) {
    auto const count = static_cast<name_index::number>(names.size());
    counted_names all{std::move(names)};
    std::size_t most = 0;
    auto const step = [&](auto const& take) {
        all.steps = 0;
        take();
        most = std::max(most, all.steps);
    };
    for (name_index::number n = 0; n != count; ++n)
        step([&] { all.insert(n); });
    for (name_index::number n = 0; n != count; ++n)
        step([&] { all.find(all.name(n)); });
    return most;
}

} // namespace

TEST_CASE("name_index: finds what was inserted, until it is erased") {
    constexpr name_index::number count = 1000;
    counted_names all{numbered_names(count)};
    CHECK(all.find("host0") == name_index::none);
    for (name_index::number n = 0; n != count; ++n)
        all.insert(n);
    for (name_index::number n = 0; n < count; n += 2)
        all.erase(n);
    CHECK(all.size() == count / 2);
    for (name_index::number n = 0; n != count; ++n)
        REQUIRE(all.find(all.name(n)) == (n % 2 == 0 ? name_index::none : n));
    for (name_index::number n = 0; n < count; n += 2)
        all.insert(n);
    for (name_index::number n = 0; n != count; ++n)
        REQUIRE(all.find(all.name(n)) == n);
}

TEST_CASE("name_index: no insertion and no look takes more than a few steps, however many hosts there are") {
    for (std::size_t const count : {1U, 2U, 3U, 1000U, 100'000U})
        CHECK(most_steps(numbered_names(count)) < 16);
}

TEST_CASE("name_index: names that were made up to collide under an unkeyed hash take no more steps") {
    CHECK(most_steps(support::colliding_names(20'000)) < 16);
}

} // namespace name_index_test
