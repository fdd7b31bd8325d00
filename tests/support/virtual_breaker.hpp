// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_VIRTUAL_BREAKER_HPP
#define BREAKERBOX_TESTS_SUPPORT_VIRTUAL_BREAKER_HPP

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/retry/retrier_options.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

namespace support {

// What users write with the steady clock, in virtual time.
using store = breakerbox::memory_store<breakerbox::failure_count, breakerbox::testing::virtual_clock>;
using breaker = breakerbox::circuit_breaker<store>;
using retrier_options = breakerbox::retrier_options<breakerbox::testing::virtual_clock>;

} // namespace support

#endif
