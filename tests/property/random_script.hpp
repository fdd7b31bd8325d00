// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_PROPERTY_RANDOM_SCRIPT_HPP
#define BREAKERBOX_TESTS_PROPERTY_RANDOM_SCRIPT_HPP

#include <catch2/catch_test_macros.hpp>

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace property {

/// Numbers that a test reads its choices from, a few for its rule and then one for each step. Made in one go, and
/// shrunk byte by byte: unoptimised, a generator for each choice would take seconds a property.
struct script {
    static constexpr std::size_t most_steps = 48;

    std::vector<std::uint64_t> for_rule;
    std::vector<std::uint64_t> steps;
};

/// Reads a number byte by byte. The test writes its choices so that 0 is the plainest one: that is where a failing
/// script shrinks to.
class choices {
public:
    explicit choices(std::uint64_t number) : number_(number) {}

    /// Less than `count`, which is at most 256.
    std::uint32_t below(std::uint32_t count) {
        auto const byte = static_cast<std::uint32_t>(number_ & 0xff);
        number_ >>= 8;
        return byte * count / 256;
    }

private:
    std::uint64_t number_;
};

inline rc::Seq<std::uint64_t> simpler(std::uint64_t number) {
    std::vector<std::uint64_t> all;
    for (int at = 0; at != 64; at += 8) {
        auto const byte = number >> at & 0xff;
        for (std::uint64_t less : {byte, (byte + 1) / 2, std::uint64_t{1}})
            if (byte != 0)
                all.push_back(number - (less << at));
    }
    return rc::seq::fromContainer(std::move(all));
}

inline rc::Seq<script> simpler_scripts(script const& s) {
    auto const with_rule = [s](std::vector<std::uint64_t> rule) { return script{std::move(rule), s.steps}; };
    auto const with_steps = [s](std::vector<std::uint64_t> steps) {
        return script{s.for_rule, std::move(steps)};
    };
    return rc::seq::concat(rc::seq::map(rc::shrink::removeChunks(s.steps), with_steps),
                           rc::seq::map(rc::shrink::eachElement(s.for_rule, simpler), with_rule),
                           rc::seq::map(rc::shrink::eachElement(s.steps, simpler), with_steps));
}

/// What the steps are, the failing test says.
inline std::ostream& operator<<(std::ostream& out, script const& s) {
    return out << s.steps.size() << " steps";
}

/// 10,000 scripts must hold the property, which is called with each and throws where that fails. A failing script is
/// told with the seed that makes it again.
template <class Property>
void check_scripts(Property const& property) {
    auto params = rc::detail::configuration().testParams;
    params.maxSuccess = 10'000;
    auto const result =
        rc::detail::checkTestable([&](script const& s) { property(s); }, rc::detail::TestMetadata{}, params);
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    INFO(text.str() << "\nAgain: RC_PARAMS=seed=" << params.seed);
    REQUIRE(result.template is<rc::detail::SuccessResult>());
}

} // namespace property

template <>
struct rc::Arbitrary<property::script> {
    static Gen<property::script> arbitrary() {
        return [](Random random, int) {
            property::script s{std::vector<std::uint64_t>(3),
                               std::vector<std::uint64_t>(1 + random.next() % property::script::most_steps)};
            for (auto* const numbers : {&s.for_rule, &s.steps})
                for (auto& number : *numbers)
                    number = random.next();
            return shrinkable::shrinkRecur(std::move(s), &property::simpler_scripts);
        };
    }
};

#endif
