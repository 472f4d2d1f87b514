/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * What Levin adds to the HTTP servers of event2/http.h: routes, bodies of requests that come in pieces,
 * the ends of requests, and streams that the program takes over.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 *
 * The functions extend struct evhttp and struct evhttp_request, so that a program takes them up
 * one by one.  A request of a route is replied to like any other, by evhttp_send_reply() or its
 * siblings.
 *
 * Threads: all functions belong to the thread of the server's loop.
 */
#ifndef LEVIN_HTTP_SERVER_H
#define LEVIN_HTTP_SERVER_H

#include <stdint.h>

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evbuffer;
struct evhttp;
struct evhttp_request;
struct evkeyvalq;

/** How a request, or its body, has ended. */
enum levin_http_end {
	/** It is complete: the body has come, or the reply has been written to the system. */
	LEVIN_HTTP_COMPLETED = 0,
	/** It went wrong on this side: a limit, a time that is over, a fault, no memory. */
	LEVIN_HTTP_FAILED = 1,
	/** The program has freed the request, the connection or the server. */
	LEVIN_HTTP_CANCELLED = 2,
	/** The client has closed or lost the connection. */
	LEVIN_HTTP_PEER_GONE = 3
};

/** Bits of the flags of levin_http_server_route(). */
enum levin_http_route_flags {
	/**
	 * Call the function when the head of the request is there, before the body.  The body is
	 * read only once levin_http_request_read_body() asks for it.
	 */
	LEVIN_HTTP_AT_HEAD = 1
};

/** Receives a request.  It owes a reply, at once or later. */
typedef void levin_http_request_fn(struct evhttp_request *req, void *arg);

/**
 * Add a route to an HTTP server: requests of some methods for the paths of a pattern call a
 * function.
 *
 * A pattern begins with a slash.  Its segments are texts; "{name}", which stands for any segment
 * that is not empty; and "*" as the last one, which stands for the rest of the path and may be
 * empty.  "/users/{id}" is a pattern, and so are "/users/{id}/books" and "/static/" followed by
 * "*".  Of several that fit, a text goes before a name, and a name before the rest, from left to
 * right.  Paths are compared with their case, and escapes are decoded within a segment.
 * levin_http_request_get_segment() returns what a name stands for.
 *
 * Routes go before the functions of evhttp_set_cb().  A route for GET serves HEAD, too.  The
 * methods need not be among those of evhttp_set_allowed_methods().  A path that has routes for
 * other methods only gets 405 with the field Allow, unless evhttp_set_cb() has that path.
 *
 * @param http      a server, or a virtual host
 * @param methods   bits of enum evhttp_cmd_type; 0 stands for all
 * @param pattern   is copied
 * @param flags     bits of enum levin_http_route_flags
 * @param callback  receives the requests; it may free the request, the connection or the server
 * @param arg       its argument
 * @return 0, or -1 with errno EINVAL for a pattern that is none, EEXIST if the pattern has a
 *         route for one of the methods, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_server_route(struct evhttp *http, uint32_t methods, const char *pattern,
    unsigned flags, levin_http_request_fn *callback, void *arg);

/**
 * Get what a name in the pattern of a route stands for.
 *
 * Escapes are decoded, so the text may contain slashes and be "..", too.
 *
 * @param req   a request of a route
 * @param name  a name of the pattern, without braces; "*" for the rest of the path
 * @return the text, which belongs to the request; NULL if the pattern has no such name
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT const char *levin_http_request_get_segment(
    const struct evhttp_request *req, const char *name);

/**
 * Receives a part of the body of a request.
 *
 * The function takes what it wants out of `data`, by evbuffer_remove_buffer() or the like; what it
 * leaves there is dropped.  It may free the request, the connection or the server.
 */
typedef void levin_http_body_fn(struct evhttp_request *req, struct evbuffer *data, void *arg);

/**
 * Receives the end of the body of a request, once.
 *
 * After LEVIN_HTTP_COMPLETED the whole body has come, and levin_http_request_get_trailers() has
 * the trailers.  After LEVIN_HTTP_FAILED the client gets an error, unless the function replies.
 * After LEVIN_HTTP_CANCELLED the program has replied before the end or has freed something.
 */
typedef void levin_http_body_end_fn(struct evhttp_request *req, enum levin_http_end end, void *arg);

/**
 * Read the body of a request in pieces, as it comes.
 *
 * For a request of a route with LEVIN_HTTP_AT_HEAD, once, in its callback or later.  Until then
 * the body waits in the socket: the client can send no more than the buffers of the system, and
 * 64 KiB, hold.  A client that expects 100-continue gets it now.
 *
 * Both functions are called from the loop, never inside of this call.  A reply before the end of
 * the body closes the connection after the reply.
 *
 * @param req      the request
 * @param on_data  receives the pieces; NULL gathers them in evhttp_request_get_input_buffer()
 * @param on_end   is called once; may not be NULL
 * @param arg      the argument of both
 * @return 0, or -1 with errno EINVAL if the request is of another kind or has asked already,
 *         or EPIPE if its connection has gone
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_request_read_body(struct evhttp_request *req,
    levin_http_body_fn *on_data, levin_http_body_end_fn *on_end, void *arg);

/**
 * Pause the body of a request: nothing is read from the socket until it is resumed.
 *
 * The client is slowed down by that.  No timeout runs meanwhile.
 *
 * @param req  a request whose body is being read by levin_http_request_read_body()
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_http_request_pause_body(struct evhttp_request *req);

/**
 * Resume the body of a request.
 *
 * @param req  a request whose body was paused; otherwise nothing happens
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_http_request_resume_body(struct evhttp_request *req);

/**
 * Limit the body of one request, instead of evhttp_set_max_body_size().
 *
 * A body that becomes larger ends with LEVIN_HTTP_FAILED, and the client gets 413.  Call it before
 * levin_http_request_read_body().
 *
 * @param req   a request of a route with LEVIN_HTTP_AT_HEAD
 * @param size  the largest size; UINT64_MAX for any size
 * @return 0, or -1 with errno EINVAL if the request is of another kind
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_request_set_body_limit(struct evhttp_request *req, uint64_t size);

/**
 * Get the trailer fields of a request: fields behind a body in chunks.
 *
 * They are apart from the fields of the head, because the client, or who stands before it, may add
 * any of them.  Fields that belong to the head alone are left out (RFC 9110 6.5.1).
 *
 * @param req  a request of a route, after the end of its body
 * @return the list, which is empty where there are none; NULL for a request of another kind
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct evkeyvalq *levin_http_request_get_trailers(struct evhttp_request *req);

/**
 * Receives the end of a request, once.
 *
 * It may free the connection or the server.  The fields and the buffers of the request can still
 * be read.  No reply can be sent, and evhttp_request_get_connection() may return NULL.
 */
typedef void levin_http_request_end_fn(
    struct evhttp_request *req, enum levin_http_end end, void *arg);

/**
 * Set the function that is called when a request has ended.
 *
 * It is called exactly once for each request, whatever happens: when the reply has been written,
 * when the client has gone, when something failed, or when the program frees the request, the
 * connection or the server (then inside of that call; else from the loop).
 *
 * With this function the library frees the request afterwards in all cases, unless the program owns
 * it by evhttp_request_own().  Without it a request that still owes its reply when the client goes
 * stays with the program until it replies.
 *
 * @param req       a request of a server that has not ended
 * @param callback  NULL for none
 * @param arg       its argument
 * @return 0, or -1 with errno ENOMEM, or EPIPE if the request has ended
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_request_set_end_callback(
    struct evhttp_request *req, levin_http_request_end_fn *callback, void *arg);

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
