// SPDX-License-Identifier: BSL-1.0
// What a user's program on Redis needs for TLS; nobody listens on the port that it tries.
#include <breakerbox/redis.hpp>
#include <breakerbox/redis_tls.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

namespace asio = boost::asio;
namespace bb = breakerbox;

int main() {
    asio::ssl::context trust{asio::ssl::context::tls_client};
    asio::io_context context;
    boost::system::error_code answer;
    {
        bb::redis_connection connection{context, "rediss://127.0.0.1:1", {}, bb::redis_tls(trust)};
        connection.async_execute(
            {"PING"}, [&answer](boost::system::error_code error, bb::redis_reply const&) { answer = error; });
        context.run_one();
    }
    context.run();
    return answer ? 0 : 1;
}
