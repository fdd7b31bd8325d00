// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_CORE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_CORE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/address.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/credentials.hpp>
#include <breakerbox/redis/connection/detail/command_desk.hpp>
#include <breakerbox/redis/connection/detail/connection_driver.hpp>
#include <breakerbox/redis/connection/detail/connection_io.hpp>
#include <breakerbox/redis/connection/detail/connection_life.hpp>
#include <breakerbox/redis/connection/detail/connection_service.hpp>
#include <breakerbox/redis/connection/detail/connection_status.hpp>
#include <breakerbox/redis/connection/detail/server_address.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/connection/script.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// What a connection is to its handles: brings what any thread asks of it to its strand, and keeps its parts together for
/// as long as a handle or an operation needs them, and lets go of its execution context when that goes.
///
/// Every operation that goes on keeps it alive. Public members may be called from any thread, but for those that its
/// driver uses; all else runs on its strand.
class connection_core final : public std::enable_shared_from_this<connection_core>, public context_guest {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using waiter = command_desk::waiter;
    /// Where a command's number will be, once it has been accepted.
    using number_cell = std::shared_ptr<command_number>;

    connection_core(asio::any_io_executor executor, std::string_view url, redis_config const& config,
                    std::shared_ptr<stream_factory const> transport, redis_credentials_provider credentials)
        : address_(reachable_address(url, config, transport != nullptr)),
          client_name_(std::string_view{config.client_name}),
          config_(with_texts_of_mine(config)),
          executor_(std::move(executor)),
          service_(&asio::use_service<connection_service>(context_of(executor_))),
          status_(server_text(address_), config_.observer),
          desk_(executor_, config_.max_waiting_commands, config_.max_unwritten_bytes),
          io_(std::in_place, executor_),
          driver_(*this, config_, desk_, status_, address_, std::move(transport), std::move(credentials)) {
        service_->add(*this);
    }
    connection_core(connection_core const&) = delete;
    connection_core& operator=(connection_core const&) = delete;

    ~connection_core() {
        if (service_ != nullptr)
            service_->remove(*this);
    }

    void start() {
        on_strand([self = shared_from_this()] { self->driver_.start(); });
    }

    /// A hasty command ends with `not_connected` where the connection is down.
    void execute(redis_command&& command, waiter&& who, time_point deadline, bool is_hasty,
                 number_cell cell) {
        on_strand([self = shared_from_this(), command = std::move(command), who = std::move(who), deadline,
                   is_hasty, cell = std::move(cell)]() mutable {
            self->accept(std::move(command), std::move(who), deadline, is_hasty, cell.get());
        });
    }

    /// Ends a command; one that was sent only where that may be, since it runs all the same.
    void cancel(number_cell cell, bool may_be_sent) {
        // Not at once: whoever cancels does not expect the end of what it cancels within that call.
        if (io_)
            asio::post(io_->strand, [self = shared_from_this(), cell = std::move(cell), may_be_sent] {
                self->desk_.cancel(*cell, may_be_sent);
            });
    }

    /// Ends the waiting for a command, which is sent all the same.
    void leave(number_cell cell) {
        if (io_)
            asio::post(io_->strand,
                       [self = shared_from_this(), cell = std::move(cell)] { self->desk_.leave(*cell); });
    }

    /// Ends a command that is never to be taken.
    void refuse(waiter&& who, boost::system::error_code error, redis_reply&& reply) {
        on_strand(
            [self = shared_from_this(), who = std::move(who), error, reply = std::move(reply)]() mutable {
                self->turn_away(std::move(who), error, std::move(reply));
            });
    }

    void post(redis_command&& command) noexcept {
        try {
            on_strand([self = shared_from_this(), command = std::move(command)]() mutable noexcept {
                self->driver_.accept_posted(std::move(command));
            });
        } catch (...) { // no memory: it is dropped, as promised
        }
    }

    void preload(redis_script&& script) {
        on_strand([self = shared_from_this(), script = std::move(script)]() mutable {
            self->driver_.add_script(std::move(script));
        });
    }

    void on_connected(std::function<bool()>&& told) {
        on_strand([self = shared_from_this(), told = std::move(told)]() mutable {
            self->status_.on_connected(std::move(told));
        });
    }

    void close() {
        if (io_)
            asio::post(io_->strand, [self = shared_from_this()] { self->driver_.close(); });
    }

    /// As `close`, and the observer is told nothing more.
    void release() noexcept {
        status_.fall_silent();
        try {
            close();
        } catch (...) { // no memory: the connection stays until its context goes
        }
    }

    /// Whether its context is gone, and with it whatever could complete.
    bool is_abandoned() const noexcept { return !io_; }

    connection_status const& status() const noexcept { return status_; }
    redis_config const& config() const noexcept { return config_; }
    asio::any_io_executor const& executor() const noexcept { return executor_; }

    static asio::execution_context& context_of(asio::any_io_executor const& executor) {
        return asio::query(executor, asio::execution::context);
    }

    /// For the driver: what there is of the context, which must not be gone.
    connection_io& io() noexcept { return *io_; }

private:
    template <class F>
    void on_strand(F&& f) {
        if (!io_) // the context is gone, or about to
            return;
        if (io_->strand.running_in_this_thread())
            f();
        else
            asio::dispatch(io_->strand, std::forward<F>(f));
    }

    /// How the desk has those told whom it turned away.
    auto soon() noexcept {
        return [this] {
            asio::post(io_->strand, [self = shared_from_this()] { self->desk_.end_turned_away(); });
        };
    }

    void accept(redis_command&& command, waiter&& who, time_point deadline, bool is_hasty,
                command_number* cell) {
        auto const& life = driver_.life();
        if (life.now() == connection_life::state::closed)
            return turn_away(std::move(who), redis_errc::closed);
        if (is_hasty && life.is_down())
            return turn_away(std::move(who), redis_errc::not_connected);
        auto const number = desk_.accept(
            std::move(command), std::move(who), deadline, is_hasty, [&] { driver_.on_accepted(deadline); },
            soon());
        if (number != 0 && cell != nullptr)
            *cell = number;
    }

    void turn_away(waiter&& who, boost::system::error_code error, redis_reply&& reply = {}) noexcept {
        desk_.turn_away(std::move(who), error, std::move(reply), soon());
    }

    /// The context goes: all that belongs to it has to go before.
    void abandon() noexcept override {
        auto const self = weak_from_this().lock(); // with a handler the last handle may go
        service_ = nullptr;
        io_.reset();
        driver_.abandon();
        desk_.abandon();
    }

    redis_config with_texts_of_mine(redis_config config) const noexcept {
        config.user = address_.user;
        config.password = address_.password;
        config.client_name = client_name_;
        return config;
    }

    redis_address const address_;
    std::string const client_name_;
    redis_config const config_; // whose texts are those above
    asio::any_io_executor executor_;
    connection_service* service_;
    connection_status status_;
    command_desk desk_;
    std::optional<connection_io> io_;
    connection_driver<connection_core> driver_;
};

} // namespace breakerbox::detail

#endif
