// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_LIST_AND_MAP_HPP
#define BREAKERBOX_TESTS_BENCHMARK_LIST_AND_MAP_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace costs {

/// What one writes first: failures counted for the hosts that failed last, each until some time after its last failure,
/// in a std::list and a std::unordered_map. What the memory_store is measured against.
class list_and_map {
public:
    using clock = std::chrono::steady_clock;

    list_and_map(std::size_t max_hosts, clock::duration reset_timeout)
        : max_hosts_(max_hosts), reset_timeout_(reset_timeout) {}

    std::uint32_t failures(std::string_view host) {
        std::lock_guard const lock{mutex_};
        auto const found = index_.find(host);
        if (found == index_.end())
            return 0;
        return clock::now() < found->second->expires_at ? found->second->failures : 0;
    }

    std::uint32_t increment(std::string_view host) {
        std::lock_guard const lock{mutex_};
        auto found = index_.find(host);
        if (found == index_.end()) {
            if (index_.size() == max_hosts_) {
                index_.erase(hosts_.front().name);
                hosts_.pop_front();
            }
            hosts_.push_back({std::string{host}, {}, 0});
            found = index_.emplace(hosts_.back().name, std::prev(hosts_.end())).first;
        } else {
            hosts_.splice(hosts_.end(), hosts_, found->second);
        }
        auto& kept = *found->second;
        auto const now = clock::now();
        kept.failures = now < kept.expires_at ? kept.failures + 1 : 1;
        kept.expires_at = now + reset_timeout_;
        return kept.failures;
    }

private:
    struct counted_host {
        std::string name;
        clock::time_point expires_at;
        std::uint32_t failures;
    };

    std::size_t max_hosts_;
    clock::duration reset_timeout_;
    std::mutex mutex_;
    std::list<counted_host> hosts_; // the one that failed last at the end
    std::unordered_map<std::string_view, std::list<counted_host>::iterator> index_;
};

} // namespace costs

#endif
