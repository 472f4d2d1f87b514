/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parts of a random program with a client's pool share: pool_generator.h says what it is.
 */
#ifndef LEVIN_TESTS_FUZZ_POOL_WORLD_H
#define LEVIN_TESTS_FUZZ_POOL_WORLD_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <levin/http_client.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fuzz/choices.h"
#include "fuzz/pool_generator.h"

enum {
	POOL_ASKS_MAX = 50,
	POOL_HOPS_MAX = 3,
	POOL_PORTS = 3, /* servers, from POOL_PORT on */
	POOL_PORT = 80,
	POOL_PROXY_PORT = POOL_PORT + POOL_PORTS,
	POOL_LISTENERS = POOL_PORTS + 1,
	POOL_BODY_MAX = 9000,
};

enum pool_proxy { POOL_NO_PROXY, POOL_HTTP_PROXY, POOL_SOCKS_PROXY };

enum pool_upload { POOL_NO_UPLOAD, POOL_WHOLE, POOL_SIZED, POOL_CHUNKED };

/* What a server does with a request. */
enum pool_trouble {
	POOL_FINE,
	POOL_SILENT,
	POOL_LEAVES, /* closes without a reply */
	POOL_CUTS,   /* closes amid the reply */
	POOL_LIES,   /* what comes is no response */
	POOL_EARLY,  /* replies before the body has come, and closes */
	POOL_TROUBLES
};

/* One step of a request: it is redirected from each to the next, but for the last. */
struct pool_hop {
	unsigned port;
	int status;
	const char *method;
	bool has_upload;
	bool has_credentials;
	int served; /* how often a server has received it */
};

/* A request as it is planned, and what has become of it. */
struct pool_ask {
	unsigned id; /* its target is "/ID/HOP" */
	enum pool_upload kind;
	size_t upload;
	size_t download;
	enum pool_trouble trouble; /* of the last hop */
	unsigned hops;
	struct pool_hop hop[POOL_HOPS_MAX + 1];
	bool expects;
	bool takes_pieces;
	bool has_redirect_limit; /* that is too small */
	bool has_body_limit;     /* the same */
	unsigned total_ms;       /* 0: no limit */

	struct levin_http_fetch *fetch; /* NULL before its start and once it has ended */
	bool was_cancelled;
	bool has_ended;
	bool is_paused;
	bool may_write; /* the body, and there was none */
	size_t written;
	size_t received;
	int64_t began_ms;
};

enum pool_phase { POOL_ACTING, POOL_SETTLING, POOL_OVER };

struct pool_world {
	struct choices choices;
	struct levin_sim *sim;
	struct event_base *base;
	struct event *timer;
	enum pool_phase phase;
	enum pool_proxy proxy;
	int actions;
	int inside;     /* depth of nested actions */
	int waited_for; /* turns in a phase */
	bool is_calm;   /* nothing breaks or is cancelled: each request has its response */
	struct pool_ask asks[POOL_ASKS_MAX];
	unsigned ask_count;
	uint64_t bytes;
	uint64_t responses;
	uint64_t redirects;
	char fault[POOL_FAULT_SIZE];
};

extern struct pool_world pool_world;
extern bool pool_is_verbose;

#define POOL_LOG(...)                        \
	do {                                 \
		if (pool_is_verbose) {       \
			printf(__VA_ARGS__); \
			putchar('\n');       \
		}                            \
	} while (0)

size_t pool_pick(size_t bound);
bool pool_chance(unsigned percent);
void pool_fault(const char *what, unsigned id);
int64_t pool_now_ms(void);
/* A line of evbuffer_readln. */
void pool_free_line(char *line);
/* In any callback: does something else, and frees what it likes. */
void pool_act_inside(void);

/* A new request; NULL if there are enough. */
struct pool_ask *pool_ask_new(void);
/* Appends so many bytes of a body. */
void pool_ask_put_body(
    struct evbuffer *out, const struct pool_ask *ask, bool is_upload, size_t at, size_t size);
/* Takes what has come of a body, and compares it; `at` grows. */
void pool_ask_take_body(
    struct evbuffer *in, const struct pool_ask *ask, bool is_upload, size_t *at);
/* Of the last response; none comes for some methods and codes. */
size_t pool_ask_download(const struct pool_ask *ask);

/* The servers: pool_serving.c. */
void pool_serving_begin(void);
void pool_serving_act(void);    /* something that disturbs */
void pool_serving_settle(void); /* those that have left come back */
void pool_serving_end(void);

/* The client: pool_asking.c. */
void pool_asking_begin(void);
void pool_asking_make(void); /* a request */
void pool_asking_act(void);  /* something that disturbs */
void pool_asking_tick(void); /* what was paused goes on, at times or at last */
void pool_asking_end(void);

#endif
