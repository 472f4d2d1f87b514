/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: the lock, condition and thread-id functions of event2/thread.h.
 */
#include <event2/thread.h>
#include <stdbool.h>
#include <string.h>

#include "base/lock.h"
#include "base/log.h"

void
evthread_set_id_callback(unsigned long (*id_fn)(void))
{
	lvn_lock_functions.thread_id = id_fn;
}

struct evthread_lock_callbacks *
evthread_get_lock_callbacks(void)
{
	return lvn_lock_functions.debugging ? &lvn_lock_functions.application
					    : &lvn_lock_functions.lock;
}

struct evthread_condition_callbacks *
evthread_get_condition_callbacks(void)
{
	return &lvn_lock_functions.condition;
}

static bool
same_lock_callbacks(
    const struct evthread_lock_callbacks *one, const struct evthread_lock_callbacks *other)
{
	return one->lock_api_version == other->lock_api_version &&
	       one->supported_locktypes == other->supported_locktypes &&
	       one->alloc == other->alloc && one->free == other->free && one->lock == other->lock &&
	       one->unlock == other->unlock;
}

int
evthread_set_lock_callbacks(const struct evthread_lock_callbacks *cbs)
{
	struct evthread_lock_callbacks *target = evthread_get_lock_callbacks();

	if (!cbs) {
		if (target->alloc)
			lvn_log_warnx("Trying to disable lock functions after they have been set "
				      "up will probably not work.");
		memset(target, 0, sizeof(*target));
		return 0;
	}
	if (target->alloc) {
		if (same_lock_callbacks(target, cbs))
			return 0;
		lvn_log_warnx("Can't change lock callbacks once they have been initialized.");
		return -1;
	}
	if (!cbs->alloc || !cbs->free || !cbs->lock || !cbs->unlock)
		return -1;
	*target = *cbs;
	return 0;
}

static bool
same_condition_callbacks(const struct evthread_condition_callbacks *one,
    const struct evthread_condition_callbacks *other)
{
	return one->condition_api_version == other->condition_api_version &&
	       one->alloc_condition == other->alloc_condition &&
	       one->free_condition == other->free_condition &&
	       one->signal_condition == other->signal_condition &&
	       one->wait_condition == other->wait_condition;
}

int
evthread_set_condition_callbacks(const struct evthread_condition_callbacks *cbs)
{
	struct evthread_condition_callbacks *target = &lvn_lock_functions.condition;

	if (!cbs) {
		if (target->alloc_condition)
			lvn_log_warnx("Trying to disable condition functions after they have been "
				      "set up will probably not work.");
		memset(target, 0, sizeof(*target));
		return 0;
	}
	if (target->alloc_condition) {
		if (same_condition_callbacks(target, cbs))
			return 0;
		lvn_log_warnx("Can't change condition callbacks once they have been initialized.");
		return -1;
	}
	if (!cbs->alloc_condition || !cbs->free_condition || !cbs->signal_condition ||
	    !cbs->wait_condition)
		return -1;
	*target = *cbs;
	return 0;
}

void
evthread_enable_lock_debugging(void)
{
	lvn_lock_enable_debugging();
}

void
evthread_enable_lock_debuging(void)
{
	evthread_enable_lock_debugging();
}
