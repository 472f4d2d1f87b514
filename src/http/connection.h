/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection with the requests on it.  All of it runs on the thread of the loop.
 *
 * A callback of the program may free the connection, the request and the server.  So a function
 * that calls out references the connection, and looks afterwards whether it has ended.
 */
#ifndef LVN_HTTP_CONNECTION_H
#define LVN_HTTP_CONNECTION_H

#include <event2/http.h>
#include <event2/http_struct.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/compiler.h"
#include "http/reader.h"
#include "http/request.h"

struct bufferevent;
struct event_base;
struct evhttp;

/* For reading and writing, where the program sets none: 50 seconds. */
LVN_HIDDEN extern const struct timeval lvn_http_connection_timeout;

/* What a connection does for the functions of requests and replies; that of a server, or a client's. */
struct http_connection_calls {
	/* The reply to the current request is complete. */
	void (*replied)(struct evhttp_request *request);
	/* Calls it once all output has gone out, unless another call or the end of the reply replaces it. */
	void (*call_when_sent)(struct evhttp_connection *connection,
	    void (*callback)(struct evhttp_connection *, void *), void *arg);
	/* The program frees a request of the connection, which forgets it. */
	void (*forget)(struct evhttp_request *request);
};

/* Of a Unix socket only the family, unless its name fits in. */
union http_peer {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

enum http_phase {
	HTTP_PHASE_HEAD,    /* a head arrives, or may */
	HTTP_PHASE_BODY,    /* its body arrives */
	HTTP_PHASE_REPLY,   /* the program owes the reply */
	HTTP_PHASE_CLOSING, /* the output goes out; what arrives is dropped */
};

/*
 * Invariants:
 *   1. `current` is the request that arrives or whose reply is owed; NULL between requests, and
 *      when the program has freed it
 *   2. `replied` has the requests whose replies are complete, in order, until the output has
 *      gone out; `replied_end` is the last link of the list
 *   3. once `has_ended`, bev is NULL and no request points here; the memory stays while the
 *      connection is referenced
 */
struct evhttp_connection {
	struct event_base *base;
	struct bufferevent *bev;
	const struct http_connection_calls *calls;
	struct evhttp *server;          /* NULL: a client's connection, see client.h */
	struct evhttp_connection *next; /* of the server's, and the link that points here */
	struct evhttp_connection **link;

	struct evhttp_request *current;
	struct evhttp_request *replied;
	struct evhttp_request **replied_end;

	struct http_reader reader;
	struct http_limits limits;
	uint64_t most_in_body;
	struct timeval read_timeout; /* zero: none */
	struct timeval write_timeout;
	struct event *deadline;  /* of a whole request; NULL where there is none */
	unsigned request_count;  /* heads that have come, where that is limited */
	int64_t head_began_ms;   /* of the monotonic clock; 0 when no head is under way */
	int64_t linger_began_ms; /* 0 until the output of a connection that lingers is out */

	char *address; /* of the peer */
	uint16_t port;
	union http_peer peer;

	void (*on_close)(struct evhttp_connection *, void *);
	void *on_close_arg;
	void (*on_chunk_sent)(struct evhttp_connection *, void *);
	void *on_chunk_sent_arg;

	unsigned references;
	enum http_phase phase;
	bool has_ended;
	bool is_freed_by_program; /* and with it the request whose reply is owed */
	bool must_close;          /* after the reply that is owed or on its way */
	bool peer_is_done;        /* it has sent all that it wanted to */
	bool is_peer_gone;        /* the system has reported the end of its connection */
	bool has_failed;          /* the library ends it soon, without the peer's doing */
	bool is_reading;          /* requests are taken out of the input further up on the stack */
	bool is_paused;           /* reading is off: enough is waiting */
	bool lingers;             /* closing, the peer is still sending */
	bool
	    is_socket; /* the stream is the library's own, with nothing between it and the socket */
};

/* Whether all of the current request has come, so that what follows is the next one. */
static inline bool
lvn_http_connection_has_request(const struct evhttp_connection *connection)
{
	return connection->phase == HTTP_PHASE_REPLY ||
	       (connection->phase == HTTP_PHASE_BODY &&
		   connection->reader.framing.body == HTTP_BODY_NONE);
}

/* For memory of zeros. */
void lvn_http_connection_init(
    struct evhttp_connection *connection, struct event_base *base, struct bufferevent *bev);
/* NULL if memory is short.  The connection owns `bev` from then on. */
LVN_NODISCARD struct evhttp_connection *lvn_http_connection_new(
    struct event_base *base, struct bufferevent *bev);

/* `peer` may be NULL. */
void lvn_http_connection_keep_peer(
    struct evhttp_connection *connection, const struct sockaddr *peer, unsigned peer_size);
/* The same with its text.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_connection_set_peer(
    struct evhttp_connection *connection, const struct sockaddr *peer, unsigned peer_size);

void lvn_http_connection_reference(struct evhttp_connection *connection);
/* Frees it if it has ended and there is no other reference. */
void lvn_http_connection_unreference(struct evhttp_connection *connection);

/*
 * Ends the connection at once: calls the program, frees the stream, detaches the requests.  A
 * request whose reply the program owes stays with the program.  More than one call does nothing.
 */
void lvn_http_connection_end(struct evhttp_connection *connection);

/* The same from the loop: inside of calls of the program, which goes on to use its requests. */
void lvn_http_connection_fail_later(struct evhttp_connection *connection);

/* The same for the program, which then has no request of the connection either. */
void lvn_http_connection_end_by_program(struct evhttp_connection *connection);

/*
 * Ends the connection for HTTP, and returns its stream, which is the caller's: without callbacks
 * and timeouts.  The request whose reply the program owes is over.
 */
struct bufferevent *lvn_http_connection_give_stream(struct evhttp_connection *connection);
/* What a stream has of HTTP is taken from it. */
void lvn_http_connection_clear_stream(struct bufferevent *bev);

/* The reply to the current request is complete: it waits for the output. */
void lvn_http_connection_push_replied(
    struct evhttp_connection *connection, struct evhttp_request *request);
struct evhttp_request *lvn_http_connection_shift_replied(struct evhttp_connection *connection);
/* Takes a request out of `replied`, or from being the current one: returns true then. */
bool lvn_http_connection_take_out(
    struct evhttp_connection *connection, struct evhttp_request *request);
/* The program frees a request, of a connection or of none.  Inside its callbacks that waits. */
void lvn_http_connection_free_request(struct evhttp_request *request);
/* After lvn_http_request_enter: frees it if that was asked for, and returns false then. */
bool lvn_http_connection_leave_request(struct evhttp_request *request);
/* The rest of the reply under way cannot be sent, and its end is called for: both are over. */
void lvn_http_connection_abandon(struct evhttp_connection *connection);

/* By a number of bytes from the program: 0 lets no head pass, a negative one lifts all limits. */
void lvn_http_connection_limit_heads(struct http_limits *limits, int64_t size);

/*
 * Free the stream, or leave it without a descriptor.  Unlike a bufferevent by itself, they close a
 * descriptor of a bufferevent without BEV_OPT_CLOSE_ON_FREE.
 */
void lvn_http_connection_free_stream(struct evhttp_connection *connection);
void lvn_http_connection_free_bufferevent(struct bufferevent *bev);
void lvn_http_connection_close_stream(struct evhttp_connection *connection);

/* By read_timeout and write_timeout. */
void lvn_http_connection_set_timeouts(struct evhttp_connection *connection);

#endif
