// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_BUDGET_SHARE_HPP
#define BREAKERBOX_RETRY_DETAIL_BUDGET_SHARE_HPP

#include <breakerbox/budget/budget.hpp>
#include <breakerbox/retry/detail/judgement.hpp>

namespace breakerbox::detail {

/// What a call takes from its retry budget, and tells it; without a budget it may always retry.
class budget_share {
public:
    budget_share() = default;
    explicit budget_share(budget* from) noexcept : budget_(from) {}

    explicit operator bool() const noexcept { return budget_ != nullptr; }

    /// Whether a retry could be afforded now. Others may be quicker.
    bool affords_retry() const noexcept { return budget_ == nullptr || budget_->affords_retry(); }

    /// Pays for an attempt at the moment when it begins; a call that is refused brings the host no load, and pays for
    /// nothing. Returns whether the attempt may begin.
    bool pay_for_attempt(bool is_first) noexcept {
        if (budget_ == nullptr)
            return true;
        if (!is_first)
            return budget_->take_retry();
        budget_->on_call();
        return true;
    }

    void tell(judgement judged) noexcept {
        if (budget_ == nullptr)
            return;
        if (judged == judgement::success)
            budget_->on_success();
        else if (judged == judgement::failure)
            budget_->on_failure();
    }

private:
    budget* budget_ = nullptr;
};

} // namespace breakerbox::detail

#endif
