/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_trace.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const names[SIM_TRACE_KIND_COUNT] = {
    [SIM_TRACE_OPEN] = "open",
    [SIM_TRACE_DUP] = "dup",
    [SIM_TRACE_CLOSE] = "close",
    [SIM_TRACE_READ] = "read",
    [SIM_TRACE_WRITE] = "write",
    [SIM_TRACE_SHUTDOWN] = "shutdown",
    [SIM_TRACE_ARRIVE] = "arrive",
    [SIM_TRACE_FINISH] = "finish",
    [SIM_TRACE_RESET] = "reset",
    [SIM_TRACE_CONNECT] = "connect",
    [SIM_TRACE_ESTABLISH] = "establish",
    [SIM_TRACE_REFUSE] = "refuse",
    [SIM_TRACE_LOSE] = "lose",
    [SIM_TRACE_ACCEPT] = "accept",
    [SIM_TRACE_WATCH] = "watch",
    [SIM_TRACE_WAIT] = "wait",
    [SIM_TRACE_READY] = "ready",
    [SIM_TRACE_SIGNAL] = "signal",
    [SIM_TRACE_CALL] = "call",
    [SIM_TRACE_WALL] = "wall",
    [SIM_TRACE_SPEND] = "spend",
    [SIM_TRACE_NO_MEMORY] = "no-memory",
};

static uint64_t
mixed(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

void
lvn_sim_trace_init(struct sim_trace *trace, uint64_t seed)
{
	*trace = (struct sim_trace){.hash = mixed(UINT64_C(0xcbf29ce484222325), seed)};
}

static void
print_line(const struct sim_trace *trace, int64_t now_ns, enum sim_trace_kind kind, int descriptor,
    int64_t value)
{
	char line[128];

	if (descriptor < 0)
		snprintf(line, sizeof(line), "%" PRId64 " %s %" PRId64, now_ns, names[kind], value);
	else
		snprintf(line, sizeof(line), "%" PRId64 " %s #%d %" PRId64, now_ns, names[kind],
		    descriptor, value);
	trace->listener(line, trace->arg);
}

void
lvn_sim_trace_note(struct sim_trace *trace, int64_t now_ns, enum sim_trace_kind kind,
    int descriptor, int64_t value)
{
	uint64_t hash = mixed(trace->hash, (uint64_t)now_ns);

	hash = mixed(hash, (uint64_t)kind << 32 | (uint32_t)descriptor);
	trace->hash = mixed(hash, (uint64_t)value);
	if (trace->listener)
		print_line(trace, now_ns, kind, descriptor, value);
}

/* The same number on machines of either byte order. */
static uint64_t
little_endian(const unsigned char *bytes, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

void
lvn_sim_trace_bytes(struct sim_trace *trace, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t hash = trace->hash;
	size_t i = 0;

	for (; size - i >= 8; i += 8)
		hash = mixed(hash, little_endian(bytes + i, 8));
	if (i < size)
		hash = mixed(hash, little_endian(bytes + i, size - i));
	trace->hash = hash;
}
