/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream that connects to a name: the addresses are tried as RFC 8305 says, until one of them
 * has a connection.
 *
 * The first attempt starts when there are addresses of both families, of IPv6, or of IPv4 for
 * 50 ms.  The next one starts 250 ms later, or when an attempt fails; the families take turns.
 * Whichever connects first becomes the descriptor of the stream, and the others are closed.  Until
 * then the stream has no descriptor, is STREAM_IS_CONNECTING, and its timeouts are mere timers.
 *
 * One address alone takes the way of bufferevent_socket_connect, and so does the first one if the
 * stream has a descriptor or is STREAM_TAKES_FIRST_ADDRESS.
 */
#ifndef LVN_STREAM_CONNECT_ATTEMPTS_H
#define LVN_STREAM_CONNECT_ATTEMPTS_H

#include <event2/util.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "stream/stream.h"

struct addrinfo;
struct connect_attempts;

/*
 * Before a lookup: both directions wait for it, and it has a reference to the stream.  Returns 0
 * with the argument of lvn_connect_attempts_on_addresses, -EBUSY or -ENOMEM.
 */
int lvn_connect_attempts_await_locked(struct stream *stream, struct connect_attempts **attempts_out)
    REQUIRES(stream->input.lock);

/*
 * What the resolver calls: a resolver_done_fn.  On any thread, without the lock.  The event
 * callback may run inside if the lookup or the only address has failed.
 */
void lvn_connect_attempts_on_addresses(int error, struct addrinfo *list, bool more, void *attempts);

/* Whether several addresses are being tried. */
bool lvn_connect_attempts_are_under_way_locked(const struct stream *stream)
    REQUIRES(stream->input.lock);

/* The descriptor of the oldest attempt; -1 if there is none. */
evutil_socket_t lvn_connect_attempts_fd_locked(const struct stream *stream)
    REQUIRES(stream->input.lock);

/* After each change of the state: while the stream is late or freed they pause. */
void lvn_connect_attempts_watch_locked(struct stream *stream) REQUIRES(stream->input.lock);

/*
 * The stream gets another descriptor, or ends: nothing is tried any more.  Returns the descriptor
 * of the oldest attempt, which is the caller's then, or -1.  A lookup goes on unless the stream is
 * freed.
 */
evutil_socket_t lvn_connect_attempts_end_locked(struct stream *stream) REQUIRES(stream->input.lock);

#endif
