/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What has happened in a simulated world, as one running number and, if the test
 * wants them, as lines of text.  Two runs with equal numbers were the same run.
 */
#ifndef LVN_SIM_SIM_TRACE_H
#define LVN_SIM_SIM_TRACE_H

#include <stddef.h>
#include <stdint.h>

enum sim_trace_kind {
	SIM_TRACE_OPEN,
	SIM_TRACE_DUP,
	SIM_TRACE_CLOSE,
	SIM_TRACE_READ,
	SIM_TRACE_WRITE,
	SIM_TRACE_SHUTDOWN,
	SIM_TRACE_ARRIVE,
	SIM_TRACE_FINISH,
	SIM_TRACE_RESET,
	SIM_TRACE_CONNECT,
	SIM_TRACE_ESTABLISH,
	SIM_TRACE_REFUSE,
	SIM_TRACE_LOSE,
	SIM_TRACE_ACCEPT,
	SIM_TRACE_WATCH,
	SIM_TRACE_WAIT,
	SIM_TRACE_READY,
	SIM_TRACE_SIGNAL,
	SIM_TRACE_CALL,
	SIM_TRACE_WALL,
	SIM_TRACE_SPEND,
	SIM_TRACE_NO_MEMORY,
	SIM_TRACE_KIND_COUNT
};

struct sim_trace {
	uint64_t hash;
	void (*listener)(const char *line, void *arg); /* may be NULL */
	void *arg;
};

void lvn_sim_trace_init(struct sim_trace *trace, uint64_t seed);

/* `descriptor` counts from 0 within the simulation; -1 where there is none. */
void lvn_sim_trace_note(struct sim_trace *trace, int64_t now_ns, enum sim_trace_kind kind,
    int descriptor, int64_t value);

/* Bytes that the program has read or written; they count, but no line shows them. */
void lvn_sim_trace_bytes(struct sim_trace *trace, const void *data, size_t size);

#endif
