// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_SHARED_HOSTS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_SHARED_HOSTS_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/random.hpp>
#include <breakerbox/redis/connection/connection.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/store/detail/local_hosts.hpp>
#include <breakerbox/redis/store/detail/recovery_pace.hpp>
#include <breakerbox/redis/store/detail/rule_twin.hpp>
#include <breakerbox/redis/store/detail/script_texts.hpp>
#include <breakerbox/redis/store/detail/store_health.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/hashed_host.hpp>
#include <breakerbox/store/reset_log.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// The hosts of a redis_store: asks the rule's script in Redis for each step, notices where that can't be had, and then
/// brings back what has changed here meanwhile, on its own.
template <rule Rule>
class shared_hosts : public std::enable_shared_from_this<shared_hosts<Rule>> {
public:
    shared_hosts(Rule rule, redis_connection connection, std::size_t max_local_hosts, bool has_mirror,
                 std::string_view key_prefix)
        : twin_(rule, key_prefix),
          connection_(std::move(connection)),
          local_(std::move(rule), max_local_hosts),
          pace_(connection_.config().reconnect_max),
          has_mirror_(has_mirror) {
        connection_.preload(rule_twin<Rule>::script());
    }

    Rule const& rule() const noexcept { return local_.rule(); }
    redis_connection const& connection() const noexcept { return connection_; }
    local_hosts<Rule>& local() noexcept { return local_; }
    store_health const& health() const noexcept { return health_; }

    /// How many resets of hosts this process has asked for.
    std::uint64_t resets() const noexcept { return resets_.count(); }
    void note_reset(std::string_view host) { resets_.add(hashed_host{host}.hash); }
    /// Whether this process may have asked for a host's reset since there were so many of them.
    bool has_reset_since(std::uint64_t then, std::string_view host) const {
        return resets_.has_reset_since(then, [host] { return hashed_host{host}.hash; });
    }

    static instant now() {
        return std::chrono::floor<std::chrono::microseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
    }

    /// A request for a step, with the numbers that no other has.
    step_request request(twin_step step) const {
        random_source random;
        step_request asked{};
        asked.step = step;
        asked.fresh = std::max(std::uint64_t{1}, static_cast<std::uint64_t>(random.next() * 0x1p53));
        asked.jitter = random.next();
        return asked;
    }

    /// Takes a step in Redis. Returns nothing where Redis can't be asked, for whatever reason, without waiting for it
    /// while it is known to fail. Throws operation_aborted if the coroutine is cancelled.
    asio::awaitable<std::optional<step_answer>> ask(step_request asked, std::string_view host,
                                                    change_queue& changes) {
        pass_on_untold(changes);
        if (!can_be_asked(changes))
            co_return std::nullopt;
        hearing heard;
        // A host that failed alone, or one whose step was one too many, may have been banned here meanwhile, and this must
        // not let it through.
        if (local_.take_change(host) && asked.step != twin_step::reset)
            heard = co_await bring(host, true);
        if (!heard.failure)
            heard = co_await send(asked, host);
        if (is_contradicted(heard, host) && asked.step != twin_step::reset)
            heard = co_await send_after_meeting(asked, host, std::move(heard));
        if (heard.failure)
            give_back_unheard_leave(asked, host, heard.failure->error);
        if (heard.failure && heard.failure->error == asio::error::operation_aborted)
            throw boost::system::system_error{heard.failure->error};
        try {
            take_in(heard, host, changes);
        } catch (...) { // nobody hears of the leave
            give_back_leave(asked, host);
            throw;
        }
        co_return heard.answer;
    }

    /// Takes a step whose outcome nobody waits for, wherever that is called from; a change that it makes is told with
    /// the next one. No coroutine, since none can be begun where one is being destroyed, or after its context.
    /// Where Redis can't be asked, `otherwise(shared_hosts&, change_queue&)` is called.
    template <class Otherwise>
    void ask_unawaited(step_request const& asked, std::string_view host, Otherwise otherwise,
                       unsigned refusals = 0) {
        if (health_.is_failing() || connection_.is_down() || health_.is_failing(host))
            return otherwise(*this, untold_);
        auto turn = texts_.after(refusals);
        auto command = twin_.command(asked, host, turn.takes_text());
        auto on_end = [self = this->shared_from_this(), asked, host = host_name{host}, refusals,
                       turn = std::move(turn), otherwise, asked_at = now(), session = connection_.sessions()](
                          boost::system::error_code error, redis_reply const& reply) {
            try {
                if (lacks_text(error, turn))
                    return self->ask_unawaited(asked, host, otherwise, refusals + 1);
                auto heard = self->heard_from(error, reply, host);
                heard.asked_at = asked_at;
                heard.session = session;
                self->take_in(heard, host, self->untold_);
                if (heard.failure)
                    otherwise(*self, self->untold_);
            } catch (std::bad_alloc const&) { // as if it had got lost
            }
        };
        connection_.async_execute_unless_down(std::move(command), std::move(on_end));
    }

    /// Sends a step, wherever that is called from. Nothing is known of its outcome.
    void post(step_request const& asked, std::string_view host) noexcept {
        try {
            if (!health_.is_failing())
                connection_.post(twin_.command(asked, host, false));
        } catch (std::bad_alloc const&) { // a probe's lease covers the loss
        }
    }

    /// To be called once it is shared: has the hosts that are open here go through the meeting after each reconnect.
    void begin() {
        connection_.on_connected([watched = this->weak_from_this()] {
            auto const self = watched.lock();
            if (self)
                self->begin_meeting();
            return self != nullptr;
        });
    }

private:
    /// Either an answer or a failure; and when it was asked for, and on which connection.
    struct hearing {
        std::optional<step_answer> answer{};
        std::optional<store_failure> failure{};
        instant asked_at{};
        std::uint64_t session = 0;
    };

    /// Whether an answer lacks an opening that may have got lost, as where Redis has restarted empty.
    bool is_contradicted(hearing const& heard, std::string_view host) const {
        return has_mirror_ && heard.answer && !health_.is_failing() &&
               local_.is_contradicted(host, *heard.answer, connection_.sessions(), now());
    }

    /// Brings what an answer lacks. Asks again for leave that must not be given then.
    asio::awaitable<hearing> send_after_meeting(step_request asked, std::string_view host, hearing before) {
        auto met = co_await bring(host, false);
        if (met.failure)
            co_return met;
        if (asked.step == twin_step::acquire || asked.step == twin_step::look) {
            asked.fresh = request(asked.step).fresh;
            met = co_await send(asked, host);
            co_return met;
        }
        before.answer->status = met.answer->status;
        before.answer->opening = met.answer->opening;
        before.session = met.session;
        co_return before;
    }

    /// Begins a meeting beside the steps. Where there is no memory for it, each host meets when it is asked about.
    void begin_meeting() noexcept {
        try {
            if (has_mirror_ && !health_.is_failing() && !local_.not_closed(connection_.sessions()).empty())
                asio::co_spawn(connection_.get_executor(), meet_again(this->weak_from_this()),
                               asio::detached);
        } catch (std::bad_alloc const&) {
        }
    }

    /// Brings the hosts that are open here, and were last heard of on an earlier connection.
    static asio::awaitable<void> meet_again(std::weak_ptr<shared_hosts> watched) {
        try {
            std::vector<std::string> hosts;
            if (auto const self = watched.lock())
                hosts = self->local_.not_closed(self->connection_.sessions());
            for (auto const& host : hosts) {
                auto const self = watched.lock();
                if (!self || self->health_.is_failing())
                    co_return;
                auto const heard = co_await self->bring(host, false);
                self->take_in(heard, host, self->untold_);
            }
        } catch (std::bad_alloc const&) { // each of the rest meets when it is asked about
        }
    }

    /// Whether there is any point in a step, and no wait for nothing.
    bool can_be_asked(change_queue& changes) {
        if (health_.is_failing()) {
            begin_recovery(); // should it not have been begun, or have ended, for lack of memory
            return false;
        }
        bool const is_down = connection_.is_down();
        if (is_down)
            note_failure({connection_.last_error(), connection_.last_error_text(), {}}, changes);
        return !is_down;
    }

    asio::awaitable<hearing> send(step_request asked, std::string_view host) {
        using ending = std::tuple<boost::system::error_code, redis_reply>;
        bool const says_how_it_went = asked.step == twin_step::report || asked.step == twin_step::record;
        for (unsigned refusals = 0;; ++refusals) {
            auto const turn = texts_.after(refusals);
            auto const asked_at = now();
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
            if (lacks_text(error, turn))
                continue;
            hearing heard = heard_from(error, reply, host);
            heard.asked_at = asked_at;
            heard.session = session;
            co_return heard;
        }
    }

    /// SCRIPT FLUSH, or a restart: the step was not taken, and is tried again.
    static bool lacks_text(boost::system::error_code error, script_texts::turn const& turn) noexcept {
        return error == make_error_code(redis_errc::no_script) && !turn.takes_text();
    }

    hearing heard_from(boost::system::error_code error, redis_reply const& reply,
                       std::string_view host) const {
        hearing heard;
        if (!error)
            heard.answer = twin_.read(reply, now());
        if (error)
            heard.failure = {error, words_for(error, reply), host_name{host}};
        else if (!heard.answer)
            heard.failure = {make_error_code(redis_errc::server_error),
                             "its reply is not what the script of this version says", host_name{host}};
        return heard;
    }

    /// The server's words, or where it was not reached, why not.
    std::string words_for(boost::system::error_code error, redis_reply const& reply) const {
        if (error != make_error_code(redis_errc::not_connected) || !connection_.last_error())
            return std::string{reply.text()};
        auto const words = connection_.last_error_text();
        return words.empty() ? connection_.last_error().message() : words;
    }

    /// Draws the conclusions of a step that was sent.
    void take_in(hearing const& heard, std::string_view host, change_queue& changes) {
        if (heard.failure)
            return note_failure(*heard.failure, changes);
        auto const time = now();
        if (auto const change = health_.on_success(host, time))
            changes.push(*change);
        auto const& answer = *heard.answer;
        if (answer.probes_given_up != 0)
            changes.push(given_up_probe{host_name{host}, answer.status, time});
        if (answer.from != answer.status.state)
            changes.push(host, answer.from, answer.status, time);
        // Once the store is known to fail, this process's own state holds: what comes late must not undo it.
        if (!has_mirror_ || health_.is_failing())
            return;
        if (is_contradicted(heard, host))
            begin_meeting();
        else
            local_.learn(host, answer, heard.asked_at, heard.session);
    }

    /// An acquire that nobody heard the answer of may have been given a probe's leave, which bears the request's number.
    void give_back_unheard_leave(step_request const& asked, std::string_view host,
                                 boost::system::error_code error) noexcept {
        if (error == asio::error::operation_aborted || error == make_error_code(redis_errc::timed_out))
            give_back_leave(asked, host);
    }

    void give_back_leave(step_request const& asked, std::string_view host) noexcept {
        if constexpr (trip_rule<Rule>) {
            if (asked.step != twin_step::acquire)
                return;
            step_request given_back{};
            given_back.step = twin_step::report;
            given_back.number = asked.fresh;
            given_back.call = {verdict::neutral};
            post(given_back, host);
        }
    }

    void note_failure(store_failure const& failure, change_queue& changes) {
        auto const change = health_.on_failure(failure, now());
        if (!change)
            return;
        if (health_.is_failing() && change->host.view().empty()) {
            pace_.on_failed(now());
            begin_recovery();
        }
        changes.push(*change);
    }

    /// Unless one goes on already. Without memory the next who asks begins it.
    void begin_recovery() noexcept {
        if (recovery_.load(std::memory_order_relaxed) != none || connection_.is_abandoned() ||
            connection_.last_error() == make_error_code(redis_errc::closed))
            return;
        auto const number = recoveries_.fetch_add(1) + 1;
        if (auto expected = none; !recovery_.compare_exchange_strong(expected, number))
            return;
        try {
            asio::co_spawn(connection_.get_executor(),
                           recover(this->weak_from_this(), connection_.get_executor(), number),
                           asio::detached);
        } catch (...) {
            end_recovery(number);
        }
    }

    /// Leaves a later one alone.
    void end_recovery(std::uint64_t number) noexcept { recovery_.compare_exchange_strong(number, none); }

    void pass_on_untold(change_queue& changes) {
        if (!untold_.is_empty())
            untold_.deliver([&changes]<class News>(News const& news) {
                if constexpr (std::is_same_v<News, state_change>)
                    changes.push(news.host, news.from, news.to, news.at);
                else
                    changes.push(news);
            });
    }

    /// While it exists, the store counts as recovering, but for what ends that earlier.
    class recovery_mark {
    public:
        recovery_mark(std::weak_ptr<shared_hosts> watched, std::uint64_t number) noexcept
            : watched_(std::move(watched)), number_(number) {}
        recovery_mark(recovery_mark const&) = delete;
        recovery_mark& operator=(recovery_mark const&) = delete;
        ~recovery_mark() {
            if (auto const self = watched_.lock())
                self->end_recovery(number_);
        }

    private:
        std::weak_ptr<shared_hosts> watched_;
        std::uint64_t number_;
    };

    /// Keeps no store alive that nobody uses any more.
    static asio::awaitable<void> recover(std::weak_ptr<shared_hosts> watched, asio::any_io_executor executor,
                                         std::uint64_t number) {
        // Where memory is short, Asio may destroy a coroutine at a wait that can't begin.
        recovery_mark const going_on{watched, number};
        asio::steady_timer pause{std::move(executor)};
        bool was_asked = false;
        for (;;) {
            {
                auto const self = watched.lock();
                if (!self)
                    co_return;
                pause.expires_after(self->pace_.pause_after(was_asked));
            }
            co_await pause.async_wait(asio::deferred);
            auto const self = watched.lock();
            if (!self || self->connection_.last_error() == make_error_code(redis_errc::closed))
                co_return;
            if (!self->health_.is_failing()) // it was begun when another one ended
                co_return;
            was_asked = self->connection_.is_ready();
            if (!was_asked)
                continue;
            try {
                bool const has_met = co_await self->meet(number);
                if (has_met)
                    co_return;
            } catch (std::bad_alloc const&) { // goes on with the next try
            }
        }
    }

    /// Brings what has changed here to the shared state, and what is open: that may be lost there. Returns whether Redis
    /// took it, and can be asked again.
    asio::awaitable<bool> meet(std::uint64_t number) {
        auto hosts = local_.changed();
        if (has_mirror_)
            for (auto& host : local_.not_closed())
                hosts.push_back(std::move(host));
        // Also where nothing has changed, it must be known that the script runs and may write.
        if (hosts.empty())
            hosts.push_back(trial_host);
        for (auto const& host : hosts) {
            bool const has_own_failures = local_.take_change(host);
            auto const heard = co_await bring(host, has_own_failures);
            if (heard.failure && !store_health::is_of_one_host(*heard.failure))
                co_return false;
        }
        pace_.on_recovered(now());
        end_recovery(number); // before anybody can find that the store fails again
        untold_.push(health_.recover(now()));
        // What has changed meanwhile. From now on nothing does, so that calls that keep failing can't go on for ever.
        for (auto const& host : local_.changed())
            if (local_.take_change(host))
                co_await bring(host, true);
        co_return true;
    }

    /// Brings what is known here of a host to the shared state, or else notes that this is yet to be done.
    asio::awaitable<hearing> bring(std::string_view host, bool has_own_failures) {
        try {
            return bring_known(host, has_own_failures);
        } catch (...) { // no memory for its frame
            if (has_own_failures)
                note_change_again(host);
            throw;
        }
    }

    asio::awaitable<hearing> bring_known(std::string_view host, bool has_own_failures) {
        hearing heard;
        try {
            auto asked = request(twin_step::meet);
            auto const known = local_.look(host);
            asked.known = &known;
            if (known.state != breaker_state::closed) {
                auto const opening = local_.opening_of(host, known, has_own_failures, asked.fresh,
                                                       connection_.sessions(), now());
                asked.opening = opening.number;
                asked.learnt_ago = opening.learnt_ago;
            }
            heard = co_await send(asked, host);
            if (!heard.failure)
                local_.note_told(host, heard.session);
        } catch (...) {
            if (has_own_failures)
                note_change_again(host);
            throw;
        }
        if (heard.failure && has_own_failures)
            local_.note_change(host);
        co_return heard;
    }

    void note_change_again(std::string_view host) noexcept {
        try {
            local_.note_change(host);
        } catch (std::bad_alloc const&) { // Redis doesn't hear of it
        }
    }

    /// The host that a recovering store is tried with where none has changed; it is left as it was, unknown.
    static constexpr auto trial_host = "breakerbox-trial";

    rule_twin<Rule> twin_;
    redis_connection connection_;
    local_hosts<Rule> local_;
    store_health health_;
    script_texts texts_;
    recovery_pace pace_;
    reset_log resets_;
    bool has_mirror_;
    change_queue untold_{true};

    static constexpr std::uint64_t none = 0;
    std::atomic<std::uint64_t> recovery_ = none; // the number of the one that goes on
    std::atomic<std::uint64_t> recoveries_ = 0;
};

} // namespace breakerbox::detail

#endif
