/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The bufferevents of libevent 1.4, on the global base.  Not for new programs.
 */
#ifndef EVENT2_BUFFEREVENT_COMPAT_H_INCLUDED_
#define EVENT2_BUFFEREVENT_COMPAT_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/bufferevent.h>
#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name Old names
 * @{ */
#define evbuffercb         bufferevent_data_cb       /**< A data callback. */
#define everrorcb          bufferevent_event_cb      /**< An event callback. */
#define EVBUFFER_READ      BEV_EVENT_READING         /**< It happened while reading. */
#define EVBUFFER_WRITE     BEV_EVENT_WRITING         /**< It happened while writing. */
#define EVBUFFER_EOF       BEV_EVENT_EOF             /**< The other side has ended its stream. */
#define EVBUFFER_ERROR     BEV_EVENT_ERROR           /**< It failed. */
#define EVBUFFER_TIMEOUT   BEV_EVENT_TIMEOUT         /**< Nothing has happened for too long. */
#define EVBUFFER_INPUT(x)  bufferevent_get_input(x)  /**< What was received. */
#define EVBUFFER_OUTPUT(x) bufferevent_get_output(x) /**< What is to be sent. */
/** @} */

/**
 * Create a bufferevent for a socket, on the base that event_init() created last.
 *
 * @param fd       the socket, which must not block; the caller closes it
 * @param readcb   called when there is input; may be NULL
 * @param writecb  called when output was sent; may be NULL
 * @param errorcb  called for ends, errors and timeouts; may be NULL
 * @param cbarg    argument of the callbacks
 * @return the bufferevent, to be freed with bufferevent_free(); NULL if memory is short
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use bufferevent_socket_new().
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_new(evutil_socket_t fd, bufferevent_data_cb readcb,
    bufferevent_data_cb writecb, bufferevent_event_cb errorcb, void *cbarg);

/**
 * Set the timeouts of a bufferevent in seconds, for reading and for writing.
 *
 * @param bufev          the bufferevent
 * @param timeout_read   in seconds; 0 for ever
 * @param timeout_write  in seconds; 0 for ever
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1; deprecated, use bufferevent_set_timeouts().
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_settimeout(struct bufferevent *bufev, int timeout_read, int timeout_write);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_BUFFEREVENT_COMPAT_H_INCLUDED_ */
