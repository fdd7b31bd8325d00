// SPDX-License-Identifier: BSL-1.0
// Reads any bytes as a server's replies. The first byte of the input says in which pieces the others come.
#include "must.hpp"

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/redis/connection/detail/error_replies.hpp>
#include <breakerbox/redis/connection/detail/reply_reader.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/store/detail/rule_twin.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <string_view>

using namespace breakerbox;

namespace {

constexpr std::size_t max_bytes = 600;
constexpr std::size_t max_elements = 40;

/// Whatever a script is said to have answered can be printed, and is within what the rules know.
template <class Rule>
std::string decoded(redis_reply const& reply) {
    static detail::rule_twin<Rule> const twin{Rule{}};
    auto const answer = twin.read(reply, std::chrono::microseconds{1});
    if (!answer)
        return "nothing\n";
    auto const& status = answer->status;
    MUST(status.state == breaker_state::closed || status.state == breaker_state::open ||
         status.state == breaker_state::half_open);
    MUST(status.retry_after >= duration::zero());
    std::ostringstream text;
    text << answer->done << answer->number << answer->is_probe << to_string(answer->from) << ' '
         << rejection{status, host_name{"host"}} << '\n';
    return text.str();
}

/// All that can be asked of a reply, in words.
std::string told(redis_reply_view reply, std::size_t depth, std::size_t& elements) {
    MUST(reply);
    MUST(reply.is_nil() + reply.is_error() + reply.is_status() + reply.is_string() + reply.is_integer() +
             reply.is_array() ==
         1);
    MUST(depth <= 8);
    std::string text{reply.text()};
    if (reply.is_error())
        text += redis_category().message(static_cast<int>(detail::error_of(reply.text())));
    if (auto const number = reply.integer())
        text += std::to_string(*number);
    for (std::size_t i = 0; i != reply.size(); ++i) {
        MUST(++elements <= max_elements);
        text += told(reply[i], depth + 1, elements) + ' ';
    }
    MUST(!reply[reply.size()]);
    return text;
}

struct everything {
    std::string replies;
    bool failed = false;
};

template <class NextPiece>
everything read(std::string_view bytes, NextPiece next_piece) {
    everything all;
    detail::reply_reader reader{max_bytes, max_elements};
    while (!bytes.empty()) {
        auto const piece = bytes.substr(0, next_piece());
        bytes.remove_prefix(piece.size());
        reader.feed(piece);
        for (;;) {
            auto const next = reader.next();
            if (!next) {
                auto const error = next.error();
                MUST(error == redis_errc::protocol_error || error == redis_errc::reply_too_large);
                reader.feed("+OK\r\n");
                MUST(reader.next().error() == error);
                all.failed = true;
                return all;
            }
            if (!*next)
                break;
            std::size_t elements = 0;
            all.replies += told(**next, 0, elements) + '\n';
            all.replies += decoded<failure_count>(**next) + decoded<consecutive_failures>(**next) +
                           decoded<failure_rate>(**next);
        }
    }
    return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    std::string_view const bytes{reinterpret_cast<char const*>(data) + 1, size - 1};
    std::minstd_rand random{data[0] + 1U};
    std::uniform_int_distribution<std::size_t> up_to{1, std::size_t{1} << data[0] % 12};
    auto const at_once = read(bytes, [&] { return bytes.size(); });
    auto const in_pieces = read(bytes, [&] { return up_to(random); });
    MUST(at_once.replies == in_pieces.replies);
    // One that is told at once may be of a later part of the same reply, but there is one either way.
    MUST(at_once.failed == in_pieces.failed);
    return 0;
}
