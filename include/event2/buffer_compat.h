/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Functions of buffers from libevent 1.x.  New programs do not need them.
 */
#ifndef EVENT2_BUFFER_COMPAT_H_INCLUDED_
#define EVENT2_BUFFER_COMPAT_H_INCLUDED_

#include <event2/buffer.h>
#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Read a line from the front of a buffer, and remove it.
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
 * Called after the length of a buffer has changed, as in libevent 1.x.
 *
 * @param buffer   the buffer
 * @param old_len  its length before
 * @param new_len  its length now
 * @param arg      the argument given with the callback
 */
typedef void (*evbuffer_cb)(struct evbuffer *buffer, size_t old_len, size_t new_len, void *arg);

/**
 * Set the callback of a buffer, in place of all that it has.
 *
 * @param buffer  the buffer
 * @param cb      the function to call; NULL for none
 * @param cbarg   handed to cb
 * @return 0; -1 if memory is short: then the buffer has no callbacks
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 1.0; since 2.1.11 with a result
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_setcb(struct evbuffer *buffer, evbuffer_cb cb, void *cbarg);

/**
 * Search a buffer for bytes, and make it contiguous up to their end.
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
/** All bytes of a buffer, contiguous: evbuffer_pullup(x, -1). */
#define EVBUFFER_DATA(x) evbuffer_pullup((x), -1)

#ifdef __cplusplus
}
#endif

#endif
