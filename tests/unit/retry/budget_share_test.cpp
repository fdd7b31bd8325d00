// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/detail/budget_share.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace budget_share_test {

using namespace breakerbox;
using detail::budget_share;
using detail::judgement;

namespace {

struct noting_budget final : budget {
    bool affords = false;
    std::string told{};

    void on_call() noexcept override { told += "call "; }
    void on_success() noexcept override { told += "success "; }
    void on_failure() noexcept override { told += "failure "; }
    bool affords_retry() const noexcept override { return affords; }
    bool take_retry() noexcept override {
        told += "take ";
        return affords;
    }
};

} // namespace

TEST_CASE("budget_share: without a budget every attempt is paid for") {
    budget_share none;
    CHECK_FALSE(none);
    CHECK(none.affords_retry());
    CHECK(none.pay_for_attempt(true));
    CHECK(none.pay_for_attempt(false));
    none.tell(judgement::failure);
}

TEST_CASE("budget_share: the first attempt is told of and free, a further one takes a retry") {
    noting_budget budget;
    budget_share share{&budget};
    CHECK(share);
    CHECK_FALSE(share.affords_retry());
    CHECK(share.pay_for_attempt(true));
    CHECK_FALSE(share.pay_for_attempt(false));
    budget.affords = true;
    CHECK(share.affords_retry());
    CHECK(share.pay_for_attempt(false));
    CHECK(budget.told == "call take take ");
}

TEST_CASE("budget_share: only successes and failures that are retried are told") {
    noting_budget budget;
    budget_share share{&budget};
    for (auto const judged :
         {judgement::success, judgement::failure, judgement::not_retryable, judgement::cancelled})
        share.tell(judged);
    CHECK(budget.told == "success failure ");
}

} // namespace budget_share_test
