// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovering.hpp>

#include "property/host_life.hpp"
#include "property/permit_ledger.hpp"

#include <catch2/catch_test_macros.hpp>

namespace probes_test {

using namespace property;

TEST_CASE("property: never are more probes out than may be, and none is refused while there is room") {
    int refused = 0;
    check_lives(clock_kind::may_step_back, [&](auto& host) {
        auto const most = host.recovery().probes;
        permit_ledger book{host.recovery()};
        while (auto const s = host.next()) {
            book.before(*s);
            auto const out = book.probes_out();
            bool const asks_for_a_probe =
                s->what == event::acquire && host.look().state == breaker_state::half_open;

            auto const answer = host.take(*s);

            book.after(*s, answer, host.look());
            host.must(book.probes_out() <= most, "no more probes are out than may be");
            host.must(book.probes_out() == host.look().probes.out, "a look tells how many probes are out");
            if (asks_for_a_probe) {
                host.must(answer.permit.has_value() == (out < most),
                          "a probe passes if there is room for it");
                refused += int{out == most};
            }
        }
    });
    CHECK(refused > 1000);
}

} // namespace probes_test
