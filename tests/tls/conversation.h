/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A conversation of two TLS streams through a relay, on a simulated or a real base: each side sends
 * so many bytes, each must receive what the other has sent, and then one frees its stream and
 * the other must hear a clean end.  The relay may cut, reset or stall the connection at any
 * byte, and callbacks may free either stream; what must happen then is checked as well.
 */
#ifndef LEVIN_TESTS_TLS_CONVERSATION_H
#define LEVIN_TESTS_TLS_CONVERSATION_H

#include <levin/sim.h>
#include <stdbool.h>
#include <stdint.h>

#include "tls/maker.h"
#include "tls/relay.h"

enum { CLIENT, SERVER };

/* Which side begins another handshake when a part of the conversation is over. */
enum { ASKS_CLIENT = CLIENT, ASKS_SERVER = SERVER, ASKS_NOBODY };

/* When a callback frees streams. */
enum free_when { FREE_AT_END, FREE_WHEN_CONNECTED, FREE_WHEN_READ, FREE_WHEN_WRITTEN, FREE_WHENS };

struct side_plan {
	const struct tls_maker *maker;
	bool over_stream; /* TLS is a filter on a socket stream, not on the descriptor */
	int options;      /* beside BEV_OPT_CLOSE_ON_FREE */
	bool allow_dirty;
	bool batch;
	size_t size;      /* how much it sends */
	size_t piece;     /* in one addition */
	size_t most_read; /* taken from the input at once; 0 is all */
	size_t high_mark; /* of reading; 0 is none */
	enum free_when free_when;
	bool frees_both; /* then */
};

struct conversation_plan {
	uint64_t seed;
	bool is_real; /* on the kernel's sockets */
	struct levin_sim_options world;
	enum tls_version version;
	bool tls_in_tls;
	int asking;      /* ASKS_ */
	bool asks_below; /* with TLS in TLS: both at once */
	struct side_plan sides[2];
	size_t step; /* most bytes that the relay carries at once; 0 is many */
	enum relay_fault fault;
	int fault_to; /* which side no longer receives */
	size_t fault_at;
};

/* What one side has seen. */
struct side_result {
	bool connected;
	bool renegotiated;
	short end; /* BEV_EVENT_ bits of its last event; 0 if there was none */
	size_t received;
	size_t carried; /* bytes that the relay has brought it */
	char error[80]; /* the decisive error of the library below */
};

struct conversation_result {
	struct side_result sides[2];
	bool is_complete; /* both have received everything */
	int turns;        /* of the loop */
	uint64_t trace;   /* of the simulation: equal for equal plans */
	char fault[200];  /* empty if all was right */
};

struct conversation_result conversation_run(const struct conversation_plan *plan);

/* A plain plan: OpenSSL on sockets, a kilobyte each way, a calm world. */
struct conversation_plan conversation_plan_plain(enum tls_version version);
/* One in which everything is left to chance. */
struct conversation_plan conversation_plan_random(uint64_t seed);
/* A line that describes a plan. */
const char *conversation_plan_text(const struct conversation_plan *plan);

#endif
