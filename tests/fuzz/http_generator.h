/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Generates random programs with an HTTP server, clients of event2/http.h and clients that send
 * pipelined requests by hand, in a simulated world that is slow, short and breaks.  Callbacks of
 * all kinds send replies, make and cancel requests, and free requests, connections and the server.
 *
 * Each request must end once: with its response, whose body is equal to the byte, with a failure,
 * cancelled, or freed.  Responses to pipelined requests come in order.  Nothing is left in the end:
 * no memory, no descriptor, no connection.  Where nothing is disturbed, each request must have the
 * response that the server's program sent.
 */
#ifndef LEVIN_TESTS_FUZZ_HTTP_GENERATOR_H
#define LEVIN_TESTS_FUZZ_HTTP_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/choices.h"

enum { HTTP_FAULT_SIZE = 200 };

struct http_run {
	uint64_t trace; /* of the simulation: equal for equal choices */
	uint64_t requests;
	uint64_t responses;          /* that came as they were sent */
	uint64_t bytes;              /* of bodies, in both directions */
	char fault[HTTP_FAULT_SIZE]; /* empty if all was right */
};

/* Whether all operations are printed. */
void http_generator_set_verbose(bool verbose);

/* Choices come from the bytes, and from the seed once there are none left. */
struct http_run http_generator_run(uint64_t seed, struct choices choices);

#endif
