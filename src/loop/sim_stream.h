/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of a simulated kernel: socket pairs, pipes, and sockets that connect to a
 * listener.  Everything an end sends needs its time to the other one: bytes, the end of
 * them, resets; nothing overtakes another thing of its direction.
 *
 * Differences that Linux makes, too: the peer of a closed pair or pipe end knows it at
 * once and gets EPIPE; the peer of a closed network connection sees the end of the
 * bytes, and a reset when bytes of its own reach the closed end.
 */
#ifndef LVN_LOOP_SIM_STREAM_H
#define LVN_LOOP_SIM_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/sim_channel.h"
#include "loop/sim_file.h"
#include "loop/sim_kernel.h"

enum sim_stream_kind {
	SIM_STREAM_PAIR,
	SIM_STREAM_PIPE,    /* ends[0] reads, ends[1] writes */
	SIM_STREAM_NETWORK, /* ends[0] connects, ends[1] is accepted */
};

enum sim_end_state {
	SIM_END_ABSENT, /* will be accepted one day, or not */
	SIM_END_IDLE,   /* a socket that has not connected */
	SIM_END_CONNECTING,
	SIM_END_OPEN,
	SIM_END_CLOSED,
};

struct sim_end {
	struct sim_file file;
	struct sim_connection *connection;
	enum sim_end_state state;
	struct sim_channel in;   /* towards this end */
	int64_t last_arrival_ns; /* of what flies towards this end */
	unsigned flights;        /* happenings that will land at this end */
	int error;               /* pending for the next call, or 0 */
	bool finished;           /* nothing comes after the bytes of `in` that have arrived */
	bool read_shut;          /* by this end */
	bool write_shut;         /* by this end, or by a reset */
	bool reset;
	bool peer_gone; /* known to read no more */
};

/*
 * Invariants:
 *   1. holds counts the ends with a descriptor or in a listener's queue, and the flights
 *   2. it is freed when holds comes to 0
 */
struct sim_connection {
	struct sim_link link;    /* in sim->connections */
	struct sim_link waiting; /* in the queue of a listener, or alone */
	struct levin_sim *sim;
	enum sim_stream_kind kind;
	unsigned holds;
	int port;        /* that of the listener */
	int client_port; /* that of the connecting end */
	struct sim_end ends[2];
};

/*
 * A connection whose ends are in the states given.  Each end that is not absent holds
 * it.  NULL when memory is short.
 */
struct sim_connection *lvn_sim_stream_new(struct levin_sim *sim, enum sim_stream_kind kind,
    enum sim_end_state first, enum sim_end_state second);

/* One thing less that holds it. */
void lvn_sim_stream_release(struct sim_connection *connection);

/* Frees all connections, whatever holds them.  No descriptor may be open. */
void lvn_sim_stream_clear(struct levin_sim *sim);

/* The end behind a file, or NULL if the file is something else. */
struct sim_end *lvn_sim_stream_end(struct sim_file *file);

static inline struct sim_end *
lvn_sim_stream_peer(struct sim_end *end)
{
	struct sim_end *ends = end->connection->ends;

	return end == &ends[0] ? &ends[1] : &ends[0];
}

/*
 * Let something reach `end` after its time, behind what flies already.  `land` must end
 * with lvn_sim_stream_landed(end).  Returns 0 or -ENOMEM.
 */
int lvn_sim_stream_send(struct sim_end *end, sim_happen_fn *land, uint64_t value);
/* The same; if memory is short it lands now, with all that flies before it. */
void lvn_sim_stream_send_surely(struct sim_end *end, sim_happen_fn *land, uint64_t value);
void lvn_sim_stream_landed(struct sim_end *end);

/* The end has failed for good: it reports `error` once, then nothing but the end. */
void lvn_sim_stream_fail(struct sim_end *end, int error);

/* Breaks the connection for both ends, now.  Returns 0 or -ENOTCONN. */
int lvn_sim_stream_break(struct sim_end *end);

/* The capacity of connections has changed: whoever waits for room looks again. */
void lvn_sim_stream_wake_writers(struct levin_sim *sim);

/* The end goes away, as by closing its last descriptor. */
void lvn_sim_stream_close(struct sim_end *end);

#endif
