// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_SHARED_HOSTS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_SHARED_HOSTS_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/redis/connection/connection.hpp>
#include <breakerbox/redis/store/detail/bring_host.hpp>
#include <breakerbox/redis/store/detail/hearing.hpp>
#include <breakerbox/redis/store/detail/local_hosts.hpp>
#include <breakerbox/redis/store/detail/script_channel.hpp>
#include <breakerbox/redis/store/detail/stand_in.hpp>
#include <breakerbox/redis/store/detail/step_answer.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/redis/store/detail/store_clock.hpp>
#include <breakerbox/redis/store/detail/store_failure.hpp>
#include <breakerbox/redis/store/detail/store_health.hpp>
#include <breakerbox/redis/store/detail/store_recovery.hpp>
#include <breakerbox/redis/store/detail/store_view.hpp>
#include <breakerbox/redis/store/detail/unheard_leave.hpp>
#include <breakerbox/redis/store/options.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/hashed_host.hpp>
#include <breakerbox/store/reset_log.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// The hosts of a redis_store: asks the script in Redis for each step, and sees to what the answer calls for.
template <rule Rule>
class shared_hosts : public std::enable_shared_from_this<shared_hosts<Rule>> {
public:
    shared_hosts(Rule rule, redis_connection connection, redis_store_options options)
        : channel_(rule, options.key_prefix, std::move(connection)),
          view_(std::move(rule), options.max_local_hosts,
                options.when_store_fails == when_store_fails::use_local),
          stand_in_(options.when_store_fails, view_),
          recovery_(channel_, view_) {
        channel_.preload(); // not before it is known that the options can be right
    }

    Rule const& rule() const noexcept { return view_.local().rule(); }
    redis_connection const& connection() const noexcept { return channel_.connection(); }
    local_hosts<Rule>& local() noexcept { return view_.local(); }
    store_health const& health() const noexcept { return view_.health(); }
    /// Who takes a step where Redis can't be asked.
    detail::stand_in<Rule>& stand_in() noexcept { return stand_in_; }

    /// How many resets of hosts this process has asked for.
    std::uint64_t resets() const noexcept { return resets_.count(); }
    void note_reset(std::string_view host) { resets_.add(hashed_host{host}.hash); }
    /// Whether this process may have asked for a host's reset since there were so many of them.
    bool has_reset_since(std::uint64_t then, std::string_view host) const {
        return resets_.has_reset_since(then, [host] { return hashed_host{host}.hash; });
    }

    /// Takes a step in Redis. Returns nothing where Redis can't be asked, for whatever reason, without waiting for it
    /// while it is known to fail. Throws operation_aborted if the coroutine is cancelled.
    asio::awaitable<std::optional<step_answer>> ask(step_request asked, std::string_view host,
                                                    change_queue& changes) {
        view_.pass_on_untold(changes);
        if (!can_be_asked(changes))
            co_return std::nullopt;
        hearing heard;
        // A host that failed alone, or one whose step was one too many, may have been banned here meanwhile, and this must
        // not let it through.
        if (auto own = local().changed().take(host)) {
            if (asked.step == twin_step::reset) {
                own->arrive(); // what was so before it doesn't matter
            } else {
                auto bringing = bring_host(channel_, local(), host, std::move(own));
                heard = co_await std::move(bringing);
            }
        }
        if (!heard.failure)
            heard = co_await channel_.send(asked, host);
        if (asked.step != twin_step::reset &&
            view_.is_contradicted(heard, host, connection().sessions(), store_clock::now()))
            heard = co_await send_after_meeting(asked, host, std::move(heard));
        if (heard.failure && may_be_taken(heard.failure->error))
            give_back_leave(asked, host);
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
    /// the next one. Where Redis can't be asked, `otherwise(stand_in, change_queue&)` is called.
    template <class Otherwise>
    void ask_unawaited(step_request const& asked, std::string_view host, Otherwise otherwise,
                       unsigned refusals = 0) {
        if (health().is_failing() || connection().is_down() || health().is_failing(host))
            return otherwise(stand_in_, view_.untold());
        channel_.send_once(asked, host, refusals,
                           [self = this->shared_from_this(), asked, host = host_name{host}, otherwise,
                            refusals](std::optional<hearing> const& heard) {
                               if (!heard)
                                   return self->ask_unawaited(asked, host, otherwise, refusals + 1);
                               self->take_in(*heard, host, self->view_.untold());
                               if (heard->failure)
                                   otherwise(self->stand_in_, self->view_.untold());
                           });
    }

    /// Sends a step, wherever that is called from. Nothing is known of its outcome.
    void post(step_request const& asked, std::string_view host) noexcept {
        try {
            if (!health().is_failing())
                channel_.post(asked, host);
        } catch (std::bad_alloc const&) { // a probe's lease covers the loss
        }
    }

    /// To be called once it is shared: has the hosts that are open here go through the meeting after each reconnect.
    void begin() {
        channel_.connection().on_connected([watched = this->weak_from_this()] {
            auto const self = watched.lock();
            if (self)
                self->begin_meeting();
            return self != nullptr;
        });
    }

private:
    /// Whether there is any point in a step, and no wait for nothing.
    bool can_be_asked(change_queue& changes) {
        if (health().is_failing()) {
            begin_recovery(); // should it not have been begun, or have ended, for lack of memory
            return false;
        }
        bool const is_down = connection().is_down();
        if (is_down) {
            store_failure const failure{connection().last_error(), connection().last_error_text()};
            auto const now = store_clock::now();
            follow(view_.take_in(failure, {}, now, changes), now);
        }
        return !is_down;
    }

    /// Brings what an answer lacks. Asks again for leave that must not be given then.
    asio::awaitable<hearing> send_after_meeting(step_request asked, std::string_view host, hearing before) {
        auto met_by = bring_host(channel_, local(), host, std::nullopt);
        auto met = co_await std::move(met_by);
        if (met.failure)
            co_return met;
        if (asked.step == twin_step::acquire || asked.step == twin_step::look) {
            asked.fresh = new_request(asked.step).fresh;
            met = co_await channel_.send(asked, host);
            co_return met;
        }
        before.answer->status = met.answer->status;
        before.answer->opening = met.answer->opening;
        before.session = met.session;
        co_return before;
    }

    void take_in(hearing const& heard, std::string_view host, change_queue& changes) {
        auto const now = store_clock::now();
        follow(view_.take_in(heard, host, connection().sessions(), now, changes), now);
    }

    void follow(follow_up called_for, instant now) noexcept {
        if (called_for == follow_up::recovery) {
            recovery_.on_failed(now);
            begin_recovery();
        } else if (called_for == follow_up::meeting) {
            begin_meeting();
        }
    }

    void begin_recovery() noexcept {
        if (recovery_.may_begin())
            recovery_.begin(std::shared_ptr<store_recovery<Rule>>{this->shared_from_this(), &recovery_});
    }

    /// Begins a meeting beside the steps. Where there is no memory for it, each host meets when it is asked about.
    void begin_meeting() noexcept {
        try {
            if (!view_.to_be_met_on(connection().sessions()).empty())
                asio::co_spawn(channel_.connection().get_executor(), meet_again(this->weak_from_this()),
                               asio::detached);
        } catch (std::bad_alloc const&) {
        }
    }

    /// Brings the hosts that are open here, and were last heard of on an earlier connection.
    static asio::awaitable<void> meet_again(std::weak_ptr<shared_hosts> watched) {
        try {
            std::vector<std::string> hosts;
            if (auto const self = watched.lock())
                hosts = self->view_.to_be_met_on(self->connection().sessions());
            for (auto const& host : hosts) {
                auto const self = watched.lock();
                if (!self || self->health().is_failing())
                    co_return;
                auto bringing = bring_host(self->channel_, self->local(), host, std::nullopt);
                auto const heard = co_await std::move(bringing);
                self->take_in(heard, host, self->view_.untold());
            }
        } catch (std::bad_alloc const&) { // each of the rest meets when it is asked about
        }
    }

    void give_back_leave(step_request const& asked, std::string_view host) noexcept {
        if (auto const given_back = giving_back<Rule>(asked))
            post(*given_back, host);
    }

    script_channel<Rule> channel_;
    store_view<Rule> view_;
    detail::stand_in<Rule> stand_in_;
    store_recovery<Rule> recovery_;
    reset_log resets_;
};

} // namespace breakerbox::detail

#endif
