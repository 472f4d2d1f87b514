/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop under test.  Each workload is written once against this interface
 * and compiled once for each engine, with ENGINE_... defined.
 *
 * All of it is inline and thin: what is measured is the engine.
 */
#ifndef BENCH_ENGINES_ENGINE_H
#define BENCH_ENGINES_ENGINE_H

#if defined(ENGINE_LIBEVENT)
#include "engines/libevent.h"
#elif defined(ENGINE_LIBEV)
#include "engines/libev.h"
#elif defined(ENGINE_LIBUV)
#include "engines/libuv.h"
#elif defined(ENGINE_RAW)
#include "engines/raw.h"
#else
#error "define ENGINE_LIBEVENT, ENGINE_LIBEV, ENGINE_LIBUV or ENGINE_RAW"
#endif

#endif
