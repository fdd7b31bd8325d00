// SPDX-License-Identifier: BSL-1.0
// Parses any text as a Redis URL, with a password somewhere in it: the first byte of the input says where.
#include "must.hpp"

#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/url.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>

using namespace breakerbox;

namespace {

constexpr std::string_view password = "XqZ";

std::string encoded(std::string_view text) {
    std::string result;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        result += {'%', "0123456789ABCDEF"[byte / 16], "0123456789ABCDEF"[byte % 16]};
    }
    return result;
}

std::string url_of(redis_address const& address) {
    using kind = redis_address::kind;
    std::string url = address.type == kind::tcp   ? "redis://"
                      : address.type == kind::tls ? "rediss://"
                                                  : "unix://";
    if (address.has_credentials())
        url += encoded(address.user) + ':' + encoded(address.password) + '@';
    auto const database = address.database ? std::to_string(*address.database) : "";
    if (address.type == kind::unix_socket)
        return url + encoded(address.path).replace(0, 3, "/") + (address.database ? "?db=" + database : "");
    auto const is_ipv6 = address.host.find(':') != std::string::npos;
    url += is_ipv6 ? '[' + encoded(address.host) + ']' : encoded(address.host);
    return url + ':' + std::to_string(address.port) + '/' + database;
}

auto parts(redis_address const& a) {
    return std::tie(a.type, a.host, a.port, a.path, a.user, a.password, a.database);
}

void parse(std::string const& url) {
    try {
        auto const address = parse_redis_url(url);
        MUST(address.port != 0);
        MUST(address.host.empty() == (address.type == redis_address::kind::unix_socket));
        MUST(address.path.empty() == (address.type != redis_address::kind::unix_socket));
        MUST(!address.database || *address.database <= detail::max_redis_database);
        auto const again = parse_redis_url(url_of(address));
        MUST(parts(again) == parts(address));
    } catch (std::invalid_argument const& e) {
        std::string_view const text = e.what();
        MUST(text.starts_with("breakerbox: the Redis URL"));
        MUST(text.find(password) == text.npos);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    std::string url{reinterpret_cast<char const*>(data) + 1, size - 1};
    parse(url);
    url.insert(data[0] % (url.size() + 1), password);
    parse(url);
    try {
        redis_config config;
        config.password = password;
        (void)detail::checked_address(url, config);
    } catch (std::invalid_argument const& e) {
        MUST(std::string_view{e.what()}.find(password) == std::string_view::npos);
    }
    return 0;
}
