/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/active_queue.h"

#include <errno.h>

#include "base/memory.h"

int
lvn_active_queue_set_count(struct active_queues *active, int count)
{
	struct callback_queue *queues = lvn_calloc((size_t)count, sizeof(*queues));

	if (!queues)
		return -ENOMEM;
	for (int i = 0; i < count; i++)
		lvn_callback_queue_init(&queues[i]);
	if (!active->queues)
		lvn_callback_queue_init(&active->later);
	lvn_free(active->queues);
	active->queues = queues;
	active->count = count;
	active->first = 0;
	return 0;
}

void
lvn_active_queue_clear(struct active_queues *active)
{
	lvn_free(active->queues);
	*active = (struct active_queues){0};
}
