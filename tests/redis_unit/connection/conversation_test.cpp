// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/conversation.hpp>

#include "redis_unit/support/fake_stream.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conversation_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using boost::system::error_code;
using detail::connection_life;
using state = connection_life::state;
using clock = std::chrono::steady_clock;

namespace {

struct ended {
    std::string name;
    error_code error;
    std::string reply;
};

struct fake_driver : std::enable_shared_from_this<fake_driver> {
    auto keep() { return shared_from_this(); }
    detail::connection_strand const& strand() const { return strand_; }
    connection_life& life() { return life_; }
    void enter(state next) {
        entered.push_back(next);
        if (next == state::waiting)
            talk.end();
    }
    state lost(error_code error, std::string said = {}) {
        words = std::move(said);
        return life_.on_lost(error, clock::now());
    }
    void keep_words(std::string said) { words = std::move(said); }
    void leave_if_too_old() {
        if (life_.is_too_old() && !desk.queue().expects_reply())
            enter(life_.on_left(clock::now()));
    }
    void doubt_address() { ++doubts; }
    void on_missing_script(detail::command_number number) { missing.push_back(number); }
    void arm_timer() { ++arms; }

    void begin() {
        life_.start(clock::now());
        life_.on_resolved({}, 1, clock::now());
        life_.on_connected({}, clock::now());
        stream = std::make_shared<support::fake_stream>();
        talk.begin_on(std::make_shared<detail::connection_link>(stream, byte_end, 1000, 10));
        talk.link()->hello.emplace(redis_address{}, "", std::vector<redis_script>{});
    }
    void make_ready() {
        begin();
        life_.on_hands_shaken({}, clock::now());
        quiet.on_bytes(clock::now());
        talk.read();
    }
    void ask(std::string name, std::string then = {}) {
        REQUIRE(desk.queue().accept(
            redis_command{name},
            [this, name, then](error_code error, redis_reply const& reply) {
                ends.push_back({name, error, std::string{reply.text()}});
                if (!then.empty())
                    ask(then);
            },
            clock::now() + 1h));
        talk.flush_soon();
    }
    void run() {
        context.restart();
        context.poll();
    }

    boost::asio::io_context context{};
    detail::connection_strand strand_{boost::asio::any_io_executor{context.get_executor()}};
    detail::command_desk desk{context.get_executor(), 1000, 100'000};
    detail::silence quiet{2s, 10s};
    connection_life life_{{5s, 50ms, 5s, 30s}};
    detail::conversation<fake_driver> talk{*this, desk, quiet};
    detail::byte_stream::endpoint byte_end{};
    std::shared_ptr<support::fake_stream> stream{};
    std::vector<state> entered{};
    std::vector<ended> ends{};
    std::vector<detail::command_number> missing{};
    std::string words{};
    int doubts = 0;
    int arms = 0;
};

/// A driver whose stream keeps it no longer than the test.
struct fixture {
    std::shared_ptr<fake_driver> d = std::make_shared<fake_driver>();
    fixture() = default;
    fixture(fixture const&) = delete;
    fixture& operator=(fixture const&) = delete;
    ~fixture() {
        if (d->stream && d->stream->is_reading())
            d->stream->break_read(boost::asio::error::operation_aborted);
        if (d->stream && d->stream->is_writing())
            d->stream->break_write(boost::asio::error::operation_aborted);
    }
};

std::string bytes_of(std::string_view name) {
    return std::string{redis_command{name}.bytes()};
}

auto const eof = boost::asio::error::make_error_code(boost::asio::error::eof);

} // namespace

TEST_CASE("conversation: commands that are accepted together go out in one write, and end with their replies "
          "in order") {
    fixture f;
    f.d->make_ready();
    f.d->ask("A");
    f.d->ask("B");
    CHECK(f.d->stream->sent.empty());
    f.d->run();
    CHECK(f.d->stream->sent == bytes_of("A") + bytes_of("B"));
    CHECK(f.d->stream->writes == 1);
    f.d->stream->receive("+a\r\n-ERR b\r\n");
    REQUIRE(f.d->ends.size() == 2);
    CHECK(f.d->ends[0].name == "A");
    CHECK(f.d->ends[0].reply == "a");
    CHECK_FALSE(f.d->ends[0].error);
    CHECK(f.d->ends[1].error == make_error_code(redis_errc::server_error));
    CHECK(f.d->ends[1].reply == "ERR b");
    CHECK(f.d->stream->is_reading());
    CHECK(f.d->arms == 1); // all is answered
}

TEST_CASE("conversation: what the callers of many replies ask for next goes out each 32 replies, and after "
          "the last") {
    fixture f;
    f.d->make_ready();
    std::string replies;
    for (int i = 0; i != 40; ++i) {
        f.d->ask("A", "B");
        replies += "+a\r\n";
    }
    f.d->run();
    f.d->stream->writes = 0;
    f.d->stream->receive(replies);
    CHECK(f.d->stream->writes == 2);
    CHECK(f.d->ends.size() == 40);
}

TEST_CASE("conversation: what can't be written at once follows, and nothing comes in between") {
    fixture f;
    f.d->make_ready();
    f.d->stream->room = 3;
    f.d->ask("A");
    f.d->run();
    CHECK(f.d->stream->is_writing());
    f.d->ask("B");
    f.d->run();
    CHECK(f.d->stream->sent == bytes_of("A").substr(0, 3));
    f.d->stream->end_write(1000);
    CHECK(f.d->stream->sent == bytes_of("A") + bytes_of("B"));
}

TEST_CASE("conversation: a write that breaks ends the connection, at once or later") {
    for (bool const is_late : {false, true}) {
        fixture f;
        f.d->make_ready();
        f.d->stream->room = is_late ? 0 : 1;
        if (!is_late)
            f.d->stream->broken = boost::asio::error::broken_pipe;
        f.d->ask("A");
        f.d->run();
        if (is_late)
            f.d->stream->break_write(boost::asio::error::broken_pipe);
        CHECK(f.d->entered == std::vector{state::waiting});
        CHECK(f.d->life_.last_error() == boost::asio::error::broken_pipe);
        CHECK(f.d->stream->is_closed);
    }
}

TEST_CASE("conversation: a reply that nobody asked for ends the connection, with the server's words if it "
          "has any") {
    for (auto const& [bytes, words] : {std::pair{"-ERR bye\r\n", "ERR bye"}, std::pair{"+hello\r\n", ""}}) {
        fixture f;
        f.d->make_ready();
        f.d->stream->receive(bytes);
        CHECK(f.d->entered == std::vector{state::waiting});
        CHECK(f.d->life_.last_error() == make_error_code(redis_errc::protocol_error));
        CHECK(f.d->words == words);
    }
}

TEST_CASE("conversation: what is no reply ends the connection behind those that are") {
    fixture f;
    f.d->make_ready();
    f.d->ask("A");
    f.d->ask("B");
    f.d->run();
    f.d->stream->receive("+a\r\n?");
    CHECK(f.d->ends.size() == 1);
    CHECK(f.d->life_.last_error() == make_error_code(redis_errc::protocol_error));
    CHECK(f.d->entered == std::vector{state::waiting});
}

TEST_CASE("conversation: a connection that ends while a reply is owed is lost") {
    fixture f;
    f.d->make_ready();
    f.d->ask("A");
    f.d->run();
    f.d->stream->break_read(eof);
    CHECK(f.d->entered == std::vector{state::waiting});
    CHECK(f.d->life_.last_error() == eof);
    CHECK(f.d->life_.is_down());
}

TEST_CASE("conversation: one that ends after it was idle has not failed") {
    fixture f;
    f.d->begin();
    f.d->life_.on_hands_shaken({}, clock::now() - 10s);
    f.d->quiet.on_bytes(clock::now() - 5s);
    f.d->talk.read();
    f.d->stream->break_read(eof);
    CHECK(f.d->entered == std::vector{state::waiting});
    CHECK_FALSE(f.d->life_.is_down());
}

TEST_CASE("conversation: a replica is left once all replies that came with its error are delivered") {
    fixture f;
    f.d->make_ready();
    f.d->ask("A", "C");
    f.d->ask("B");
    f.d->run();
    auto const sent = f.d->stream->sent;
    f.d->stream->receive("-READONLY replica\r\n+b\r\n");
    REQUIRE(f.d->ends.size() == 2);
    CHECK(f.d->ends[1].reply == "b");
    CHECK(f.d->entered == std::vector{state::waiting});
    CHECK(f.d->life_.last_error() == make_error_code(redis_errc::read_only));
    CHECK(f.d->words == "READONLY replica");
    CHECK(f.d->stream->sent == sent); // C goes to the next one
}

TEST_CASE(
    "conversation: too few replicas cast doubt on the address, a missing script is told with its command") {
    fixture f;
    f.d->make_ready();
    f.d->ask("A");
    f.d->ask("B");
    f.d->run();
    f.d->stream->receive("-NOREPLICAS no\r\n-NOSCRIPT no\r\n");
    CHECK(f.d->doubts == 1);
    CHECK(f.d->missing == std::vector<detail::command_number>{2});
    CHECK(f.d->ends.size() == 2);
    CHECK(f.d->entered.empty());
}

TEST_CASE(
    "conversation: a connection that is too old is left after the last reply, and nothing more is written") {
    fixture f;
    f.d->life_ = connection_life{{5s, 50ms, 5s, 30s, 1h}};
    f.d->make_ready();
    f.d->ask("A");
    f.d->run();
    f.d->life_.on_time(f.d->life_.until());
    REQUIRE(f.d->life_.is_too_old());
    f.d->ask("B");
    f.d->run();
    CHECK(f.d->stream->sent == bytes_of("A"));
    f.d->stream->receive("+a\r\n");
    CHECK(f.d->entered == std::vector{state::waiting});
    CHECK(f.d->life_.last_error() == make_error_code(redis_errc::connection_too_old));
}

TEST_CASE("conversation: the handshake comes first, and then the connection is ready") {
    fixture f;
    f.d->begin();
    f.d->ask("A");
    CHECK_FALSE(f.d->talk.write());
    f.d->talk.read();
    f.d->run();
    CHECK(f.d->stream->sent == bytes_of("PING"));
    f.d->stream->receive("+PONG\r\n");
    CHECK(f.d->entered == std::vector{state::ready});
    CHECK(f.d->stream->sent == bytes_of("PING") + bytes_of("A"));
}

TEST_CASE("conversation: a handshake that is refused ends the connection with the server's words") {
    fixture f;
    f.d->begin();
    CHECK_FALSE(f.d->talk.write());
    f.d->talk.read();
    f.d->stream->receive("-LOADING is loading\r\n");
    CHECK(f.d->entered == std::vector{state::waiting});
    CHECK(f.d->life_.last_error() == make_error_code(redis_errc::loading));
    CHECK(f.d->words == "LOADING is loading");
}

TEST_CASE("conversation: what comes from a link that was given up is nothing any more") {
    fixture f;
    f.d->make_ready();
    f.d->stream->room = 0;
    f.d->ask("A");
    f.d->run();
    auto const before = f.d->stream;
    f.d->make_ready();
    before->receive("+a\r\n");
    before->end_write(3);
    CHECK(f.d->ends.empty());
    CHECK(f.d->entered.empty());
    CHECK_FALSE(before->is_reading());
}

} // namespace conversation_test
