// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/sip_hash.hpp>

#include "support/colliding_names.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/container_hash/hash.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace sip_hash_test {

using breakerbox::detail::name_hash;
using breakerbox::detail::sip_hash;
using breakerbox::detail::sip_key;

namespace {

/// The key of all published vectors: the bytes 0, 1, ..., 15.
constexpr sip_key published_key{0x0706050403020100, 0x0f0e0d0c0b0a0908};

/// The bytes 0, 1, and so on, which they hash.
std::string bytes(std::size_t count) {
    std::string text;
    while (text.size() != count)
        text += static_cast<char>(text.size());
    return text;
}

} // namespace

TEST_CASE("sip_hash: gives what its paper gives, with 2 rounds and 4") {
    CHECK(sip_hash<2, 4>{published_key}.of(bytes(15)) == 0xa129ca6149be45e5);
}

TEST_CASE("sip_hash: gives what Rust's library gives, with 1 round and 3, whatever the length") {
    constexpr std::array<std::uint64_t, 18> published{
        0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb, 0xcf75576088d38328,
        0xdef9d52f49533b67, 0xc50d2b50c59f22a7, 0xd3927d989bb11140, 0x369095118d299a8e, 0x25a48eb36c063de4,
        0x79de85ee92ff097f, 0x70c118c1f94dc352, 0x78a384b157b4d9a2, 0x306f760c1229ffa7, 0x605aa111c0f95d34,
        0xd320d86d2a519956, 0xcc4fdd1a7d908b66, 0x9cf2689063dbd80c};
    for (std::size_t i = 0; i != published.size(); ++i)
        CHECK(sip_hash<1, 3>{published_key}.of(bytes(i)) == published[i]);
    CHECK(sip_hash<1, 3>{published_key}.of(bytes(63)) == 0x9d199062b7bbb3a8);
}

TEST_CASE("name_hash: names that are made up to collide don't, as others can't know the key") {
    auto const names = support::colliding_names(1000);
    REQUIRE(std::set<std::string>(names.begin(), names.end()).size() == names.size());
#ifdef __x86_64__
    std::set<std::size_t> unkeyed;
    for (auto const& name : names)
        unkeyed.insert(boost::hash<std::string_view>{}(name));
    CHECK(unkeyed.size() == 1);
#endif
    std::set<std::size_t> keyed;
    for (auto const& name : names)
        keyed.insert(name_hash{}(name));
    CHECK(keyed.size() == names.size());
}

TEST_CASE(
    "name_hash: a name's hash depends on the key, and is the same throughout a process and its children") {
    CHECK(name_hash{sip_key{1, 2}}("host") != name_hash{sip_key{1, 3}}("host"));
    CHECK(name_hash{sip_key{1, 2}}("host") != name_hash{sip_key{0, 2}}("host"));
    auto const here = name_hash{}("host");
    CHECK(name_hash{}("host") == here);
    auto const child = fork();
    if (child == 0)
        _exit(name_hash{}("host") == here ? 0 : 1);
    int status = 1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

} // namespace sip_hash_test
