// SPDX-License-Identifier: BSL-1.0
//
// The gateway's page in a real browser.
#include "support/behaviours.hpp"
#include "support/browser.hpp"
#include "support/world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/beast/http/status.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace page_test {

namespace {

using namespace gateway_tests;
using http::status;

std::filesystem::path const screenshots{SCREENSHOTS};

std::string card(std::string const& upstream) {
    return "article[data-upstream=" + upstream + "]";
}

/// JavaScript for: the page says that this upstream is in this state.
std::string shows(std::string const& upstream, std::string const& state) {
    return "document.querySelector('" + card(upstream) + "[data-state=" + state +
           "] .word')?.textContent === '" + state + "'";
}

/// JavaScript for: something is plotted, as it is once a second has passed.
std::string const is_plotted =
    "[...document.querySelectorAll('.strip path')].some(state => state.getAttribute('d'))";

std::string const has_no_overflow = "document.documentElement.scrollWidth <= window.innerWidth && "
                                    "[...document.querySelectorAll('article *')].every(e => "
                                    "e.getBoundingClientRect().right <= window.innerWidth)";

/// A page that is open in a browser, its upstreams shown, after some calls.
template <class Look>
void look_at_page(Look const& look) {
    world w;
    std::optional<browser> started;
    try {
        started.emplace(w.context);
    } catch (std::system_error const& missing) {
        SKIP("there is no Chromium on this machine (Debian: chromium): " << missing.what());
    }
    browser& page = *started;
    w.wanted.rule.minimum_calls = 1000;
    w.add_upstream("orders", well);
    w.add_upstream("stock", broken);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 20; ++i) {
            co_await asker.get("/orders/1");
            if (i % 4 == 0)
                co_await asker.get("/stock/1");
        }
        co_await page.set_up();
        co_await page.set_viewport(1280, 800, false);
        co_await page.open("http://127.0.0.1:" + std::to_string(w.endpoint().port()) + '/');
        co_await page.until(shows("orders", "closed"));
        co_await page.until(shows("stock", "closed"));
        co_await look(w, page);
        for (auto const& trouble : page.troubles())
            UNSCOPED_INFO(trouble);
        CHECK(page.troubles().empty());
    };
    w.run(scenario);
}

TEST_CASE("the page shows what was counted") {
    auto const look = [](world&, browser& page) -> asio::awaitable<void> {
        auto const text = [](std::string const& upstream, std::string const& count) {
            return "document.querySelector('" + card(upstream) + " [data-count=" + count + "]').textContent";
        };
        co_await page.until(text("orders", "calls") + " === '20'");
        co_await page.until(text("orders", "failures") + " === '0'");
        co_await page.until(text("stock", "calls") + " === '5'");
        co_await page.until(text("stock", "failures") + " === '5'");
        co_await page.until("document.querySelector('" + card("stock") +
                            " .plot .failed').getAttribute('d').length > 0");
    };
    look_at_page(look);
}

TEST_CASE("a click forces an upstream open, and another one resets it") {
    auto const look = [](world& w, browser& page) -> asio::awaitable<void> {
        auto asker = w.connect();
        co_await page.click(card("orders") + " .force-open");
        co_await page.until(shows("orders", "open"));
        co_await page.until(shows("stock", "closed"));
        auto const refused = co_await asker.get("/orders/1");
        CHECK(refused.result() == status::service_unavailable);
        co_await page.until(is_plotted);
        co_await page.take_screenshot(screenshots / "gateway.png");

        co_await page.click(card("orders") + " .reset");
        co_await page.until(shows("orders", "closed"));
        auto const passed = co_await asker.get("/orders/1");
        CHECK(passed.result() == status::ok);
    };
    look_at_page(look);
}

TEST_CASE("the page fits a phone") {
    auto const look = [](world&, browser& page) -> asio::awaitable<void> {
        co_await page.until(has_no_overflow);
        co_await page.set_viewport(390, 844, true);
        co_await page.until("window.innerWidth === 390");
        auto const fits = co_await page.evaluate(has_no_overflow);
        CHECK(fits.as_bool());
        // Large enough for a finger.
        auto const smallest = co_await page.evaluate("Math.min(...[...document.querySelectorAll('button')]."
                                                     "map(b => b.getBoundingClientRect().height))");
        CHECK(smallest.to_number<double>() >= 40);
        co_await page.click(card("stock") + " .force-open");
        co_await page.until(shows("stock", "open"));
        co_await page.until(is_plotted);
        co_await page.take_screenshot(screenshots / "gateway-phone.png");
    };
    look_at_page(look);
}

TEST_CASE("the page is light or dark, as the reader likes it") {
    auto const look = [](world&, browser& page) -> asio::awaitable<void> {
        std::string const brightness = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/"
                                       "g).map(Number).reduce((a, b) => a + b)";
        co_await page.set_color_scheme("light");
        auto const light = co_await page.evaluate(brightness);
        CHECK(light.to_number<double>() > 600);
        co_await page.set_color_scheme("dark");
        auto const dark = co_await page.evaluate(brightness);
        CHECK(dark.to_number<double>() < 150);
        co_await page.until(is_plotted);
        co_await page.take_screenshot(screenshots / "gateway-dark.png");
    };
    look_at_page(look);
}

TEST_CASE("the page says that the gateway is gone") {
    auto const look = [](world& w, browser& page) -> asio::awaitable<void> {
        co_await page.until("document.getElementById('link').textContent === 'live'");
        w.stop_gateway();
        co_await page.until("document.getElementById('link').textContent === 'reconnecting'");
        page.forget_troubles(); // that it can't connect is one
    };
    look_at_page(look);
}

} // namespace

} // namespace page_test
