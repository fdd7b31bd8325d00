// SPDX-License-Identifier: BSL-1.0
#ifdef MUST_NOT_COMPILE
static_assert(false, "a sentence that nobody expects");
#endif
