// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_HOST_NAMES_HPP
#define BREAKERBOX_TESTS_BENCHMARK_HOST_NAMES_HPP

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace costs {

/// So many names of 20 bytes, in no order, the same each time.
inline std::vector<std::string> host_names(std::size_t count, std::string_view first_label = "host") {
    std::vector<std::string> names;
    names.reserve(count);
    for (std::size_t i = 0; i != count; ++i) {
        auto const number = std::to_string(i);
        names.push_back(std::string{first_label} + std::string(8 - number.size(), '0') + number + ".example");
    }
    std::ranges::shuffle(names, std::mt19937{1});
    return names;
}

} // namespace costs

#endif
