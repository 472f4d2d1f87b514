/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watches on the files of a simulated world, and what there is to report.
 *
 * As with epoll, a watch belongs to a descriptor number together with the file that it
 * stood for: it lives on while another descriptor keeps the file open, and goes on
 * reporting under the old number.  A poller is one set of watches; it also gets signals.
 * Knows nothing about time.
 */
#ifndef LVN_SIM_SIM_WATCH_H
#define LVN_SIM_SIM_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop/backend.h"
#include "sim/sim_file.h"
#include "sim/sim_kernel.h"

/*
 * Invariants:
 *   1. it is in poller->watches and in file->watches
 *   2. a watch with something to report is in poller->candidates; others may be
 */
struct sim_watch {
	struct sim_poller *poller;
	struct sim_file *file;
	struct sim_list in_poller;
	struct sim_list in_file;
	struct sim_list candidate; /* alone if it is no candidate */
	int fd;
	uint32_t stamp;
	short wants;
	bool woken; /* the file has changed since this watch last reported */
};

/*
 * Invariants:
 *   1. signal_total is the sum of signal_counts
 *   2. every stamp handed out is between 1 and last_stamp (which may wrap around to 1)
 */
struct sim_poller {
	struct levin_sim *sim;
	const void *owner;    /* distinguishes pollers of one owner from those of others */
	struct sim_list link; /* in sim->pollers */
	struct sim_list watches;
	struct sim_list candidates; /* in the order in which they were woken */
	uint32_t last_stamp;
	uint32_t signal_counts[NSIG];
	uint32_t signal_total;
};

/*
 * An owner that replaces its poller opens the new one before it closes the old one: the
 * signals that have arrived are the new one's to report.
 */
void lvn_sim_watch_open(struct sim_poller *poller, struct levin_sim *sim, const void *owner);
void lvn_sim_watch_close(struct sim_poller *poller);

/*
 * Watch `wants` on the file behind fd; *stamp identifies the watch from then on.  Reports
 * at once, also edges, if something is there.  Returns 0 or -ENOMEM.
 */
int lvn_sim_watch_set(
    struct sim_poller *poller, struct sim_file *file, int fd, short wants, uint32_t *stamp);

/* Nothing if there is no such watch. */
void lvn_sim_watch_remove(struct sim_poller *poller, struct sim_file *file, int fd);

/* All watches of a file that is about to end. */
void lvn_sim_watch_forget_file(struct sim_file *file);

/* The watches of `from` become those of `to`. */
void lvn_sim_watch_move(struct sim_file *from, struct sim_file *to);

/* The file has changed: wake the watches that want any of `what`. */
void lvn_sim_watch_wake(struct sim_file *file, short what);

/* The signal arrives, `signo` between 1 and NSIG - 1. */
void lvn_sim_watch_signal(struct levin_sim *sim, int signo);

/* Whether collect would find anything. */
bool lvn_sim_watch_has_ready(struct sim_poller *poller);

/* Appends what is ready: signals (their stamp says how often), then descriptors. */
void lvn_sim_watch_collect(struct sim_poller *poller, struct ready_list *ready);

#endif
