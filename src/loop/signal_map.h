/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events by signal number.  Owns nothing but the heads of the lists.
 */
#ifndef LVN_LOOP_SIGNAL_MAP_H
#define LVN_LOOP_SIGNAL_MAP_H

#include <signal.h>

#include "base/compiler.h"

#ifndef NSIG
#define NSIG 65
#endif

struct event;

struct signal_map {
	struct event **first; /* by signal, newest first; NULL until the first event */
};

/* Makes room.  0 or -ENOMEM. */
int lvn_signal_map_open(struct signal_map *map);
void lvn_signal_map_clear(struct signal_map *map);

/* The newest event of a signal, or NULL. */
struct event *lvn_signal_map_first(const struct signal_map *map, int signo);
void lvn_signal_map_add(struct signal_map *map, struct event *ev);
void lvn_signal_map_del(struct signal_map *map, struct event *ev);

/* Calls visit for each event, signals ascending, until it answers non-zero. */
int lvn_signal_map_each(
    const struct signal_map *map, int (*visit)(struct event *ev, void *context), void *context);

#endif
