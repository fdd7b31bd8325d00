// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_STORE_VIEW_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_STORE_VIEW_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/redis/store/detail/hearing.hpp>
#include <breakerbox/redis/store/detail/local_hosts.hpp>
#include <breakerbox/redis/store/detail/store_failure.hpp>
#include <breakerbox/redis/store/detail/store_health.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// What how a step went calls for.
enum class follow_up : std::uint8_t {
    nothing,
    /// The store as a whole has failed: it is to be tried until it can be asked again.
    recovery,
    /// The store may have lost what is known here: it is to be told of the hosts that are open here.
    meeting,
};

/// What this process knows of a shared store: whether it can be asked, and the mirror of its hosts. Learns from how
/// steps went. Does no I/O. Safe to use from any thread.
template <rule Rule>
class store_view {
public:
    /// Without a mirror, nothing is learnt of the hosts.
    store_view(Rule rule, std::size_t max_local_hosts, bool has_mirror)
        : local_(std::move(rule), max_local_hosts), has_mirror_(has_mirror) {}

    store_health const& health() const noexcept { return health_; }
    local_hosts<Rule>& local() noexcept { return local_; }
    local_hosts<Rule> const& local() const noexcept { return local_; }

    /// The changes that came about while nobody was there to be told.
    change_queue& untold() noexcept { return untold_; }

    /// Hands them on to who is told next.
    void pass_on_untold(change_queue& changes) {
        if (!untold_.is_empty())
            untold_.deliver([&changes]<class News>(News const& news) {
                if constexpr (std::is_same_v<News, state_change>)
                    changes.push(news.host, news.from, news.to, news.at);
                else
                    changes.push(news);
            });
    }

    /// Draws the conclusions of a step. `session` is the connection's present one.
    follow_up take_in(hearing const& heard, std::string_view host, std::uint64_t session, instant now,
                      change_queue& changes) {
        if (heard.failure)
            return take_in(*heard.failure, host, now, changes);
        if (auto const change = health_.on_success(host, now))
            changes.push(*change);
        auto const& answer = *heard.answer;
        if (answer.probes_given_up != 0)
            changes.push(given_up_probe{host_name{host}, answer.status, now});
        if (answer.from != answer.status.state)
            changes.push(host, answer.from, answer.status, now);
        // Once the store is known to fail, this process's own state holds: what comes late must not undo it.
        if (!has_mirror_ || health_.is_failing())
            return follow_up::nothing;
        if (is_contradicted(heard, host, session, now))
            return follow_up::meeting;
        local_.learn(host, answer, heard.asked_at, heard.session);
        return follow_up::nothing;
    }

    /// Draws the conclusions of a failure.
    follow_up take_in(store_failure const& failure, std::string_view host, instant now,
                      change_queue& changes) {
        auto const change = health_.on_failure(failure, host, now);
        if (!change)
            return follow_up::nothing;
        changes.push(*change);
        return scope_of(failure) == failure_scope::store ? follow_up::recovery : follow_up::nothing;
    }

    /// Whether an answer lacks an opening that may have got lost, as where Redis has restarted empty.
    bool is_contradicted(hearing const& heard, std::string_view host, std::uint64_t session,
                         instant now) const {
        return has_mirror_ && heard.answer && !health_.is_failing() &&
               local_.is_contradicted(host, *heard.answer, session, now);
    }

    /// The hosts that are open here, and were last heard of on an earlier connection than this, of a store that can be
    /// asked.
    std::vector<std::string> to_be_met_on(std::uint64_t session) const {
        return has_mirror_ && !health_.is_failing() ? local_.not_closed(session) : std::vector<std::string>{};
    }

    /// The hosts that a store which comes back is to be told of: those that have changed here, and those that are open,
    /// which may be lost there.
    std::vector<std::string> to_be_brought() const {
        auto hosts = local_.changed().all();
        if (has_mirror_)
            for (auto& host : local_.not_closed())
                hosts.push_back(std::move(host));
        return hosts;
    }

    /// The store can be asked again.
    void recover(instant now) { untold_.push(health_.recover(now)); }

private:
    store_health health_;
    local_hosts<Rule> local_;
    bool has_mirror_;
    change_queue untold_{true};
};

} // namespace breakerbox::detail

#endif
