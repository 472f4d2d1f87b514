/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request by URL: its life, its timers, and what the program hears of it.  fetch_exchange.h has
 * how it is sent.
 */
#ifndef LVN_HTTP_FETCH_H
#define LVN_HTTP_FETCH_H

#include <event2/event_struct.h>
#include <event2/keyvalq_struct.h>
#include <levin/http_client.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/pool.h"
#include "http/url.h"

struct http_method;

/*
 * Invariants:
 *   1. `fetches` are those that have not ended
 *   2. the memory stays while it is referenced
 */
struct levin_http_client {
	struct event_base *base;
	struct levin_http_client_settings settings; /* no default is 0 any more */
	struct levin_http_client_tls tls;
	struct http_proxy *proxies[2]; /* of http and of https URLs; NULL: none */
	char *except;                  /* hosts without a proxy; may be NULL */
	struct http_pool pool;
	struct levin_http_fetch *fetches;
	struct levin_http_fetch *listed; /* to be looked at; each referenced */
	unsigned references;
	bool is_freed;
	struct levin_http_client_statistics statistics;
};

/* A body that the program sends as it has it. */
struct http_fetch_upload {
	levin_http_fetch_writable_fn *on_writable; /* NULL: there is none */
	uint64_t size;
	uint64_t left; /* of an attempt, as all below */
	bool is_sized;
	bool expects; /* the program wants the server's consent */
	bool waits;   /* for that */
	bool is_due;  /* the program is to be told that it may write */
	bool has_begun;
	bool is_finished;
};

enum http_fetch_state {
	HTTP_FETCH_NEW,
	HTTP_FETCH_WAITING, /* for a connection, or for one that is being made */
	HTTP_FETCH_SENT,
	HTTP_FETCH_COMPLETE, /* paused before the program has heard of it */
	HTTP_FETCH_ENDED,
};

/*
 * Invariants:
 *   1. `request` is not the property of its connection (EVHTTP_USER_OWNED)
 *   2. `link` is set until it has ended
 */
struct levin_http_fetch {
	struct http_waiter waiter;
	struct levin_http_client *client;
	struct levin_http_fetch *next; /* of the client, and the link that points here */
	struct levin_http_fetch **link;
	struct levin_http_fetch *next_listed;
	unsigned references;
	enum http_fetch_state state;
	enum levin_http_fetch_phase phase;

	const struct http_method *method;
	struct http_url url;
	struct http_url next_url; /* of a redirect under way */
	char *unix_path;
	struct evkeyvalq fields;
	struct evbuffer *to_send; /* NULL: no body, or an upload */
	struct http_fetch_upload upload;
	struct levin_http_fetch_timeouts timeouts;
	uint64_t body_limit; /* of this one, if it has one */
	bool has_body_limit;
	uint64_t redirect_limit; /* the same */
	bool has_redirect_limit;

	levin_http_fetch_result_fn *on_end;
	levin_http_fetch_result_fn *on_head;
	levin_http_fetch_data_fn *on_data;
	void *arg;

	struct evhttp_request *request; /* once it was sent; has the response */
	bool has_head;
	struct evbuffer *body;
	uint64_t body_size;
	enum evhttp_request_error error; /* of the request that has failed */
	unsigned sent_again;
	unsigned redirects;
	bool is_redirecting; /* the response is read to its end, for nobody */
	bool is_reused;
	bool is_paused;
	bool is_resumed; /* after a pause, reading has not begun again */
	bool is_listed;

	struct event total_timer;
	struct event phase_timer;
	struct timeval began;
};

/* Returns 0, -EINVAL or -ENOMEM. */
LVN_NODISCARD int lvn_http_fetch_new(struct levin_http_client *client, const char *method,
    const char *url, struct levin_http_fetch **fetch_out);
void lvn_http_fetch_reference(struct levin_http_fetch *fetch);
void lvn_http_fetch_unreference(struct levin_http_fetch *fetch);

bool lvn_http_fetch_timeouts_are_valid(const struct levin_http_fetch_timeouts *timeouts);
/* Starts the clocks.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_fetch_begin(struct levin_http_fetch *fetch);
/* Starts the timer of the phase anew; while the request is sent there is none. */
void lvn_http_fetch_enter(struct levin_http_fetch *fetch, enum levin_http_fetch_phase phase);
/* No phase timer until the next lvn_http_fetch_enter. */
void lvn_http_fetch_stop_phase(struct levin_http_fetch *fetch);

/* How long nothing may happen amid a body; zero is for ever. */
struct timeval lvn_http_fetch_idle_limit(const struct levin_http_fetch *fetch);

/* Calls the program, and returns whether the fetch goes on.  The caller references it. */
bool lvn_http_fetch_report_head(struct levin_http_fetch *fetch);
bool lvn_http_fetch_report_data(struct levin_http_fetch *fetch);

/* The same, if the program may write now. */
bool lvn_http_fetch_report_writable(struct levin_http_fetch *fetch);
/* From the loop, lvn_http_fetch_exchange_run_listed looks at it. */
void lvn_http_fetch_list(struct levin_http_fetch *fetch);

/* The next attempt begins without what is left of this one. */
void lvn_http_fetch_reset(struct levin_http_fetch *fetch);
/* Calls the program, and frees the fetch unless it is referenced.  Another call does nothing. */
void lvn_http_fetch_end(
    struct levin_http_fetch *fetch, enum levin_http_fetch_end end, const char *reason);

void lvn_http_fetch_client_reference(struct levin_http_client *client);
void lvn_http_fetch_client_unreference(struct levin_http_client *client);

#endif
