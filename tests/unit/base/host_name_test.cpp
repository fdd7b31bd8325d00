// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/host_name.hpp>

#include "support/printed.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace host_name_test {

using breakerbox::host_name;

namespace {

/// Whether the name's bytes lie within the object itself.
bool is_inline(host_name const& host) {
    auto const* const object = reinterpret_cast<char const*>(&host);
    std::less_equal<> const before;
    return before(object, host.view().data()) &&
           before(host.view().data() + host.view().size(), object + sizeof host);
}

} // namespace

TEST_CASE("host_name: keeps any bytes, zeros among them, apart from what it was made of") {
    std::string bytes("a\0\xff b", 5);
    host_name const host{bytes};
    bytes.assign(5, 'x');
    CHECK(host.view() == std::string_view("a\0\xff b", 5));
    CHECK(host.str() == std::string("a\0\xff b", 5));
    CHECK(std::string_view{host}.size() == 5);
}

TEST_CASE("host_name: by default it is empty") {
    CHECK(host_name{}.view().empty());
    CHECK(host_name{} == host_name{""});
}

TEST_CASE("host_name: 64 bytes lie in the object, 65 elsewhere") {
    CHECK(is_inline(host_name{std::string(64, 'x')}));
    CHECK_FALSE(is_inline(host_name{std::string(65, 'x')}));
}

TEST_CASE("host_name: copies and moves hold the same name, short or long") {
    for (auto const size : {3u, 64u, 1000u}) {
        std::string const name(size, 'x');
        host_name original{name};
        host_name copy = original;
        host_name const moved = std::move(original);
        CHECK(copy == name);
        CHECK(moved == name);
        copy = host_name{"other"};
        CHECK(copy == "other");
        CHECK(moved == name);
    }
}

TEST_CASE("host_name: equal names are equal, to any text and on either side") {
    host_name const host{"example.com"};
    CHECK(host == host_name{"example.com"});
    CHECK(host != host_name{"example.org"});
    CHECK(host != host_name{"example.com."});
    CHECK(host == "example.com");
    CHECK("example.com" == host);
    CHECK(host == std::string("example.com"));
    CHECK(host != std::string_view("example.org"));
}

TEST_CASE("host_name: prints as itself") {
    CHECK(support::printed(host_name{"example.com"}) == "example.com");
}

TEST_CASE("host_name: prints on one line, whatever its bytes") {
    std::ostringstream out;
    out << breakerbox::host_name{std::string_view{"a\nb\0c'd\\e\x7f", 10}};
    CHECK(out.str() == "a\\x0ab\\x00c\\x27d\\x5ce\\x7f");
}

} // namespace host_name_test
