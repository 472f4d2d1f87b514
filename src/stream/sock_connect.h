/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connecting the socket of a stream to an address.
 */
#ifndef LVN_STREAM_SOCK_CONNECT_H
#define LVN_STREAM_SOCK_CONNECT_H

#include "base/compiler.h"
#include "stream/stream.h"

struct sockaddr;

/*
 * Makes a socket if there is none.  0: the user will be told how it ends.  -errno: no attempt
 * could be made, or it failed at once, and a socket that was made for it is closed.  With NULL
 * for the address the socket is being connected already.
 */
int lvn_sock_connect_start_locked(struct stream *stream, const struct sockaddr *address, int size)
    REQUIRES(stream->lock);

#endif
