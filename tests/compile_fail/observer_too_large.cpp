// expected: an observer, classify or describe must be trivially copyable and of three words at most; pass a larger one as std::ref
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/callback.hpp>

#include <functional>

namespace observer_too_large {

using namespace breakerbox;

auto observe(int& a, int& b, int& c, int& d) {
    auto const observer = [&](int event) { a = b = c = d = event; };
#ifdef MUST_NOT_COMPILE
    callback<void(int const&)> const large = observer;
    large(1);
#else
    callback<void(int const&)> const by_reference = std::ref(observer);
    by_reference(1);
#endif
}

} // namespace observer_too_large
