// SPDX-License-Identifier: BSL-1.0
#include "other.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

int main() {
    host_breaker breaker{breakerbox::memory_store{breakerbox::failure_count{}}};
    boost::asio::io_context context;
    auto failed = boost::asio::co_spawn(context, fail(breaker, 3), boost::asio::use_future);
    context.run();
    failed.get();
    return breaker.snapshot_now("host").failures == 3 ? 0 : 1;
}
