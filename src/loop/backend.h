/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a kernel interface must do for the loop.
 *
 * A backend translates, and nothing else: it gets its own state and cannot
 * reach an event, the lock or a user's callback.  One turn of the loop calls
 * prepare, wait and collect, in that order, always on the loop's thread.  Only
 * wait may block, and only wait runs without the base lock.
 *
 * Changes of interest come through update.  The fd map coalesces them, so that a
 * descriptor changed many times between two waits is updated once; update may be
 * called by another thread while wait sleeps, always with the base lock held.
 */
#ifndef LVN_LOOP_BACKEND_H
#define LVN_LOOP_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/platform.h"

struct io_world;

struct ready_fd {
	int fd;         /* or the number of a signal, if what is EV_SIGNAL */
	uint32_t stamp; /* the backend's state of the descriptor when it was registered */
	int what;       /* EV_READ, EV_WRITE, EV_CLOSED; never 0 */
};

/*
 * What a backend found ready in one wait.
 * Invariant: count <= capacity, which grows only between waits, in lvn_ready_list_reserve.
 */
struct ready_list {
	struct ready_fd *slots;
	size_t count;
	size_t capacity;
};

/* Reserves at least `capacity` slots.  0, or -ENOMEM and leaves the list as it was. */
int lvn_ready_list_reserve(struct ready_list *list, size_t capacity);
void lvn_ready_list_clear(struct ready_list *list);

/* False when full: the backend keeps the rest for the next turn. */
static inline bool
lvn_ready_list_append(struct ready_list *list, int fd, uint32_t stamp, short what)
{
	if (list->count == list->capacity)
		return false;
	list->slots[list->count++] = (struct ready_fd){fd, stamp, what};
	return true;
}

struct backend_options {
	bool precise;           /* the caller asked for fine timers */
	struct io_world *world; /* simulated, for its backend; NULL is the real one */
};

struct backend_ops {
	const char *name;       /* what event_base_get_method() returns */
	const char *avoid_env;  /* environment variable that switches it off */
	unsigned features;      /* EV_FEATURE_* */
	bool reopen_after_fork; /* the child must close and open it again */
	bool wakes_for_updates; /* an update made while wait sleeps takes effect at once */

	/* 0, or -errno and nothing is held.  The order of lvn_backends is that of preference. */
	int (*open)(void **self_out, const struct backend_options *options);
	void (*close)(void *self);

	/*
	 * Watch `wants` on fd instead of `had` (EV_READ, EV_WRITE, EV_CLOSED, EV_ET; 0 is
	 * nothing).  had == wants asks to make sure: the descriptor may have been closed and
	 * its number reused since.  *state is 32 bits which the fd map keeps for the backend
	 * per descriptor, 0 at first, and which survive until the backend closes.
	 * Returns 0 or -errno; after a failure nothing is watched on fd.  Removing (wants == 0)
	 * may not fail, and succeeds for a descriptor that is closed already.
	 */
	int (*update)(void *self, int fd, short had, short wants, uint32_t *state);

	/*
	 * The descriptor through which other threads wake the loop: watched for reading as long
	 * as it is readable (level-triggered), not in the fd map, reported by collect through
	 * *woken_out.  The loop drains it.  -1 removes it.  Returns 0 or -errno.
	 */
	int (*set_wakeup)(void *self, int fd);

	/* The last moment to turn records into system calls.  May be NULL. */
	int (*prepare)(void *self);

	/*
	 * Sleep until something is ready or timeout_ns has passed; negative waits for ever, 0
	 * polls.  Returns 1 if all of a positive timeout_ns has passed and nothing is ready, else
	 * 0, also when a signal cut it short, or -errno when the kernel refuses for good.  May
	 * return early, never more than a clock's grain late.
	 */
	int (*wait)(void *self, int64_t timeout_ns);

	/*
	 * Append what the last wait found.  Each slot carries, as its stamp, the *state that the
	 * descriptor had when update registered it: the fd map drops slots whose stamp is stale,
	 * and when there are any has the backend closed, opened, and every descriptor registered
	 * anew, because the kernel keeps reporting a descriptor that was closed while a
	 * duplicate of it lives on.
	 */
	void (*collect)(void *self, struct ready_list *ready, bool *woken_out);

	/* Replaces the clock that the loop runs on.  NULL: the kernel's is right. */
	void (*use_clock)(void *self, struct clock *clock);

	/* Whether a wait of 0 would find something.  NULL: cannot say. */
	bool (*is_ready)(void *self);

	int first_fd;          /* the least descriptor number: 0 but for simulated worlds */
	bool delivers_signals; /* reports EV_SIGNAL itself: no handler is installed */
};

#if LVN_HAVE_EPOLL
extern const struct backend_ops lvn_backend_epoll;
#endif
extern const struct backend_ops lvn_backend_poll;
extern const struct backend_ops lvn_backend_select;

/* Those that a program may get, and their names, best first; NULL at the end. */
extern const struct backend_ops *const lvn_backends[];
extern const char *lvn_backend_names[];

#endif
