// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_NUMBER_HPP
#define BREAKERBOX_TESTS_BENCHMARK_NUMBER_HPP

#include <iomanip>
#include <sstream>
#include <string>

namespace costs {

/// A number with so many decimals.
inline std::string number(double value, int decimals) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(decimals) << value;
    return out.str();
}

} // namespace costs

#endif
