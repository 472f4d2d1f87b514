/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moving bytes from one buffer to another, and sharing them, without copying what is not
 * small.  The locks of both are held, and they are not the same buffer.
 */
#ifndef LVN_BUFFER_BUFFER_MOVE_H
#define LVN_BUFFER_BUFFER_MOVE_H

#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/* All of `from` behind what `to` has.  Fails only if `to` would be too large. */
int lvn_buffer_move_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock);
/* All of `from` before what `to` has.  Fails only if `to` would be too large. */
int lvn_buffer_move_front_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock);
/* At most `most` bytes from the front; nothing is moved on failure. */
int lvn_buffer_move_some_locked(struct evbuffer *to, struct evbuffer *from, size_t most,
    size_t *moved_out) REQUIRES(to->lock, from->lock);
/* All bytes of `from` are in `to` as well from now on. */
int lvn_buffer_move_shared_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock);

#endif
