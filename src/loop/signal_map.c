/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/signal_map.h"

#include <errno.h>
#include <event2/event_struct.h>

#include "base/memory.h"

int
lvn_signal_map_open(struct signal_map *map)
{
	if (!map->first)
		map->first = lvn_calloc(NSIG, sizeof(*map->first));
	return map->first ? 0 : -ENOMEM;
}

void
lvn_signal_map_clear(struct signal_map *map)
{
	lvn_free(map->first);
	map->first = NULL;
}

struct event *
lvn_signal_map_first(const struct signal_map *map, int signo)
{
	return map->first && signo >= 0 && signo < NSIG ? map->first[signo] : NULL;
}

void
lvn_signal_map_add(struct signal_map *map, struct event *ev)
{
	struct event **head = &map->first[ev->ev_fd];

	ev->ev_.ev_signal.ev_signal_next.le_next = *head;
	ev->ev_.ev_signal.ev_signal_next.le_prev = head;
	if (*head)
		(*head)->ev_.ev_signal.ev_signal_next.le_prev =
		    &ev->ev_.ev_signal.ev_signal_next.le_next;
	*head = ev;
}

void
lvn_signal_map_del(struct signal_map *map, struct event *ev)
{
	struct event *next = ev->ev_.ev_signal.ev_signal_next.le_next;

	(void)map;
	if (next)
		next->ev_.ev_signal.ev_signal_next.le_prev =
		    ev->ev_.ev_signal.ev_signal_next.le_prev;
	*ev->ev_.ev_signal.ev_signal_next.le_prev = next;
}

int
lvn_signal_map_each(
    const struct signal_map *map, int (*visit)(struct event *ev, void *context), void *context)
{
	for (int signo = 0; map->first && signo < NSIG; signo++) {
		struct event *next;

		for (struct event *ev = map->first[signo]; ev; ev = next) {
			int rc;

			next = ev->ev_.ev_signal.ev_signal_next.le_next;
			rc = visit(ev, context);
			if (rc)
				return rc;
		}
	}
	return 0;
}
