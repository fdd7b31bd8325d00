// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_HEARING_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_HEARING_HPP

#include <breakerbox/redis/store/detail/step_answer.hpp>
#include <breakerbox/redis/store/detail/store_failure.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <cstdint>
#include <optional>

namespace breakerbox::detail {

/// How a step went: either an answer or a failure; and when it was asked for, on which connection.
struct hearing {
    std::optional<step_answer> answer{};
    std::optional<store_failure> failure{};
    instant asked_at{};
    std::uint64_t session = 0;
};

} // namespace breakerbox::detail

#endif
