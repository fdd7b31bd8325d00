// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_VERSION_HPP
#define BREAKERBOX_VERSION_HPP

// The one source of the version: the build system and the packages read these three lines.
#define BREAKERBOX_VERSION_MAJOR 0
#define BREAKERBOX_VERSION_MINOR 1
#define BREAKERBOX_VERSION_PATCH 0

/// The version as one number that grows with every release: major * 10000 + minor * 100 + patch.
#define BREAKERBOX_VERSION                                                                                   \
    (BREAKERBOX_VERSION_MAJOR * 10000 + BREAKERBOX_VERSION_MINOR * 100 + BREAKERBOX_VERSION_PATCH)

#endif
