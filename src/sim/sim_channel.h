/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One direction of a simulated connection: bytes that have arrived at the reader, then
 * bytes that are still in flight.  Knows nothing about time, descriptors or ends.
 */
#ifndef LVN_SIM_SIM_CHANNEL_H
#define LVN_SIM_SIM_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

struct iovec;
struct levin_sim;

/*
 * A ring.  Invariants:
 *   1. arrived + in_flight <= size
 *   2. at < size, or size is 0
 *   3. the bytes at, at + 1, ... (modulo size) are the arrived ones, then those in flight
 */
struct sim_channel {
	unsigned char *bytes;
	size_t size;
	size_t at;
	size_t arrived;
	size_t in_flight;
};

void lvn_sim_channel_clear(struct sim_channel *channel);

/* Room for `count` more bytes.  Returns 0, or -ENOMEM and leaves the channel as it was. */
int lvn_sim_channel_reserve(struct levin_sim *sim, struct sim_channel *channel, size_t count);

/* Sends the first `count` bytes of the vectors; there must be space, and that many bytes. */
void lvn_sim_channel_put(
    struct sim_channel *channel, const struct iovec *vectors, int vector_count, size_t count);

/* `count` of the bytes in flight arrive. */
void lvn_sim_channel_deliver(struct sim_channel *channel, size_t count);

/* Takes `count` of the arrived bytes into the vectors, which have space for them. */
void lvn_sim_channel_take(
    struct sim_channel *channel, const struct iovec *vectors, int vector_count, size_t count);

/* The next `count` of the arrived bytes are lost. */
void lvn_sim_channel_drop(struct sim_channel *channel, size_t count);

#endif
