/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals of the process, delivered to any number of bases.
 *
 * Each base owns one `struct signals`.  A signal is counted for every base that watches
 * it, and a descriptor of the base becomes readable.  Knows nothing
 * about events.  Calls for one `struct signals` come one at a time; those for different
 * ones may come from different threads.
 */
#ifndef LVN_LOOP_SIGNALS_SIGNALS_H
#define LVN_LOOP_SIGNALS_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/atomic.h"
#include "base/compiler.h"
#include "loop/wakeup.h"

#ifndef NSIG
#define NSIG 65
#endif

#define SIGNAL_WORDS ((NSIG + 31) / 32)

/* The most descriptors that one base has to watch for its signals. */
#define SIGNAL_DESCRIPTORS 2

struct signals;

/* A way of delivery.  A handler of ours stands behind each of them. */
struct signals_ops {
	const char *name; /* what event_base_get_signal_method() returns */
	/* 0 or -errno.  Comes also with signals watched, after fork.  May be NULL. */
	int (*open)(struct signals *signals);
	void (*close)(struct signals *signals); /* may be NULL */
	/* 0 or -errno; signo is in range and not watched by this base. */
	int (*watch)(struct signals *signals, int signo);
	void (*unwatch)(struct signals *signals, int signo);
	/* Counts what the kernel holds, for all bases that watch it; true if any.  May be NULL. */
	bool (*gather)(struct signals *signals);
};

/*
 * Bits of signal s: word s / 32, bit s % 32.  The handler, on any thread, reads next,
 * watched and raise_end and changes the three after them; the base does all else.
 *
 * Invariants:
 *   1. a bit is set in watched only while listed
 *   2. counts[s] > 0 implies that pending has bit s, or will before the handler returns
 *   3. raised is set when the read end of wakeup is, or soon will be, readable, and while
 *      the base is known to be awake: the handler writes only if it is not
 *   4. raise_end is -1 while wakeup is closed, and in a child after fork until reinit
 */
struct signals {
	const struct signals_ops *ops; /* NULL: zeroed memory, nothing to clear */
	LVN_ATOMIC(struct signals *) next;
	LVN_ATOMIC(uint32_t) watched[SIGNAL_WORDS];
	LVN_ATOMIC(int) raise_end;
	LVN_ATOMIC(int) raised;
	LVN_ATOMIC(uint32_t) pending[SIGNAL_WORDS];
	LVN_ATOMIC(uint32_t) counts[NSIG];
	struct wakeup wakeup;
	bool listed;
	bool reports_sleep;    /* before_sleep came since wakeup was opened: awake otherwise */
	bool is_raised;        /* with it: the handler has written since wakeup was emptied */
	int signal_fd;         /* of delivery by signalfd only */
	pid_t signal_fd_owner; /* the same */
	uint32_t blocked_by_us[SIGNAL_WORDS]; /* the same */
};

struct signal_count {
	int signo;
	uint32_t count;
};

/* Opens nothing for delivery by the handler; signalfd falls back to it where it is missing. */
void lvn_signals_init(struct signals *signals, bool prefer_signalfd);

/* Stops watching everything.  No handler touches the memory afterwards. */
void lvn_signals_clear(struct signals *signals);

/*
 * 0 or -errno; -EINVAL for what is no signal or cannot be caught.  The first call for a
 * base opens its descriptors.  The first for a signal in the process installs a handler.
 * Watching a signal that is watched does nothing.
 */
int lvn_signals_watch(struct signals *signals, int signo);

/* The last one restores the handler.  What has arrived and was not taken is dropped by the
 * next take, unless the signal is watched again by then. */
void lvn_signals_unwatch(struct signals *signals, int signo);

/*
 * What to watch for reading, for which < SIGNAL_DESCRIPTORS; -1 where there is none.
 * They stay the same from the first watch until reinit or clear.
 */
int lvn_signals_descriptor(const struct signals *signals, int which);

/*
 * Optional, and saves a write and a read for what arrives while the base is awake.  The
 * two come in pairs around a wait: false says that something has arrived, and the base
 * must not sleep but poll.
 */
bool lvn_signals_before_sleep(struct signals *signals);
void lvn_signals_after_sleep(struct signals *signals);

/* After each wait: whether something has arrived that no descriptor reports. */
bool lvn_signals_came_quietly(struct signals *signals);

/*
 * Takes what has arrived, in order of signal numbers, and makes the descriptors unreadable.
 * counts_out has NSIG elements.  Returns how many there are: 0 when it woke in vain.
 */
size_t lvn_signals_take(struct signals *signals, struct signal_count *counts_out);

/*
 * In a child after fork: new descriptors in place of those that it has in common with its
 * parent.  Signals that the child got since then are delivered, its parent's are not.
 * 0, or -errno: signals are counted and the next watch tries again.
 */
int lvn_signals_reinit(struct signals *signals);

/* "signal" or "signalfd_signal". */
const char *lvn_signals_method(const struct signals *signals);

#endif
