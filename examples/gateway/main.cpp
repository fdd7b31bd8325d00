// SPDX-License-Identifier: BSL-1.0
//
// An HTTP reverse proxy with a breaker, a retry budget, time-outs and deadlines for each of its upstreams, a page that
// shows how they are, and metrics for Prometheus. What is particular to breakerbox is in proxy.hpp.

#include "command_line.hpp"
#include "gateway.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/error_code.hpp>

#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>

int main(int argc, char** argv) {
    namespace asio = boost::asio;
    try {
        auto const wanted = gateway::parse_command_line({argv + 1, argv + argc});
        if (!wanted) {
            std::cout << gateway::usage;
            return 0;
        }
        asio::io_context context{1};
        gateway::gateway proxy{context, *wanted};
        // The first signal ends it gracefully, the second one at once.
        asio::signal_set signals{context, SIGINT, SIGTERM};
        signals.async_wait([&](boost::system::error_code error, int) {
            if (error)
                return;
            std::cout << "stopping, which may take until what is under way has ended" << std::endl;
            proxy.stop();
            signals.async_wait([&](boost::system::error_code again, int) {
                if (!again)
                    proxy.stop();
            });
        });
        asio::co_spawn(context, proxy.run(), [&](std::exception_ptr error) {
            signals.cancel();
            if (error)
                std::rethrow_exception(error);
        });
        std::cout << "listening on http://" << proxy.endpoint() << '/' << std::endl;
        context.run();
        return 0;
    } catch (std::invalid_argument const& wrong) {
        std::cerr << "gateway: " << wrong.what() << "\n\n" << gateway::usage;
        return 2;
    } catch (std::exception const& failure) {
        std::cerr << "gateway: " << failure.what() << '\n';
        return 1;
    }
}
