// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_TLS_HPP
#define BREAKERBOX_REDIS_TLS_HPP

#include <breakerbox/redis/connection/tls.hpp>

#endif
