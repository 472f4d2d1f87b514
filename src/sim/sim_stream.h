/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of a simulated world: socket pairs, pipes, and sockets that connect to a
 * listener.  Everything an end sends needs its time to the other one: bytes, the end of
 * them, resets; nothing overtakes another thing of its direction.
 *
 * Differences that Linux makes, too: the peer of a closed pair or pipe end knows it at
 * once and gets EPIPE; the peer of a closed network connection sees the end of the
 * bytes, and a reset when bytes of its own reach the closed end.
 */
#ifndef LVN_SIM_SIM_STREAM_H
#define LVN_SIM_SIM_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/sim_channel.h"
#include "sim/sim_file.h"
#include "sim/sim_kernel.h"
#include "sim/sim_name.h"

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
	struct sim_name name;
	struct sim_address peer; /* size 0 until it is connected */
	struct sim_connection *connection;
	enum sim_end_state state;
	struct sim_channel in;   /* towards this end */
	int64_t last_arrival_ns; /* of what is in flight towards this end */
	/* What is in flight, in its order, and how much of it has had its time. */
	struct sim_list deliveries;
	unsigned due;
	bool is_stalled; /* nothing is delivered to it */
	bool is_cut;     /* what is sent to it is lost */
	/* If not 0: what happens after `cut_after` more bytes. */
	int cut; /* enum levin_sim_cut */
	size_t cut_after;
	int error;       /* pending for the next call, or 0 */
	bool finished;   /* nothing comes after the bytes of `in` that have arrived */
	bool read_shut;  /* by this end */
	bool write_shut; /* by this end, or by a reset */
	bool reset;
	bool peer_gone; /* known to read no more */
};

/*
 * Invariants:
 *   1. references counts the ends with a descriptor or in a listener's queue, what is in
 *      flight, and the events that deliver it
 *   2. it is freed when references comes to 0
 */
struct sim_connection {
	struct sim_list link;    /* in sim->connections */
	struct sim_list waiting; /* in the queue of a listener, or alone */
	struct levin_sim *sim;
	enum sim_stream_kind kind;
	unsigned references;
	struct sim_end ends[2];
};

/*
 * A connection whose ends are in the states given.  Each end that is not absent has a
 * reference.  `family` is that of the sockets.  NULL when memory is short.
 */
struct sim_connection *lvn_sim_stream_new(struct levin_sim *sim, enum sim_stream_kind kind,
    int family, enum sim_end_state first, enum sim_end_state second);

/* Drop a reference. */
void lvn_sim_stream_release(struct sim_connection *connection);

/* Frees all connections, whatever references them.  No descriptor may be open. */
void lvn_sim_stream_clear(struct levin_sim *sim);

/* The end behind a file, or NULL if the file is something else. */
struct sim_end *lvn_sim_stream_end(struct sim_file *file);

static inline struct sim_end *
lvn_sim_stream_peer(struct sim_end *end)
{
	struct sim_end *ends = end->connection->ends;

	return end == &ends[0] ? &ends[1] : &ends[0];
}

typedef void sim_deliver_fn(struct sim_end *end, uint64_t value);

/*
 * Deliver something to `end` after its latency, behind what is in flight already.  Returns 0
 * or -ENOMEM.
 */
int lvn_sim_stream_send(struct sim_end *end, sim_deliver_fn *deliver, uint64_t value);
/* The same; if memory is short it is delivered now, after all that is in flight before it. */
void lvn_sim_stream_send_surely(struct sim_end *end, sim_deliver_fn *deliver, uint64_t value);

/* Deliver nothing to the end, or again. */
void lvn_sim_stream_stall(struct sim_end *end, bool is_stalled);

/* A route has changed: what had waited for it is delivered, if it can be. */
void lvn_sim_stream_deliver_all(struct levin_sim *sim);

/* After `bytes` more bytes have been delivered to the end, `cut` happens.  0 or -ENOTCONN. */
int lvn_sim_stream_cut(struct sim_end *end, size_t bytes, int cut);

/* The end fails for good: it reports `error` once, then nothing but the end. */
void lvn_sim_stream_fail(struct sim_end *end, int error);

/* Breaks the connection for both ends, now.  Returns 0 or -ENOTCONN. */
int lvn_sim_stream_break(struct sim_end *end);

/* The capacity of connections has changed: wake those that wait to write. */
void lvn_sim_stream_wake_writers(struct levin_sim *sim);

/* Close the end, as closing its last descriptor does. */
void lvn_sim_stream_close(struct sim_end *end);

#endif
