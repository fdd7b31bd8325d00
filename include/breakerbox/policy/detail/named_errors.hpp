// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_DETAIL_NAMED_ERRORS_HPP
#define BREAKERBOX_POLICY_DETAIL_NAMED_ERRORS_HPP

#include <breakerbox/base/boost_error_code.hpp>
#include <breakerbox/policy/time_out.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <system_error>
#include <variant>

namespace breakerbox::detail {

template <class Code>
concept names_an_error =
    std::convertible_to<Code, boost::system::error_code> ||
    std::convertible_to<Code, boost::system::error_condition> || std::convertible_to<Code, std::error_code> ||
    std::convertible_to<Code, std::error_condition>;

/// N codes and conditions, of Boost or of the standard library.
template <std::size_t N>
class named_errors {
public:
    template <class... Code>
    explicit named_errors(Code... codes) : named_{named(codes)...} {}

    bool match(boost::system::error_code const& code) const {
        for (auto const& one : named_)
            if (std::visit([&](auto const& n) { return is_one(code, n); }, one))
                return true;
        return false;
    }

private:
    using code_or_condition =
        std::variant<boost::system::error_code, boost::system::error_condition, std::error_condition>;

    template <class Named>
    static bool is_one(boost::system::error_code const& code, Named const& named) {
        if constexpr (std::same_as<Named, std::error_condition>)
            return static_cast<std::error_code>(code) == named ||
                   (named == std::errc::timed_out && is_time_out(code));
        else if constexpr (std::same_as<Named, boost::system::error_condition>)
            return code == named || (named == boost::system::errc::timed_out && is_time_out(code));
        else
            return code == named;
    }

    template <class Code>
    static code_or_condition named(Code code) {
        if constexpr (std::same_as<Code, std::errc>)
            return boost::system::error_condition{static_cast<int>(code), boost::system::generic_category()};
        else if constexpr (std::same_as<Code, std::error_code>)
            return boost_error_code(code);
        else if constexpr (std::convertible_to<Code, boost::system::error_code>)
            return boost::system::error_code{code};
        else if constexpr (std::convertible_to<Code, boost::system::error_condition>)
            return boost::system::error_condition{code};
        else if constexpr (std::convertible_to<Code, std::error_code>)
            return boost_error_code(std::error_code{code});
        else
            return std::error_condition{code};
    }

    std::array<code_or_condition, N> named_;
};

} // namespace breakerbox::detail

#endif
