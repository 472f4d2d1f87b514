/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A backend under test and what the fd map would keep for it.  All functions fail the
 * case by themselves.
 */
#ifndef LEVIN_TESTS_UNIT_LOOP_BACKEND_KIT_H
#define LEVIN_TESTS_UNIT_LOOP_BACKEND_KIT_H

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "loop/backend.h"
#include "support/suite.h"

enum { KIT_FDS = 4096, KIT_READY = 1024 };

struct kit {
	const struct backend_ops *ops;
	void *self;
	short wanted[KIT_FDS];
	uint32_t states[KIT_FDS];
	struct ready_list ready; /* of the last turn: what is wanted */
	int unwanted;            /* ... and how many reports were of nothing that is */
	bool woken;
	int slept; /* 1 if the last wait took its whole time */
};

static int kit_warnings;

static inline void
kit_count_warning(int severity, const char *text)
{
	(void)text;
	if (severity >= EVENT_LOG_WARN)
		kit_warnings++;
}

static inline void
kit_open(struct kit *kit, const struct backend_ops *ops)
{
	static const struct backend_options options;

	memset(kit, 0, sizeof(*kit));
	kit->ops = ops;
	ck_assert_int_eq(ops->open(&kit->self, &options), 0);
	ck_assert_int_eq(lvn_ready_list_reserve(&kit->ready, KIT_READY), 0);
	kit_warnings = 0;
	lvn_log_set_callback(kit_count_warning);
}

static inline void
kit_close(struct kit *kit)
{
	kit->ops->close(kit->self);
	lvn_ready_list_clear(&kit->ready);
	lvn_log_set_callback(NULL);
}

static inline int
kit_try_watch(struct kit *kit, int fd, short wants)
{
	int rc;

	ck_assert_int_lt(fd, KIT_FDS);
	rc = kit->ops->update(kit->self, fd, kit->wanted[fd], wants, &kit->states[fd]);
	kit->wanted[fd] = rc < 0 ? 0 : wants;
	return rc;
}

static inline void
kit_watch(struct kit *kit, int fd, short wants)
{
	ck_assert_int_eq(kit_try_watch(kit, fd, wants), 0);
}

static inline void
kit_prepare(struct kit *kit)
{
	if (kit->ops->prepare)
		ck_assert_int_eq(kit->ops->prepare(kit->self), 0);
}

static inline void
kit_wait(struct kit *kit, int64_t timeout_ns)
{
	kit->slept = kit->ops->wait(kit->self, timeout_ns);
	ck_assert_int_ge(kit->slept, 0);
}

/* As the fd map does it, drops what carries the stamp of an earlier registration. */
static inline void
kit_collect(struct kit *kit)
{
	size_t current = 0;

	kit->ready.count = 0;
	kit->unwanted = 0;
	kit->woken = false;
	kit->ops->collect(kit->self, &kit->ready, &kit->woken);
	for (size_t i = 0; i < kit->ready.count; i++) {
		const struct ready_fd *slot = &kit->ready.slots[i];

		ck_assert_int_ne(slot->what, 0);
		if (slot->stamp != kit->states[slot->fd])
			continue;
		if (slot->what & kit->wanted[slot->fd])
			kit->ready.slots[current++] = *slot;
		else
			kit->unwanted++;
	}
	kit->ready.count = current;
}

static inline void
kit_turn(struct kit *kit, int64_t timeout_ns)
{
	kit_prepare(kit);
	kit_wait(kit, timeout_ns);
	kit_collect(kit);
}

/* What the last turn reported of a descriptor and is wanted; fails if that came twice. */
static inline short
kit_reported(const struct kit *kit, int fd)
{
	short what = 0;

	for (size_t i = 0; i < kit->ready.count; i++) {
		if (kit->ready.slots[i].fd != fd)
			continue;
		ck_assert_int_eq(what, 0);
		what = (short)(kit->ready.slots[i].what & kit->wanted[fd]);
	}
	return what;
}

static inline int64_t
kit_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * LVN_NS_PER_S + now.tv_nsec;
}

static inline void
kit_fill(int fd)
{
	ck_assert_int_eq(write(fd, "x", 1), 1);
}

static inline void
kit_empty(int fd)
{
	char byte;

	ck_assert_int_eq(read(fd, &byte, 1), 1);
}

static inline void
kit_close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

#endif
