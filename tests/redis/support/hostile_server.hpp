// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_HOSTILE_SERVER_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_HOSTILE_SERVER_HPP

#include "redis/support/free_port.hpp"
#include "redis/support/hostile_script.hpp"

#include <hiredis/hiredis.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <future>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace support {

/// A server on a free port of 127.0.0.1 that answers as its script says: late, in part, too much, nonsense, or never.
///
///     hostile_server server{after_handshake([](auto&) { return resetting(cut(bulk("value"), 6)); })};
///
/// The script is called on the server's own thread. All members but the destructor may be called by any thread; what
/// they say is done when they return.
class hostile_server {
public:
    explicit hostile_server(hostile_script script) : script_{std::move(script)} {
        // Somebody else may take the port in between.
        for (int i = 0; port_ == 0; ++i) {
            try {
                port_ = free_port();
                listen();
            } catch (boost::system::system_error const&) {
                if (i == 20)
                    throw;
                acceptor_.close();
                port_ = 0;
            }
        }
        thread_ = std::thread{[this] { context_.run(); }};
    }

    hostile_server(hostile_server const&) = delete;
    hostile_server& operator=(hostile_server const&) = delete;

    ~hostile_server() {
        context_.stop();
        thread_.join();
    }

    std::uint16_t port() const { return port_; }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

    /// The commands received so far, those of hand-shakes too.
    std::vector<hostile_request> requests() const {
        std::lock_guard const lock{mutex_};
        return requests_;
    }

    /// How many connections were made so far.
    std::size_t connections() const {
        std::lock_guard const lock{mutex_};
        return connections_;
    }

    /// How many of them the client has closed so far.
    std::size_t closed_by_client() const {
        std::lock_guard const lock{mutex_};
        return closed_by_client_;
    }

    /// Whether that many commands are received, hand-shakes' too, within ten seconds.
    bool wait_for_requests(std::size_t count) const {
        return wait_until([&] { return requests_.size() >= count; });
    }

    /// Whether that many connections are made within ten seconds.
    bool wait_for_connections(std::size_t count) const {
        return wait_until([&] { return connections_ >= count; });
    }

    /// Whether the client closes that many connections within ten seconds.
    bool wait_for_closed_by_client(std::size_t count) const {
        return wait_until([&] { return closed_by_client_ >= count; });
    }

    /// Sends the replies that are held back at the moment: one on each connection, since no more is read until then.
    void let_go() {
        on_its_thread([this] { let_go_.cancel(); });
    }

    /// Says on every connection what nobody asked for.
    void say(std::string_view bytes) {
        on_its_thread([this, bytes] {
            for (auto& each : sessions_) {
                boost::system::error_code ignored;
                boost::asio::write(each.socket, boost::asio::buffer(bytes), ignored);
            }
        });
    }

    /// Closes every connection.
    void close_connections() {
        on_its_thread([this] {
            for (auto& each : sessions_)
                each.close();
        });
    }

    /// Ends every connection with a reset.
    void reset_connections() {
        on_its_thread([this] {
            for (auto& each : sessions_)
                each.reset();
        });
    }

    /// Refuses connections from now on; those that are made stay.
    void stop_listening() {
        on_its_thread([this] { acceptor_.close(); });
    }

    /// Listens again, on the same port.
    void listen_again() {
        on_its_thread([this] { listen(); });
    }

private:
    using tcp = boost::asio::ip::tcp;
    template <class T = void>
    using awaitable = boost::asio::awaitable<T>;
    using error_code = boost::system::error_code;

    struct session {
        session(tcp::socket connected, std::size_t of_number)
            : socket{std::move(connected)}, number{of_number} {}

        void close() {
            error_code ignored;
            socket.close(ignored);
        }

        void reset() {
            error_code ignored;
            socket.set_option(tcp::socket::linger{true, 0}, ignored);
            close();
        }

        // The next command received in full, if there is one: an array of strings, as a reply may be, too.
        std::optional<std::vector<std::string>> next_command() const {
            void* whole = nullptr;
            if (redisReaderGetReply(reader.get(), &whole) != REDIS_OK || whole == nullptr)
                return {};
            std::unique_ptr<void, decltype(&freeReplyObject)> const owner{whole, &freeReplyObject};
            auto const& command = *static_cast<redisReply const*>(whole);
            std::vector<std::string> arguments;
            for (std::size_t i = 0; i != command.elements; ++i)
                arguments.emplace_back(command.element[i]->str,
                                       static_cast<std::size_t>(command.element[i]->len));
            return arguments;
        }

        tcp::socket socket;
        std::size_t number;
        std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader{redisReaderCreate(),
                                                                        &redisReaderFree};
    };

    template <class Work>
    void on_its_thread(Work work) {
        std::packaged_task<void()> task{std::move(work)};
        auto done = task.get_future();
        // Not as it is: where Asio knows packaged tasks, it takes the future for itself.
        boost::asio::dispatch(context_, [task = std::move(task)]() mutable { task(); });
        done.get();
    }

    template <class Change>
    auto note(Change change) {
        std::lock_guard const lock{mutex_};
        changed_.notify_all();
        return change();
    }

    template <class Condition>
    bool wait_until(Condition condition) const {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{10}, condition);
    }

    void listen() {
        acceptor_.open(tcp::v4());
        acceptor_.set_option(tcp::acceptor::reuse_address{true});
        acceptor_.bind({boost::asio::ip::address_v4::loopback(), port_});
        acceptor_.listen();
        boost::asio::co_spawn(context_, accept(), boost::asio::detached);
    }

    awaitable<> accept() {
        error_code error;
        for (;;) {
            tcp::socket socket{context_};
            co_await acceptor_.async_accept(socket,
                                            boost::asio::redirect_error(boost::asio::use_awaitable, error));
            if (error)
                co_return;
            socket.set_option(tcp::no_delay{true});
            auto const number = note([this] { return connections_++; });
            sessions_.emplace_back(std::move(socket), number);
            boost::asio::co_spawn(context_, serve(std::prev(sessions_.end())), boost::asio::detached);
        }
    }

    awaitable<> serve(std::list<session>::iterator here) {
        error_code error;
        std::string received(65536, '\0');
        std::size_t number = 0;
        while (!error) {
            while (auto arguments = here->next_command()) {
                hostile_request const request{here->number, number, std::move(*arguments)};
                number += request.is_handshake() ? 0U : 1U;
                note([&] { requests_.push_back(request); });
                auto const reply = script_(request);
                co_await answer(*here, reply, error);
            }
            auto const size = co_await here->socket.async_read_some(
                boost::asio::buffer(received),
                boost::asio::redirect_error(boost::asio::use_awaitable, error));
            redisReaderFeed(here->reader.get(), received.data(), size);
        }
        if (here->socket.is_open())
            note([this] { return ++closed_by_client_; });
        sessions_.erase(here);
    }

    awaitable<> answer(session& to, hostile_reply const& reply, error_code& error) {
        if (reply.is_held) {
            error_code cancelled; // which is what is waited for
            co_await let_go_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
        }
        co_await write(to, reply.bytes, reply.piece, error);
        std::string const more(65536, 'x');
        while (!error && reply.then == hostile_reply::ending::flood)
            co_await write(to, more, 0, error);
        if (reply.then == hostile_reply::ending::close)
            to.close();
        if (reply.then == hostile_reply::ending::reset)
            to.reset();
    }

    awaitable<> write(session& to, std::string_view bytes, std::size_t piece, error_code& error) {
        while (!bytes.empty() && !error) {
            auto const now = bytes.substr(0, piece == 0 ? bytes.size() : piece);
            co_await boost::asio::async_write(to.socket, boost::asio::buffer(now),
                                              boost::asio::redirect_error(boost::asio::use_awaitable, error));
            bytes.remove_prefix(now.size());
        }
    }

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
    tcp::acceptor acceptor_{context_};
    boost::asio::steady_timer let_go_{context_, boost::asio::steady_timer::time_point::max()};
    std::list<session> sessions_;
    hostile_script const script_;
    std::uint16_t port_ = 0;

    mutable std::mutex mutex_; // of all that follows
    mutable std::condition_variable changed_;
    std::vector<hostile_request> requests_;
    std::size_t connections_ = 0;
    std::size_t closed_by_client_ = 0;

    std::thread thread_;
};

} // namespace support

#endif
