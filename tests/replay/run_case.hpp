// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REPLAY_RUN_CASE_HPP
#define BREAKERBOX_TESTS_REPLAY_RUN_CASE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/base/host_status.hpp>

#include "replay/case_file.hpp"
#include "replay/token.hpp"
#include "support/printed.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace replay {

struct difference {
    std::string expected;
    std::string found;
};

/// Where a case first went otherwise than it says.
struct failure {
    std::size_t line;
    std::string token;
    difference what;
};

template <class Breaker, class PassTime>
class player {
public:
    player(Breaker& breaker, PassTime pass_time) : breaker_(breaker), pass_time_(std::move(pass_time)) {}

    /// Plays the token once. Returns what went otherwise, if anything did.
    std::optional<difference> play(token const& t) {
        difference_.reset();
        try {
            std::visit(*this, t.what);
        } catch (std::exception const& e) {
            differ("no exception", e.what());
        }
        return difference_;
    }

    void operator()(call const& c) {
        if (auto admission = ask_to_be_admitted()) {
            if (c.takes.count() != 0)
                pass_time_(c.takes);
            admission.permit().report_now(c.how);
        }
    }
    void operator()(without_permit const& c) { breaker_.record_now(host, c.how); }
    void operator()(acquire const& a) {
        if (auto admission = ask_to_be_admitted())
            out_.emplace(a.name, std::move(admission).permit());
    }
    void operator()(report const& r) { out_.extract(r.name).mapped().report_now(r.how); }
    void operator()(drop const& d) { out_.erase(d.name); }
    void operator()(reject const& r) {
        auto const admission = breaker_.acquire_now(host, {.may_probe = r.may_probe});
        auto const refusal = r.retry_after ? "a refusal with retry_after " + text_of(*r.retry_after)
                                           : std::string{"a refusal"};
        if (admission)
            differ(refusal, "the call let through; " + seen_now());
        else if (r.retry_after && admission.why().retry_after != *r.retry_after)
            differ(refusal, "retry_after " + text_of(admission.why().retry_after) + "; " +
                                support::printed(admission.why()));
    }
    void operator()(admit) { static_cast<void>(ask_to_be_admitted()); }
    void operator()(pass_time p) { pass_time_(p.time); }
    void operator()(force_open f) { breaker_.force_open_now(host, f.open_for); }
    void operator()(reset) { breaker_.reset_now(host); }
    void operator()(state_is s) {
        if (breaker_.snapshot_now(host).state != s.state)
            differ(to_string(s.state), seen_now());
    }
    void operator()(failures_are f) {
        expect_count("failures", f.count, breaker_.snapshot_now(host).failures);
    }
    void operator()(calls_are c) { expect_count("calls", c.count, breaker_.snapshot_now(host).calls); }

private:
    static constexpr std::string_view host = "host";

    static std::string text_of(breakerbox::duration d) { return breakerbox::detail::duration_text(d); }

    std::string seen_now() const { return support::printed(breaker_.snapshot_now(host)); }

    void differ(std::string_view expected, std::string found) {
        difference_ = {std::string{expected}, std::move(found)};
    }

    auto ask_to_be_admitted() {
        auto admission = breaker_.acquire_now(host);
        if (!admission)
            differ("the call let through", "a refusal: " + support::printed(admission.why()));
        return admission;
    }

    void expect_count(std::string const& name, std::uint64_t wanted, std::uint64_t counted) {
        if (counted != wanted)
            differ(name + '=' + std::to_string(wanted),
                   name + '=' + std::to_string(counted) + "; " + seen_now());
    }

    Breaker& breaker_;
    PassTime pass_time_;
    std::optional<difference> difference_;
    std::map<std::string, typename Breaker::permit> out_;
};

/// Plays a case against a breaker that knows no host, up to the first difference: what follows one tells
/// nothing.
///
/// Breaker is a circuit_breaker, or anything with its `_now` functions: a breaker that waits for its store is
/// given them by a shell around it. `pass_time(d)` moves the store's time on.
template <class Breaker, class PassTime>
std::optional<failure> run_case(test_case const& c, Breaker& breaker, PassTime pass_time) {
    player plays{breaker, std::move(pass_time)};
    for (auto const& t : c.tokens)
        for (std::uint32_t turn = 0; turn != t.times; ++turn)
            if (auto const difference = plays.play(t)) {
                auto const which = t.times == 1 ? "" : ", turn " + std::to_string(turn + 1);
                return failure{t.line, '\'' + t.text + '\'' + which, *difference};
            }
    return std::nullopt;
}

} // namespace replay

#endif
