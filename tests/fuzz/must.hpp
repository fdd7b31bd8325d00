// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_FUZZ_MUST_HPP
#define BREAKERBOX_TESTS_FUZZ_MUST_HPP

#include <cstdio>
#include <cstdlib>

/// Ends the fuzzer with what does not hold, as a crash that it reports.
#define MUST(...)                                                                                            \
    do {                                                                                                     \
        if (!(__VA_ARGS__)) {                                                                                \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #__VA_ARGS__);            \
            std::abort();                                                                                    \
        }                                                                                                    \
    } while (false)

#endif
