/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * WebSocket servers, with the functions of libevent 2.2.
 *
 * A callback of evhttp_set_cb() calls evws_new_session(), which replies to the request.  levin/ws.h
 * has more: clients, messages in pieces, subprotocols, back-pressure.
 *
 * What the peer sends is checked by RFC 6455; a message has 16 MiB at most.  Pings are answered.
 */
#ifndef EVENT2_WS_H_INCLUDED_
#define EVENT2_WS_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evhttp_request;

/** A WebSocket connection. */
struct evws_connection;

/** @name Close codes for evws_close() (RFC 6455 7.4.1)
 * @{ */
/** No code. */
#define WS_CR_NONE 0
/** The purpose of the connection has been fulfilled. */
#define WS_CR_NORMAL 1000
/** The peer broke the protocol. */
#define WS_CR_PROTO_ERR 1002
/** A message is too long. */
#define WS_CR_DATA_TOO_BIG 1009
/** @} */

/** @name Kinds of messages
 * @{ */
/** UTF-8. */
#define WS_TEXT_FRAME 0x1
/** Any bytes. */
#define WS_BINARY_FRAME 0x2
/** @} */

/**
 * A message has come: its kind, its bytes, and their number.  The bytes are valid until the callback
 * returns.  In Levin a zero byte follows them, which is not counted.
 */
typedef void (*ws_on_msg_cb)(struct evws_connection *, int, const unsigned char *, size_t, void *);

/** The connection has ended, and is freed when the callback returns. */
typedef void (*ws_on_close_cb)(struct evws_connection *, void *);

/**
 * Accept the WebSocket connection that a request asks for.
 *
 * This replies to the request, which is over then: with 101, or with an error.
 *
 * @param req      a request of a server, in its callback or later
 * @param cb       is called with each message
 * @param arg      argument of cb
 * @param options  options of bufferevents; the stream has been made already, so they are ignored
 * @return the connection; NULL if the request was refused
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct evws_connection *evws_new_session(
    struct evhttp_request *req, ws_on_msg_cb cb, void *arg, int options);

/**
 * Send a text.
 *
 * @param evws        a connection
 * @param packet_str  a text in UTF-8 with a zero byte; one that is not UTF-8 is not sent, with a line
 *     in the log
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evws_send_text(struct evws_connection *evws, const char *packet_str);

/**
 * Send bytes as a binary message.
 *
 * @param evws         a connection
 * @param packet_data  the bytes
 * @param packet_len   their number
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evws_send_binary(struct evws_connection *evws, const char *packet_data, size_t packet_len);

/**
 * Send what waits, then a close frame; the connection ends when the peer has replied, or after 5
 * seconds.
 *
 * @param evws    a connection
 * @param reason  a close code: a WS_CR_ constant or another one that may be sent
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evws_close(struct evws_connection *evws, uint16_t reason);

/**
 * Set a callback for the end of the connection.
 *
 * It is called once, whatever the connection ends by, also by evws_connection_free().
 *
 * @param evws   a connection
 * @param cb     the function
 * @param cbarg  its argument
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evws_connection_set_closecb(struct evws_connection *evws, ws_on_close_cb cb, void *cbarg);

/**
 * End a connection at once and free it.  Inside of its close callback this does nothing.
 *
 * @param evws  a connection
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evws_connection_free(struct evws_connection *evws);

/**
 * Get the bufferevent of a connection, which owns it.
 *
 * @param evws  a connection
 * @return the bufferevent
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *evws_connection_get_bufferevent(struct evws_connection *evws);

#ifdef __cplusplus
}
#endif

#endif
