// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_SCRIPT_HPP
#define BREAKERBOX_REDIS_CONNECTION_SCRIPT_HPP

#include <boost/uuid/detail/sha1.hpp>

#include <climits>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox {

namespace detail {

/// The SHA1 digest in the 40 hexadecimal digits by which EVALSHA names a script.
inline std::string sha1_digits(std::string_view text) {
    boost::uuids::detail::sha1 sha1;
    sha1.process_bytes(text.data(), text.size());
    boost::uuids::detail::sha1::digest_type digest;
    sha1.get_digest(digest);
    std::string digits;
    for (auto const part : digest) // words up to Boost 1.85, bytes since
        for (auto shift = sizeof(part) * CHAR_BIT; shift != 0;) {
            shift -= 4;
            digits += "0123456789abcdef"[(part >> shift) & 0xfU];
        }
    return digits;
}

} // namespace detail

/// A Lua script and its digest.
class redis_script {
public:
    explicit redis_script(std::string text) : text_(std::move(text)), sha1_(detail::sha1_digits(text_)) {}

    /// The script as it is given to SCRIPT LOAD and EVAL.
    std::string const& text() const noexcept { return text_; }

    /// Its SHA1 digest as it is given to EVALSHA: 40 lower-case hexadecimal digits.
    std::string const& sha1() const noexcept { return sha1_; }

private:
    std::string text_;
    std::string sha1_;
};

} // namespace breakerbox

#endif
