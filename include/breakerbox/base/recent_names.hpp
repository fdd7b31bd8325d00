// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_RECENT_NAMES_HPP
#define BREAKERBOX_BASE_RECENT_NAMES_HPP

#include <breakerbox/base/sip_hash.hpp>

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace breakerbox::detail {

/// The names that were written to last, so many at most, each with a place of its own: a number, from zero, for a value
/// kept elsewhere. So the containers here are compiled once, whatever the values are. One thread at a time.
class recent_names {
public:
    struct found_or_made {
        std::size_t place;
        bool is_new;
    };

    explicit recent_names(std::size_t most) : most_(most) {}

    std::size_t size() const noexcept { return names_.size(); }
    /// How many places there are, taken or free.
    std::size_t places() const noexcept { return names_.size() + free_.size(); }

    std::optional<std::size_t> find(std::string_view name) const {
        auto const found = index_.find(name);
        return found == index_.end() ? std::nullopt : std::optional{found->second->place};
    }

    /// The place of a name to be written to, which then is the most recent. A new name takes a free place, or the next
    /// number; if there are too many then, the least recent one goes.
    found_or_made write(std::string_view name) {
        if (auto const found = index_.find(name); found != index_.end()) {
            names_.splice(names_.begin(), names_, found->second);
            return {names_.front().place, false};
        }
        if (free_.empty())
            free_.push_back({{}, places()});
        free_.front().name = name;
        index_.emplace(free_.front().name, free_.begin());
        names_.splice(names_.begin(), free_, free_.begin());
        if (names_.size() > most_)
            erase(names_.back().name);
        return {names_.front().place, true};
    }

    /// Frees the place of a name, and tells which it was.
    std::optional<std::size_t> erase(std::string_view name) {
        auto const found = index_.find(name);
        if (found == index_.end())
            return std::nullopt;
        auto const freed = found->second;
        index_.erase(found);             // before the name that its key looks at
        std::string{}.swap(freed->name); // what is free keeps no memory for a long name
        free_.splice(free_.begin(), names_, freed);
        return freed->place;
    }

    /// Calls `see(name, place)` for each, the most recent first.
    template <class See>
    void for_each(See see) const {
        for (auto const& [name, place] : names_)
            see(name, place);
    }

private:
    struct entry {
        std::string name;
        std::size_t place;
    };
    using entries = std::list<entry>;

    std::size_t most_;
    entries names_; // the most recent first
    entries free_;
    std::unordered_map<std::string_view, entries::iterator, name_hash> index_;
};

} // namespace breakerbox::detail

#endif
