// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_CORE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_CORE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/connection_event.hpp>
#include <breakerbox/redis/connection/credentials.hpp>
#include <breakerbox/redis/connection/detail/address_watch.hpp>
#include <breakerbox/redis/connection/detail/connection_life.hpp>
#include <breakerbox/redis/connection/detail/connection_link.hpp>
#include <breakerbox/redis/connection/detail/connection_service.hpp>
#include <breakerbox/redis/connection/detail/error_replies.hpp>
#include <breakerbox/redis/connection/detail/handshake.hpp>
#include <breakerbox/redis/connection/detail/last_failure.hpp>
#include <breakerbox/redis/connection/detail/lazy_timer.hpp>
#include <breakerbox/redis/connection/detail/pipeline.hpp>
#include <breakerbox/redis/connection/detail/reply_reader.hpp>
#include <breakerbox/redis/connection/detail/server_address.hpp>
#include <breakerbox/redis/connection/detail/server_names.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/connection/script.hpp>
#include <breakerbox/redis/connection/url.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// A connection's Asio shell: carries out what `connection_life` decides, and moves the bytes of `pipeline`.
///
/// Every operation that goes on keeps it alive. Public members may be called from any thread; all else runs on its
/// strand.
class connection_core final : public std::enable_shared_from_this<connection_core>, public context_guest {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using waiter = asio::any_completion_handler<void(boost::system::error_code, redis_reply)>;
    using commands = pipeline<waiter>;
    /// Where a command's number will be, once it has been accepted.
    using number_cell = std::shared_ptr<commands::command_number>;

    connection_core(asio::any_io_executor executor, std::string_view url, redis_config const& config,
                    std::shared_ptr<stream_factory const> transport, redis_credentials_provider credentials)
        : address_(reachable_address(url, config, transport != nullptr)),
          client_name_(std::string_view{config.client_name}),
          config_(with_texts_of_mine(config)),
          transport_(std::move(transport)),
          credentials_(std::move(credentials)),
          server_(server_text(address_)),
          executor_(std::move(executor)),
          service_(&asio::use_service<connection_service>(context_of(executor_))),
          life_({config_.connect_timeout, config_.reconnect_min, config_.reconnect_max,
                 config_.reconnect_after_refusal, config_.max_connection_age}),
          watch_({config_.reconnect_min, config_.reconnect_max}),
          pipeline_(config_.max_waiting_commands, config_.max_unwritten_bytes),
          io_(std::in_place, executor_) {
        service_->add(*this);
    }
    connection_core(connection_core const&) = delete;
    connection_core& operator=(connection_core const&) = delete;

    ~connection_core() {
        if (service_ != nullptr)
            service_->remove(*this);
    }

    void start() {
        on_strand([self = shared_from_this()] { self->enter(self->life_.start(clock::now())); });
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
                auto& pipeline = self->pipeline_;
                if (auto who = may_be_sent ? pipeline.cancel(*cell) : pipeline.cancel_unsent(*cell))
                    self->complete(std::move(*who), asio::error::operation_aborted);
            });
    }

    /// Ends the waiting for a command, which is sent all the same.
    void leave(number_cell cell) {
        if (io_)
            asio::post(io_->strand, [self = shared_from_this(), cell = std::move(cell)] {
                if (auto who = self->pipeline_.leave(*cell))
                    self->complete(std::move(*who), asio::error::operation_aborted);
            });
    }

    /// Ends a command that was never taken.
    void refuse(waiter&& who, boost::system::error_code error, redis_reply reply = {}) {
        // Not at once: this may run within the initiation.
        if (io_)
            asio::post(io_->strand, [self = shared_from_this(), who = std::move(who), error,
                                     reply = std::move(reply)]() mutable {
                self->complete(std::move(who), error, std::move(reply));
            });
    }

    void post(redis_command&& command) noexcept {
        try {
            on_strand([self = shared_from_this(), command = std::move(command)]() mutable noexcept {
                self->accept_posted(std::move(command));
            });
        } catch (...) { // no memory: it is dropped, as promised
        }
    }

    void preload(redis_script&& script) {
        on_strand([self = shared_from_this(), script = std::move(script)]() mutable {
            self->add_script(std::move(script));
        });
    }

    void on_connected(std::function<bool()>&& told) {
        on_strand([self = shared_from_this(), told = std::move(told)]() mutable {
            self->told_of_connecting_.push_back(std::move(told));
        });
    }

    void close() {
        if (io_)
            asio::post(io_->strand, [self = shared_from_this()] { self->on_close(); });
    }

    /// As `close`, and the observer is told nothing more.
    void release() noexcept {
        is_released_.store(true, std::memory_order_relaxed);
        try {
            close();
        } catch (...) { // no memory: the connection stays until its context goes
        }
    }

    /// Whether its context is gone, and with it whatever could complete.
    bool is_abandoned() const noexcept { return !io_; }

    bool is_ready() const noexcept { return is_ready_.load(std::memory_order_acquire); }
    bool is_down() const noexcept { return is_down_.load(std::memory_order_acquire); }
    std::uint64_t sessions() const noexcept { return sessions_.load(std::memory_order_acquire); }

    boost::system::error_code last_error() const noexcept { return last_failure_.error(); }
    std::string last_error_text() const { return last_failure_.text(); }

    redis_config const& config() const noexcept { return config_; }
    asio::any_io_executor const& executor() const noexcept { return executor_; }

    static asio::execution_context& context_of(asio::any_io_executor const& executor) {
        return asio::query(executor, asio::execution::context);
    }

private:
    using state = connection_life::state;

    /// All that belongs to the execution context.
    struct io {
        explicit io(asio::any_io_executor const& executor) : strand(executor), timer(strand), names(strand) {}
        connection_strand strand;
        lazy_timer timer;
        server_names names;
    };

    using link = connection_link;
    using link_ptr = std::shared_ptr<link>;

    template <class F>
    void on_strand(F&& f) {
        if (!io_) // the context is gone, or about to
            return;
        if (io_->strand.running_in_this_thread())
            f();
        else
            asio::dispatch(io_->strand, std::forward<F>(f));
    }

    // --- commands

    void accept(redis_command&& command, waiter&& who, time_point deadline, bool is_hasty,
                commands::command_number* cell) {
        if (life_.now() == state::closed)
            return turn_away(std::move(who), redis_errc::closed);
        if (is_hasty && life_.is_down())
            return turn_away(std::move(who), redis_errc::not_connected);
        auto number = commands::command_number{0};
        try {
            auto const accepted = pipeline_.accept(std::move(command), std::move(who), deadline, is_hasty);
            if (!accepted)
                return turn_away(std::move(who), accepted.error());
            number = *accepted;
            arm_timer_for(deadline);
            flush_soon();
        } catch (std::bad_alloc const&) {
            if (number != 0)
                who = pipeline_.cancel(number).value_or(waiter{});
            return turn_away(std::move(who), make_error_code(boost::system::errc::not_enough_memory));
        }
        if (cell != nullptr)
            *cell = number;
    }

    // Not at once: this may run within the initiation. Only where memory is short it must be.
    void turn_away(waiter&& who, boost::system::error_code error) noexcept {
        auto const before = turned_away_.size();
        try {
            turned_away_.emplace_back(std::move(who), error);
            asio::post(io_->strand, [self = shared_from_this()] { self->end_commands_turned_away(); });
        } catch (...) {
            if (turned_away_.size() != before) {
                who = std::move(turned_away_.back().first);
                turned_away_.pop_back();
            }
            complete(std::move(who), error);
        }
    }

    void end_commands_turned_away() noexcept {
        for (auto& [who, error] : std::exchange(turned_away_, {}))
            complete(std::move(who), error);
    }

    void accept_posted(redis_command&& command) noexcept {
        if (life_.now() != state::ready && life_.now() != state::shaking_hands)
            return;
        try {
            auto const deadline = saturating_add(clock::now(), config_.command_timeout);
            if (pipeline_.accept(std::move(command), waiter{}, deadline)) {
                arm_timer_for(deadline);
                flush_soon();
            }
        } catch (...) { // no memory
        }
    }

    void add_script(redis_script&& script) {
        auto const is_known = std::ranges::any_of(
            scripts_, [&](redis_script const& known) { return known.sha1() == script.sha1(); });
        if (is_known)
            return;
        scripts_.push_back(std::move(script));
        load(scripts_.back());
    }

    void load(redis_script const& script) {
        if (config_.handshake == redis_handshake::full)
            accept_posted(redis_command{"SCRIPT", "LOAD", script.text()});
    }

    /// Calls a handler, which dispatches itself to its own executor. What it throws comes out of that context's run(),
    /// as from any handler, and does not end the connection.
    void complete(waiter&& who, boost::system::error_code error, redis_reply reply = {}) noexcept {
        try {
            std::move(who)(error, std::move(reply));
        } catch (...) {
            rethrow_later(std::current_exception());
        }
    }

    void rethrow_later(std::exception_ptr thrown) noexcept {
        try {
            asio::post(executor_, [thrown = std::move(thrown)] { std::rethrow_exception(thrown); });
        } catch (...) { // no memory even for that
        }
    }

    // --- the life of the connection

    void enter(state next) {
        for (std::optional<state> work = next; work;)
            try {
                work = begin(*work);
            } catch (...) { // no memory, or a transport that can't be made
                work = lost(make_error_code(boost::system::errc::not_enough_memory));
            }
        arm_timer();
    }

    /// Begins a state's work; gives the next state if it is done at once.
    std::optional<state> begin(state next) {
        auto const was_ready = is_ready_.exchange(next == state::ready, std::memory_order_acq_rel);
        is_down_.store(life_.is_down(), std::memory_order_release);
        switch (next) {
        case state::resolving:
            return resolve();
        case state::connecting:
            connect();
            break;
        case state::shaking_hands:
            return shake_hands();
        case state::ready:
            if (link_->hello->is_empty())
                read();
            quiet_since_ = clock::now();
            watch_.on_connected();
            sessions_.fetch_add(1, std::memory_order_acq_rel);
            std::erase_if(told_of_connecting_, [](auto const& told) { return !told(); });
            tell({.what = redis_connection_event::kind::connected, .server = server_});
            break;
        case state::waiting:
            on_failure(was_ready);
            break;
        case state::closed:
            disconnect();
            break;
        }
        return std::nullopt;
    }

    std::optional<state> resolve() {
        ++lookup_;
        boost::system::error_code error;
        endpoints_ = endpoints_without_look_up(address_, error);
        has_name_ = endpoints_.empty() && !error;
        if (!has_name_)
            return life_.on_resolved(error, endpoints_.size(), clock::now());
        io_->names.look_up(address_, [self = shared_from_this(), lookup = lookup_](
                                         boost::system::error_code failure, server_endpoints found) {
            if (lookup != self->lookup_ || self->life_.now() != state::resolving)
                return;
            self->endpoints_ = std::move(found);
            self->enter(self->life_.on_resolved(failure, self->endpoints_.size(), clock::now()));
        });
        return std::nullopt;
    }

    /// Leaves a server that its name doesn't point to any more.
    void look_up_again() {
        if (!has_name_ || !watch_.on_doubt(clock::now()))
            return;
        io_->names.look_up(address_, [self = shared_from_this(), from = link_](
                                         boost::system::error_code, server_endpoints const& found) {
            if (self->link_ == from && self->watch_.on_found(found, from->server))
                self->enter(self->lost(redis_errc::not_enough_replicas, "its name points elsewhere now"));
        });
    }

    void connect() {
        disconnect();
        auto const& server = endpoints_[life_.address()];
        link_ = std::make_shared<link>(transport_ ? transport_->make(io_->strand, address_.host)
                                                  : std::make_shared<plain_stream>(io_->strand),
                                       server, config_);
        link_->stream->async_connect(
            server, [self = shared_from_this(), made = link_](boost::system::error_code error) {
                if (self->link_ == made)
                    self->enter(self->life_.on_connected(error, clock::now()));
            });
    }

    std::optional<state> shake_hands() {
        if (credentials_ && !link_->credentials) {
            ask_for_credentials();
            return std::nullopt;
        }
        auto who = address_;
        if (link_->credentials) {
            who.user = link_->credentials->user();
            who.password = link_->credentials->password();
        }
        link_->hello.emplace(who, client_name_, scripts_, config_.handshake);
        if (link_->hello->is_done())
            return life_.on_hands_shaken({}, clock::now());
        if (auto const error = flush_once())
            return lost(error);
        read();
        return std::nullopt;
    }

    void ask_for_credentials() {
        link_->ask_for_credentials(
            credentials_, io_->strand,
            [self = shared_from_this(), from = link_](std::exception_ptr thrown, redis_credentials given) {
                if (self->link_ != from)
                    return;
                if (!thrown)
                    from->credentials = std::move(given);
                self->enter(thrown ? self->lost(redis_errc::no_credentials) : state::shaking_hands);
            });
    }

    /// What came of a state that ended in failure.
    void on_failure(bool was_ready) {
        io_->names.cancel();
        if (link_)
            link_->stop_asking();
        disconnect();
        last_failure_.note(life_.last_error(), std::exchange(words_, {}));
        end_lost_commands();
        if (life_.is_down())
            end_hasty_commands();
        using kind = redis_connection_event::kind;
        tell({.what = connection_life::is_refusal(life_.last_error()) ? kind::refused
                      : was_ready                                     ? kind::lost
                                                                      : kind::failed,
              .server = server_,
              .error = life_.last_error(),
              .text = last_failure_.words(),
              .next_try_in = life_.wait()});
    }

    void disconnect() noexcept {
        if (link_)
            link_->stream->close();
        link_.reset();
        pipeline_.disconnect();
    }

    void end_lost_commands() {
        while (auto who = pipeline_.take_lost())
            complete(std::move(*who), redis_errc::connection_lost);
    }

    void end_hasty_commands() {
        commands::command_number last = 0;
        while (auto who = pipeline_.take_hasty(last))
            complete(std::move(*who), redis_errc::not_connected);
    }

    state lost(boost::system::error_code error, std::string words = {}) {
        words_ = std::move(words);
        return life_.on_lost(error, clock::now());
    }

    void on_close() {
        if (life_.now() == state::closed)
            return;
        if (life_.now() == state::ready && !link_->is_writing)
            (void)flush_once(); // what was posted just before
        if (link_)
            link_->stop_asking();
        enter(life_.close());
        last_failure_.note(redis_errc::closed, {});
        io_->timer.cancel();
        io_->names.cancel();
        end_lost_commands();
        while (auto who = pipeline_.take_any())
            complete(std::move(*who), redis_errc::closed);
    }

    void tell(redis_connection_event const& event) noexcept {
        if (!config_.observer || is_released_.load(std::memory_order_relaxed))
            return;
        try {
            config_.observer(event);
        } catch (...) { // ignored, as `redis_config::observer` says
        }
    }

    // --- bytes

    // Of many replies that came together, not until the last one: while its callers go on, the server has work already.
    static constexpr std::size_t replies_between_flushes = 32;

    void read() {
        link_->stream->async_read_some(
            asio::buffer(link_->input),
            [self = shared_from_this(), from = link_](boost::system::error_code error, std::size_t size) {
                self->on_read(from, error, size);
            });
    }

    void on_read(link_ptr const& from, boost::system::error_code error, std::size_t size) {
        if (link_ != from)
            return;
        if (error)
            return enter(pipeline_.expects_reply() ? lost(error)
                                                   : life_.on_ended_idle(error, quiet_since_, clock::now()));
        quiet_since_ = clock::now();
        from->reader.feed({from->input.data(), size});
        {
            cork const corked{is_corked_};
            for (std::size_t replies = 1; link_ == from; ++replies) {
                auto next = from->reader.next();
                if (!next)
                    return enter(lost(next.error()));
                if (!*next)
                    break;
                on_reply(std::move(**next));
                if (replies % replies_between_flushes == 0)
                    flush();
            }
        }
        if (link_ == from && from->to_be_left_for)
            return enter(life_.on_lost(from->to_be_left_for, quiet_since_));
        leave_if_too_old();
        flush();
        if (pipeline_.is_idle())
            arm_timer(); // the idle time may end before the deadline that it is armed for
        if (link_ == from)
            read();
    }

    void on_reply(redis_reply&& reply) {
        if (life_.now() == state::shaking_hands)
            return on_hello_reply(reply);
        if (!pipeline_.expects_reply()) {
            // A server that is about to close, or to be taken for one that it is not, may say why.
            enter(lost(redis_errc::protocol_error,
                       std::string{reply.is_error() ? link_->hello->told_of(reply.text()) : ""}));
            return;
        }
        boost::system::error_code error;
        if (reply.is_error()) {
            error = error_of(reply.text());
            doubt_server(error, reply.text());
        }
        auto const number = pipeline_.answered_next();
        auto who = pipeline_.take_answered(quiet_since_);
        if (error == make_error_code(redis_errc::no_script) && number > last_load_)
            load_scripts();
        if (who)
            complete(std::move(who), error, std::move(reply));
    }

    /// Once for all commands that were sent before; those that are sent again come behind it.
    void load_scripts() {
        for (auto const& script : scripts_)
            load(script);
        last_load_ = pipeline_.last_number();
    }

    /// Draws the conclusions from an error reply about the server itself.
    void doubt_server(boost::system::error_code error, std::string_view words) {
        if (connection_life::is_of_a_replica(error)) {
            link_->to_be_left_for = error;
            words_ = words;
        } else if (connection_life::is_of_a_cut_off_master(error)) {
            look_up_again();
        }
    }

    void on_hello_reply(redis_reply const& reply) {
        auto& hello = *link_->hello;
        if (auto const error = hello.on_reply(reply)) {
            words_ = hello.text();
            enter(life_.on_hands_shaken(error, quiet_since_));
        } else if (hello.is_done()) {
            auto const is_written = link_->hello_written == hello.bytes().size();
            enter(life_.on_hands_shaken(is_written ? boost::system::error_code{} : redis_errc::protocol_error,
                                        quiet_since_));
        }
    }

    void flush_soon() {
        if (is_corked_ || is_flush_posted_ || life_.now() != state::ready)
            return;
        asio::post(io_->strand, [self = shared_from_this()] {
            self->is_flush_posted_ = false;
            self->flush();
        });
        is_flush_posted_ = true;
    }

    void flush() {
        if (life_.now() != state::ready && life_.now() != state::shaking_hands)
            return;
        if (link_->to_be_left_for || !link_->hello)
            return;
        if (auto const error = flush_once())
            enter(lost(error));
    }

    /// Writes what can be written without waiting, and has the rest follow.
    boost::system::error_code flush_once() {
        if (link_->is_writing)
            return {};
        for (auto bytes = to_write(); !bytes.empty(); bytes = to_write()) {
            boost::system::error_code error;
            auto const size = link_->stream->write_some(asio::buffer(bytes), error);
            if (!error)
                wrote(size);
            else if (error != asio::error::would_block)
                return error;
            else
                return write_later(bytes);
        }
        return {};
    }

    boost::system::error_code write_later(std::string_view bytes) {
        link_->is_writing = true;
        link_->stream->async_write_some(
            asio::buffer(bytes),
            [self = shared_from_this(), to = link_](boost::system::error_code error, std::size_t size) {
                if (self->link_ != to)
                    return;
                to->is_writing = false;
                if (error)
                    return self->enter(self->lost(error));
                self->wrote(size);
                self->flush();
            });
        return {};
    }

    std::string_view to_write() {
        return life_.now() == state::shaking_hands ? link_->unwritten_hello()
               : life_.is_too_old()                ? pipeline_.gathered_before()
                                                   : pipeline_.gather();
    }

    void wrote(std::size_t bytes) {
        if (life_.now() == state::shaking_hands)
            link_->hello_written += bytes;
        else
            pipeline_.wrote(bytes, clock::now());
    }

    // --- time

    /// When there is something to do though nothing happens.
    time_point next_time() noexcept {
        auto const due = std::min(life_.until(), pipeline_.nearest_deadline());
        return life_.now() == state::ready ? std::min(due, silence_ends_at()) : due;
    }

    time_point silence_ends_at() const noexcept {
        return pipeline_.expects_reply() ? saturating_add(pipeline_.silent_since(), config_.stall_timeout)
               : pipeline_.is_idle() && config_.handshake == redis_handshake::full
                   ? saturating_add(quiet_since_, config_.idle_ping_after)
                   : time_point::max();
    }

    void arm_timer_for(time_point due) {
        if (due < io_->timer.armed_for())
            io_->timer.arm(due, [self = shared_from_this()] { self->on_time(); });
    }

    void arm_timer() {
        if (life_.now() != state::closed)
            arm_timer_for(next_time());
    }

    void on_time() {
        auto const now = clock::now();
        if (life_.now() == state::ready)
            look_for_silence(now);
        if (auto const next = life_.on_time(now))
            enter(*next);
        leave_if_too_old();
        end_expired_commands(now);
        flush();
        arm_timer();
    }

    void leave_if_too_old() {
        if (life_.is_too_old() && !pipeline_.expects_reply())
            enter(life_.on_left(clock::now()));
    }

    void look_for_silence(time_point now) {
        if (silence_ends_at() > now)
            return;
        if (pipeline_.expects_reply())
            enter(lost(redis_errc::timed_out, "no reply for " + duration_text(config_.stall_timeout)));
        else if (config_.handshake == redis_handshake::full)
            accept_posted(redis_command{"PING"});
    }

    void end_expired_commands(time_point now) {
        cork const corked{is_corked_};
        while (auto expired = pipeline_.take_expired(now))
            complete(std::move(expired->waiter), expired->was_sent || life_.now() == state::ready
                                                     ? redis_errc::timed_out
                                                     : redis_errc::not_connected);
    }

    /// The context goes: all that belongs to it has to go before.
    void abandon() noexcept override {
        auto const self = weak_from_this().lock(); // with a handler the last handle may go
        service_ = nullptr;
        io_.reset();
        disconnect();
        turned_away_.clear();
        while (pipeline_.take_lost() || pipeline_.take_any()) {
        }
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
    std::shared_ptr<stream_factory const> const transport_;
    redis_credentials_provider const credentials_;
    std::string const server_;
    asio::any_io_executor executor_;
    connection_service* service_;

    connection_life life_;
    address_watch watch_;
    commands pipeline_;
    std::vector<std::pair<waiter, boost::system::error_code>> turned_away_; // to be told so
    std::vector<redis_script> scripts_;
    commands::command_number last_load_ = 0; // the last command that loads them
    server_endpoints endpoints_;
    bool has_name_ = false; // which endpoints_ were looked up by
    std::uint64_t lookup_ = 0;
    std::optional<io> io_;
    link_ptr link_;
    time_point quiet_since_{}; // when bytes last came
    std::string words_;        // of the server, about what is about to be a failure
    bool is_corked_ = false;
    bool is_flush_posted_ = false;

    std::atomic<bool> is_ready_ = false;
    std::atomic<std::uint64_t> sessions_ = 0;
    std::vector<std::function<bool()>> told_of_connecting_;
    std::atomic<bool> is_down_ = false;
    std::atomic<bool> is_released_ = false;
    last_failure last_failure_;
};

} // namespace breakerbox::detail

#endif
