/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What core's sibling libraries (pthreads, extra, openssl, mbedtls) may call beside the public
 * functions: exports/private.txt, which is reviewed like a public list.  All of it is out of
 * line, so that hidden state (memory functions, log callbacks, locks) exists once, in core.
 * A sibling includes this header and those that hold no state; tools/check_layers has the list.
 */
#ifndef LVN_BASE_PRIVATE_H
#define LVN_BASE_PRIVATE_H

#include <stdbool.h>

#include "base/addrinfo.h"
#include "base/assert.h"
#include "base/compiler.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/resolver_hook.h"

/*
 * The version of the list, as the name of a symbol.  Raise its number when a function of the
 * list changes or goes: a library of an older release then fails to load with this name.
 */
#define LVN_PRIVATE_VERSION lvn_private_1
LVN_EXPORT extern const char LVN_PRIVATE_VERSION;

struct bufferevent;
struct event_base;
struct lock;

/* The world that the sockets, files and random bytes of a base are from; NULL is the real one. */
LVN_EXPORT struct io_world *lvn_base_world(const struct event_base *base);

/* Whether a bufferevent closes its descriptor, or what it is on top of, when it is freed. */
LVN_EXPORT bool lvn_stream_closes(const struct bufferevent *bev);

/* A recursive lock; it does nothing where threads are off.  NULL when memory is short. */
LVN_EXPORT LVN_NODISCARD struct lock *lvn_private_lock_new(void);
/* Accepts NULL. */
LVN_EXPORT void lvn_private_lock_free(struct lock *lock);
LVN_EXPORT void lvn_private_lock_acquire(struct lock *lock);
LVN_EXPORT void lvn_private_lock_release(struct lock *lock);

#endif
