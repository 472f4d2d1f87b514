/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parts of a random HTTP program share: http_generator.h says what it is.
 */
#ifndef LEVIN_TESTS_FUZZ_HTTP_WORLD_H
#define LEVIN_TESTS_FUZZ_HTTP_WORLD_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fuzz/choices.h"
#include "fuzz/http_generator.h"

enum {
	HTTP_ASKS_MAX = 40,
	HTTP_CLIENTS_MAX = 3,
	HTTP_RAWS_MAX = 3,
	HTTP_SERVINGS_MAX = 120,
	HTTP_LINKS_MAX = 120,
	HTTP_PORT = 80,
};

/* How the server's program replies. */
enum http_reply {
	HTTP_REPLY_WHOLE,
	HTTP_REPLY_CHUNKS,
	HTTP_REPLY_SIZED, /* in pieces, with its length */
	HTTP_REPLY_PAGE,  /* evhttp_send_error */
	HTTP_REPLIES
};

enum http_end {
	HTTP_END_NONE,
	HTTP_END_RESPONSE,
	HTTP_END_FAILURE,
	HTTP_END_CANCELLED,
	HTTP_END_FREED, /* by the program, alone or with its connection */
	HTTP_END_LOST,  /* a client by hand has lost its connection, or left */
};

/* A request, as it is planned, and what has become of it. */
struct http_ask {
	unsigned id; /* its target is "/ID" */
	enum evhttp_cmd_type type;
	size_t upload;
	size_t download;
	bool is_old;     /* HTTP/1.0 */
	bool expects;    /* "100-continue" */
	bool is_chunked; /* its body, from clients by hand */
	bool asks_close;
	bool reply_closes;
	bool takes_pieces; /* its client has a chunk callback */
	int code;
	enum http_reply reply;

	int served; /* how often the server's program has received it */
	enum http_end end;
	size_t received;

	/* Of a client of event2/http.h. */
	struct evhttp_request *request; /* NULL once it is gone */
	unsigned client;
	bool is_ending; /* one of its last callbacks has been called */
	int errors;
};

enum http_phase_of_run { HTTP_ACTING, HTTP_SETTLING, HTTP_ENDING, HTTP_OVER };

struct http_world {
	uint64_t seed;
	struct choices choices;
	struct levin_sim *sim;
	struct event_base *base;
	struct event *timer;
	struct evhttp *http; /* NULL once freed */
	enum http_phase_of_run phase;
	int actions;
	int inside;     /* depth of nested actions */
	int waited_for; /* turns in a phase */
	bool is_calm;   /* nothing breaks, nothing is freed: each request has its response */
	struct http_ask asks[HTTP_ASKS_MAX];
	unsigned ask_count;
	uint64_t bytes;
	uint64_t responses;
	char fault[HTTP_FAULT_SIZE];
};

extern struct http_world http_world;
extern bool http_is_verbose;

#define HTTP_LOG(...)                        \
	do {                                 \
		if (http_is_verbose) {       \
			printf(__VA_ARGS__); \
			putchar('\n');       \
		}                            \
	} while (0)

size_t http_pick(size_t bound);
bool http_chance(unsigned percent);
void http_fault(const char *what, unsigned id);
/* A line of evbuffer_readln. */
void http_world_free(char *line);
/* In any callback: does something else, and frees what it likes. */
void http_act_inside(void);

/* A new request; NULL if there are enough.  `by_hand` is for clients that can do more. */
struct http_ask *http_ask_new(bool by_hand);
/* A body's byte. */
unsigned char http_ask_byte(const struct http_ask *ask, bool is_upload, size_t at);
/* Appends so many bytes of a body. */
void http_ask_put_body(
    struct evbuffer *out, const struct http_ask *ask, bool is_upload, size_t at, size_t size);
/* Takes what has come of a body, and compares it; `at` grows. */
void http_ask_take_body(
    struct evbuffer *in, const struct http_ask *ask, bool is_upload, size_t *at);
bool http_ask_has_download(const struct http_ask *ask);
void http_ask_end(struct http_ask *ask, enum http_end how);
/* Of a response: whether the program of the server has sent this one, or the library itself. */
void http_ask_check_code(const struct http_ask *ask, int code, const char *id_field);

/* The server and its program: http_serving.c. */
void http_serving_begin(void);
void http_serving_act(void); /* something that disturbs */
void http_serving_free_server(void);
bool http_serving_is_idle(void); /* no request is left that the program has not replied to */
void http_serving_end(void);

/* Clients of event2/http.h: http_asking.c. */
void http_asking_begin(void);
void http_asking_make(void); /* a request */
void http_asking_act(void);
void http_asking_settle(void);
void http_asking_end(void);

/* Clients by hand: http_by_hand.c. */
void http_by_hand_begin(void);
void http_by_hand_start(void);
void http_by_hand_act(void);
bool http_by_hand_is_idle(void);
void http_by_hand_end(void);

#endif
