/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that does not ask for the extensions of the C library: it has the numbers of the
 * library all the same.
 */
#undef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L

#include <event2/util.h>

#ifdef EAI_NODATA
#error "this is to be a program without extensions"
#endif

_Static_assert(EVUTIL_EAI_ADDRFAMILY == -9, "EVUTIL_EAI_ADDRFAMILY");
_Static_assert(EVUTIL_EAI_NODATA == -5, "EVUTIL_EAI_NODATA");
