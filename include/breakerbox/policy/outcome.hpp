// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_OUTCOME_HPP
#define BREAKERBOX_POLICY_OUTCOME_HPP

#include <breakerbox/base/boost_error_code.hpp>
#include <breakerbox/base/permanent.hpp>
#include <breakerbox/base/printable.hpp>
#include <breakerbox/policy/detail/result_view.hpp>

#include <boost/asio/error.hpp>
#include <boost/config.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace breakerbox {

/// What one attempt ended with, whatever the type of its value: an exception, a value, or nothing yet. A value may be a
/// result that carries an error, see result_traits.hpp.
///
/// This is what a retry_if policy is asked about. The outcome belongs to one call and lives in its frame.
class outcome {
public:
    outcome(outcome const&) = delete;
    outcome& operator=(outcome const&) = delete;

    bool has_exception() const noexcept { return exception_ != nullptr; }
    /// Whether the operation returned, be it a result that carries an error.
    bool has_value() const noexcept { return value_type_ != nullptr; }
    /// Whether the attempt ended with an error, thrown or returned.
    bool has_error() const noexcept { return has_exception() || has_returned_error_; }

    /// The exception the attempt threw, or null.
    std::exception_ptr const& exception() const noexcept { return exception_; }

    /// The exception as an E, as `catch (E const&)` would see it, or null.
    ///
    /// Throws nothing for exceptions derived from std::exception; others have to be thrown again to be looked
    /// at.
    template <class E>
    E const* exception_as() const {
        static_assert(!std::is_pointer_v<E>,
                      "breakerbox: a thrown pointer can't be looked at; throw an object");
        if (standard_ != nullptr) {
            if constexpr (std::is_polymorphic_v<E>)
                return dynamic_cast<E const*>(standard_);
            else if constexpr (!std::is_class_v<E>)
                return nullptr;
        }
        return has_exception() ? thrown_again_as<E>() : nullptr;
    }

    /// The error code of a boost::system::system_error or std::system_error, if the attempt threw one, or that of a
    /// returned error, if it is or bears one.
    std::optional<boost::system::error_code> error() const {
        if (has_returned_error_)
            return result_->code(value_);
        if (auto const* e = standard_as<boost::system::system_error>())
            return e->code();
        if (auto const* e = standard_as<std::system_error>())
            return detail::boost_error_code(e->code());
        return std::nullopt;
    }

    /// Whether the attempt ended as a cancelled Asio operation ends.
    bool is_operation_aborted() const {
        auto const code = error();
        return code && *code == asio_operation_aborted();
    }

    /// The value the attempt returned if it is exactly a T, or a result that carries exactly a T; or null.
    template <class T>
    T const* value_as() const noexcept {
        if (!has_value())
            return nullptr;
        if (*value_type_ == typeid(T))
            return static_cast<T const*>(value_);
        bool const carried = result_ != nullptr && !has_returned_error_ && result_->carried_type != nullptr &&
                             *result_->carried_type == typeid(T);
        return carried ? static_cast<T const*>(result_->carried(value_)) : nullptr;
    }

    /// Whether the operation said of its error that no further attempt can mend it; see `permanent`. The exception is the
    /// one within that.
    bool is_permanent() const noexcept { return is_permanent_; }

    /// Calls `f` with the error that the attempt returned, if that is exactly an E; returns whether it did.
    template <class E, class F>
    bool look_at_error(F const& f) const {
        if (!has_returned_error_ || *result_->error_type != typeid(E))
            return false;
        result_->show_error(value_, std::addressof(f), [](void const* viewer, void const* error) {
            (*static_cast<F const*>(viewer))(*static_cast<E const*>(error));
        });
        return true;
    }

    /// The exception's `what()`, the text of a returned error, or a word for what there is; on one line, with control
    /// characters as `\xNN`. Of a system_error the place in the source is left out, which Boost adds to the text where it
    /// knows it.
    std::string text() const {
        if (has_returned_error_)
            return detail::printable(result_->text(value_));
        if (standard_ == nullptr)
            return has_exception() ? "unknown exception" : has_value() ? "value" : "nothing";
        std::string text = standard_->what();
        if (auto const* e = standard_as<boost::system::system_error>())
            if (auto const with_place = e->code().what(); text.ends_with(with_place))
                text.replace(text.size() - with_place.size(), with_place.size(), e->code().message());
        return detail::printable(text);
    }

protected:
    outcome() = default;
    ~outcome() = default;

    /// To be called in the handler that caught `e`; or without an argument in a `catch (...)`.
    void hold_current_exception(std::exception const* e = nullptr) noexcept {
        hold_nothing();
        exception_ = std::current_exception();
        standard_ = e;
        if (auto const* const marked = dynamic_cast<permanent const*>(e)) {
            if (auto within = marked->error())
                hold_exception(std::move(within));
            is_permanent_ = true;
        }
    }

    /// To be called outside a handler; `e` must not be null.
    void hold_exception(std::exception_ptr e) {
        try {
            std::rethrow_exception(std::move(e));
        } catch (std::exception const& known) {
            hold_current_exception(&known);
        } catch (...) {
            hold_current_exception();
        }
    }

    void hold_value(void const* value, std::type_info const& type) noexcept {
        hold_nothing();
        value_ = value;
        value_type_ = &type;
    }

    /// The same for a result, which may carry an error.
    void hold_result(void const* value, std::type_info const& type, detail::result_view const& result,
                     bool has_error, bool is_permanent) noexcept {
        hold_value(value, type);
        result_ = &result;
        has_returned_error_ = has_error;
        is_permanent_ = is_permanent;
    }

    void hold_nothing() noexcept {
        exception_ = nullptr;
        standard_ = nullptr;
        value_ = nullptr;
        value_type_ = nullptr;
        result_ = nullptr;
        has_returned_error_ = false;
        is_permanent_ = false;
    }

private:
    static boost::system::error_code asio_operation_aborted() noexcept {
        return boost::asio::error::operation_aborted;
    }

    template <class E>
    E const* standard_as() const {
        return standard_ != nullptr ? dynamic_cast<E const*>(standard_) : nullptr;
    }

    template <class E>
    E const* thrown_again_as() const {
        try {
            std::rethrow_exception(exception_);
        } catch (E const& e) {
            return &e; // the object that exception_ keeps alive
        } catch (...) {
            return nullptr;
        }
    }

    std::exception_ptr exception_;
    // The same exception as a std::exception, where it is one: a look at it must not cost a throw. It points
    // into the object that exception_ shares, as the C++ ABI of g++ and clang has it.
    std::exception const* standard_ = nullptr;
    void const* value_ = nullptr;
    std::type_info const* value_type_ = nullptr;
    detail::result_view const* result_ = nullptr;
    bool has_returned_error_ = false;
    bool is_permanent_ = false;
};

} // namespace breakerbox

#endif
