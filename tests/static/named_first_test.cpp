// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/named_first.hpp>

#include <breakerbox/policy/combine.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace breakerbox;
using detail::destroyed_twice_by_gcc12;

using owning_closure = decltype([owned = std::string{}] { return owned.size(); });
using referring_closure = decltype([&text = "text"] { return text[0]; });
using empty_closure = decltype([] {});

struct owning_aggregate {
    std::string owned;
};
struct plain_aggregate {
    int number;
};
struct constructed {
    explicit constructed(std::string text) : owned(std::move(text)) {}
    std::string owned;
};

static_assert(destroyed_twice_by_gcc12<owning_closure>);
static_assert(destroyed_twice_by_gcc12<owning_closure const>);
static_assert(destroyed_twice_by_gcc12<owning_closure&&>);
static_assert(destroyed_twice_by_gcc12<owning_aggregate>);

// What has a name is safe.
static_assert(!destroyed_twice_by_gcc12<owning_closure&>);
static_assert(!destroyed_twice_by_gcc12<owning_closure const&>);
static_assert(!destroyed_twice_by_gcc12<owning_aggregate&>);

// So is what owns nothing, and what a constructor made.
static_assert(!destroyed_twice_by_gcc12<referring_closure>);
static_assert(!destroyed_twice_by_gcc12<empty_closure>);
static_assert(!destroyed_twice_by_gcc12<plain_aggregate>);
static_assert(!destroyed_twice_by_gcc12<constructed>);
static_assert(!destroyed_twice_by_gcc12<std::string>);
static_assert(!destroyed_twice_by_gcc12<std::vector<std::string>>);
static_assert(!destroyed_twice_by_gcc12<std::unique_ptr<int>>);
static_assert(!destroyed_twice_by_gcc12<std::function<void()>>);
static_assert(!destroyed_twice_by_gcc12<void (*)()>);
static_assert(!destroyed_twice_by_gcc12<stop_when_requested>);
static_assert(!destroyed_twice_by_gcc12<retry_if_exception_message>);
static_assert(!destroyed_twice_by_gcc12<decltype(retry_if_exception_message{"text"} | retry_never{})>);
static_assert(!destroyed_twice_by_gcc12<retry_if_result<owning_closure>>);
static_assert(!destroyed_twice_by_gcc12<negation<retry_if_result<owning_closure>>>);

} // namespace
