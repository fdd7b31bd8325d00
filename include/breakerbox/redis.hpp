// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_HPP
#define BREAKERBOX_REDIS_HPP

// All that sharing through Redis takes, but TLS: <breakerbox/redis_tls.hpp>, which needs OpenSSL. This needs hiredis.

#include <breakerbox/breakerbox.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/connection.hpp>
#include <breakerbox/redis/connection/connection_event.hpp>
#include <breakerbox/redis/connection/credentials.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/connection/script.hpp>
#include <breakerbox/redis/connection/url.hpp>
#include <breakerbox/redis/store/store.hpp>

#endif
