// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_OUTPUT_OF_HPP
#define BREAKERBOX_TESTS_BENCHMARK_OUTPUT_OF_HPP

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace costs {

/// What a shell command writes.
inline std::string output_of(std::string const& shell_command) {
    std::unique_ptr<FILE, int (*)(FILE*)> const pipe{popen(shell_command.c_str(), "r"), &pclose};
    std::string output;
    std::array<char, 256> part;
    while (auto const size = pipe ? std::fread(part.data(), 1, part.size(), pipe.get()) : 0)
        output.append(part.data(), size);
    return output;
}

} // namespace costs

#endif
