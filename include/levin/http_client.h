/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * HTTP clients: requests by URL, and what Levin adds to the connections of event2/http.h.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 *
 * levin_http_client_new() creates a client.  It makes connections when they are needed, keeps them
 * for later requests, and limits how many there are.  levin_http_fetch_new() creates a request for
 * it.  A request has one callback for its end, and more for a body that is read as it comes.
 *
 * For https levin_http_client_use_tls() in levin/http_tls.h is called once.
 */
#ifndef LEVIN_HTTP_CLIENT_H
#define LEVIN_HTTP_CLIENT_H

#include <stdint.h>

#include <event2/util.h>
#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evbuffer;
struct evdns_base;
struct event_base;
struct evhttp_connection;
struct evkeyvalq;

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
 * Threads: the loop's.
 * Since: Levin 0.1
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

/*
 * ---- Requests by URL ----
 */

/**
 * A client that sends requests to any server, by connections that it keeps.
 *
 * The objects of this part belong to the thread of the loop: no other thread may use them.
 */
struct levin_http_client;

/** A request by URL, with all that is done for it until it ends. */
struct levin_http_fetch;

/** How a request has ended. */
enum levin_http_fetch_end {
	LEVIN_HTTP_FETCH_RESPONSE = 0, /**< A whole response has come, whatever its status is. */
	LEVIN_HTTP_FETCH_CANCELLED =
	    1, /**< By levin_http_fetch_cancel() or levin_http_client_free(). */
	LEVIN_HTTP_FETCH_TIMEOUT = 2,    /**< A phase took too long, or all of it. */
	LEVIN_HTTP_FETCH_QUEUE = 3,      /**< Too many requests wait already. */
	LEVIN_HTTP_FETCH_NAME = 4,       /**< The host has no address, or could not be looked up. */
	LEVIN_HTTP_FETCH_CONNECT = 5,    /**< No connection could be made. */
	LEVIN_HTTP_FETCH_TLS = 6,        /**< TLS has failed, or the client has none. */
	LEVIN_HTTP_FETCH_CLOSED = 7,     /**< The connection ended before the response was whole. */
	LEVIN_HTTP_FETCH_MALFORMED = 8,  /**< What came is no response that can be believed. */
	LEVIN_HTTP_FETCH_TOO_LARGE = 9,  /**< The body is larger than it may be. */
	LEVIN_HTTP_FETCH_NO_MEMORY = 10, /**< Memory is short. */
	/** A redirect is not followed: too many, no http URL, or from https to http. */
	LEVIN_HTTP_FETCH_REDIRECT = 11,
	LEVIN_HTTP_FETCH_PROXY = 12 /**< The proxy does not connect to the server. */
};

/** What a request is doing, or was doing when it ended. */
enum levin_http_fetch_phase {
	LEVIN_HTTP_FETCH_PHASE_QUEUE = 0,   /**< It waits for a connection. */
	LEVIN_HTTP_FETCH_PHASE_CONNECT = 1, /**< The host is looked up and connected to. */
	LEVIN_HTTP_FETCH_PHASE_TLS = 2,     /**< The TLS handshake. */
	LEVIN_HTTP_FETCH_PHASE_SEND = 3,    /**< The body of the request goes out. */
	LEVIN_HTTP_FETCH_PHASE_HEAD = 4,    /**< It waits for the head of the response. */
	LEVIN_HTTP_FETCH_PHASE_BODY = 5     /**< The body of the response comes. */
};

/** How long a request may take, in milliseconds.  0 is the default, -1 is no limit. */
struct levin_http_fetch_timeouts {
	int64_t total_ms;   /**< All of it; by default there is no limit. */
	int64_t queue_ms;   /**< Waiting for a connection; by default there is no limit. */
	int64_t connect_ms; /**< Looking the host up and connecting: 30 s. */
	int64_t tls_ms;     /**< The TLS handshake: 30 s. */
	/** From the end of the request to that of the head of the response: 60 s. */
	int64_t head_ms;
	/** Without any byte of a body, while one comes or goes: 60 s.  A pause does not count. */
	int64_t idle_ms;
	int64_t reserved[4]; /**< For later versions; must be 0. */
};

/** Bits of the flags of levin_http_client_settings. */
enum levin_http_client_flags {
	/**
	 * Do not send a request again that met a connection which the server had closed; see
	 * levin_http_connection_send_again().
	 */
	LEVIN_HTTP_CLIENT_SEND_ONCE = 1,
	/** Do not follow redirects: they are responses as others. */
	LEVIN_HTTP_CLIENT_KEEP_REDIRECTS = 2,
	/** Follow redirects from https to http as well, which an attacker may read and change. */
	LEVIN_HTTP_CLIENT_ALLOW_DOWNGRADE = 4
};

/** The settings of a client.  All zero is fine; a limit of -1 is none. */
struct levin_http_client_settings {
	int64_t connections_per_origin; /**< To one host and port at most; 0: 6. */
	int64_t connections;            /**< In all at most; 0: 256. */
	int64_t queue_length;           /**< Requests that wait at most; 0: 10000. */
	/** How long a connection is kept without a request, in milliseconds; 0: 30 s. */
	int64_t keep_alive_timeout_ms;
	struct levin_http_fetch_timeouts timeouts; /**< Of requests that set no others. */
	int64_t redirects;                         /**< That one request follows at most; 0: 10. */
	/** Of a response at most, in bytes; 0: 64 MiB if it is collected, no limit if not. */
	int64_t body_size;
	unsigned flags;          /**< Bits of enum levin_http_client_flags. */
	const void *reserved[8]; /**< For later versions; must be NULL. */
};

/**
 * How a request ended, and the response.
 *
 * All of it is valid until the callback returns.  Later versions may have more members.
 */
struct levin_http_fetch_result {
	enum levin_http_fetch_end end;     /**< How it ended. */
	enum levin_http_fetch_phase phase; /**< In which phase it ended. */
	const char *reason;                /**< The same in words, for people; never NULL. */
	/** What was asked for, without its fragment; after redirects, at last. */
	const char *url;
	int status;              /**< Such as 200; 0 if no head of a response has come. */
	const char *status_text; /**< Such as "OK"; NULL if no head has come. */
	/** The fields of the response, for evhttp_find_header(); NULL if no head has come. */
	struct evkeyvalq *fields;
	/** The body that the data callback has not taken; never NULL.  It may be drained. */
	struct evbuffer *body;
	uint64_t body_size;  /**< The bytes of the body that have come. */
	int is_reused;       /**< 1 if the connection has carried a request before. */
	unsigned sent_again; /**< How often it was sent again on another connection. */
	unsigned redirects;  /**< How many it has followed. */
	/** From levin_http_fetch_start() on, in nanoseconds; with the grain of the loop's clock. */
	int64_t duration_ns;
};

/**
 * The end of a request, or its head: see levin_http_fetch_new(), levin_http_fetch_on_head().
 *
 * @param fetch   the request; it is freed when the callback for the end has returned
 * @param result  what is known
 * @param arg     the argument of levin_http_fetch_new()
 */
typedef void levin_http_fetch_result_fn(
    struct levin_http_fetch *fetch, const struct levin_http_fetch_result *result, void *arg);

/**
 * A part of a body has come.
 *
 * @param fetch  the request
 * @param data   all bytes that the callback has left there, and those that have come since
 * @param arg    the argument of levin_http_fetch_new()
 */
typedef void levin_http_fetch_data_fn(
    struct levin_http_fetch *fetch, struct evbuffer *data, void *arg);

/**
 * More of the body of a request may be sent: see levin_http_fetch_stream_body().
 *
 * @param fetch  the request
 * @param arg    the argument of levin_http_fetch_new()
 */
typedef void levin_http_fetch_writable_fn(struct levin_http_fetch *fetch, void *arg);

/** Bits of the flags of levin_http_fetch_stream_body(). */
enum levin_http_fetch_body_flags {
	/**
	 * Ask the server before the body is sent (Expect: 100-continue).  The body is sent when the
	 * server agrees, or after a second, for many servers do not know this.
	 */
	LEVIN_HTTP_FETCH_EXPECT_CONTINUE = 1
};

/**
 * How a client gets TLS streams, for levin_http_client_set_tls().
 *
 * levin_http_client_use_tls() in levin/http_tls.h sets all of it.
 */
struct levin_http_client_tls {
	/**
	 * Create a bufferevent that talks TLS on a connected socket, as levin_tls_socket_new()
	 * does, and verifies the certificate of the server for the host.  If it returns NULL the
	 * socket is left as it was.
	 */
	struct bufferevent *(*new_stream)(
	    struct event_base *base, evutil_socket_t fd, const char *host, int options, void *arg);
	/** Say why a handshake has failed, as levin_tls_get_reason() does; may be NULL. */
	const char *(*get_reason)(struct bufferevent *stream);
	/** Free arg, with the client; may be NULL. */
	void (*free_arg)(void *arg);
	void *arg;               /**< For the functions. */
	const void *reserved[4]; /**< For later versions; must be NULL. */
};

/** What a client has done, and what it is doing. */
struct levin_http_client_statistics {
	uint64_t started;     /**< Requests. */
	uint64_t responses;   /**< Requests that have ended with a response. */
	uint64_t cancelled;   /**< Requests that were cancelled. */
	uint64_t failed;      /**< Requests that have ended in another way. */
	uint64_t sent_again;  /**< Requests that were sent on a second connection. */
	uint64_t redirects;   /**< That were followed. */
	uint64_t opened;      /**< Connections that were made. */
	uint64_t reused;      /**< How often a kept connection was used. */
	uint64_t bytes;       /**< Of bodies that have come. */
	unsigned waiting;     /**< Requests that wait for a connection now. */
	unsigned connections; /**< Connections now, those that are being made among them. */
	unsigned idle;        /**< Connections without a request now. */
	unsigned reserved;    /**< For later versions. */
};

/**
 * Create a client.
 *
 * It looks names up by evdns_base; each connection is made to the first address that accepts it
 * (RFC 8305).
 *
 * @param base      the loop
 * @param dns       the resolver; NULL for getaddrinfo(3), which blocks the loop
 * @param settings  they are copied; NULL is all zero
 * @return the client; NULL with errno EINVAL if there is no base or a limit is below -1, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_http_client *levin_http_client_new(struct event_base *base,
    struct evdns_base *dns, const struct levin_http_client_settings *settings);

/**
 * Free a client and close its connections.
 *
 * Requests under way end with LEVIN_HTTP_FETCH_CANCELLED: their callbacks run inside this function.
 * Requests that were not started are freed.  Any callback may call it.
 *
 * @param client  the client, or NULL
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_http_client_free(struct levin_http_client *client);

/**
 * Let a client ask https URLs.
 *
 * levin_http_client_use_tls() in levin/http_tls.h does this with levin/tls.h; this function is for
 * other TLS libraries.  Connections that are open stay.
 *
 * @param client  the client
 * @param tls     the functions, which are copied; NULL for none, as at first
 * @return 0, or -1 with errno EINVAL if there is no client or no new_stream
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_client_set_tls(
    struct levin_http_client *client, const struct levin_http_client_tls *tls);

/**
 * Send requests through a proxy.
 *
 * A proxy of HTTP ("http://user:password@host:port", port 80 if there is none) gets requests for
 * http URLs, and tunnels for https URLs (CONNECT).  A proxy of SOCKS5 ("socks5://...", port 1080)
 * makes all connections, and looks the names up.  User and password are optional, and
 * percent-encoded.  Requests over Unix sockets use no proxy.
 *
 * @param client  the client, before its first request is started
 * @param url     of the proxy; NULL for none
 * @param except  hosts that are connected to directly, separated by commas: names, which stand for
 *                the names below them as well, addresses, or "*" for all; may be NULL
 * @return 0; or -1 with errno EINVAL for a URL that is none of a proxy, or once a request was
 *         started, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_client_set_proxy(
    struct levin_http_client *client, const char *url, const char *except);

/**
 * Send requests through the proxies that the environment names, as other programs do.
 *
 * The variables are http_proxy for http URLs, https_proxy or HTTPS_PROXY for https URLs, all_proxy
 * or ALL_PROXY where these are missing, and no_proxy or NO_PROXY for hosts without a proxy.
 * HTTP_PROXY is not read, because in CGI programs it comes from the network.
 *
 * @param client  the client, before its first request is started
 * @return 0, or -1 with errno as from levin_http_client_set_proxy()
 *
 * Threads: no other thread may change the environment meanwhile.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_client_use_environment(struct levin_http_client *client);

/**
 * Get the statistics of a client.
 *
 * @param client     the client
 * @param stats_out  receives them
 * @return 0, or -1 with errno EINVAL if something is missing
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_client_get_statistics(
    const struct levin_http_client *client, struct levin_http_client_statistics *stats_out);

/**
 * Create a request.
 *
 * It does nothing until levin_http_fetch_start(); levin_http_fetch_cancel() frees it before that.
 * Once it is started the callback is called exactly once, whatever happens, and not before
 * levin_http_fetch_start() has returned.
 *
 * @param client    the client
 * @param method    such as "GET": a method of HTTP or WebDAV but CONNECT
 * @param url       an http or https URL, without a user
 * @param callback  receives the end
 * @param arg       the argument of all callbacks of the request
 * @return the request; NULL with errno EINVAL for an argument that makes no sense, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_http_fetch *levin_http_fetch_new(struct levin_http_client *client,
    const char *method, const char *url, levin_http_fetch_result_fn *callback, void *arg);

/**
 * Add a field to a request that was not started.
 *
 * Host is added if the program does not; the fields of the length are the library's.
 *
 * @param fetch  the request
 * @param name   the name
 * @param value  the value
 * @return 0; or -1 with errno EINVAL for what cannot be sent and once the request was started, or
 *         ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_add_field(
    struct levin_http_fetch *fetch, const char *name, const char *value);

/**
 * Set the body of a request that was not started.
 *
 * @param fetch  the request
 * @param body   the bytes, which are moved out of the buffer
 * @return 0; or -1 with errno EINVAL once the request was started, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_set_body(struct levin_http_fetch *fetch, struct evbuffer *body);

/**
 * Send the body of a request that was not started in pieces, as the program has them.
 *
 * The callback is called when the connection takes bytes, and again each time it has taken nearly
 * all.  It sends them with levin_http_fetch_write(); if it has none yet the program does so later,
 * and the callback follows when they have gone out.  levin_http_fetch_finish() ends the body.  A
 * response may come before: the rest of the body is not sent then, and the connection is closed at
 * the end of the response.
 *
 * Such a request is not sent again, and no redirect is followed that wants the body again.
 *
 * @param fetch     the request
 * @param size      of the body in bytes; -1: it is not known, and the body is sent in chunks
 * @param flags     bits of enum levin_http_fetch_body_flags
 * @param callback  the connection takes bytes; it may cancel the request
 * @return 0, or -1 with errno EINVAL for a request that was started or has a body
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_stream_body(struct levin_http_fetch *fetch, int64_t size,
    unsigned flags, levin_http_fetch_writable_fn *callback);

/**
 * Send a part of the body of a request.
 *
 * @param fetch  a request of levin_http_fetch_stream_body()
 * @param data   the bytes, which are moved out of the buffer
 * @return 0; or -1 with errno EAGAIN before the first callback, EINVAL for more bytes than were
 *         announced and after the end, or ENOMEM: then the buffer is as it was
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_write(struct levin_http_fetch *fetch, struct evbuffer *data);

/**
 * End the body of a request.
 *
 * @param fetch  a request of levin_http_fetch_stream_body()
 * @return 0; or -1 with errno EAGAIN before the first callback, EINVAL if bytes are missing and
 *         after the end, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_finish(struct levin_http_fetch *fetch);

/**
 * Set how long a request that was not started may take.
 *
 * @param fetch     the request
 * @param timeouts  they are copied; those that are 0 are the client's
 * @return 0, or -1 with errno EINVAL once the request was started, or for a limit below -1
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_set_timeouts(
    struct levin_http_fetch *fetch, const struct levin_http_fetch_timeouts *timeouts);

/**
 * Limit the body of the response.
 *
 * A larger one ends the request with LEVIN_HTTP_FETCH_TOO_LARGE.
 *
 * @param fetch  a request that was not started
 * @param size   in bytes; -1 is no limit
 * @return 0, or -1 with errno EINVAL once the request was started, or for a size below -1
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_limit_body(struct levin_http_fetch *fetch, int64_t size);

/**
 * Limit how many redirects a request follows.
 *
 * Redirects are responses of 301, 302, 303, 307 and 308 with a Location.  303 makes the next
 * request a GET without the body, and so do 301 and 302 for POST; else method and body stay.  When
 * the host, the port or the scheme changes, the fields Authorization, Cookie, Host, Origin,
 * Proxy-Authorization and Referer are left out, and a Unix socket is not used any more.  Callbacks
 * receive the last response alone.
 *
 * @param fetch  a request that was not started
 * @param count  how many at most; 0: the response is one as others; -1 is no limit
 * @return 0, or -1 with errno EINVAL once the request was started, or for a count below -1
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_limit_redirects(struct levin_http_fetch *fetch, int64_t count);

/**
 * Send a request over a Unix socket instead of to the host of its URL.
 *
 * @param fetch  a request that was not started
 * @param path   of the socket
 * @return 0; or -1 with errno EINVAL once the request was started, or ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_set_unix_socket(struct levin_http_fetch *fetch, const char *path);

/**
 * Have a callback for the head of the response, before its body.
 *
 * @param fetch     a request that was not started
 * @param callback  receives status and fields; it may cancel the request
 * @return 0, or -1 with errno EINVAL once the request was started
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_on_head(
    struct levin_http_fetch *fetch, levin_http_fetch_result_fn *callback);

/**
 * Have a callback for each part of the body of the response as it comes, instead of collecting it.
 *
 * What the callback leaves in the buffer stays there: for its next call, and at last for the
 * result.  While it cannot take more it calls levin_http_fetch_pause().
 *
 * @param fetch     a request that was not started
 * @param callback  receives the bytes; it may cancel the request
 * @return 0, or -1 with errno EINVAL once the request was started
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_on_data(
    struct levin_http_fetch *fetch, levin_http_fetch_data_fn *callback);

/**
 * Start a request.
 *
 * On success the client owns it, and frees it after its callback.
 *
 * @param fetch  the request
 * @return 0; or -1 with errno EINVAL if it was started before, ENOBUFS if too many requests wait,
 *         or ENOMEM: then the request is as it was
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_http_fetch_start(struct levin_http_fetch *fetch);

/**
 * Stop reading the response: the server has to wait, when the buffers of the system are full.
 *
 * The data callback and the one for the end wait for levin_http_fetch_resume(), unless the request
 * fails.  The timeout of all of it runs on.
 *
 * @param fetch  the request
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_http_fetch_pause(struct levin_http_fetch *fetch);

/**
 * Go on after levin_http_fetch_pause().  Callbacks run from the loop.
 *
 * @param fetch  the request
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_http_fetch_resume(struct levin_http_fetch *fetch);

/**
 * Cancel a request, and close the connection that it uses.
 *
 * Its callback runs inside this function, with LEVIN_HTTP_FETCH_CANCELLED.  A request that was not
 * started is freed without it.  Inside the callback for the end it has no effect.
 *
 * @param fetch  the request, or NULL
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_http_fetch_cancel(struct levin_http_fetch *fetch);

#ifdef __cplusplus
}
#endif

#endif
