/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_channel.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "base/memory.h"
#include "sim/sim_kernel.h"
#include "sim/sim_random.h"
#include "support/suite.h"

static struct levin_sim sim;

static void
put(struct sim_channel *channel, const void *data, size_t size)
{
	struct iovec vector = {(void *)data, size};

	ck_assert_int_eq(lvn_sim_channel_reserve(&sim, channel, size), 0);
	lvn_sim_channel_put(channel, &vector, 1, size);
}

TEST(sim_channel__bytes_fly_before_they_arrive)
{
	struct sim_channel channel = {0};

	put(&channel, "hello", 5);
	ck_assert_uint_eq(channel.in_flight, 5);
	ck_assert_uint_eq(channel.arrived, 0);

	lvn_sim_channel_deliver(&channel, 3);

	ck_assert_uint_eq(channel.in_flight, 2);
	ck_assert_uint_eq(channel.arrived, 3);
	lvn_sim_channel_clear(&channel);
}

TEST(sim_channel__several_vectors_are_one_sequence)
{
	struct sim_channel channel = {0};
	struct iovec from[] = {{(void *)"ab", 2}, {NULL, 0}, {(void *)"cdef", 4}};
	char one[1];
	char rest[8] = {0};
	struct iovec to[] = {{one, 1}, {rest, 7}};

	ck_assert_int_eq(lvn_sim_channel_reserve(&sim, &channel, 5), 0);
	lvn_sim_channel_put(&channel, from, 3, 5);
	lvn_sim_channel_deliver(&channel, 5);
	lvn_sim_channel_take(&channel, to, 2, 5);

	ck_assert_int_eq(one[0], 'a');
	ck_assert_str_eq(rest, "bcde");
	ck_assert_uint_eq(channel.arrived, 0);
	lvn_sim_channel_clear(&channel);
}

TEST(sim_channel__a_million_bytes_go_through_in_order)
{
	struct sim_channel channel = {0};
	struct sim_random random;
	unsigned char written = 0;
	unsigned char expected = 0;
	unsigned char bytes[700];
	int wrong = 0;

	lvn_sim_random_init(&random, 1);
	for (size_t total = 0; total < 1000000;) {
		size_t size = (size_t)lvn_sim_random_below(&random, sizeof(bytes));
		struct iovec vector = {bytes, sizeof(bytes)};

		for (size_t i = 0; i < size; i++)
			bytes[i] = written++;
		put(&channel, bytes, size);
		lvn_sim_channel_deliver(
		    &channel, (size_t)lvn_sim_random_below(&random, channel.in_flight + 1));
		size = (size_t)lvn_sim_random_below(&random, sizeof(bytes));
		if (size > channel.arrived)
			size = channel.arrived;
		lvn_sim_channel_take(&channel, &vector, 1, size);
		for (size_t i = 0; i < size; i++)
			wrong += bytes[i] != expected++;
		total += size;
	}
	ck_assert_int_eq(wrong, 0);
	lvn_sim_channel_clear(&channel);
}

TEST(sim_channel__short_memory_leaves_the_channel_as_it_was)
{
	struct sim_channel channel = {0};
	char bytes[4] = {0};
	struct iovec vector = {bytes, 3};

	put(&channel, "abc", 3);
	ck_assert_int_eq(lvn_sim_channel_reserve(&sim, &channel, SIZE_MAX / 2), -ENOMEM);
	lvn_sim_channel_deliver(&channel, 3);
	lvn_sim_channel_take(&channel, &vector, 1, 3);

	ck_assert_str_eq(bytes, "abc");
	lvn_sim_channel_clear(&channel);
}
