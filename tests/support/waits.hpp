// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_WAITS_HPP
#define BREAKERBOX_TESTS_SUPPORT_WAITS_HPP

#include <breakerbox/policy/wait.hpp>

#include <cstdint>
#include <numeric>
#include <vector>

namespace support {

/// What one call that is asked of `policy` waits for after each of these attempts, in their order.
template <breakerbox::wait_policy Wait>
std::vector<breakerbox::duration> waits(Wait const& policy, std::vector<std::uint64_t> const& attempts,
                                        breakerbox::detail::random_source random = {}) {
    std::vector<breakerbox::duration> found;
    breakerbox::detail::memory_of_t<Wait> memory{};
    breakerbox::attempt call{.random = random};
    for (auto const number : attempts) {
        call.number = number;
        found.push_back(breakerbox::detail::ask(policy, call, memory));
    }
    return found;
}

/// The same after the attempts 1 to `last`.
template <breakerbox::wait_policy Wait>
std::vector<breakerbox::duration> first_waits(Wait const& policy, std::uint64_t last,
                                              breakerbox::detail::random_source random = {}) {
    std::vector<std::uint64_t> attempts(last);
    std::iota(attempts.begin(), attempts.end(), std::uint64_t{1});
    return waits(policy, attempts, random);
}

/// What a call waits for after its attempt `number`.
template <breakerbox::wait_policy Wait>
breakerbox::duration wait_after(std::uint64_t number, Wait const& policy) {
    return waits(policy, {number}).front();
}

} // namespace support

#endif
