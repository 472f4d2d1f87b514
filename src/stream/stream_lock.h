/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lock of a stream, which streams that work on each other share.
 */
#ifndef LVN_STREAM_STREAM_LOCK_H
#define LVN_STREAM_STREAM_LOCK_H

#include "base/compiler.h"
#include "stream/stream.h"

/*
 * Gives the stream the sibling's lock, or one of its own if the options say so and threads are
 * on, or an absent one.  0 or -ENOMEM.
 */
int lvn_stream_lock_init(struct stream *stream, int options, struct stream *sibling);
/* The stream lets go of its lock, which nobody holds on its behalf. */
void lvn_stream_lock_clear(struct stream *stream);

#endif
