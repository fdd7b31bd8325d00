// SPDX-License-Identifier: BSL-1.0
//
// Boost.JSON, compiled here: so nothing of Boost but its headers is needed.
#include <boost/json/src.hpp>
