/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configurations in which a test of the public interface runs: every backend, with and
 * without locks, with and without debug mode.
 *
 *	TEST_ON_BACKENDS(event_add__a_byte_in_a_pipe_wakes_its_reader)
 *	{
 *		struct event_base *base = base_on(backend_under_test(_i));
 *		...
 *
 * is for tests with descriptors of the real kernel.  TEST_EVERYWHERE is for those that use
 * none, or get them from support/loop_kit.h: they run in the simulated world too.
 */
#ifndef LEVIN_TESTS_SUPPORT_BACKENDS_H
#define LEVIN_TESTS_SUPPORT_BACKENDS_H

#include <stdbool.h>

#include "support/suite.h"

struct event_base;
struct event_config;
struct levin_sim;

struct backend_under_test {
	const char *method; /* what event_base_get_method returns */
	bool threads;       /* evthread_use_pthreads was called */
	bool debug_mode;    /* event_enable_debug_mode was called */
};

/* How many there are on this machine: backends times the two switches. */
int backends_under_test_count(void);
/* The same with the simulated world, whose numbers come last. */
int backends_and_sim_count(void);

/* Number i of them; the case fails if there is none of that number. */
const struct backend_under_test *backend_under_test(int i);

/*
 * Throws the switches, which hold for the rest of the process.  Must come before any
 * other call into the library; base_on and config_on do it themselves.
 */
void backend_prepare_process(const struct backend_under_test *backend);

/* The simulated world of this process, made at the first call: a calm one. */
struct levin_sim *simulation_under_test(void);
bool backend_is_simulated(const struct backend_under_test *backend);

/* A configuration that leaves only this backend; freed by event_config_free. */
struct event_config *config_on(const struct backend_under_test *backend);

/* A base on this backend.  The case fails if it cannot be made or is another. */
struct event_base *base_on(const struct backend_under_test *backend);

/* The same from a configuration that config_on made, which is freed. */
struct event_base *base_from(const struct backend_under_test *backend, struct event_config *config);

#define TEST_ON_BACKENDS(name) TEST_RANGE(name, 0, backends_under_test_count())
#define TEST_EVERYWHERE(name)  TEST_RANGE(name, 0, backends_and_sim_count())
/* Where time costs nothing. */
#define TEST_IN_SIMULATION(name) \
	TEST_RANGE(name, backends_under_test_count(), backends_and_sim_count())

#endif
