/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/watch_list.h"

#include <stddef.h>

void
lvn_watch_list_init(struct watch_list *list)
{
	*list = (struct watch_list){0};
	for (int kind = 0; kind < WATCH_KINDS; kind++)
		list->last[kind] = &list->first[kind];
}

void
lvn_watch_list_add(struct watch_list *list, struct evwatch *watch)
{
	watch->pass = list->pass;
	watch->next = NULL;
	watch->link = list->last[watch->kind];
	*watch->link = watch;
	list->last[watch->kind] = &watch->next;
}

void
lvn_watch_list_remove(struct watch_list *list, struct evwatch *watch)
{
	if (list->cursor == watch)
		list->cursor = watch->next;
	if (watch->next)
		watch->next->link = watch->link;
	else
		list->last[watch->kind] = watch->link;
	*watch->link = watch->next;
}

void
lvn_watch_list_start(struct watch_list *list, enum watch_kind kind)
{
	list->pass++;
	list->cursor = list->first[kind];
}

struct evwatch *
lvn_watch_list_step(struct watch_list *list)
{
	struct evwatch *watch = list->cursor;

	while (watch && watch->pass == list->pass)
		watch = watch->next;
	if (!watch) {
		list->cursor = NULL;
		return NULL;
	}
	watch->pass = list->pass;
	list->cursor = watch->next;
	return watch;
}
