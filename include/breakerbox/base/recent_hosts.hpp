// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_RECENT_HOSTS_HPP
#define BREAKERBOX_BASE_RECENT_HOSTS_HPP

#include <breakerbox/base/recent_names.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace breakerbox::detail {

/// A value for each of the hosts that were written to last, so many at most. One thread at a time. A reference to a
/// value is good until the next host is written to.
template <class T>
class recent_hosts {
public:
    explicit recent_hosts(std::size_t most) : names_(most) {}

    /// The value of a host, or null.
    T const* find(std::string_view host) const {
        auto const place = names_.find(host);
        return place ? &values_[*place].value : nullptr;
    }

    /// The value of a host to be written, default-constructed where there was none. If there are too many then, the
    /// host goes that nothing was written to for longest.
    T& operator[](std::string_view host) {
        if (values_.size() <= names_.places()) // first, so that a name that is there has a value
            values_.emplace_back();
        auto const [place, is_new] = names_.write(host);
        if (is_new)
            values_[place] = {};
        return values_[place].value;
    }

    void erase(std::string_view host) {
        if (auto const place = names_.erase(host))
            values_[*place] = {};
    }

    /// Calls `see(host, value)` for each, the last one written to first.
    template <class See>
    void for_each(See see) const {
        names_.for_each([&](std::string const& host, std::size_t place) { see(host, values_[place].value); });
    }

    std::size_t size() const noexcept { return names_.size(); }

private:
    struct kept {
        T value{};
    };

    recent_names names_;
    std::vector<kept> values_; // by place
};

} // namespace breakerbox::detail

#endif
