/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_channel.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/sim_kernel.h"

#define FIRST_SIZE 256

void
lvn_sim_channel_clear(struct sim_channel *channel)
{
	lvn_free(channel->bytes);
	*channel = (struct sim_channel){0};
}

/* The bytes between two positions of the ring, in at most two pieces. */
static void
copy_out(const struct sim_channel *channel, size_t offset, unsigned char *to, size_t count)
{
	size_t begin;
	size_t first;

	if (count == 0)
		return;
	begin = (channel->at + offset) % channel->size;
	first = channel->size - begin < count ? channel->size - begin : count;
	memcpy(to, channel->bytes + begin, first);
	memcpy(to + first, channel->bytes, count - first);
}

static void
copy_in(struct sim_channel *channel, size_t offset, const unsigned char *from, size_t count)
{
	size_t begin;
	size_t first;

	if (count == 0)
		return;
	begin = (channel->at + offset) % channel->size;
	first = channel->size - begin < count ? channel->size - begin : count;
	memcpy(channel->bytes + begin, from, first);
	memcpy(channel->bytes, from + first, count - first);
}

int
lvn_sim_channel_reserve(struct levin_sim *sim, struct sim_channel *channel, size_t count)
{
	size_t used = channel->arrived + channel->in_flight;
	size_t size = channel->size ? channel->size : FIRST_SIZE;
	unsigned char *bytes;

	if (count <= channel->size - used)
		return 0;
	while (size - used < count) {
		if (size > SIZE_MAX / 2)
			return -ENOMEM;
		size *= 2;
	}
	bytes = lvn_sim_kernel_alloc(sim, size);
	if (!bytes)
		return -ENOMEM;
	copy_out(channel, 0, bytes, used);
	lvn_free(channel->bytes);
	channel->bytes = bytes;
	channel->size = size;
	channel->at = 0;
	return 0;
}

void
lvn_sim_channel_put(
    struct sim_channel *channel, const struct iovec *vectors, int vector_count, size_t count)
{
	LVN_ASSERT(count <= channel->size - channel->arrived - channel->in_flight);
	for (int i = 0; i < vector_count && count > 0; i++) {
		size_t part = vectors[i].iov_len < count ? vectors[i].iov_len : count;

		copy_in(channel, channel->arrived + channel->in_flight, vectors[i].iov_base, part);
		channel->in_flight += part;
		count -= part;
	}
}

void
lvn_sim_channel_deliver(struct sim_channel *channel, size_t count)
{
	LVN_ASSERT(count <= channel->in_flight);
	channel->in_flight -= count;
	channel->arrived += count;
}

void
lvn_sim_channel_take(
    struct sim_channel *channel, const struct iovec *vectors, int vector_count, size_t count)
{
	for (int i = 0; i < vector_count && count > 0; i++) {
		size_t part = vectors[i].iov_len < count ? vectors[i].iov_len : count;

		copy_out(channel, 0, vectors[i].iov_base, part);
		lvn_sim_channel_drop(channel, part);
		count -= part;
	}
}

void
lvn_sim_channel_drop(struct sim_channel *channel, size_t count)
{
	LVN_ASSERT(count <= channel->arrived);
	if (count == 0)
		return;
	channel->arrived -= count;
	channel->at = (channel->at + count) % channel->size;
}
