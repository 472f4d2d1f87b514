/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that need memory when there is none. */
#include "kit.h"

static bool empty;

static void *
take(size_t size)
{
	errno = ENOMEM;
	return empty ? NULL : malloc(size);
}

static void *
retake(void *memory, size_t size)
{
	errno = ENOMEM;
	return empty ? NULL : realloc(memory, size);
}

int
main(void)
{
	struct timeval second = {1, 0};
	struct event_config *config;
	struct event_base *base;

	event_set_mem_functions(take, retake, free);
	config = event_config_new();
	base = kit_base();
	empty = true;
	say("event_new: %d", event_new(base, -1, 0, report, NULL) != NULL);
	say("config_new: %d", event_config_new() != NULL);
	say("avoid_method: %d", event_config_avoid_method(config, "poll"));
	say("once: %d", event_base_once(base, -1, EV_TIMEOUT, report, NULL, &second));
	say("loopexit: %d", event_base_loopexit(base, NULL));
	say("common: %d", event_base_init_common_timeout(base, &second) != NULL);
	say("priority_init: %d", event_base_priority_init(base, 9));
	say("~ priorities %d", event_base_get_npriorities(base));
	empty = false;
	say("afterwards: %d", event_base_priority_init(base, 9));
	say("priorities %d", event_base_get_npriorities(base));
	event_base_once(base, -1, EV_TIMEOUT, report, "once", &second);
	kit_loop(base, 0);
	event_config_free(config);
	event_base_free(base);
	return 0;
}
