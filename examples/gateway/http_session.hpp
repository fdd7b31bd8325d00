// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_HTTP_SESSION_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_HTTP_SESSION_HPP

#include "event_stream.hpp"
#include "messages.hpp"
#include "request_reader.hpp"
#include "settings.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace gateway {

/// What answers requests.
class request_handler {
public:
    request_handler() = default;
    request_handler(request_handler const&) = delete;
    request_handler& operator=(request_handler const&) = delete;
    virtual ~request_handler() = default;

    /// Cancelled where the client goes away.
    virtual asio::awaitable<response> answer(request const& message, asio::ip::address const& client) = 0;
    /// Not null where the answer is the events of a broadcast instead, for as long as the client listens.
    virtual broadcast* events_for(request const& message) = 0;
};

/// One client's connection: reads requests, one after the other, and writes their answers. All that it is given must
/// outlive it; so must it its own coroutine.
class http_session {
public:
    http_session(asio::ip::tcp::socket socket, client_limits const& limits, request_handler& handler)
        : stream_(std::move(socket)), limits_(limits), handler_(handler) {
        boost::system::error_code gone; // shows with the first read
        client_ = stream_.socket().remote_endpoint(gone).address();
        stream_.socket().set_option(asio::ip::tcp::no_delay{true}, gone);
        stream_.socket().non_blocking(true, gone); // for await_departure's look
    }

    /// Returns when the connection is done with; throws operation_aborted where it was cancelled. To be called once,
    /// with `cancellation()` for its slot.
    asio::awaitable<void> run() {
        bool goes_on = true;
        while (goes_on && !draining_) {
            // In one condition g++ 12 would compile both to an instruction that doesn't exist.
            goes_on = co_await is_asked();
            if (goes_on)
                goes_on = co_await serve();
        }
        co_await close();
    }

    asio::cancellation_signal& cancellation() noexcept { return cancellation_; }

    /// The request that is under way is the last one; without one it ends now.
    void drain() {
        draining_ = true;
        if (idle_)
            cancellation_.emit(asio::cancellation_type::terminal);
    }

private:
    auto noting(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

    asio::awaitable<bool> is_asked() {
        if (reader_.has_begun())
            co_return true;
        idle_ = true;
        bool const asked = co_await reader_.await_first_byte();
        idle_ = false;
        co_return asked;
    }

    /// Reads a request and answers it. Returns whether there may be another one.
    asio::awaitable<bool> serve() {
        std::optional<http::status> refusal;
        auto const message = co_await reader_.read(refusal);
        if (refusal) {
            auto answer = text_answer(*refusal, std::string{http::obsolete_reason(*refusal)});
            answer.keep_alive(false);
            co_return co_await write(answer);
        }
        if (!message)
            co_return false;
        if (auto* const events = handler_.events_for(*message)) {
            co_await events->stream_to(stream_, limits_.write_time);
            co_return false;
        }
        auto answer = co_await answer_unless_client_goes(*message);
        if (!answer)
            co_return false;
        answer->version(message->version());
        answer->keep_alive(message->keep_alive() && !draining_);
        if (message->method() == http::verb::head)
            answer->body().clear(); // its length stays
        co_return co_await write(*answer);
    }

    asio::awaitable<std::optional<response>> answer_unless_client_goes(request const& message) {
        using namespace asio::experimental::awaitable_operators;
        stream_.expires_never(); // the call has its own deadline
        auto either = answer_or_apology(message) || await_departure();
        auto ended = co_await std::move(either);
        if (ended.index() != 0)
            co_return std::nullopt;
        co_return std::get<0>(std::move(ended));
    }

    /// The handler's failure is an answer, too: as an exception it would wait for the client's departure.
    asio::awaitable<response> answer_or_apology(request const& message) {
        try {
            co_return co_await handler_.answer(message, client_);
        } catch (std::exception const&) {
            co_return text_answer(http::status::internal_server_error, "the gateway has failed");
        }
    }

    /// Returns when the client has closed its connection, or the half that it sends with: whoever still waits for an
    /// answer keeps it open. Throws where the client has sent more, for then that can't be seen.
    asio::awaitable<void> await_departure() {
        if (!reader_.has_begun()) {
            boost::system::error_code error;
            char next = 0;
            co_await stream_.socket().async_wait(asio::ip::tcp::socket::wait_read, asio::use_awaitable);
            auto const bytes =
                stream_.socket().receive(asio::buffer(&next, 1), asio::ip::tcp::socket::message_peek, error);
            if (bytes == 0 && error != asio::error::would_block)
                co_return;
        }
        throw boost::system::system_error{asio::error::in_progress};
    }

    asio::awaitable<bool> write(response const& answer) {
        boost::system::error_code error;
        stream_.expires_after(limits_.write_time);
        co_await http::async_write(stream_, answer, noting(error));
        co_return !error && answer.keep_alive();
    }

    /// Says good-bye and waits for the client to do so. Closed at once, with something from the client still unread,
    /// the connection would be reset, and the client might never see its answer.
    asio::awaitable<void> close() {
        boost::system::error_code error;
        stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
        stream_.expires_after(linger_time);
        std::array<char, 4096> rest;
        for (std::size_t dropped = 0; !error && dropped < most_dropped;)
            dropped += co_await stream_.async_read_some(asio::buffer(rest), noting(error));
    }

    static constexpr std::size_t most_dropped = 4 * 1024 * 1024;
    static constexpr std::chrono::seconds linger_time{2};

    beast::tcp_stream stream_;
    client_limits const& limits_;
    request_handler& handler_;
    asio::ip::address client_;
    request_reader reader_{stream_, limits_};
    asio::cancellation_signal cancellation_;
    bool idle_ = false;
    bool draining_ = false;
};

} // namespace gateway

#endif
