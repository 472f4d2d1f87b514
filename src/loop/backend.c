/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/backend.h"

#include <errno.h>

#include "base/memory.h"

const struct backend_ops *const lvn_backends[] = {
#if LVN_HAVE_EPOLL
    &lvn_backend_epoll,
#endif
    &lvn_backend_poll,
    &lvn_backend_select,
    NULL,
};

const char *lvn_backend_names[] = {
#if LVN_HAVE_EPOLL
    "epoll",
#endif
    "poll",
    "select",
    NULL,
};

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
