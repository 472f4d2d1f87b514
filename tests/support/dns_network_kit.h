/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network of name servers in a simulated world, for unit tests of src/dns: servers that reply
 * as the test says, questions whose outcomes are kept.  All functions fail the case by
 * themselves.
 */
#ifndef LEVIN_TESTS_SUPPORT_DNS_NETWORK_KIT_H
#define LEVIN_TESTS_SUPPORT_DNS_NETWORK_KIT_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns_exchange.h"
#include "dns/dns_network.h"
#include "dns/dns_options.h"
#include "dns/dns_server.h"
#include "support/suite.h"

#define KIT_MS INT64_C(1000000)
/* Its letters cannot all have the same case by chance. */
#define KIT_LONG_NAME "a.name.with.enough.letters.for.chance.example"

enum { KIT_SERVERS_MAX = 4, KIT_MESSAGE_MAX = 65535, KIT_LATE_MAX = 128, KIT_STREAMS_MAX = 64 };

struct dns_kit;
struct kit_server;

/* A question that has come to a server. */
struct kit_query {
	struct kit_server *server;
	unsigned number; /* of those that came to it, from 1 */
	uint8_t message[512];
	size_t size;
	struct sockaddr_storage from;
	socklen_t from_size;
	struct bufferevent *stream; /* by TCP; else NULL */
};

typedef void kit_answer_fn(const struct kit_query *query);

struct kit_server {
	struct dns_kit *kit;
	const char *address;
	kit_answer_fn *answer;
	int fd;
	struct event *readable;
	unsigned queries;
	int64_t came_ns[64]; /* the first ones */
	uint16_t ids[64];
	uint16_t ports[64];
	struct kit_query last;
	int64_t delay_ns; /* of kit_answer_late */
	/* By TCP. */
	kit_answer_fn *answer_by_tcp;
	int listener;
	struct event *acceptable;
	struct bufferevent *streams[KIT_STREAMS_MAX]; /* NULL: ended */
	struct bufferevent *hung_up;                  /* the last one */
	unsigned connections;                         /* that have come */
	unsigned queries_by_tcp;
};

struct dns_kit {
	struct levin_sim *sim;
	struct event_base *base;
	struct lock *lock;
	struct dns_options options;
	struct dns_network *network;
	struct kit_server servers[KIT_SERVERS_MAX];
	unsigned server_count;
	unsigned open_questions;
	unsigned settled;                    /* calls of after_exchanges */
	bool is_freed;                       /* the network has called `freed` */
	struct kit_query late[KIT_LATE_MAX]; /* what kit_answer_late has to answer yet */
	unsigned late_count;
	void (*after)(struct dns_kit *kit); /* called by after_exchanges */
};

struct kit_question {
	struct dns_kit *kit;
	struct dns_exchange *exchange;
	unsigned ended;
	int status;
	unsigned rcode;
	unsigned flags; /* of the message */
	size_t size;
	const struct dns_server *server;
	int64_t started_ns;
	int64_t ended_ns;
	int64_t took_ns;
	bool by_tcp;
	void (*on_end)(struct kit_question *question);
	uint8_t message[KIT_MESSAGE_MAX];
};

/* What options are where the program has set none. */
void kit_default_options(struct dns_options *options);

/* A world without latency and a network with the default options, which may be changed then. */
void kit_open(struct dns_kit *kit, uint64_t seed);
void kit_open_idle(struct dns_kit *kit, uint64_t seed); /* is_idle_without_questions */
typedef struct bufferevent *kit_new_stream_fn(
    struct event_base *base, const struct sockaddr *server, unsigned size, void *arg);
void kit_open_with(struct dns_kit *kit, uint64_t seed, kit_new_stream_fn *new_stream);
/* Frees the network and checks that nothing is left. */
void kit_close(struct dns_kit *kit);

/* A server at "10.0.0.1:53", "10.0.0.2:53" ...; NULL: nothing is bound there, it refuses. */
struct kit_server *kit_add_server(struct dns_kit *kit, kit_answer_fn *answer);
/* Adds only the address to the network. */
void kit_add_address(struct dns_kit *kit, const char *address);
void kit_start_server(struct kit_server *server, kit_answer_fn *answer);
void kit_stop_server(struct kit_server *server);
/* Also by TCP; kit_stop_server ends that too. */
void kit_listen(struct kit_server *server, kit_answer_fn *answer);
/* Closes the connection that the question came by, after what was sent. */
void kit_hang_up(const struct kit_query *query);
/* How the network behaves to and from a server. */
void kit_set_link(const struct kit_server *server, const struct levin_sim_link *link);

/* Answers with an address that says which server it was: 192.0.2.N. */
void kit_answer(const struct kit_query *query);
void kit_answer_nothing(const struct kit_query *query);
void kit_answer_late(const struct kit_query *query); /* after delay_ns */
void kit_answer_in_lower_case(const struct kit_query *query);
void kit_answer_servfail(const struct kit_query *query);
void kit_answer_refused(const struct kit_query *query);
void kit_answer_nxdomain(const struct kit_query *query);
void kit_answer_truncated(const struct kit_query *query);

/* The pieces of an answer: a header and the question, then records of 16 bytes. */
size_t kit_begin_reply(const struct kit_query *query, unsigned flags, uint8_t *reply);
size_t kit_add_address_record(uint8_t *reply, size_t size, unsigned last_byte);
void kit_send(const struct kit_query *query, const void *reply, size_t size);
bool kit_has_edns(const struct kit_query *query);

void kit_start(struct dns_kit *kit, struct kit_question *question, const char *name);
void kit_start_with(struct dns_kit *kit, struct kit_question *question, const char *name,
    unsigned type, unsigned flags);
/* False where memory is short. */
bool kit_try_start(struct dns_kit *kit, struct kit_question *question, const char *name);
void kit_cancel(struct kit_question *question);
/* Runs the loop until all questions have ended. */
void kit_run(struct dns_kit *kit);
/* Runs the loop for so long, whatever happens. */
void kit_run_for(struct dns_kit *kit, int64_t span_ns);
/* kit_start and kit_run. */
void kit_ask(struct dns_kit *kit, struct kit_question *question, const char *name);

/* The last byte of the first address in the outcome; 0 if there is none. */
unsigned kit_address_in(const struct kit_question *question);
#define kit_expect_address(question, last_byte)                         \
	do {                                                            \
		ck_assert_uint_eq((question)->ended, 1);                \
		ck_assert_int_eq((question)->status, 0);                \
		ck_assert_uint_eq((question)->rcode, 0);                \
		ck_assert_uint_eq(kit_address_in(question), last_byte); \
	} while (0)

#endif
