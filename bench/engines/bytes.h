/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A queue of bytes: libevent's buffer, or, for the raw engine, one flat array without locks,
 * callbacks and extents.  The array is a bound, not a buffer.
 */
#ifndef BENCH_ENGINES_BYTES_H
#define BENCH_ENGINES_BYTES_H

#if defined(ENGINE_RAW)
#include "engines/bytes_flat.h"
#else
#include "engines/bytes_libevent.h"
#endif

#endif
