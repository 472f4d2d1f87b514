/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * What Levin adds to the HTTP servers of event2/http.h: routes, bodies and replies in pieces, files,
 * limits, draining, an access log, the ends of requests, and streams that the program takes over.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 *
 * The functions extend struct evhttp and struct evhttp_request, so that a program takes them up
 * one by one.  A request of a route is replied to like any other, by evhttp_send_reply() or its
 * siblings.
 *
 * Threads: all functions belong to the thread of the server's loop, but those of handles.
 */
#ifndef LEVIN_HTTP_SERVER_H
#define LEVIN_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evbuffer;
struct evhttp;
struct evhttp_bound_socket;
struct evhttp_request;
struct evkeyvalq;

/** How a request, or its body, has ended. */
enum levin_http_end {
	/**
	 * It is complete: the body has come, or the reply has been written to the system, also if
	 * that is an error such as 413.
	 */
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
 * other methods only gets 405 with the field Allow, unless evhttp_set_cb() has that path; OPTIONS
 * gets 204 with the field Allow, unless a route serves it.
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

/** What a server accepts beside the grammar of HTTP: bits of levin_http_server_settings. */
enum levin_http_lenient {
	LEVIN_HTTP_LENIENT_LF = 1,   /**< LF alone ends a line of the head. */
	LEVIN_HTTP_LENIENT_FOLD = 2, /**< A field may be folded: a line that begins with a blank. */
	LEVIN_HTTP_LENIENT_COLON = 4,    /**< Blanks between the name of a field and its colon. */
	LEVIN_HTTP_LENIENT_CONTROLS = 8, /**< Controls in values, but not CR, LF and NUL. */
	LEVIN_HTTP_LENIENT_TARGET = 16,  /**< '#', bytes above 127 and bad escapes in a target. */
	LEVIN_HTTP_LENIENT_HOST = 32,    /**< HTTP/1.1 without the field Host. */
	LEVIN_HTTP_LENIENT_SAME_LENGTHS = 64, /**< Content-Length more than once, with one value. */
	/** Content-Length beside Transfer-Encoding: is ignored, and the connection closes. */
	LEVIN_HTTP_LENIENT_BOTH_LENGTHS = 128
};

/**
 * Limits of an HTTP server.  A member that is 0 leaves what is set by the functions of event2/http.h
 * or by default; -1 is no limit.  Times are in milliseconds, sizes in bytes.
 *
 * Without settings the head has 60 s, or five times the timeout of evhttp_set_timeout() if that is
 * less; body, reply and waiting for a request have 50 s; a head has 64 KiB, 200 fields and lines of
 * 16 KiB; there is no limit for bodies, requests and connections.
 */
struct levin_http_server_settings {
	int64_t head_timeout_ms; /**< For the whole head, from its first byte. */
	int64_t body_timeout_ms; /**< Without a byte of the body. */
	/**
	 * Without a byte of the reply being taken by the system.  It takes the next ones when a third
	 * of its buffer is free again, which for a slow client may be after seconds of reading.
	 */
	int64_t write_timeout_ms;
	int64_t keep_alive_timeout_ms; /**< Without a request. */
	/** For all of a request, to the end of its reply; then the connection is closed. */
	int64_t request_timeout_ms;
	/**
	 * The least rate of bodies, in bytes a second, looked at when something comes, after the
	 * first five seconds; the time for which the program holds the body does not count.
	 */
	int64_t body_rate;
	int64_t body_size;           /**< Of the body of one request. */
	int64_t head_size;           /**< Of a head with its line ends. */
	int64_t line_size;           /**< Of a line in a head. */
	int64_t fields;              /**< Fields of a head. */
	int64_t connections;         /**< At a time; others get 503. */
	int64_t connection_requests; /**< On one connection, which is closed then. */
	unsigned lenient;            /**< Bits of enum levin_http_lenient. */
	const void *reserved[8];     /**< For later versions; must be NULL. */
};

/**
 * Set limits of an HTTP server.
 *
 * They hold for connections that are accepted from now on.  A client that is too slow with its
 * request gets 408.
 *
 * @param http      the server
 * @param settings  is copied
 * @return 0, or -1 with errno EINVAL, for a limit below -1 too, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_server_configure(
    struct evhttp *http, const struct levin_http_server_settings *settings);

/** Is called when a server has no connection left.  It may free the server. */
typedef void levin_http_drain_fn(struct evhttp *http, void *arg);

/**
 * Drain an HTTP server: stop accepting, and finish what is under way.
 *
 * The listeners are freed, so that bound sockets are no longer valid.  Connections without a request
 * are closed.  Requests that have begun get their replies, with "Connection: close".  After
 * the timeout connections that are left are closed, too.  The callback runs once, from the loop; not
 * if the server is freed before.
 *
 * Streams that the program has taken over, those of WebSocket sessions among them, are no connections
 * of the server any more: nothing is waited for, because only the program knows how to end what is
 * spoken on them.  It closes them itself, as by levin_ws_close().
 *
 * @param http        a server that is not being drained
 * @param timeout_ms  for what is under way; 0 closes all, -1 waits without a limit
 * @param callback    may be NULL
 * @param arg         its argument
 * @return 0, or -1 with errno EINVAL, EALREADY if the server is being drained, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_server_drain(
    struct evhttp *http, int64_t timeout_ms, levin_http_drain_fn *callback, void *arg);

/**
 * A request that has ended, for an access log.  Texts are valid during the call.
 *
 * Durations have the grain of the loop's clock, which is that of the system's coarse clock: up to
 * some milliseconds, so that short ones are often 0.  A base that was made with
 * EVENT_BASE_FLAG_PRECISE_TIMER has the fine clock.
 */
struct levin_http_log_entry {
	const char *method;      /**< Such as "GET"; NULL if it is unknown. */
	const char *target;      /**< As the client sent it; NULL if there was no valid head. */
	const char *peer;        /**< The address of the client as text. */
	uint16_t peer_port;      /**< Its port; 0 for a Unix socket. */
	int code;                /**< The status code; 0 if there was no reply. */
	enum levin_http_end end; /**< How the request has ended. */
	int64_t began_s;         /**< When the request began, in seconds of the Unix epoch. */
	uint64_t bytes_in;       /**< Of the head, and of the content of the body. */
	uint64_t bytes_out;      /**< The same of the reply, as far as the system has taken it. */
	int64_t head_us;         /**< Until the head had come, in microseconds. */
	int64_t body_us;         /**< From then until the program had the whole request. */
	int64_t wait_us;         /**< From then until the reply began. */
	int64_t reply_us;        /**< From then until the end. */
};

/** Receives a request that has ended.  It must free nothing of the server. */
typedef void levin_http_log_fn(const struct levin_http_log_entry *entry, void *arg);

/**
 * Set the function that is called for each request at its end, for an access log.
 *
 * It is called once for each request that begins later, whatever happens to it.
 *
 * @param http      the server
 * @param callback  NULL for none
 * @param arg       its argument
 * @return 0, or -1 with errno EINVAL or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_server_set_log(
    struct evhttp *http, levin_http_log_fn *callback, void *arg);

/** Counters of a server, from the first call of a function of this header for it. */
struct levin_http_server_statistics {
	uint64_t connections;         /**< That were accepted. */
	uint64_t connections_refused; /**< Those of them that were too many. */
	uint64_t connections_open;    /**< Now. */
	uint64_t requests;            /**< That have begun. */
	uint64_t ends[4];             /**< That have ended, by enum levin_http_end. */
	uint64_t bytes_in;            /**< Of the requests that have ended: heads and contents. */
	uint64_t bytes_out;           /**< Of their replies. */
	uint64_t reserved[8];         /**< 0. */
};

/**
 * Get the counters of a server.
 *
 * The first call switches them on.
 *
 * @param http       the server
 * @param stats_out  receives them
 * @return 0, or -1 with errno EINVAL or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_server_get_statistics(
    struct evhttp *http, struct levin_http_server_statistics *stats_out);

/**
 * Listen on a Unix socket.
 *
 * A socket of that name on which nobody listens is replaced.  The file stays when the server is freed.
 *
 * @param http  a server with a base
 * @param path  the name of the socket
 * @param mode  its permissions, such as 0660; nobody can connect before they are set
 * @return a bound socket as from evhttp_bind_socket_with_handle(), or NULL with errno: EADDRINUSE if
 *         somebody listens there or if the file is no socket, ENAMETOOLONG, EINVAL, or that of the
 *         system
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct evhttp_bound_socket *levin_http_server_bind_unix(
    struct evhttp *http, const char *path, unsigned mode);

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
 * The function takes what it wants out of `data`, by evbuffer_remove_buffer() or the like.  What it
 * leaves there comes again with the next part, and is in evhttp_request_get_input_buffer() at the
 * end.  It may free the request, the connection or the server.
 */
typedef void levin_http_body_fn(struct evhttp_request *req, struct evbuffer *data, void *arg);

/**
 * Receives the end of the body of a request, once.
 *
 * After LEVIN_HTTP_COMPLETED the whole body has come, and levin_http_request_get_trailers() has
 * the trailers.  After LEVIN_HTTP_FAILED the client gets an error, unless the function replies.
 * After LEVIN_HTTP_PEER_GONE there is nobody to reply to: the request is freed behind the function.
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
 * @param size  in bytes; -1 is no limit
 * @return 0, or -1 with errno EINVAL if the request is of another kind, or for a size below -1
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_request_limit_body(struct evhttp_request *req, int64_t size);

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
 * when the connection has been reset or lost, when something failed, or when the program frees the request, the
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
 * Start a reply that is sent in pieces.
 *
 * levin_http_reply_write() sends the pieces, and levin_http_reply_end() ends the reply.  A failure
 * ends the connection from the loop; the function of levin_http_request_set_end_callback() learns
 * of it.
 *
 * @param req     a request that owes its reply
 * @param code    the status code
 * @param reason  NULL for the usual one
 * @param size    the size of the body, which is announced and held; -1 if it is not known: then
 *                the body is sent in chunks, to a client of HTTP/1.0 until the end of the connection
 * @return 0, or -1 with errno EINVAL if no reply is owed, EPIPE if the connection has gone, or
 *         ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_reply_start(
    struct evhttp_request *req, int code, const char *reason, int64_t size);

/**
 * Write a piece of a reply.
 *
 * All of it is taken, however slow the client is.  When the result is 1, more is unsent than
 * levin_http_reply_set_writable_callback() allows: the program should write no more until the
 * function of that call has been called.
 *
 * @param req   a request whose reply has been started
 * @param data  the piece; is empty afterwards
 * @return 0; 1 if the program should wait; or -1 with errno EINVAL if no reply goes on, EMSGSIZE
 *         if it would be longer than its size (then nothing is taken), EPIPE if the connection has
 *         gone, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_reply_write(struct evhttp_request *req, struct evbuffer *data);

/** Is called when less than half of what may be unsent is left.  It may free everything. */
typedef void levin_http_writable_fn(struct evhttp_request *req, void *arg);

/**
 * Set the function that is called when a reply in pieces may go on, and how much may be unsent.
 *
 * The function is called from the loop, after levin_http_reply_write() has returned 1.
 *
 * @param req          a request that owes its reply
 * @param most_unsent  bytes; 0 is 256 KiB
 * @param callback     NULL for none
 * @param arg          its argument
 * @return 0, or -1 with errno EPIPE if the connection has gone, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_reply_set_writable_callback(
    struct evhttp_request *req, size_t most_unsent, levin_http_writable_fn *callback, void *arg);

/**
 * Add a trailer field to a reply: it is sent behind the body.
 *
 * Only replies in chunks have trailers; elsewhere they are left out.  Many clients ignore them.
 *
 * @param req    a request that owes its reply, or whose reply has not ended
 * @param name   a token that may be the name of a trailer (RFC 9110 6.5.1)
 * @param value  without control characters
 * @return 0, or -1 with errno EINVAL for another name or value, EPIPE if the connection has gone,
 *         or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_reply_add_trailer(
    struct evhttp_request *req, const char *name, const char *value);

/**
 * End a reply that was sent in pieces.
 *
 * A reply that is shorter than its size closes the connection, and the request ends with
 * LEVIN_HTTP_FAILED.
 *
 * @param req  a request whose reply has been started; it is the library's from now on
 * @return 0, or -1 with errno EINVAL if no reply goes on, EPIPE if the connection has gone, or
 *         ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_reply_end(struct evhttp_request *req);

/** How a file is sent; all zero is what most programs want. */
struct levin_http_file {
	/** The media type; NULL: by the end of the file's name, or application/octet-stream. */
	const char *content_type;
	/**
	 * The entity tag, with its quotes; NULL: made of inode, time and size, and weak for a file
	 * that has just changed; empty: none.
	 */
	const char *etag;
	const void *reserved[6]; /**< For later versions; must be NULL. */
};

/**
 * Reply with a file.
 *
 * The reply has Content-Type, Content-Length, Last-Modified, ETag and Accept-Ranges, unless the
 * program has set them.  If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since and
 * If-Range are evaluated (RFC 9110 13), and so is Range for one range (RFC 9110 14): the reply is
 * 200, 206, 304, 412 or 416.  For several ranges the whole file is sent.  HEAD gets the head.
 *
 * On a plain socket the file is sent by sendfile(2); over TLS it is read in blocks as the client
 * takes them.  A file that becomes shorter meanwhile ends the connection.
 *
 * @param req       a request that owes its reply
 * @param fd        a regular file, open for reading; is closed by the library, also on failure
 * @param settings  NULL is all zero
 * @return 0, or -1 with errno EINVAL if no reply is owed or it is no regular file, EPIPE if the
 *         connection has gone, or ENOMEM: then no reply has been sent
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_reply_file(
    struct evhttp_request *req, int fd, const struct levin_http_file *settings);

/**
 * Reply with a file below a directory, by a path from the client.
 *
 * The path may be the "*" of a route.  Nothing outside of the directory can be reached: ".." is
 * refused, and symbolic links are not followed.  Otherwise like levin_http_reply_file().
 *
 * @param req        a request that owes its reply
 * @param directory  a descriptor of the directory, which stays open
 * @param path       is relative to it; slashes at its beginning do not count
 * @param settings   NULL is all zero
 * @return 0, or -1 and no reply has been sent.  What the program replies with then depends on errno:
 *
 * | errno                                     | reply |
 * |-------------------------------------------|-------|
 * | ENOENT, ENOTDIR, ENAMETOOLONG             | 404: there is no such file |
 * | EISDIR                                    | 404, or a page of the program for the directory |
 * | ELOOP                                     | 404: a symbolic link |
 * | EACCES                                    | 404, or 403: "..", no permission, no regular file |
 * | EMFILE, ENFILE, ENOMEM                    | 503: the system is short of something |
 * | EPIPE                                     | none: the connection has gone; free the request |
 * | EINVAL                                    | none: no reply is owed |
 * | others                                    | 500 |
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_reply_path(struct evhttp_request *req, int directory, const char *path,
    const struct levin_http_file *settings);

/** A request, for another thread that is to reply to it. */
struct levin_http_handle;

/**
 * Make a handle of a request, so that another thread can reply.
 *
 * The handle stays valid when the request, its connection or the server has gone; what is
 * sent then is dropped.  The base must outlive it.  The request is the library's from now on: it is
 * freed when it has ended, as with levin_http_request_set_end_callback().
 *
 * @param req  a request that owes its reply
 * @return a handle, for levin_http_handle_free(); or NULL with errno EPIPE if the connection has
 *         gone, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_http_handle *levin_http_request_get_handle(struct evhttp_request *req);

/**
 * Reply to the request of a handle, from any thread.
 *
 * The reply is sent by the loop, in order with what the thread has posted.
 *
 * @param handle        the handle
 * @param code          the status code
 * @param reason        NULL for the usual one
 * @param content_type  NULL for the default of the server
 * @param body          is empty afterwards; NULL for an empty body
 * @return 0, also if the request has ended meanwhile; or -1 with errno ENOMEM: then nothing has
 *         changed
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_handle_reply(struct levin_http_handle *handle, int code,
    const char *reason, const char *content_type, struct evbuffer *body);

/** Receives the request of a handle; NULL if it has ended. */
typedef void levin_http_handle_fn(struct evhttp_request *req, void *arg);

/**
 * Call a function with the request of a handle, on the thread of its loop.
 *
 * @param handle    the handle, which may be freed before the function is called
 * @param callback  is called once, unless the base is freed before
 * @param arg       its argument
 * @return 0, or -1 with errno EINVAL or ENOMEM
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_handle_post(
    struct levin_http_handle *handle, levin_http_handle_fn *callback, void *arg);

/**
 * Free a handle.
 *
 * @param handle  the handle, or NULL
 *
 * Threads: safe; each handle is freed once.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_http_handle_free(struct levin_http_handle *handle);

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
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct bufferevent *levin_http_request_take_stream(struct evhttp_request *request);

#ifdef __cplusplus
}
#endif

#endif
