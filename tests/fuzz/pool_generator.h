/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Generates random programs with a client of levin/http_client.h, in a simulated world that is slow,
 * short and breaks, and servers that reply in all ways, redirect, stay silent, leave, cut and lie;
 * some of them are proxies.  The program starts, pauses and cancels requests, uploads by pieces,
 * and frees the client, outside and inside of callbacks.
 *
 * Each request must end once, in a way that what has happened explains; bodies are equal to the byte
 * in both directions; a request that must not be sent twice is not; credentials stay with their
 * origin; limits of connections and of time hold.  Nothing is left in the end: no memory, no
 * descriptor.  Where nothing is disturbed, each request must have the response that was planned.
 */
#ifndef LEVIN_TESTS_FUZZ_POOL_GENERATOR_H
#define LEVIN_TESTS_FUZZ_POOL_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/choices.h"

enum { POOL_FAULT_SIZE = 200 };

struct pool_run {
	uint64_t trace; /* of the simulation: equal for equal choices */
	uint64_t requests;
	uint64_t responses;
	uint64_t redirects;
	uint64_t bytes;              /* of bodies, in both directions */
	char fault[POOL_FAULT_SIZE]; /* empty if all was right */
};

/* Whether all operations are printed. */
void pool_generator_set_verbose(bool verbose);

/* Choices come from the bytes, and from the seed once there are none left. */
struct pool_run pool_generator_run(uint64_t seed, struct choices choices);

#endif
