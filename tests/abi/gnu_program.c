/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The same numbers in a program that asks for the extensions, as plain_program.c has them.
 */
#undef _GNU_SOURCE
#define _GNU_SOURCE

#include <event2/util.h>

_Static_assert(EVUTIL_EAI_ADDRFAMILY == -9, "EVUTIL_EAI_ADDRFAMILY");
_Static_assert(EVUTIL_EAI_NODATA == -5, "EVUTIL_EAI_NODATA");
