// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_PERMIT_HPP
#define BREAKERBOX_PERMIT_HPP

#include <breakerbox/config.hpp>
#include <breakerbox/host_status.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/container/string.hpp>

#include <string_view>
#include <utility>
#include <variant>

namespace breakerbox {

/// How a permit keeps its host: 22 bytes of it without an allocation.
class permit_host {
public:
    explicit permit_host(std::string_view bytes) : bytes_(bytes.data(), bytes.size()) {}

    operator std::string_view() const noexcept { return {bytes_.data(), bytes_.size()}; }

private:
    boost::container::string bytes_;
};

/// Leave for one call, ended by its report. Destroyed without one, by an exception, a cancelled or a
/// destroyed coroutine, it ends as neutral.
///
/// Move-only; one thread at a time, but any thread. It must not outlive its breaker.
template <class Breaker, class Host>
class [[nodiscard]] basic_permit {
public:
    basic_permit(basic_permit&& other) noexcept
        : breaker_(std::exchange(other.breaker_, nullptr)), host_(std::move(other.host_)) {}

    basic_permit& operator=(basic_permit&& other) noexcept {
        if (this != &other) {
            end_as_neutral();
            breaker_ = std::exchange(other.breaker_, nullptr);
            host_ = std::move(other.host_);
        }
        return *this;
    }

    ~basic_permit() { end_as_neutral(); }

    /// Says how the call went, and ends the permit; a second report changes nothing. Returns whether the host
    /// is known to refuse calls now. Throws what the breaker's observer throws; the report counts all the
    /// same.
    bool report_now(verdict v) {
        auto* const granter = std::exchange(breaker_, nullptr);
        return granter != nullptr && granter->settle(host_, v);
    }

    /// The same as an awaitable. The permit must outlive it.
    asio::awaitable<bool> report(verdict v) { co_return report_now(v); }

private:
    friend Breaker;

    basic_permit(Breaker& granter, std::string_view host) : breaker_(&granter), host_(host) {}

    void end_as_neutral() noexcept {
        if (breaker_ != nullptr)
            report_now(verdict::neutral);
    }

    Breaker* breaker_;
    Host host_;
};

/// What a breaker answers to a request for leave: a permit, or a rejection that says why not.
template <class Permit>
class [[nodiscard]] basic_admission {
public:
    basic_admission(Permit permit) noexcept : answer_(std::move(permit)) {}
    basic_admission(rejection why) : answer_(std::move(why)) {}

    explicit operator bool() const noexcept { return std::holds_alternative<Permit>(answer_); }

    /// The permit; std::bad_variant_access where there is none.
    Permit& permit() & { return std::get<Permit>(answer_); }
    Permit permit() && { return std::get<Permit>(std::move(answer_)); }

    /// Why there is no permit; std::bad_variant_access where there is one.
    rejection const& why() const { return std::get<rejection>(answer_); }

private:
    std::variant<Permit, rejection> answer_;
};

} // namespace breakerbox

#endif
