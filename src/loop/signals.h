/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals of the process, delivered to any number of bases.
 *
 * Each base owns one `struct signals`.  A signal is counted for every base that
 * watches it; the base learns of it by one descriptor that becomes readable.  The
 * process's handler is installed when the first base watches a signal and the old
 * one restored when the last one stops.  Knows nothing about events.
 */
#ifndef LVN_LOOP_SIGNALS_H
#define LVN_LOOP_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct signals;

/* What delivers: "signal" (a handler that writes to a descriptor) or "signalfd_signal". */
struct signals_ops {
	const char *name; /* what event_base_get_signal_method() answers */
	/* 0 or -errno.  Called once, when the base watches its first signal. */
	int (*open)(struct signals *signals);
	void (*close)(struct signals *signals);
	int (*watch)(struct signals *signals, int signo);
	void (*unwatch)(struct signals *signals, int signo);
	/* Takes what has arrived: counts_out[signo] is how often, for signo < NSIG. */
	bool (*take)(struct signals *signals, uint32_t *counts_out);
};

#endif
