// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_DETAIL_BREAKER_OPERATION_HPP
#define BREAKERBOX_BREAKER_DETAIL_BREAKER_OPERATION_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/asio/awaitable.hpp>

#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// What an operation of a breaker is made of, once for plain and for shared stores.
///
/// Its constructor, given the host and the arguments, checks them and makes what the answer will need, so that nothing
/// can fail once the store has taken its step. `take(parts)` is that step: what it gives, a shared store gives as an
/// awaitable. `finish(parts, answer)` makes the operation's `result` of it; one whose result is void has none.
/// These are forced inline: each operation is one function, and its members never leave the registers.
struct breaker_operation {
    /// Keeps what the answer brings, before anybody is told of changes.
    template <class Parts, class Answer>
    void note(Parts&, Answer const&) const noexcept {}

    /// Tells of the changes that the step has made.
    template <class Parts>
    void tell(Parts& parts) const noexcept {
        parts.events.tell_changes();
    }
};

/// Carries out an operation at once.
template <class Operation, class Parts, class Host, class... Arguments>
typename Operation::result run_operation_now(Parts& parts, Host const& host, Arguments const&... arguments) {
    Operation o{host, arguments...};
    if constexpr (std::is_void_v<typename Operation::result>) {
        o.take(parts);
        o.tell(parts);
    } else {
        auto const answer = o.take(parts);
        o.note(parts, answer);
        o.tell(parts);
        return o.finish(parts, answer);
    }
}

/// The same, awaited, for every store. `Host` is a reference or a view where the caller keeps the name.
template <class Operation, class Host, class Parts, class... Arguments>
asio::awaitable<typename Operation::result> run_operation(Parts& parts, Host host, Arguments... arguments) {
    if constexpr (plain_store<typename Parts::store_type>) {
        co_return run_operation_now<Operation>(parts, host, arguments...);
    } else {
        Operation o{host, arguments...};
        try {
            if constexpr (std::is_void_v<typename Operation::result>) {
                co_await o.take(parts);
                o.tell(parts);
            } else {
                auto const answer = co_await o.take(parts);
                o.note(parts, answer);
                o.tell(parts);
                co_return o.finish(parts, answer);
            }
        } catch (...) { // a step that failed has things to tell, too
            parts.events.tell_changes();
            throw;
        }
    }
}

} // namespace breakerbox::detail

#endif
