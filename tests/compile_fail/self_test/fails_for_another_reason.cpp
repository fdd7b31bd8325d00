// expected: the sentence of a static_assert
// SPDX-License-Identifier: BSL-1.0
#ifdef MUST_NOT_COMPILE
static_assert(false, "another sentence");
#endif
