// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CORK_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CORK_HPP

#include <utility>

namespace breakerbox::detail {

/// While one exists, commands that are accepted wait for one common flush, which its owner makes.
class cork {
public:
    explicit cork(bool& flag) noexcept : flag_(flag), before_(std::exchange(flag_, true)) {}
    cork(cork const&) = delete;
    cork& operator=(cork const&) = delete;
    ~cork() { flag_ = before_; }

private:
    bool& flag_;
    bool before_;
};

} // namespace breakerbox::detail

#endif
