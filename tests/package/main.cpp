// SPDX-License-Identifier: BSL-1.0
// What a user's first program needs; each consumer builds and runs it.
#include <breakerbox/version.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

boost::asio::awaitable<void> note_version(int& version) {
    version = BREAKERBOX_VERSION;
    co_return;
}

int main() {
    int version = 0;
    boost::asio::io_context context;
    boost::asio::co_spawn(context, note_version(version), boost::asio::detached);
    context.run();
    return version == BREAKERBOX_VERSION ? 0 : 1;
}
