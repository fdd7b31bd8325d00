// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <string>

namespace temporary_closure_as_guarded_operation {

using namespace breakerbox;

template <class Guarded>
asio::awaitable<int> call(Guarded const& r, std::string text) {
    auto const named = [text]() -> asio::awaitable<int> { co_return static_cast<int>(text.size()); };
#ifdef MUST_NOT_COMPILE
    co_return co_await r.retry("example.com",
                               [text]() -> asio::awaitable<int> { co_return int(text.size()); });
#else
    co_return co_await r.retry("example.com", named);
#endif
}

auto make(circuit_breaker<memory_store<failure_count>>& breaker) {
    return call(retrier{stop_never{}, retry_always{}, wait_none{}, breaker}, "text");
}

} // namespace temporary_closure_as_guarded_operation
