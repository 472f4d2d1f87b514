/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * HTTP servers: what Levin adds to event2/http.h.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 */
#ifndef LEVIN_HTTP_SERVER_H
#define LEVIN_HTTP_SERVER_H

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evhttp_request;

/**
 * Take over the stream of a request: HTTP ends on it, and another protocol begins.
 *
 * This is for requests that ask for another protocol (Upgrade, RFC 9110 7.8) and for tunnels
 * (CONNECT, RFC 9110 9.3.6; a server gets such requests if evhttp_set_allowed_methods() allows
 * them, and passes them to the callback of evhttp_set_gencb()).  The program writes the response
 * itself, such as "HTTP/1.1 101 Switching Protocols" with its fields, or
 * "HTTP/1.1 200 OK\r\n\r\n" for CONNECT.
 *
 * The bufferevent has no callbacks and no timeouts; reading and writing are enabled.  Replies to
 * earlier requests that are still in its output go out first.  What the client has sent behind the
 * request is in its input, and is not reported by a callback: look at it.  The program frees the
 * bufferevent, which closes its descriptor unless the program made it without
 * BEV_OPT_CLOSE_ON_FREE.
 *
 * The connection ends with that as far as the server is concerned: it is counted no more, and its
 * callback of evhttp_connection_set_closecb() runs inside this function.  The request ends as after
 * a reply: it is freed, at the end of its callback if that is running, unless the program owns it.
 *
 * @param request  a whole request of a server whose reply is owed and has not begun
 * @return the bufferevent; NULL with a line in the log if no reply to the request is owed, and if
 *     the connection has ended
 *
 * Threads: on the thread of the loop, as all functions of HTTP.
 * Since: 0.1
 */
LEVIN_EXPORT struct bufferevent *levin_http_request_take_stream(struct evhttp_request *request);

#ifdef __cplusplus
}
#endif

#endif
