// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_CONNECTION_HPP
#define BREAKERBOX_REDIS_CONNECTION_CONNECTION_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/credentials.hpp>
#include <breakerbox/redis/connection/detail/connection_core.hpp>
#include <breakerbox/redis/connection/detail/delivery.hpp>
#include <breakerbox/redis/connection/detail/unshareable_commands.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/connection/script.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace breakerbox {

/// A connection to one Redis server, which is made again whenever it is lost.
///
/// A server that answers a command with READONLY or MASTERDOWN is left as if the connection were lost, since its name may
/// point to the master by now. One that answers with NOREPLICAS is left where its name has another address by now.
///
/// It begins to connect at once, on the executor it is given, and needs no thread of its own. This is a handle:
/// copies share the connection, and the last one to go closes it, as `close` does. All members may be called from
/// any thread.
///
/// A handler is called on its own executor; where that is one of the connection's context, within the connection's
/// strand, so that one write carries what the handlers of many replies ask for next. They must not block: while one
/// waits for another command's reply, no reply comes.
///
/// A context that is destroyed destroys the handlers that still wait, uncalled, as Asio does. A handle may outlive
/// its context; what is asked of it then is dropped.
class redis_connection {
public:
    using executor_type = asio::any_io_executor;

    /// `url` is `redis://[[user]:password@]host[:port][/database]`, the same with `rediss://` for TLS, or
    /// `unix://[[user]:password@]/path[?db=database]`; see `parse_redis_url`. It and the texts of `config` are copied.
    /// `transport` carries the bytes: empty for TCP and Unix sockets; `<breakerbox/redis_tls.hpp>` makes one for TLS.
    /// `credentials`, where it isn't empty, says before each handshake what stands in for user and password.
    ///
    /// Throws std::invalid_argument naming the field or the part of the URL that can't be right.
    redis_connection(asio::any_io_executor executor, std::string_view url, redis_config const& config = {},
                     std::shared_ptr<detail::stream_factory const> transport = {},
                     redis_credentials_provider credentials = {})
        : owner_(std::make_shared<owner>(std::make_shared<detail::connection_core>(
              std::move(executor), url, config, std::move(transport), std::move(credentials)))) {
        owner_->core->start();
    }

    template <class Context>
        requires std::convertible_to<Context&, asio::execution_context&>
    redis_connection(Context& context, std::string_view url, redis_config const& config = {},
                     std::shared_ptr<detail::stream_factory const> transport = {},
                     redis_credentials_provider credentials = {})
        : redis_connection(asio::any_io_executor{context.get_executor()}, url, config, std::move(transport),
                           std::move(credentials)) {}

    /// Sends a command, and completes with its reply: void(error_code, redis_reply).
    ///
    /// The time for all of it, waiting for a connection included, is `config().command_timeout`. An error that the
    /// server replies comes as the `redis_errc` of its first word, with the reply for its text. `not_connected`,
    /// `too_many_commands`, `too_many_bytes` and `closed` mean that it was never sent; after `connection_lost` and
    /// `timed_out` it may have run. It never completes within this call, unless a command that is refused here finds no
    /// memory to be told of it later.
    ///
    /// Cancellation ends it with `operation_aborted`. Of type `total`, which promises that nothing has happened, only where
    /// it was not sent; of type `partial` or `terminal` in any case, and if it was sent, it runs all the same.
    ///
    /// A command that would change the connection for all who share it, or have them wait, such as SELECT, MULTI,
    /// SUBSCRIBE and BLPOP, is not sent, and ends with `not_shareable` and an error reply that names it.
    template <asio::completion_token_for<void(boost::system::error_code, redis_reply)> Token>
    auto async_execute(redis_command command, Token&& token) {
        return asio::async_initiate<Token, void(boost::system::error_code, redis_reply)>(
            initiation{owner_->core, false, false}, token, std::move(command));
    }

    /// The same for whoever can do without the reply: it waits for a connection that is being made at first, or anew after
    /// an idle one was closed, but where `is_down()` it ends with `not_connected` at once.
    template <asio::completion_token_for<void(boost::system::error_code, redis_reply)> Token>
    auto async_execute_unless_down(redis_command command, Token&& token) {
        return asio::async_initiate<Token, void(boost::system::error_code, redis_reply)>(
            initiation{owner_->core, true, false}, token, std::move(command));
    }

    /// The same for what must not get lost with whoever asked for it: cancelled, it completes at once, but the command is
    /// sent all the same.
    template <asio::completion_token_for<void(boost::system::error_code, redis_reply)> Token>
    auto async_execute_if_cancelled_too(redis_command command, Token&& token) {
        return asio::async_initiate<Token, void(boost::system::error_code, redis_reply)>(
            initiation{owner_->core, true, true}, token, std::move(command));
    }

    /// Sends a command whose reply nobody waits for. It is dropped where there is no connection, or no room, or where
    /// `async_execute` would refuse it.
    void post(redis_command command) noexcept {
        if (detail::unshareable_part(command).empty())
            owner_->core->post(std::move(command));
    }

    /// Has the server know a script: now, if it is connected, and from each handshake on.
    void preload(redis_script script) { owner_->core->preload(std::move(script)); }

    /// How many connections were made.
    std::uint64_t sessions() const noexcept { return owner_->core->status().sessions(); }

    /// Has a function called within the connection's strand whenever one was made, for as long as it returns true. It
    /// must not throw.
    void on_connected(std::function<bool()> told) { owner_->core->on_connected(std::move(told)); }

    /// Whether the server took commands when last heard of.
    bool is_ready() const noexcept { return owner_->core->status().is_ready(); }

    /// Whether a connection was lost, or could not be made, and is not back yet; not while the first one is being made.
    bool is_down() const noexcept { return owner_->core->status().is_down(); }

    /// Whether its context is gone, and with it whatever could complete.
    bool is_abandoned() const noexcept { return owner_->core->is_abandoned(); }

    /// Why the last connection was lost or could not be made, `closed` where its owner closed it; none if that never
    /// happened.
    boost::system::error_code last_error() const noexcept { return owner_->core->status().last_error(); }

    /// That error in words, with the server's own; never holds the password.
    std::string last_error_text() const { return owner_->core->status().last_error_text(); }

    /// Closes the connection for good. Commands that wait end with `closed`, those that were sent with
    /// `connection_lost`; what was posted before is written if it can be at once.
    void close() { owner_->core->close(); }

    executor_type get_executor() const noexcept { return owner_->core->executor(); }
    /// Its texts are the connection's own, with what the URL says of user and password.
    redis_config const& config() const noexcept { return owner_->core->config(); }

private:
    struct owner {
        explicit owner(std::shared_ptr<detail::connection_core> c) noexcept : core(std::move(c)) {}
        owner(owner const&) = delete;
        owner& operator=(owner const&) = delete;
        ~owner() { core->release(); }
        std::shared_ptr<detail::connection_core> const core;
    };

    // Keeps the core, not the handle: a command that waits doesn't keep its connection open.
    struct initiation {
        using executor_type = asio::any_io_executor;

        template <class Handler>
        void operator()(Handler&& handler, redis_command command) const {
            if (core->is_abandoned())
                return;
            auto const deadline =
                detail::saturating_add(detail::connection_core::clock::now(), core->config().command_timeout);
            auto slot = asio::get_associated_cancellation_slot(handler);
            detail::connection_core::number_cell cell;
            if (slot.is_connected()) {
                cell = std::make_shared<detail::command_number>(0);
                slot.assign(
                    [core = core->weak_from_this(), cell, is_kept = is_kept](asio::cancellation_type type) {
                        auto const alive = type == asio::cancellation_type::none ? nullptr : core.lock();
                        if (alive && is_kept)
                            alive->leave(cell);
                        else if (alive)
                            alive->cancel(cell, ends_what_was_sent(type));
                    });
            }
            using delivery = detail::delivery<std::decay_t<Handler>>;
            delivery who{std::forward<Handler>(handler), core->executor()};
            if (auto const name = detail::unshareable_part(command); !name.empty())
                return core->refuse(std::move(who), redis_errc::not_shareable, detail::refusal_of(name));
            core->execute(std::move(command), std::move(who), deadline, is_hasty, std::move(cell));
        }

        executor_type get_executor() const noexcept { return core->executor(); }

        static bool ends_what_was_sent(asio::cancellation_type type) noexcept {
            constexpr auto either = asio::cancellation_type::partial | asio::cancellation_type::terminal;
            return (type & either) != asio::cancellation_type::none;
        }

        std::shared_ptr<detail::connection_core> core;
        bool is_hasty;
        bool is_kept;
    };

    std::shared_ptr<owner> owner_;
};

} // namespace breakerbox

#endif
