/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * HTTP clients: what Levin adds to event2/http.h.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 */
#ifndef LEVIN_HTTP_CLIENT_H
#define LEVIN_HTTP_CLIENT_H

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evhttp_connection;

/**
 * Take over the stream of a client's connection, on which another protocol has begun.
 *
 * That is after a response 101 (Switching Protocols), and after one of 2xx to CONNECT: in the
 * callback of that request, or later.  The bufferevent has no callbacks and no timeouts; reading
 * and writing are enabled.  What the server has sent behind the response is in its input, and is
 * not reported by a callback: look at it.  The program frees the bufferevent, which closes its
 * descriptor unless the program made it without BEV_OPT_CLOSE_ON_FREE.
 *
 * The callback of evhttp_connection_set_closecb() runs inside this function.  The connection stays
 * the program's.  It connects anew for its next request, unless it was made for a bufferevent of
 * the program: then all requests fail.
 *
 * @param connection  a connection of a client
 * @return the bufferevent; NULL with a line in the log if it speaks HTTP, is not connected, or is a
 *     server's
 *
 * Threads: on the thread of the loop, as all functions of HTTP.
 * Since: 0.1
 */
LEVIN_EXPORT struct bufferevent *levin_http_connection_take_stream(
    struct evhttp_connection *connection);

/**
 * Send a request again that met a connection which the server has just closed.
 *
 * A server closes a connection that is idle for a while, and a request may be on its way then: it
 * fails with EVREQ_HTTP_EOF.  With this setting it is sent once more, on a new connection, if
 * nothing of a response has come, if the connection has carried a response before, if the method
 * is idempotent (RFC 9110 9.2.2: GET, HEAD, PUT, DELETE, OPTIONS, TRACE and some of WebDAV), and
 * if the request has no body.  The callback of evhttp_connection_set_closecb() is called between
 * the two.
 *
 * @param evcon  the connection of a client
 * @param on     1, or 0 to let such requests fail, which is the default
 * @return 0, or -1 with errno EINVAL if it is no connection of a client
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_connection_send_again(struct evhttp_connection *evcon, int on);

#ifdef __cplusplus
}
#endif

#endif
