// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_GATEWAY_SUPPORT_BROWSER_HPP
#define BREAKERBOX_TESTS_GATEWAY_SUPPORT_BROWSER_HPP

#include "redis/support/child_process.hpp"
#include "redis/support/temporary_folder.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway_tests {

namespace asio = boost::asio;
namespace json = boost::json;

/// The programs to try: the one that BREAKERBOX_CHROMIUM names, or those that a Chromium may be called.
inline std::vector<std::string> chromium_programs() {
    if (auto const* named = std::getenv("BREAKERBOX_CHROMIUM"))
        return {named};
    return {"chromium", "chromium-browser", "google-chrome"};
}

/// A headless Chromium with one page, driven over the DevTools protocol; it ends with this.
class browser {
public:
    /// Throws std::system_error where this machine has none.
    explicit browser(asio::io_context& context)
        : process_(chromium_programs(),
                   {"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--no-first-run", "--disable-background-networking", "--disable-breakpad",
                    "--disable-component-update", "--remote-debugging-port=0",
                    "--user-data-dir=" + folder_.path().string(), "about:blank"},
                   folder_.path() / "log.txt"),
          socket_(context) {}

    /// Waits until it has started. To be called once, before all else.
    asio::awaitable<void> set_up() {
        co_await connect();
        json::object target{{"url", "about:blank"}};
        auto const made = co_await call("Target.createTarget", std::move(target));
        json::object attachment{{"targetId", made.at("targetId")}, {"flatten", true}};
        auto const attached = co_await call("Target.attachToTarget", std::move(attachment));
        session_ = attached.at("sessionId").as_string();
        // What goes wrong in the page is told as events.
        co_await call("Runtime.enable");
        co_await call("Log.enable");
        co_await call("Page.enable");
    }

    asio::awaitable<void> open(std::string url) {
        json::object where{{"url", url}};
        co_await call("Page.navigate", std::move(where));
    }

    /// What a JavaScript expression evaluates to.
    asio::awaitable<json::value> evaluate(std::string expression) {
        json::object code{{"expression", expression}, {"returnByValue", true}};
        auto const answer = co_await call("Runtime.evaluate", std::move(code));
        if (answer.contains("exceptionDetails"))
            throw std::runtime_error{expression + " throws " +
                                     json::serialize(answer.at("exceptionDetails"))};
        auto const& result = answer.at("result").as_object();
        auto const* const value = result.if_contains("value");
        co_return value == nullptr ? json::value{} : *value;
    }

    /// Waits until a JavaScript expression is true; throws where that takes too long.
    asio::awaitable<void> until(std::string condition) {
        auto const latest = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        for (;;) {
            auto const holds = co_await evaluate("Boolean(" + condition + ")");
            if (holds.as_bool())
                co_return;
            if (std::chrono::steady_clock::now() > latest)
                throw std::runtime_error{"the page never has " + condition};
            co_await wait();
        }
    }

    /// Clicks in the middle of an element, as a mouse does.
    asio::awaitable<void> click(std::string selector) {
        auto const rectangle =
            co_await evaluate("(() => { const e = document.querySelector(`" + selector +
                              "`); e.scrollIntoView({block: 'center'}); const r = "
                              "e.getBoundingClientRect(); return {x: r.x + r.width / 2, y: r.y + "
                              "r.height / 2}; })()");
        for (auto const* type : {"mousePressed", "mouseReleased"}) {
            json::object event{{"type", type},
                               {"x", rectangle.at("x")},
                               {"y", rectangle.at("y")},
                               {"button", "left"},
                               {"clickCount", 1}};
            co_await call("Input.dispatchMouseEvent", std::move(event));
        }
    }

    asio::awaitable<void> set_viewport(int width, int height, bool is_phone) {
        json::object metrics{{"width", width},
                             {"height", height},
                             {"deviceScaleFactor", is_phone ? 2 : 1},
                             {"mobile", is_phone}};
        co_await call("Emulation.setDeviceMetricsOverride", std::move(metrics));
    }

    /// "light" or "dark".
    asio::awaitable<void> set_color_scheme(std::string scheme) {
        json::array features{json::object{{"name", "prefers-color-scheme"}, {"value", scheme}}};
        json::object media{{"features", std::move(features)}};
        co_await call("Emulation.setEmulatedMedia", std::move(media));
    }

    /// Of the whole page, as a PNG.
    asio::awaitable<void> take_screenshot(std::filesystem::path to) {
        json::object wanted{{"format", "png"}, {"captureBeyondViewport", true}};
        auto const answer = co_await call("Page.captureScreenshot", std::move(wanted));
        std::ofstream{to, std::ios::binary} << decode_base64(answer.at("data").as_string());
    }

    /// Errors that the page has thrown or logged so far.
    std::vector<std::string> const& troubles() const noexcept { return troubles_; }

    void forget_troubles() { troubles_.clear(); }

    asio::awaitable<json::object> call(std::string method, json::object parameters = {}) {
        auto const id = ++last_id_;
        json::object message{{"id", id}, {"method", method}, {"params", std::move(parameters)}};
        if (!session_.empty())
            message["sessionId"] = session_;
        auto const text = json::serialize(message);
        co_await socket_.async_write(asio::buffer(text), asio::use_awaitable);
        for (;;) {
            boost::beast::flat_buffer buffer;
            co_await socket_.async_read(buffer, asio::use_awaitable);
            auto const received = json::parse(boost::beast::buffers_to_string(buffer.data())).as_object();
            note_trouble(received);
            auto const* const answers = received.if_contains("id");
            if (answers == nullptr || answers->to_number<int>() != id)
                continue;
            if (received.contains("error"))
                throw std::runtime_error{method + ": " + json::serialize(received.at("error"))};
            co_return received.at("result").as_object();
        }
    }

private:
    /// Chromium writes where it listens to a file.
    asio::awaitable<void> connect() {
        auto const file = folder_.path() / "DevToolsActivePort";
        std::string port, path;
        auto const latest = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        while (!(std::ifstream{file} >> port >> path)) {
            if (!process_.is_running() || std::chrono::steady_clock::now() > latest)
                throw std::runtime_error{"Chromium does not start"};
            co_await wait();
        }
        asio::ip::tcp::endpoint const at{asio::ip::address_v4::loopback(),
                                         static_cast<std::uint16_t>(std::stoi(port))};
        co_await socket_.next_layer().async_connect(at, asio::use_awaitable);
        socket_.read_message_max(64 * 1024 * 1024);
        co_await socket_.async_handshake("127.0.0.1:" + port, path, asio::use_awaitable);
    }

    asio::awaitable<void> wait() {
        asio::steady_timer pause{socket_.get_executor(), std::chrono::milliseconds{10}};
        co_await pause.async_wait(asio::use_awaitable);
    }

    void note_trouble(json::object const& received) {
        auto const* const method = received.if_contains("method");
        if (method == nullptr)
            return;
        auto const is_error = *method == "Runtime.exceptionThrown" ||
                              (*method == "Log.entryAdded" &&
                               received.at("params").at("entry").at("level").as_string() == "error");
        if (is_error)
            troubles_.push_back(json::serialize(received));
    }

    static std::string decode_base64(std::string_view text) {
        constexpr std::string_view digits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::string bytes;
        std::uint32_t bits = 0;
        int count = 0;
        for (char const c : text) {
            auto const digit = digits.find(c);
            if (digit == digits.npos)
                break;
            bits = bits << 6 | static_cast<std::uint32_t>(digit);
            count += 6;
            if (count >= 8) {
                count -= 8;
                bytes += static_cast<char>(bits >> count & 0xff);
            }
        }
        return bytes;
    }

    support::temporary_folder folder_;
    support::child_process process_;
    boost::beast::websocket::stream<asio::ip::tcp::socket> socket_;
    std::string session_;
    int last_id_ = 0;
    std::vector<std::string> troubles_;
};

} // namespace gateway_tests

#endif
