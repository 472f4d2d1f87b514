/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a request of a server has beside that of libevent's interface: its route, its body as it
 * comes, and its end.  Requests of plain programs have none.
 */
#ifndef LVN_HTTP_EXCHANGE_H
#define LVN_HTTP_EXCHANGE_H

#include <event2/keyvalq_struct.h>
#include <levin/http_server.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/request.h"
#include "http/server.h"

struct evhttp_connection;
struct evhttp_request;

/* Of a reply, before the program is to wait, unless it sets a mark of its own. */
#define LVN_HTTP_MOST_UNSENT (256 * 1024)

enum http_body_state {
	HTTP_BODY_GATHERED, /* in the request's buffer, before the program is called */
	HTTP_BODY_OFFERED,  /* the program has the head, and has not asked for the body */
	HTTP_BODY_FLOWING,
	HTTP_BODY_PAUSED,
	HTTP_BODY_ENDED, /* the program has been told */
};

/*
 * Invariants:
 *   1. on_body_end is there from when the program has asked for the body, until it is called
 *   2. has_ended: on_end has been called, or its time is over
 */
enum http_mark { HTTP_MARK_BEGAN, HTTP_MARK_HEAD, HTTP_MARK_BODY, HTTP_MARK_REPLY, HTTP_MARKS };

struct http_exchange {
	struct http_service *service; /* of the server, with a reference; NULL: has none yet */
	int64_t marks_us[HTTP_MARKS]; /* of the monotonic clock; 0: has not come to that */
	int64_t began_s;              /* of the Unix epoch */
	int64_t ended_us;
	struct event_base *base;
	struct http_callback route; /* NULL: the request is of no route */
	unsigned flags;             /* of the route */
	uint32_t allowed;           /* with no route for the method: those for the path */
	struct evkeyvalq segments;  /* by the names of the route's pattern */
	struct evkeyvalq trailers;

	enum http_body_state body;
	levin_http_body_fn *on_data;
	levin_http_body_end_fn *on_body_end;
	void *body_arg;
	uint64_t most_in_body;
	int64_t body_since_us; /* from when its rate is looked at, and how much there was then */
	uint64_t body_at_since;

	size_t most_unsent; /* before the program is to wait */
	bool is_over_mark;  /* there is more, and the program is called when there is less */
	levin_http_writable_fn *on_writable;
	void *on_writable_arg;
	struct evkeyvalq reply_trailers;
	uint64_t bytes_out; /* of the reply, without what frames chunks */

	struct levin_http_handle *handle; /* of other threads; NULL without */
	levin_http_request_end_fn *on_end;
	void *on_end_arg;
	bool is_offered; /* the program has been given the head */
	bool has_ended;
	bool is_cut_short; /* its reply is */
	bool is_body_lost; /* the program has been told that the body does not come whole */
};

/* That of a request, made if there is none; NULL if memory is short. */
LVN_NODISCARD struct http_exchange *lvn_http_exchange_of(struct evhttp_request *request);
/* The same for a request that begins, which is counted and logged.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_exchange_begin(
    struct evhttp_request *request, struct http_service *service);
/* Notes the time, if that is wanted.  Accepts a request without an exchange. */
void lvn_http_exchange_mark(struct evhttp_request *request, enum http_mark mark);
int64_t lvn_http_exchange_now_us(const struct evhttp_request *request);
/* Accepts NULL. */
void lvn_http_exchange_free(struct http_exchange *exchange);

/* ---- its route ---- */

static inline bool
lvn_http_exchange_has_route(struct evhttp_request *request)
{
	const struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	return exchange && exchange->route.call;
}

/* Calls the program when the body has come; false if it is for the functions of evhttp. */
bool lvn_http_exchange_dispatch(struct evhttp_request *request);

/* ---- its body ---- */

/* Whether the program has the head and decides when the body comes. */
static inline bool
lvn_http_exchange_streams(struct evhttp_request *request)
{
	const struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	return exchange && exchange->body != HTTP_BODY_GATHERED;
}

/* Whether a reply now comes before the end of such a body. */
bool lvn_http_exchange_lacks_body(struct evhttp_request *request);
static inline bool
lvn_http_exchange_is_offered(struct evhttp_request *request)
{
	const struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	return exchange && exchange->is_offered;
}

/* Whether the body waits for the program. */
static inline bool
lvn_http_exchange_is_held(struct evhttp_request *request)
{
	const struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	return exchange &&
	       (exchange->body == HTTP_BODY_OFFERED || exchange->body == HTTP_BODY_PAUSED);
}

/* For the reader: the trailer fields go to the exchange that is `arg`. */
struct http_field;
int lvn_http_exchange_add_trailer(void *arg, const struct http_field *field);
/* Gives the program what has come.  Inside of lvn_http_request_enter. */
void lvn_http_exchange_deliver(struct evhttp_request *request);
/* Tells the program of the end of the body, once.  Inside of lvn_http_request_enter. */
void lvn_http_exchange_end_body(struct evhttp_request *request, enum levin_http_end end);

/* ---- its end ---- */

/* Tells the program, once.  Inside of lvn_http_request_enter. */
void lvn_http_exchange_end(struct evhttp_request *request, enum levin_http_end end);

#endif
