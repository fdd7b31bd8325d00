// expected: an observer, classify or describe must be trivially copyable and of three words at most; pass a larger one as std::ref
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/callback.hpp>

#include <functional>
#include <string>

namespace observer_owning {

using namespace breakerbox;

void observe() {
    auto const observer = [owned = std::string{}](int event) { return owned.size() == std::size_t(event); };
#ifdef MUST_NOT_COMPILE
    callback<void(int const&)> const owning = observer;
    owning(1);
#else
    callback<void(int const&)> const by_reference = std::ref(observer);
    by_reference(1);
#endif
}

} // namespace observer_owning
