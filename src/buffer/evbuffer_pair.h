/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Coming in and going out, for the public functions of two buffers.  Both may be the same.
 */
#ifndef LVN_BUFFER_EVBUFFER_PAIR_H
#define LVN_BUFFER_EVBUFFER_PAIR_H

#include "base/compiler.h"
#include "buffer/buffer.h"

/* The locks are taken in an order that is the same for all threads. */
void lvn_evbuffer_pair_enter(struct evbuffer *one, struct evbuffer *other)
    ACQUIRES(one->lock, other->lock);
void lvn_evbuffer_pair_leave(struct evbuffer *one, struct evbuffer *other)
    RELEASES(one->lock, other->lock);

#endif
