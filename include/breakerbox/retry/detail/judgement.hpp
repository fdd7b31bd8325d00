// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_JUDGEMENT_HPP
#define BREAKERBOX_RETRY_DETAIL_JUDGEMENT_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/time_out.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>

#include <cstdint>

namespace breakerbox::detail {

/// What an attempt's outcome means for the call.
enum class judgement : std::uint8_t { success, failure, not_retryable, cancelled };

/// What the breaker is told of an outcome that has been judged so. Who calls a host that doesn't answer in time has
/// learnt something of that host, whether or not it tries again. `adds_time_out` says what is one beside those known, or
/// is null.
inline verdict verdict_of(judgement j, outcome const& ended, cut_by cut = cut_by::nothing,
                          bool (*adds_time_out)(outcome const&) = nullptr) {
    switch (j) {
    case judgement::success:
        return verdict::success;
    case judgement::failure:
        return verdict::failure;
    case judgement::not_retryable:
        return cut == cut_by::time_out || is_time_out(ended) ||
                       (adds_time_out != nullptr && adds_time_out(ended))
                   ? verdict::failure
                   : verdict::neutral;
    case judgement::cancelled:
        break;
    }
    return verdict::neutral;
}

} // namespace breakerbox::detail

#endif
