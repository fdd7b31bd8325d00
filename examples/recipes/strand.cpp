// SPDX-License-Identifier: BSL-1.0
//
// A strand: attempts, waits and observers of a call all run where the call was spawned. So calls that are spawned on one
// strand may share what isn't safe for threads, on a pool of them too.

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

/// A cache without a lock: only ever touched on the strand.
struct catalogue {
    std::map<int, std::string> pages;
    int attempts = 0;
    int waits = 0;
};

/// Fails each page's first time.
asio::awaitable<void> load(catalogue& pages, int number) {
    ++pages.attempts;
    if (auto const [page, is_new] = pages.pages.try_emplace(number); is_new)
        throw std::runtime_error("timed out");
    pages.pages[number] = "page " + std::to_string(number);
    co_return;
}

int main() {
    asio::thread_pool pool{4};
    auto const strand = asio::make_strand(pool);

    catalogue pages;
    auto const count_waits = [&pages](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::before_wait)
            ++pages.waits;
    };
    bb::retrier const retrier{bb::stop_after_attempt{3},
                              bb::retry_if_exception<>{},
                              bb::wait_fixed{1ms},
                              {.observer = count_waits}};

    for (int number = 0; number != 200; ++number)
        asio::co_spawn(strand, retrier.retry(load, std::ref(pages), number), [](std::exception_ptr error) {
            if (error)
                std::rethrow_exception(error);
        });
    pool.join();

    std::cout << pages.pages.size() << " pages, " << pages.attempts << " attempts, " << pages.waits
              << " waits; the last is " << pages.pages.rbegin()->second << '\n';
}
