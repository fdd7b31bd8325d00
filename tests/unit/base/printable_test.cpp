// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/printable.hpp>

#include "support/printed.hpp"

#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/breaker/breaker_event.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/retry/call_report.hpp>
#include <breakerbox/retry/retry_error.hpp>
#include <breakerbox/retry/retry_event.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace printable_test {

using namespace breakerbox;
using breakerbox::detail::printable;
using breakerbox::detail::printable_host;
using support::printed;

namespace {

constexpr std::string_view forged = "500\r\nINFO root login ok";
constexpr std::string_view shown = R"(500\x0d\x0aINFO root login ok)";

/// Whether a printed text is one line that shows the forged one as it should be.
bool is_shown_on_one_line(std::string_view text) {
    auto const breaks = std::ranges::count_if(text, [](char c) { return c == '\n' || c == '\r'; });
    return breaks == 0 && text.find(shown) != text.npos;
}

std::exception_ptr thrown() {
    return std::make_exception_ptr(std::runtime_error{std::string{forged}});
}

class forging_category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "forging"; }
    std::string message(int) const override { return std::string{forged}; }
};
forging_category const forging;

} // namespace

TEST_CASE("printable: each control character of ASCII is escaped, and nothing else of ASCII") {
    for (int c = 0; c != 0x80; ++c) {
        CAPTURE(c);
        std::string const text(1, static_cast<char>(c));
        CHECK((printable(text) == text) == (c >= 0x20 && c != 0x7f));
    }
    CHECK(printable(std::string_view{"\0\x1b[31m\x7f", 7}) == R"(\x00\x1b[31m\x7f)");
    CHECK(printable("it's C:\\temp") == "it's C:\\temp");
}

TEST_CASE("printable: so are Unicode's, and what ends a line there, but no other character") {
    CHECK(printable("a\u0085b\u009bc") == R"(a\xc2\x85b\xc2\x9bc)");
    CHECK(printable("a\u2028b\u2029c") == R"(a\xe2\x80\xa8b\xe2\x80\xa9c)");
    CHECK(printable("\u00a0\u00e9\u2027\u20ac\U0001f600") == "\u00a0\u00e9\u2027\u20ac\U0001f600");
}

TEST_CASE("printable: bytes that are no UTF-8 stay, and hide no control character") {
    CHECK(printable("\xff\x80\xc2") == "\xff\x80\xc2");
    CHECK(printable("\xc2\n\xe2\x80\n\xf0\r") == "\xc2\\x0a\xe2\x80\\x0a\xf0\\x0d");
}

TEST_CASE("printable: twice is as once") {
    CHECK(printable(printable(forged)) == shown);
}

TEST_CASE("printable: a bound cuts between characters and escapes") {
    CHECK(printable("ab\ncd", 5) == "ab");
    CHECK(printable("ab\ncd", 6) == R"(ab\x0a)");
    CHECK(printable("\u20ac\u20ac", 5) == "\u20ac");
    CHECK(printable("ab", 0).empty());
}

TEST_CASE("printable: a host's quotes and backslashes are escaped, too, since it is printed in quotes") {
    CHECK(printable_host("a'b\\c\n") == R"(a\x27b\x5cc\x0a)");
}

TEST_CASE("texts of others: an attempt's, thrown or returned, is on one line in each event and report") {
    outcome_of<int> const last{thrown()};
    CHECK(last.text() == shown);
    attempt const now{.number = 1, .last = &last};
    CHECK(is_shown_on_one_line(
        printed(retry_event{.what = retry_event::kind::after_attempt, .host = "h", .now = now})));
    CHECK(is_shown_on_one_line(
        printed(retry_event{.what = retry_event::kind::after_attempt, .host = forged, .now = now})));
    CHECK(is_shown_on_one_line(printed(attempt_record{.exception = thrown()})));
    CHECK(is_shown_on_one_line(printed(attempt_record{.returned = std::string{forged}})));
    outcome_of<boost::system::error_code> const returned{boost::system::error_code{1, forging}};
    CHECK(returned.text() == shown);

    call_report report;
    report.attempts = 1;
    report.history = {attempt_record{.exception = thrown()}};
    auto const lines = printed(report);
    CHECK(std::ranges::count(lines, '\n') == 1);
    CHECK(lines.find('\r') == lines.npos);
}

TEST_CASE("texts of others: those of a host, its last failure and its store are on one line") {
    rejection why;
    why.host = host_name{forged};
    CHECK(is_shown_on_one_line(printed(why)));
    CHECK(is_shown_on_one_line(printed(why.host)));
    why.host = host_name{"h"};
    why.last_failure = forged;
    CHECK(is_shown_on_one_line(printed(why)));
    CHECK(is_shown_on_one_line(host_unavailable{why}.what()));

    host_status const status;
    using kind = breaker_event::kind;
    breaker_event const failed{.what = kind::store_failed,
                               .host = "",
                               .from = breaker_state::closed,
                               .status = status,
                               .error = {1, forging},
                               .error_text = "can't"};
    CHECK(is_shown_on_one_line(printed(failed)));
    CHECK(printed(failed).find("(can't)") != std::string::npos);
    CHECK(is_shown_on_one_line(store_error{{1, forging}}.what()));
    CHECK(is_shown_on_one_line(store_error{{1, forging}, std::string{forged}}.what()));
}

TEST_CASE("texts of others: what our own exceptions say is on one line") {
    outcome_of<int> last{thrown()};
    CHECK(is_shown_on_one_line(retry_error(call_report{}, last).what()));
    try {
        detail::require(false, "field", "something else", forged);
        FAIL("was taken");
    } catch (std::invalid_argument const& e) {
        CHECK(is_shown_on_one_line(e.what()));
    }
}

} // namespace printable_test
