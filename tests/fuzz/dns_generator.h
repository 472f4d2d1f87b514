/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random operations on a resolver with one to three servers in the simulated world
 * (dns_world.h): requests are started and cancelled, servers are cleared, suspended, resumed and
 * added, options change, the clock jumps, memory ends, the resolver is freed, in callbacks too.
 *
 * Each request has its callback exactly once, at its deadline at the latest, with a result that
 * dns_model.h allows and addresses that exist.
 */
#ifndef LEVIN_TESTS_FUZZ_DNS_GENERATOR_H
#define LEVIN_TESTS_FUZZ_DNS_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/choices.h"

enum { DNS_FAULT_SIZE = 300 };

struct dns_run {
	uint64_t trace; /* of the simulation: equal for equal choices */
	uint64_t requests;
	uint64_t resolved;          /* those of them that found records */
	char fault[DNS_FAULT_SIZE]; /* empty if all was right */
};

/* Whether all operations are printed. */
void dns_generator_set_verbose(bool verbose);

/* Choices come from the bytes, and from the seed once there are none left. */
struct dns_run dns_generator_run(uint64_t seed, struct choices choices);

#endif
