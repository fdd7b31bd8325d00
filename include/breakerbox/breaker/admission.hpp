// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_ADMISSION_HPP
#define BREAKERBOX_BREAKER_ADMISSION_HPP

#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>

#include <utility>
#include <variant>

namespace breakerbox {

/// What a breaker answers to a request for leave: a permit, or a rejection that says why not.
template <class Permit>
class [[nodiscard]] basic_admission {
public:
    basic_admission(Permit&& permit) noexcept : answer_(std::move(permit)) {}
    basic_admission(rejection&& why) noexcept : answer_(std::move(why)) {}

    explicit operator bool() const noexcept { return std::holds_alternative<Permit>(answer_); }

    /// The permit; std::bad_variant_access where there is none.
    Permit& permit() & { return std::get<Permit>(answer_); }
    Permit permit() && { return std::get<Permit>(std::move(answer_)); }

    /// Why there is no permit; std::bad_variant_access where there is one.
    rejection const& why() const& { return std::get<rejection>(answer_); }
    rejection why() && { return std::get<rejection>(std::move(answer_)); }

private:
    std::variant<Permit, rejection> answer_;
};

} // namespace breakerbox

#endif
