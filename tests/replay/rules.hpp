// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REPLAY_RULES_HPP
#define BREAKERBOX_TESTS_REPLAY_RULES_HPP

#include <breakerbox/rule/call_window.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/rule/recovery.hpp>

#include "replay/values.hpp"

#include <chrono>
#include <cstdint>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

namespace replay {

using any_rule =
    std::variant<breakerbox::failure_count, breakerbox::consecutive_failures, breakerbox::failure_rate>;

// The fields of each rule, as a case names them.

template <class Visitor>
void each_field(breakerbox::recovery& recovery, Visitor visit) {
    visit("open_for", recovery.open_for);
    visit("growth", recovery.growth);
    visit("max_open_for", recovery.max_open_for);
    visit("jitter", recovery.jitter);
    visit("probes", recovery.probes);
    visit("successes_to_close", recovery.successes_to_close);
    visit("failures_to_reopen", recovery.failures_to_reopen);
    visit("probe_lease", recovery.probe_lease);
    visit("forget_after", recovery.forget_after);
}

template <class Visitor>
void each_field(breakerbox::failure_count& rule, Visitor visit) {
    visit("max_failures", rule.max_failures);
    visit("reset_timeout", rule.reset_timeout);
}

template <class Visitor>
void each_field(breakerbox::consecutive_failures& rule, Visitor visit) {
    visit("threshold", rule.threshold);
    each_field(rule.recovery, visit);
}

template <class Visitor>
void each_field(breakerbox::failure_rate& rule, Visitor visit) {
    visit("threshold", rule.threshold);
    visit("minimum_calls", rule.minimum_calls);
    visit("window", rule.window);
    visit("slow_call", rule.slow_call.longer_than);
    visit("slow_threshold", rule.slow_call.threshold);
    visit("trip_on_success", rule.trip_on_success);
    each_field(rule.recovery, visit);
}

inline void set(std::uint32_t& field, std::string_view value, std::string_view word) {
    field = read_count(value, word);
}
inline void set(double& field, std::string_view value, std::string_view word) {
    field = read_fraction(value, word);
}
inline void set(bool& field, std::string_view value, std::string_view word) {
    field = read_truth(value, word);
}
inline void set(std::chrono::microseconds& field, std::string_view value, std::string_view word) {
    field = read_time(value, word);
}
inline void set(breakerbox::window_size& field, std::string_view value, std::string_view word) {
    if (value.find_first_not_of("0123456789") == value.npos)
        field = read_count(value, word);
    else
        field = read_time(value, word);
}

/// `word` is FIELD=VALUE.
template <class Rule>
void set_field(Rule& rule, std::string_view word) {
    auto const equals = word.find('=');
    if (equals == word.npos)
        refuse(word, "field=value");
    bool is_known = false;
    std::string known;
    each_field(rule, [&](std::string_view name, auto& field) {
        known += ' ' + std::string{name};
        if (name == word.substr(0, equals)) {
            is_known = true;
            set(field, word.substr(equals + 1), word);
        }
    });
    if (!is_known)
        refuse(word, "one of the rule's fields:" + known);
}

template <class Rule>
Rule with_fields(std::span<std::string_view const> words) {
    Rule rule;
    std::set<std::string_view> given;
    for (auto const word : words) {
        if (!given.insert(word.substr(0, word.find('='))).second)
            refuse(word, "each field once");
        set_field(rule, word);
    }
    return rule;
}

inline any_rule rule_named(std::string_view name, std::span<std::string_view const> fields) {
    if (name == "failure_count")
        return with_fields<breakerbox::failure_count>(fields);
    if (name == "consecutive_failures")
        return with_fields<breakerbox::consecutive_failures>(fields);
    if (name == "failure_rate")
        return with_fields<breakerbox::failure_rate>(fields);
    refuse(name, "a rule: failure_count, consecutive_failures or failure_rate");
}

/// The rule that the words of a `rule` line make, that one left out.
inline any_rule read_rule(std::span<std::string_view const> words) {
    if (words.empty())
        refuse("rule", "a rule's name after it");
    auto const rule = rule_named(words.front(), words.subspan(1));
    try {
        std::visit([](auto const& r) { r.validate(); }, rule);
    } catch (std::invalid_argument const& e) {
        refuse(words.front(), std::string{"fields that can be right: "} + e.what());
    }
    return rule;
}

} // namespace replay

#endif
