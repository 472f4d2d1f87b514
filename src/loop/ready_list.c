/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/ready_list.h"

#include <errno.h>
#include <stdint.h>

#include "base/memory.h"

int
lvn_ready_list_reserve(struct ready_list *list, size_t capacity)
{
	struct ready_fd *slots;

	if (capacity <= list->capacity)
		return 0;
	if (capacity > SIZE_MAX / sizeof(*slots))
		return -ENOMEM;
	slots = lvn_realloc(list->slots, capacity * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	list->slots = slots;
	list->capacity = capacity;
	return 0;
}

void
lvn_ready_list_clear(struct ready_list *list)
{
	lvn_free(list->slots);
	*list = (struct ready_list){0};
}
