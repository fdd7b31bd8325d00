// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_STEP_REQUEST_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_STEP_REQUEST_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/random.hpp>
#include <breakerbox/rule/rule.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace breakerbox::detail {

/// The steps that a rule's script can take with a host.
enum class twin_step : std::uint8_t {
    acquire,
    report,
    renew,
    record,
    look,
    force_open,
    reset,
    /// Coming back after Redis was away: brings to it what is known of the host, by the rule of the meeting in
    /// meeting.hpp; of counts and of their expiries the greater stays. May be repeated, and lifts no ban. Writes in
    /// any case, so that it ends well only where writes are taken.
    meet,
};

/// The step's name to the scripts.
constexpr std::string_view to_string(twin_step step) noexcept {
    switch (step) {
    case twin_step::acquire:
        return "acquire";
    case twin_step::report:
        return "report";
    case twin_step::renew:
        return "renew";
    case twin_step::record:
        return "record";
    case twin_step::force_open:
        return "force_open";
    case twin_step::reset:
        return "reset";
    case twin_step::meet:
        return "meet";
    case twin_step::look:
        break;
    }
    return "look";
}

/// One step with a host, and what it is told.
struct step_request {
    twin_step step = twin_step::look;
    /// A number above zero, of 53 bits, that no other step was told. A probe's permit bears it, and so do the
    /// permits of a closed time that begins.
    std::uint64_t fresh = 0;
    /// Uniform in [0, 1): the jitter of an open time that begins.
    double jitter = 0;
    /// Of `acquire`: see acquire_options.
    bool may_probe = true;
    /// Of `report` and `renew`: the permit's number.
    std::uint64_t number = 0;
    /// Of `report`: whatever the number, the call counts whenever the host is closed, and never else.
    bool any_number = false;
    /// Of `report` and `record`.
    ended_call call{};
    /// Of `force_open`; nothing for as long as the rule can.
    std::optional<std::chrono::microseconds> open_for = std::nullopt;
    /// Of `meet`: what is known of the host here. Must outlive the making of the command.
    host_status const* known = nullptr;
    /// Likewise, of a host that is not closed: see brought_opening.
    std::uint64_t opening = 0;
    std::chrono::microseconds learnt_ago{};
};

/// A request for a step, with the random numbers that no other has.
inline step_request new_request(twin_step step) {
    random_source random;
    step_request asked{};
    asked.step = step;
    asked.fresh = std::max(std::uint64_t{1}, static_cast<std::uint64_t>(random.next() * 0x1p53));
    asked.jitter = random.next();
    return asked;
}

} // namespace breakerbox::detail

#endif
