/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * API: prepare and check watchers.
 */
#include <event2/watch.h>
#include <stddef.h>

#include "base/memory.h"
#include "loop/base.h"
#include "loop/watch_list.h"

static struct evwatch *
start_watch(struct event_base *base, const struct evwatch *values)
{
	struct evwatch *watch = lvn_alloc(sizeof(*watch));

	if (!watch)
		return NULL;
	*watch = *values;
	watch->base = base;
	lvn_base_enter(base);
	lvn_watch_list_add(&base->watchers, watch);
	lvn_base_leave(base);
	return watch;
}

struct evwatch *
evwatch_prepare_new(struct event_base *base, evwatch_prepare_cb callback, void *arg)
{
	const struct evwatch values = {
	    .kind = WATCH_PREPARE, .callback.prepare = callback, .arg = arg};

	return start_watch(base, &values);
}

struct evwatch *
evwatch_check_new(struct event_base *base, evwatch_check_cb callback, void *arg)
{
	const struct evwatch values = {.kind = WATCH_CHECK, .callback.check = callback, .arg = arg};

	return start_watch(base, &values);
}

struct event_base *
evwatch_base(struct evwatch *watcher)
{
	return watcher->base;
}

void
evwatch_free(struct evwatch *watcher)
{
	struct event_base *base;

	if (!watcher)
		return;
	base = watcher->base;
	lvn_base_enter(base);
	lvn_watch_list_remove(&base->watchers, watcher);
	lvn_base_leave(base);
	lvn_free(watcher);
}

int
evwatch_prepare_get_timeout(const struct evwatch_prepare_cb_info *info, struct timeval *timeout)
{
	if (info->timeout_ns < 0)
		return 0;
	*timeout = lvn_timeval_from_ns(info->timeout_ns);
	return 1;
}
