/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run of a random program: what its parts share.
 */
#ifndef LEVIN_TESTS_FUZZ_LOOP_RUN_H
#define LEVIN_TESTS_FUZZ_LOOP_RUN_H

#include <levin/sim.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "fuzz/choices.h"
#include "fuzz/loop_generator.h"
#include "fuzz/loop_model.h"

#define US                  INT64_C(1000)
#define CONNECTION_CAPACITY 300

struct event;
struct event_base;
struct generator;

static const int signal_numbers[MODEL_SIGNALS] = {SIGHUP, SIGUSR1, SIGTERM};

/* What a callback is given. */
struct slot {
	struct generator *generator;
	struct event *event; /* NULL for those of event_base_once */
	int at;
	bool frees_itself; /* the finalizer leaves the memory to the library */
};

struct connection {
	int inner; /* watched by the base */
	int outer; /* the world's */
	int unread;
	bool full; /* towards the outer end */
	bool ended;
};

struct generator {
	struct choices choices;
	struct model model;
	struct levin_sim *sim;
	struct event_base *base;
	struct slot slots[MODEL_EVENTS];
	struct connection connections[MODEL_CONNECTIONS];
	const struct timeval *common[3];
	int duplicate; /* of a connection that was closed since, or -1 */
	/*
	 * Duplicates make the loop open its backend anew, which then reports edges again, as it
	 * may: in runs with duplicates there is no edge-triggered event.
	 */
	bool keeps_duplicates;
	struct loop_result result;
	uint64_t turns;
	bool in_loop;
	bool ending;
};

/* Prints a line, if the generator is verbose. */
void generator_log(const struct generator *generator, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Compares what base and model returned, about event `at` or -1. */
void generator_compare(
    struct generator *generator, const char *what, int at, int64_t real, int64_t expected);

bool generator_is_debugging(void);

static inline int64_t
generator_now_ns(const struct generator *generator)
{
	return levin_sim_now_ns(generator->sim);
}

#endif
