/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Buffers as libevent 1.x had them.  New programs need nothing of this.
 */
#ifndef EVENT2_BUFFER_COMPAT_H_INCLUDED_
#define EVENT2_BUFFER_COMPAT_H_INCLUDED_

#include <event2/buffer.h>
#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Take a line from the front of a buffer.
 *
 * The same as evbuffer_readln() with EVBUFFER_EOL_ANY.
 *
 * @param buffer  the buffer
 * @return the line, to be freed with free(); NULL if no whole line is there or memory is
 *         short
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 1.0
 */
EVENT2_EXPORT_SYMBOL
char *evbuffer_readline(struct evbuffer *buffer);

/**
 * Called after the length of a buffer has changed, as libevent 1.x did it.
 *
 * @param buffer   the buffer
 * @param old_len  its length before
 * @param new_len  its length now
 * @param arg      the argument given with the callback
 */
typedef void (*evbuffer_cb)(struct evbuffer *buffer, size_t old_len, size_t new_len, void *arg);

/**
 * Replace all callbacks of a buffer by one.
 *
 * @param buffer  the buffer
 * @param cb      what to call; NULL for nothing
 * @param cbarg   handed to cb
 * @return 0; -1 if memory is short: then the buffer has no callbacks
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 1.0; since 2.1.11 with a result
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_setcb(struct evbuffer *buffer, evbuffer_cb cb, void *cbarg);

/**
 * Search a buffer, and have all up to what was found in one piece.
 *
 * @param buffer  the buffer
 * @param what    the bytes to find
 * @param len     how many
 * @return where they are; NULL if they are not found or memory is short
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 1.0
 */
EVENT2_EXPORT_SYMBOL
unsigned char *evbuffer_find(struct evbuffer *buffer, const unsigned char *what, size_t len);

/** The older name of evbuffer_get_length(). */
#define EVBUFFER_LENGTH(x) evbuffer_get_length(x)
/** All bytes of a buffer in one piece: evbuffer_pullup(x, -1). */
#define EVBUFFER_DATA(x) evbuffer_pullup((x), -1)

#ifdef __cplusplus
}
#endif

#endif
