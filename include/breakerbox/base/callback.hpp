// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_CALLBACK_HPP
#define BREAKERBOX_BASE_CALLBACK_HPP

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace breakerbox {

template <class Signature>
class callback;

/// An optional callable of that signature held by value in four words, without an allocation.
///
/// Takes any callable that is trivially copyable and of three words at most, such as a lambda that captures
/// `this` or references. Anything larger is passed as `std::ref(callable)`, and must then outlive the
/// callback. Being trivial, options that hold a callback may stand in a co_await expression under any
/// compiler. Calling it is as safe from several threads as calling the callable itself is.
template <class R, class... Arguments>
class callback<R(Arguments...)> {
public:
    constexpr callback() = default;

    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, callback> &&
                 std::is_invocable_r_v<R, std::remove_cvref_t<F> const&, Arguments...>)
    constexpr callback(F callable) {
        static_assert(
            std::is_trivially_copyable_v<F> && sizeof(F) <= sizeof(storage_) && alignof(F) <= alignof(void*),
            "breakerbox: an observer, classify or describe must be trivially copyable and of three words "
            "at most; pass a larger one as std::ref(observer) and keep it alive");
        if constexpr (std::is_pointer_v<F>)
            if (callable == nullptr)
                return;
        std::construct_at(reinterpret_cast<F*>(storage_), callable);
        call_ = [](std::byte const* storage, Arguments... arguments) -> R {
            auto const& kept = *reinterpret_cast<F const*>(storage);
            if constexpr (std::is_void_v<R>)
                kept(std::forward<Arguments>(arguments)...);
            else
                return kept(std::forward<Arguments>(arguments)...);
        };
    }

    explicit operator bool() const noexcept { return call_ != nullptr; }

    /// Calls it; it must not be empty. Throws what the callable throws.
    R operator()(Arguments... arguments) const {
        return call_(storage_, std::forward<Arguments>(arguments)...);
    }

private:
    alignas(void*) std::byte storage_[3 * sizeof(void*)] = {};
    R (*call_)(std::byte const*, Arguments...) = nullptr;
};

namespace detail {

/// Tells an observer, which must not be empty. What it throws is ignored, and changes nothing of what it is told of.
template <class Event>
void tell(callback<void(Event const&)> const& observer, Event const& event) noexcept {
    try {
        observer(event);
    } catch (...) { // a call that went through isn't lost for a line in a log
    }
}

} // namespace detail

} // namespace breakerbox

#endif
