/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking up the name that a stream is to connect to.
 */
#ifndef LVN_STREAM_SOCK_LOOKUP_H
#define LVN_STREAM_SOCK_LOOKUP_H

#include "base/compiler.h"
#include "stream/stream.h"

/*
 * Before the lookup: both directions wait for it, and it has a reference.  0, or -EBUSY: there is
 * one already.
 */
int lvn_sock_lookup_begin_locked(struct stream *stream) REQUIRES(stream->lock);

/* Remembers a lookup that has not been answered, so that it can be cancelled. */
void lvn_sock_lookup_note_locked(struct stream *stream, void *lookup) REQUIRES(stream->lock);

/* The answer: connects to its first address, or tells the user why not. */
void lvn_sock_lookup_finish_locked(struct stream *stream, int error, struct addrinfo *list)
    REQUIRES(stream->lock);

#endif
