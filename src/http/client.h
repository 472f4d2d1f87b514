/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client's connection: it connects when there is a request, sends one request after the other,
 * and reads their responses.  It lasts until the program frees it, however often it connects.
 */
#ifndef LVN_HTTP_CLIENT_H
#define LVN_HTTP_CLIENT_H

#include <event2/event_struct.h>

#include "http/connection.h"

struct evdns_base;

enum http_client_state {
	HTTP_CLIENT_CLOSED,
	HTTP_CLIENT_CONNECTING,
	HTTP_CLIENT_WAITING, /* to connect again */
	HTTP_CLIENT_OPEN,
	HTTP_CLIENT_TUNNEL, /* no HTTP any more: a 101, or a CONNECT that has succeeded */
};

/* Why the last request has failed, for its error callback. */
struct http_client_failure {
	int status;         /* as of enum http_reader_result REFUSED, or 0 */
	const char *why;    /* the same in words; may be NULL */
	bool is_unanswered; /* on a connection that has had a response, nothing of this one came */
};

/* For those who send a body behind the head. */
struct http_client_hooks {
	void (*on_sent)(void *arg);     /* the output is below the stream's low watermark */
	void (*on_continue)(void *arg); /* 100 has come; frees nothing */
};

/*
 * Invariants:
 *   1. `connection.current` is the request that was sent; it is not in the queue
 *   2. while there is a request in the queue, the state is not CLOSED, or one is under way, or
 *      lvn_http_client_go_on is further up on the stack
 *   3. between two connections the stream has no descriptor, and its buffers are empty
 */
struct http_client {
	struct evhttp_connection connection; /* first: programs have its address */
	struct evdns_base *dns;
	enum http_client_state state;
	struct evhttp_request *queue;
	struct evhttp_request **queue_end;
	struct evhttp_request
	    *failing; /* no connection can be made: the program is being notified */

	char *unix_path;
	char *local_address;
	uint16_t local_port;
	int family;
	bool has_own_stream; /* made here, and made again for each connection */
	bool was_connected;  /* `connection.peer` is where */
	bool frees_on_completion;
	bool sends_again;   /* a request that meets a connection which the peer has closed */
	bool was_used;      /* a response has come on this connection */
	bool has_sent_body; /* of the request under way */
	int flags;          /* EVHTTP_CON_ */
	unsigned interim;   /* 1xx responses to the request under way */

	int retries;      /* -1: any number */
	int retries_made; /* since the last connection */
	struct timeval first_retry;
	struct timeval connect_timeout;
	struct event retry_timer;
	evhttp_ext_method_cb find_method;
	struct http_client_failure failure;
	const struct http_client_hooks *hooks; /* may be NULL */
	void *hooks_arg;
};

/* Where the program sets none: 45 seconds, 2 seconds. */
LVN_HIDDEN extern const struct timeval lvn_http_client_connect_timeout;
LVN_HIDDEN extern const struct timeval lvn_http_client_first_retry;

static inline struct http_client *
lvn_http_client_of(struct evhttp_connection *connection)
{
	return container_of(connection, struct http_client, connection);
}

/* `bev` may be NULL, for a socket of its own; it belongs to the client on success. */
LVN_NODISCARD struct http_client *lvn_http_client_new(struct event_base *base,
    struct evdns_base *dns, struct bufferevent *bev, const char *address, uint16_t port);
/* A client of a stream that is connected; `bev` belongs to it on success. */
LVN_NODISCARD struct http_client *lvn_http_client_new_connected(
    struct event_base *base, struct evdns_base *dns, struct bufferevent *bev);
/* For a client that was made without one. */
void lvn_http_client_set_base(struct http_client *client, struct event_base *base);
/* At once; requests end without their callbacks. */
void lvn_http_client_free(struct http_client *client);

/*
 * Sends a request, when those before it are done.  Returns 0, also if the request has failed
 * already; or -EINVAL, -ENOMEM: then the request is still the caller's.
 */
LVN_NODISCARD int lvn_http_client_request(struct http_client *client,
    struct evhttp_request *request, enum evhttp_cmd_type type, const char *target);
/* Ends a request without its completion callback, and frees it. */
void lvn_http_client_cancel(struct http_client *client, struct evhttp_request *request);
/* Sets what is called while a body is sent; NULL for nothing. */
void lvn_http_client_set_hooks(
    struct http_client *client, const struct http_client_hooks *hooks, void *arg);
/* Connects or sends, if there is reason to. */
void lvn_http_client_go_on(struct http_client *client);
/* That of a tunnel; it is the caller's, without callbacks and timeouts. */
struct bufferevent *lvn_http_client_give_stream(struct http_client *client);

#endif
