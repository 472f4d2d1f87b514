/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The events of event_base_once, which the base owns until they have run.
 */
#ifndef LVN_LOOP_ONCE_LIST_H
#define LVN_LOOP_ONCE_LIST_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/compiler.h"

struct once {
	struct event ev;
	struct once *next;
	struct once **link; /* what points here; NULL while in no list */
	event_callback_fn callback;
	void *arg;
};

struct once_list {
	struct once *first;
};

LVN_HOT_INLINE void
lvn_once_list_add(struct once_list *list, struct once *once)
{
	once->next = list->first;
	once->link = &list->first;
	if (once->next)
		once->next->link = &once->next;
	list->first = once;
}

LVN_HOT_INLINE void
lvn_once_list_remove(struct once *once)
{
	if (once->next)
		once->next->link = once->link;
	*once->link = once->next;
}

#endif
