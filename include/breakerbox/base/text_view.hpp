// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_TEXT_VIEW_HPP
#define BREAKERBOX_BASE_TEXT_VIEW_HPP

#include <concepts>
#include <string_view>
#include <type_traits>

namespace breakerbox {

/// A field of options that is a text: a std::string_view that no temporary string can be given, since options live
/// longer than the expression that made it.
///
/// What takes the options copies the text at once; until then it must live. A null `char const*` is no text.
/// Being trivial, options that hold one may stand in a co_await expression under any compiler.
class text_view {
public:
    constexpr text_view() = default;

    template <class S>
        requires(!std::same_as<std::remove_cvref_t<S>, text_view> &&
                 std::convertible_to<S const&, std::string_view>)
    constexpr text_view(S&& text) {
        static_assert(
            std::is_lvalue_reference_v<S> || std::is_trivially_destructible_v<S>,
            "breakerbox: options only look at a text, and this temporary string is gone before they "
            "are read; give it a name first");
        if constexpr (std::is_pointer_v<std::remove_cvref_t<S>>)
            if (text == nullptr)
                return;
        text_ = text;
    }

    constexpr operator std::string_view() const noexcept { return text_; }
    constexpr bool empty() const noexcept { return text_.empty(); }

private:
    std::string_view text_{};
};

} // namespace breakerbox

#endif
