/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_trace.h"

#include <stdio.h>
#include <string.h>

#include "support/suite.h"

struct heard {
	int count;
	char last[128];
};

static void
hear(const char *line, void *arg)
{
	struct heard *heard = arg;

	heard->count++;
	ck_assert_uint_lt(strlen(line), sizeof(heard->last));
	strcpy(heard->last, line);
}

TEST(sim_trace__equal_runs_have_equal_hashes)
{
	struct sim_trace a;
	struct sim_trace b;

	lvn_sim_trace_init(&a, 1);
	lvn_sim_trace_init(&b, 1);
	lvn_sim_trace_note(&a, 5, SIM_TRACE_READ, 3, 17);
	lvn_sim_trace_note(&b, 5, SIM_TRACE_READ, 3, 17);
	lvn_sim_trace_bytes(&a, "twelve bytes", 12);
	lvn_sim_trace_bytes(&b, "twelve bytes", 12);

	ck_assert_uint_eq(a.hash, b.hash);
}

TEST(sim_trace__every_part_of_a_note_counts)
{
	struct sim_trace traces[6];

	for (size_t i = 0; i < 6; i++)
		lvn_sim_trace_init(&traces[i], i == 5);
	lvn_sim_trace_note(&traces[0], 5, SIM_TRACE_READ, 3, 17);
	lvn_sim_trace_note(&traces[1], 6, SIM_TRACE_READ, 3, 17);
	lvn_sim_trace_note(&traces[2], 5, SIM_TRACE_WRITE, 3, 17);
	lvn_sim_trace_note(&traces[3], 5, SIM_TRACE_READ, 4, 17);
	lvn_sim_trace_note(&traces[4], 5, SIM_TRACE_READ, 3, 18);
	lvn_sim_trace_note(&traces[5], 5, SIM_TRACE_READ, 3, 17);

	for (size_t i = 0; i < 6; i++) {
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(traces[i].hash, traces[j].hash);
	}
}

TEST(sim_trace__every_byte_counts)
{
	unsigned char bytes[19] = {0};
	struct sim_trace plain;

	lvn_sim_trace_init(&plain, 1);
	lvn_sim_trace_bytes(&plain, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		struct sim_trace changed;

		bytes[i] = 1;
		lvn_sim_trace_init(&changed, 1);
		lvn_sim_trace_bytes(&changed, bytes, sizeof(bytes));
		bytes[i] = 0;
		ck_assert_uint_ne(changed.hash, plain.hash);
	}
}

TEST(sim_trace__a_listener_receives_lines)
{
	struct sim_trace trace;
	struct heard heard = {0};

	lvn_sim_trace_init(&trace, 1);
	trace.listener = hear;
	trace.arg = &heard;
	lvn_sim_trace_note(&trace, 1500, SIM_TRACE_READY, 3, 2);

	ck_assert_int_eq(heard.count, 1);
	ck_assert_str_eq(heard.last, "1500 ready #3 2");
	lvn_sim_trace_note(&trace, 1500, SIM_TRACE_WAIT, -1, -1);
	ck_assert_str_eq(heard.last, "1500 wait -1");
}

TEST(sim_trace__every_kind_of_note_has_a_name)
{
	struct sim_trace trace;
	struct heard heard = {0};
	char name[32];

	lvn_sim_trace_init(&trace, 1);
	trace.listener = hear;
	trace.arg = &heard;
	for (int kind = 0; kind < SIM_TRACE_KIND_COUNT; kind++) {
		lvn_sim_trace_note(&trace, 0, (enum sim_trace_kind)kind, 1, 1);
		ck_assert_int_eq(sscanf(heard.last, "0 %31[a-z-] #1 1", name), 1);
	}
}
