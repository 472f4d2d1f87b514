/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * WebSocket (RFC 6455): servers and clients.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 *
 * levin_ws_accept() makes a session from a request of an HTTP server (event2/http.h),
 * levin_ws_connect() from a bufferevent of a client.  Over a bufferevent of TLS that is "wss".
 * levin_ws_send() sends a message; the callbacks of the session receive those of the peer, whole or
 * in pieces.
 *
 * Everything that the peer sends is checked by RFC 6455; a text is checked for UTF-8 as it comes.
 * A peer that breaks the rules, or sends more than the limits allow, receives a close frame that
 * says so, and the connection ends.  Pings are answered, and a peer that no longer answers is
 * noticed.  No extensions are negotiated.
 *
 * A session ends with its callback on_close, which is called once, and is freed behind it; or with
 * levin_ws_free(), which may be called inside any callback, and then on_close is not called.
 *
 * Threads: a session belongs to the thread of its loop.  levin_post() runs a function there.
 */
#ifndef LEVIN_WS_H
#define LEVIN_WS_H

#include <stddef.h>
#include <stdint.h>

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evbuffer;
struct evhttp_request;
struct evkeyvalq;

/** A session: one end of a WebSocket connection. */
struct levin_ws;

/** The kinds of messages. */
enum levin_ws_type {
	LEVIN_WS_TEXT = 1,  /**< UTF-8 */
	LEVIN_WS_BINARY = 2 /**< any bytes */
};

/** Close codes (RFC 6455 7.4.1 and the registry of IANA).  Those from 3000 to 4999 are free. */
enum levin_ws_code {
	LEVIN_WS_NORMAL = 1000,            /**< The purpose of the connection has been fulfilled. */
	LEVIN_WS_GOING_AWAY = 1001,        /**< A server stops, or a browser leaves the page. */
	LEVIN_WS_PROTOCOL_ERROR = 1002,    /**< The peer broke the protocol. */
	LEVIN_WS_UNSUPPORTED = 1003,       /**< A kind of message that is not accepted. */
	LEVIN_WS_NO_CODE = 1005,           /**< The close frame of the peer had no code. */
	LEVIN_WS_ABNORMAL = 1006,          /**< The connection ended without a close frame. */
	LEVIN_WS_BAD_DATA = 1007,          /**< A message that is not as its kind says. */
	LEVIN_WS_POLICY = 1008,            /**< A message against a rule of the receiver. */
	LEVIN_WS_TOO_BIG = 1009,           /**< A message that is too long. */
	LEVIN_WS_MISSING_EXTENSION = 1010, /**< The server did not agree to an extension. */
	LEVIN_WS_INTERNAL = 1011,          /**< An error of the sender of the close frame. */
	LEVIN_WS_RESTART = 1012,           /**< The server starts again. */
	LEVIN_WS_TRY_LATER = 1013,         /**< The server has too much to do. */
	LEVIN_WS_BAD_GATEWAY = 1014        /**< What stands behind the server has failed. */
};

/** The callbacks of a session; each may be NULL, and each may call levin_ws_free(). */
struct levin_ws_callbacks {
	/** A client's handshake is complete: messages may be sent.  Not called on a server. */
	void (*on_open)(struct levin_ws *ws, void *arg);
	/**
	 * A message has come.  The data are valid until the callback returns; a zero byte follows
	 * them that is not counted.
	 */
	void (*on_message)(
	    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg);
	/**
	 * A piece of a message has come; `is_last` is 1 with the last one, which may be empty.  If
	 * this is set, on_message is not called, and no message is kept in memory as a whole.  A
	 * piece of a text may end inside of a character.
	 */
	void (*on_piece)(struct levin_ws *ws, enum levin_ws_type type, const void *data,
	    size_t size, int is_last, void *arg);
	/** A ping has come, with up to 125 bytes; it has been answered already. */
	void (*on_ping)(struct levin_ws *ws, const void *data, size_t size, void *arg);
	/** A pong has come. */
	void (*on_pong)(struct levin_ws *ws, const void *data, size_t size, void *arg);
	/** The output that waited, after a function returned 1, has gone out but for a half. */
	void (*on_writable)(struct levin_ws *ws, void *arg);
	/**
	 * The session has ended; it is freed behind this callback.  The code is the one of the
	 * peer's close frame, or LEVIN_WS_NO_CODE if that had none; the one that was sent to a peer
	 * that broke a rule; or LEVIN_WS_ABNORMAL.  The reason is a text with a zero byte, not NULL.
	 */
	void (*on_close)(struct levin_ws *ws, int code, const char *reason, void *arg);
	const void *reserved[4]; /**< For later versions; must be NULL. */
};

/**
 * The options of a session.  All zero, or NULL instead of the struct, is right for most.
 *
 * A limit that is 0 is the default, and -1 is no limit.
 */
struct levin_ws_options {
	/**
	 * Subprotocols with commas between them, the preferred one first: "chat, superchat".  A
	 * server takes the first that the client offers, and none if it offers none of them; a
	 * client fails if the server takes one that is not here.
	 */
	const char *subprotocols;
	/**
	 * For servers: called with the field Origin of the request, NULL if there is none; returns
	 * 1 to accept it and 0 to refuse the request with 403.  Browsers send the field, and a
	 * server that knows its users by cookies must look at it (RFC 6455 10.2).
	 */
	int (*accept_origin)(struct evhttp_request *request, const char *origin, void *arg);
	/** For clients: the field Origin. */
	const char *origin;
	/** For clients: further fields of the request.  (Those of a response: levin_ws_accept().) */
	const struct evkeyvalq *fields;
	int64_t message_size;    /**< Of a message over all fragments, in bytes; 0 is 16 MiB. */
	int64_t frame_size;      /**< Of one frame; 0 is as of a message. */
	int64_t empty_fragments; /**< Of one message; 0 is 16. */
	/** Of output that waits, in bytes, from which on functions return 1; 0 is 1 MiB. */
	int64_t most_unsent;
	/** Of output that waits, in bytes, above which messages are refused; 0 is 64 MiB. */
	int64_t queue_size;
	/**
	 * In milliseconds: when nothing has come for so long, a ping is sent, and when nothing
	 * has come after that for as long again, the connection ends.  0 is 60,000; with -1 no
	 * pings are sent, and a peer that no longer answers is not noticed by them.
	 */
	int64_t ping_interval_ms;
	/** In milliseconds, for the peer's part of the closing handshake; 0 is 5,000. */
	int64_t close_timeout_ms;
	/** In milliseconds, for the response to a client; 0 is 30,000. */
	int64_t handshake_timeout_ms;
	const void *reserved[8]; /**< For later versions; must be NULL. */
};

/** What a session has done so far. */
struct levin_ws_statistics {
	uint64_t messages_received; /**< Whole messages. */
	uint64_t messages_sent;     /**< Whole messages. */
	uint64_t bytes_received;    /**< Of their data, as far as they have come. */
	uint64_t bytes_sent;        /**< Of their data. */
	uint64_t pings_received;    /**< Pings of the peer. */
	uint64_t pings_sent;        /**< Pings of both kinds: the session's and the program's. */
	uint64_t pongs_received;    /**< Pongs, also those that nobody asked for. */
	size_t queued;              /**< Bytes that wait to be sent. */
};

/**
 * Accept the WebSocket connection that a request asks for.
 *
 * This replies to the request, which is over then: with 101 if it is right, or else with an error:
 * 400, 403, 405, or 426, where the client learns the version.  The fields that the program has
 * added by evhttp_add_header() to evhttp_request_get_output_headers() are sent with the 101.
 *
 * The request must be whole: this is for the callbacks of evhttp_set_cb(), evhttp_set_gencb() and
 * levin_http_server_route() without LEVIN_HTTP_AT_HEAD, or later.  The session takes the stream over as levin_http_request_take_stream() does.
 *
 * @param request    a request of a server
 * @param callbacks  are copied
 * @param options    NULL for those that are usual; what they point to is not used afterwards
 * @param arg        argument of the callbacks
 * @return the session, or NULL with errno: EPROTO if the request was refused, which has its reply;
 *     ECANCELED if accept_origin has freed the request or its connection; EINVAL, with a line in the
 *     log, for a wrong call, and ENOMEM: then the program still owes the reply
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_ws *levin_ws_accept(struct evhttp_request *request,
    const struct levin_ws_callbacks *callbacks, const struct levin_ws_options *options, void *arg);

/**
 * Open a WebSocket connection as a client.
 *
 * The bufferevent may be connected, or be connecting, or be connected by a function that is called
 * after this one.  With a bufferevent of levin/tls.h this is a "wss" URL.  on_open is called when
 * the server has agreed; on_close with LEVIN_WS_ABNORMAL when it has not, or when there is no
 * connection, with the reason as a text for the log.
 *
 * @param bev        belongs to the session on success
 * @param host       the field Host: a name or an address, and the port if it is not the usual one,
 *     "example.org:8080"
 * @param target     path and query, such as "/chat?room=1"
 * @param callbacks  are copied
 * @param options    NULL for those that are usual; what they point to is not used afterwards
 * @param arg        argument of the callbacks
 * @return the session, or NULL, with a line in the log if the call is wrong
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_ws *levin_ws_connect(struct bufferevent *bev, const char *host,
    const char *target, const struct levin_ws_callbacks *callbacks,
    const struct levin_ws_options *options, void *arg);

/**
 * Free a session and end its connection at once, without a close frame.
 *
 * on_close is not called.  Inside of on_close it does nothing, because the session is freed anyway.
 *
 * @param ws  may be NULL
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_ws_free(struct levin_ws *ws);

/**
 * Send a message.
 *
 * @param ws    an open session
 * @param type  the kind of the message
 * @param data  is copied
 * @param size  0 is a message, too
 * @return 0; 1 if it is sent, but so much is waiting that the program should wait for on_writable;
 *     -1 if it is not sent: with errno ENOTCONN if the session is not open, EILSEQ for a text that
 *     is not UTF-8, EBUSY while a message in pieces is under way, ENOBUFS if more than queue_size is
 *     waiting, ENOMEM
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_ws_send(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size);

/**
 * Send the bytes of a buffer as a message.
 *
 * A server does not copy those of a binary message.
 *
 * @param ws    a session
 * @param type  the kind of the message
 * @param data  is empty afterwards, unless the message was not sent
 * @return as levin_ws_send()
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_ws_send_buffer(
    struct levin_ws *ws, enum levin_ws_type type, struct evbuffer *data);

/**
 * Send a piece of a message, each as a fragment.
 *
 * The first call begins a message, and the one with `is_last` ends it.  Between them pings may be
 * sent, but no other message.
 *
 * @param ws       a session
 * @param type     the same for all pieces
 * @param data     is copied; may end inside of a character
 * @param size     their number
 * @param is_last  1 for the last piece, which may be empty; 0 for the others
 * @return as levin_ws_send(); EBUSY if the message under way is of the other kind
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_ws_send_piece(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, int is_last);

/**
 * Send a ping; the peer sends the data back in a pong.
 *
 * @param ws    a session
 * @param data  the bytes; copied
 * @param size  125 at most
 * @return as levin_ws_send(); EINVAL if it is longer
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_ws_ping(struct levin_ws *ws, const void *data, size_t size);

/**
 * Begin to close the connection: send what waits, then a close frame.
 *
 * Nothing can be sent afterwards.  Messages of the peer are received until its close frame comes,
 * and then on_close is called; or after close_timeout_ms.
 *
 * @param ws      a session
 * @param code    1000 to 1014 but 1004 to 1006, 3000 to 4999, or LEVIN_WS_NO_CODE for none
 * @param reason  a text for people, of which the first 123 bytes are sent; may be NULL
 * @return 0; -1 with errno ENOTCONN if the session is not open, EINVAL and a line in the log if the
 *     code must not be sent or the reason is not UTF-8, ENOMEM: then the connection ends without it
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_ws_close(struct levin_ws *ws, int code, const char *reason);

/**
 * Read nothing until levin_ws_resume(): the peer has to wait.
 *
 * The end of the connection is not noticed meanwhile.  Inside of a callback no further message is
 * delivered.
 *
 * @param ws  a session
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_ws_pause(struct levin_ws *ws);

/**
 * Read again; messages that have come already are delivered from the loop.
 *
 * @param ws  a session
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_ws_resume(struct levin_ws *ws);

/**
 * Get the subprotocol that both sides have agreed to.
 *
 * @param ws  a session
 * @return a text that lives as long as the session; NULL if there is none
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT const char *levin_ws_get_subprotocol(const struct levin_ws *ws);

/**
 * Get the status of the server's response to a client.
 *
 * @param ws  a session
 * @return 101 if the connection was opened, another status if it was refused, 0 before
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_ws_get_status(const struct levin_ws *ws);

/**
 * Get the bufferevent of a session, for its descriptor, its addresses, its rate limits or its TLS.
 *
 * The session owns it, and its callbacks, and what is in its buffers.  Inside of on_close it is still
 * there, so that the program can write the address of the peer to its log; the session frees it
 * behind that callback.
 *
 * @param ws  a session
 * @return the bufferevent
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct bufferevent *levin_ws_get_bufferevent(struct levin_ws *ws);

/**
 * Get the statistics of a session.
 *
 * @param ws         a session
 * @param stats_out  receives them
 * @return 0, or -1 with errno EINVAL if something is missing
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_ws_get_statistics(
    const struct levin_ws *ws, struct levin_ws_statistics *stats_out);

#ifdef __cplusplus
}
#endif

#endif
