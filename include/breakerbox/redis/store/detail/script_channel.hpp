// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_SCRIPT_CHANNEL_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_SCRIPT_CHANNEL_HPP

#include <breakerbox/redis/connection/connection.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/store/detail/hearing.hpp>
#include <breakerbox/redis/store/detail/rule_twin.hpp>
#include <breakerbox/redis/store/detail/script_texts.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/redis/store/detail/store_clock.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace breakerbox::detail {

/// Sends steps to a rule's script in Redis, in the form in which the server knows that, and reads the replies.
template <rule Rule>
class script_channel {
public:
    script_channel(Rule rule, std::string_view key_prefix, redis_connection connection)
        : twin_(std::move(rule), key_prefix), connection_(std::move(connection)) {}

    /// Has the connection bring the script with each handshake, from now on.
    void preload() { connection_.preload(rule_twin<Rule>::script()); }

    redis_connection& connection() noexcept { return connection_; }
    redis_connection const& connection() const noexcept { return connection_; }

    /// Sends a step, and again where the server has forgotten the script.
    asio::awaitable<hearing> send(step_request asked, std::string_view host) {
        using ending = std::tuple<boost::system::error_code, redis_reply>;
        bool const says_how_it_went = asked.step == twin_step::report || asked.step == twin_step::record;
        for (unsigned refusals = 0;; ++refusals) {
            auto const turn = texts_.after(refusals);
            auto const asked_at = store_clock::now();
            auto const session = connection_.sessions();
            auto command = twin_.command(asked, host, turn.takes_text());
            ending ended;
            if (says_how_it_went) {
                auto operation = connection_.async_execute_if_cancelled_too(std::move(command),
                                                                            asio::as_tuple(asio::deferred));
                ended = co_await std::move(operation);
            } else {
                auto operation =
                    connection_.async_execute_unless_down(std::move(command), asio::as_tuple(asio::deferred));
                ended = co_await std::move(operation);
            }
            auto const& [error, reply] = ended;
            if (!turn.is_to_be_repeated(error))
                co_return heard(error, reply, asked_at, session);
        }
    }

    /// Sends a step once, wherever that is called from. No coroutine, since none can be begun where one is being
    /// destroyed, or after its context. `on_end(std::optional<hearing>)` must keep this channel alive; it is called with
    /// nothing where the step is to be sent again, with one refusal more.
    template <class OnEnd>
    void send_once(step_request const& asked, std::string_view host, unsigned refusals, OnEnd on_end) {
        auto turn = texts_.after(refusals);
        auto command = twin_.command(asked, host, turn.takes_text());
        connection_.async_execute_unless_down(
            std::move(command),
            [this, on_end = std::move(on_end), turn = std::move(turn), asked_at = store_clock::now(),
             session = connection_.sessions()](boost::system::error_code error, redis_reply const& reply) {
                try {
                    if (turn.is_to_be_repeated(error))
                        on_end(std::optional<hearing>{});
                    else
                        on_end(std::optional{heard(error, reply, asked_at, session)});
                } catch (std::bad_alloc const&) { // as if it had got lost
                }
            });
    }

    /// Sends a step, wherever that is called from. Nothing is known of its outcome.
    void post(step_request const& asked, std::string_view host) {
        connection_.post(twin_.command(asked, host, false));
    }

private:
    hearing heard(boost::system::error_code error, redis_reply const& reply, instant asked_at,
                  std::uint64_t session) const {
        hearing heard{.asked_at = asked_at, .session = session};
        if (!error)
            heard.answer = twin_.read(reply, store_clock::now());
        if (error)
            heard.failure = {error, words_for(error, reply)};
        else if (!heard.answer)
            heard.failure = {make_error_code(redis_errc::server_error),
                             "its reply is not what the script of this version says"};
        return heard;
    }

    /// The server's words, or where it was not reached, why not.
    std::string words_for(boost::system::error_code error, redis_reply const& reply) const {
        if (error != make_error_code(redis_errc::not_connected) || !connection_.last_error())
            return std::string{reply.text()};
        auto const words = connection_.last_error_text();
        return words.empty() ? connection_.last_error().message() : words;
    }

    rule_twin<Rule> twin_;
    redis_connection connection_;
    script_texts texts_;
};

} // namespace breakerbox::detail

#endif
