/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A play as it goes on: what its parts share.
 */
#ifndef LEVIN_TESTS_FUZZ_LOOP_PLAY_H
#define LEVIN_TESTS_FUZZ_LOOP_PLAY_H

#include <levin/sim.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "fuzz/choices.h"
#include "fuzz/loop_model.h"
#include "fuzz/loop_player.h"

#define US            INT64_C(1000)
#define LANE_CAPACITY 300

struct event;
struct event_base;
struct player;

static const int signal_numbers[MODEL_SIGNALS] = {SIGHUP, SIGUSR1, SIGTERM};

/* What a callback is given. */
struct seat {
	struct player *player;
	struct event *event; /* NULL for those of event_base_once */
	int at;
	bool frees_itself; /* the finalizer leaves the memory to the library */
};

struct lane {
	int inner; /* watched by the base */
	int outer; /* the world's */
	int unread;
	bool full; /* towards the outer end */
	bool ended;
};

struct player {
	struct choices choices;
	struct model model;
	struct levin_sim *sim;
	struct event_base *base;
	struct seat seats[MODEL_EVENTS];
	struct lane lanes[MODEL_LANES];
	const struct timeval *common[3];
	int duplicate; /* of a lane that was closed since, or -1 */
	/*
	 * Duplicates make the loop open its backend anew, which then reports edges again, as it
	 * may: in plays with duplicates there is no edge-triggered event.
	 */
	bool keeps_duplicates;
	struct play play;
	uint64_t turns;
	bool in_loop;
	bool ending;
};

/* A line of what happens, for those who asked for it. */
void play_tell(const struct player *player, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Base and model have answered, about event `at` or -1: are they of one mind? */
void play_compare(struct player *player, const char *what, int at, int64_t real, int64_t expected);

bool play_is_debugging(void);

static inline int64_t
play_now_ns(const struct player *player)
{
	return levin_sim_now_ns(player->sim);
}

#endif
