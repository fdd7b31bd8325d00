// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/cause_text.hpp>

#include <breakerbox/breaker/breaker_event.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <sstream>
#include <string>

namespace cause_text_test {

using namespace breakerbox;
using detail::cause_text;

namespace {

auto const refused = make_error_code(boost::system::errc::connection_refused);

} // namespace

TEST_CASE("cause_text: words about an error follow its message, and what says the same is said once") {
    auto const message = refused.message();
    CHECK(cause_text(refused, "") == message);
    CHECK(cause_text(refused, "as it had to be") == message + " (as it had to be)");
    CHECK(cause_text(refused, message) == message);
    CHECK(cause_text(refused, message + " (port 1)") == message + " (port 1)");
    CHECK(cause_text({}, "") == boost::system::error_code{}.message());
}

TEST_CASE("breaker_event: a store's failure says its cause once") {
    host_status const status{};
    auto const text = refused.message();
    breaker_event const event{.what = breaker_event::kind::store_failed,
                              .host = {},
                              .from = {},
                              .status = status,
                              .error = refused,
                              .error_text = text};
    std::ostringstream printed;
    printed << event;
    CHECK(printed.str() == "the store failed: " + text);
}

} // namespace cause_text_test
