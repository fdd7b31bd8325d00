// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_HPP
#define BREAKERBOX_REDIS_HPP

// All that sharing through Redis takes, but TLS: <breakerbox/redis/tls.hpp>, which needs OpenSSL. This needs hiredis.

#include <breakerbox/breakerbox.hpp>
#include <breakerbox/redis/command.hpp>
#include <breakerbox/redis/config.hpp>
#include <breakerbox/redis/connection.hpp>
#include <breakerbox/redis/connection_event.hpp>
#include <breakerbox/redis/credentials.hpp>
#include <breakerbox/redis/error.hpp>
#include <breakerbox/redis/reply.hpp>
#include <breakerbox/redis/script.hpp>
#include <breakerbox/redis/store.hpp>
#include <breakerbox/redis/url.hpp>

#endif
