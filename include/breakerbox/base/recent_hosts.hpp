// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_RECENT_HOSTS_HPP
#define BREAKERBOX_BASE_RECENT_HOSTS_HPP

#include <breakerbox/base/sip_hash.hpp>

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace breakerbox::detail {

/// A value for each of the hosts that were written to last, so many at most. One thread at a time.
template <class T>
class recent_hosts {
public:
    explicit recent_hosts(std::size_t most) : most_(most) {}

    /// The value of a host, or null.
    T const* find(std::string_view host) const {
        auto const found = index_.find(host);
        return found == index_.end() ? nullptr : &found->second->second;
    }

    /// The value of a host to be written, made where there was none; if need be another host goes for it, the one
    /// that nothing was written to for longest.
    T& operator[](std::string_view host) {
        if (auto const found = index_.find(host); found != index_.end()) {
            values_.splice(values_.begin(), values_, found->second);
            return values_.front().second;
        }
        values_.emplace_front(host, T{});
        try {
            index_.emplace(values_.front().first, values_.begin());
        } catch (...) {
            values_.pop_front();
            throw;
        }
        if (values_.size() > most_)
            erase(values_.back().first);
        return values_.front().second;
    }

    void erase(std::string_view host) {
        if (auto const found = index_.find(host); found != index_.end()) {
            auto const value = found->second;
            index_.erase(found); // before the name that its key looks at
            values_.erase(value);
        }
    }

    /// Calls `see(host, value)` for each, the last one written to first.
    template <class See>
    void for_each(See see) const {
        for (auto const& [host, value] : values_)
            see(host, value);
    }

    std::size_t size() const noexcept { return values_.size(); }

private:
    using values = std::list<std::pair<std::string, T>>;

    std::size_t most_;
    values values_; // the last one written to comes first
    std::unordered_map<std::string_view, typename values::iterator, name_hash> index_;
};

} // namespace breakerbox::detail

#endif
