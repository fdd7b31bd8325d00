// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/detail/bounded_count.hpp>

#include "support/on_threads.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>

namespace bounded_count_test {

using breakerbox::detail::bounded_count;

TEST_CASE("bounded_count: gives as many places as there are, and each again that is given back") {
    bounded_count places{2};
    CHECK(places.taken() == 0);
    CHECK(places.take());
    CHECK(places.take());
    CHECK_FALSE(places.take());
    CHECK(places.taken() == 2);
    places.give_back();
    CHECK(places.taken() == 1);
    CHECK(places.take());
    CHECK_FALSE(places.take());
}

TEST_CASE("bounded_count: threads that take at once get no more than there are, and no fewer") {
    bounded_count places{1000};
    std::atomic<int> got = 0;
    support::on_threads(2, [&](int) {
        for (int i = 0; i != 1000; ++i)
            got += places.take() ? 1 : 0;
    });
    CHECK(got == 1000);
    CHECK(places.taken() == 1000);
}

} // namespace bounded_count_test
