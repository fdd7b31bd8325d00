// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_DRIVER_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_DRIVER_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/connection/address.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/credentials.hpp>
#include <breakerbox/redis/connection/detail/command_desk.hpp>
#include <breakerbox/redis/connection/detail/connection_io.hpp>
#include <breakerbox/redis/connection/detail/connection_life.hpp>
#include <breakerbox/redis/connection/detail/connection_status.hpp>
#include <breakerbox/redis/connection/detail/connector.hpp>
#include <breakerbox/redis/connection/detail/conversation.hpp>
#include <breakerbox/redis/connection/detail/known_scripts.hpp>
#include <breakerbox/redis/connection/detail/watchdog.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/script.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace breakerbox::detail {

/// Carries out what `connection_life` decides, and tells it what came of that, and the time. All on the strand.
///
/// An Owner keeps the driver, and has `shared_from_this()` and `io()`.
template <class Owner>
class connection_driver {
public:
    using clock = std::chrono::steady_clock;
    using state = connection_life::state;

    /// All that is passed by reference must outlive it.
    connection_driver(Owner& owner, redis_config const& config, command_desk& desk, connection_status& status,
                      redis_address const& address, std::shared_ptr<stream_factory const> transport,
                      redis_credentials_provider credentials)
        : owner_(owner),
          config_(config),
          desk_(desk),
          status_(status),
          life_({config.connect_timeout, config.reconnect_min, config.reconnect_max,
                 config.reconnect_after_refusal, config.max_connection_age}),
          connector_(address, config, std::move(transport), std::move(credentials)),
          watchdog_(*this, desk, config.stall_timeout,
                    config.handshake == redis_handshake::full ? config.idle_ping_after : duration::max()),
          conversation_(*this, desk, watchdog_.quiet()) {}

    auto keep() const { return owner_.shared_from_this(); }
    connection_strand const& strand() const noexcept { return owner_.io().strand; }
    lazy_timer& timer() noexcept { return owner_.io().timer; }
    connection_life& life() noexcept { return life_; }
    conversation<connection_driver>& talk() noexcept { return conversation_; }

    void start() { enter(life_.start(clock::now())); }

    /// Has an accepted command written, and ended at its deadline.
    void on_accepted(clock::time_point deadline) {
        watchdog_.arm_for(deadline);
        conversation_.flush_soon();
    }

    /// Takes a command whose reply nobody waits for, or drops it.
    void accept_posted(redis_command&& command) noexcept {
        if (life_.now() != state::ready && life_.now() != state::shaking_hands)
            return;
        try {
            auto const deadline = saturating_add(clock::now(), config_.command_timeout);
            if (desk_.queue().accept(std::move(command), {}, deadline))
                on_accepted(deadline);
        } catch (...) { // no memory
        }
    }

    void add_script(redis_script&& script) {
        if (auto const* const added = scripts_.add(std::move(script)))
            load(*added);
    }

    void on_missing_script(command_number number) {
        if (!scripts_.are_missing_for(number))
            return;
        for (auto const& script : scripts_.all())
            load(script);
        scripts_.on_loaded(desk_.queue().last_number());
    }

    void close() {
        if (life_.now() == state::closed)
            return;
        auto const& link = conversation_.link();
        if (life_.now() == state::ready && !link->is_writing())
            (void)conversation_.write(); // what was posted just before
        if (link)
            link->credentials.stop();
        enter(life_.close());
        status_.note_failure(redis_errc::closed, {});
        timer().cancel();
        connector_.forget_look_ups(owner_.io().names);
        desk_.end_lost();
        desk_.end_all(redis_errc::closed);
    }

    void abandon() noexcept { conversation_.end(); }

    void enter(state next) {
        for (std::optional<state> work = next; work;)
            try {
                work = begin(*work);
            } catch (...) { // no memory, or a transport that can't be made
                work = lost(make_error_code(boost::system::errc::not_enough_memory));
            }
        arm_timer();
    }

    state lost(boost::system::error_code error, std::string words = {}) {
        words_ = std::move(words);
        return life_.on_lost(error, clock::now());
    }

    /// The server's words about what is about to be a failure.
    void keep_words(std::string words) noexcept { words_ = std::move(words); }

    void leave_if_too_old() {
        if (life_.is_too_old() && !desk_.queue().expects_reply())
            enter(life_.on_left(clock::now()));
    }

    /// Leaves a server that its name doesn't point to any more.
    void doubt_address() {
        connector_.look_up_again(
            owner_.io().names, clock::now(),
            [kept = keep(), this, from = conversation_.link()](server_endpoints const& found) {
                if (conversation_.link() == from && connector_.points_elsewhere(found, *from))
                    enter(lost(redis_errc::not_enough_replicas, "its name points elsewhere now"));
            });
    }

    void arm_timer() { watchdog_.arm(); }

private:
    /// Begins a state's work; gives the next state if it is done at once.
    std::optional<state> begin(state next) {
        auto const was_ready = status_.note(next == state::ready, life_.is_down());
        switch (next) {
        case state::resolving:
            return resolve();
        case state::connecting:
            connect();
            break;
        case state::shaking_hands:
            return shake_hands();
        case state::ready:
            if (conversation_.link()->hello->is_empty())
                conversation_.read();
            watchdog_.quiet().on_bytes(clock::now());
            connector_.on_connected();
            status_.tell_connected();
            break;
        case state::waiting:
            on_failure(was_ready);
            break;
        case state::closed:
            conversation_.end();
            break;
        }
        return std::nullopt;
    }

    std::optional<state> resolve() {
        boost::system::error_code error;
        if (connector_.find_without_look_up(error))
            return life_.on_resolved(error, connector_.addresses(), clock::now());
        connector_.look_up(owner_.io().names, [kept = keep(), this](boost::system::error_code failure) {
            enter(life_.on_resolved(failure, connector_.addresses(), clock::now()));
        });
        return std::nullopt;
    }

    void connect() {
        conversation_.end();
        conversation_.begin_on(connector_.make_link(strand(), life_.address()));
        auto const made = conversation_.link();
        made->connect([kept = keep(), this, made](boost::system::error_code error) {
            if (conversation_.link() == made)
                enter(life_.on_connected(error, clock::now()));
        });
    }

    std::optional<state> shake_hands() {
        auto const link = conversation_.link();
        if (connector_.wants_credentials(*link)) {
            connector_.ask_for_credentials(
                *link, strand(), [kept = keep(), this, link](std::exception_ptr thrown) {
                    if (conversation_.link() == link)
                        enter(thrown ? lost(redis_errc::no_credentials) : state::shaking_hands);
                });
            return std::nullopt;
        }
        connector_.prepare_hello(*link, scripts_.all());
        if (link->hello->is_done())
            return life_.on_hands_shaken({}, clock::now());
        if (auto const error = conversation_.write())
            return lost(error);
        conversation_.read();
        return std::nullopt;
    }

    /// What came of a state that ended in failure.
    void on_failure(bool was_ready) {
        connector_.forget_look_ups(owner_.io().names);
        if (auto const& link = conversation_.link())
            link->credentials.stop();
        conversation_.end();
        status_.note_failure(life_.last_error(), std::exchange(words_, {}));
        desk_.end_lost();
        if (life_.is_down())
            desk_.end_hasty();
        status_.tell_failed(was_ready, life_.wait());
    }

    void load(redis_script const& script) {
        if (config_.handshake == redis_handshake::full)
            accept_posted(redis_command{"SCRIPT", "LOAD", script.text()});
    }

    Owner& owner_;
    redis_config const& config_;
    command_desk& desk_;
    connection_status& status_;
    connection_life life_;
    connector connector_;
    known_scripts scripts_;
    watchdog<connection_driver> watchdog_;
    std::string words_; // of the server, about what is about to be a failure
    conversation<connection_driver> conversation_;
};

} // namespace breakerbox::detail

#endif
