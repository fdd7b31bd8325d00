// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_RULE_TWIN_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_RULE_TWIN_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/connection/script.hpp>
#include <breakerbox/redis/lua/prologue.hpp>
#include <breakerbox/redis/store/detail/count_twin.hpp>
#include <breakerbox/redis/store/detail/script_arguments.hpp>
#include <breakerbox/redis/store/detail/step_answer.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/redis/store/detail/trip_twins.hpp>
#include <breakerbox/redis/store/detail/twin_of.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

template <class Rule>
concept has_twin = rule<Rule> && requires { twin_of<Rule>::body(); };

/// A rule as Redis takes its steps: each one atomically, in a script that says what the C++ rule would.
///
/// A step's keys and arguments go along with it, so that nothing need be kept in Redis but the hosts' states, and
/// processes with different numbers in their rules share those. Immutable, and safe to use from any thread.
template <rule Rule>
class rule_twin {
    static_assert(
        has_twin<Rule>,
        "Redis takes a rule's steps in a script, and there is one for failure_count, "
        "consecutive_failures and failure_rate alone: keep hosts under a rule of your own in a memory_store");
    using twin = twin_of<Rule>;

public:
    /// The rule must be valid. Every key begins with the prefix.
    explicit rule_twin(Rule rule, std::string_view key_prefix = {})
        : rule_(std::move(rule)),
          key_prefix_(key_prefix),
          of_rule_(twin::of_rule(rule_)),
          blank_(twin::blank(rule_)) {}

    /// What Redis is to run: the time and the lives of keys, and then the rule's body.
    static redis_script const& script() {
        static redis_script const whole{std::string{lua::prologue} + body()};
        return whole;
    }

    /// The script but for its prologue.
    static std::string body() { return twin::body(); }

    /// What the script is given as KEYS for a host, of any bytes.
    script_arguments keys(std::string_view host) const { return twin::keys(rule_, key_prefix_, host); }

    /// What the script is given as ARGV.
    script_arguments arguments(step_request const& asked) const {
        script_arguments told;
        twin::tell(told, rule_, of_rule_, asked);
        return told;
    }

    /// The command for a step: the script by its digest or, where Redis doesn't know that, by its whole text.
    redis_command command(step_request const& asked, std::string_view host, bool whole_text) const {
        return command_for(script(), whole_text, keys(host), arguments(asked));
    }

    /// Reads the reply to a step; nullopt for a malformed reply. `now` is the time on this process's clock, on which the
    /// status tells when the host opened.
    std::optional<step_answer> read(redis_reply const& reply, instant now) const noexcept {
        return read_answer(reply, blank_, now);
    }

    static redis_command command_for(redis_script const& script, bool whole_text,
                                     script_arguments const& keys, script_arguments const& told) {
        auto const key_count = std::to_string(keys.size());
        boost::container::small_vector<std::string_view, 32> all;
        all.push_back(whole_text ? "EVAL" : "EVALSHA");
        all.push_back(whole_text ? script.text() : script.sha1());
        all.push_back(key_count);
        for (auto const* list : {&keys, &told})
            for (std::size_t i = 0; i != list->size(); ++i)
                all.push_back((*list)[i]);
        return redis_command{std::span<std::string_view const>{all.data(), all.size()}};
    }

private:
    Rule rule_;
    std::string key_prefix_;
    script_arguments of_rule_;
    host_status blank_;
};

} // namespace breakerbox::detail

#endif
