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

#ifdef __cplusplus
}
#endif

#endif
