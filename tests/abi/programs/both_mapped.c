/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The umbrella and the core library in one process, as when a program links the one and a
 * plugin of it the other: they must be one library with one state.
 */
#include <event2/event.h>
#include <event2/thread.h>

#include "which_library.h"

#define UMBRELLA "libevent-2.1.so.7"
#define CORE     "libevent_core-2.1.so.7"

static const char *const names[] = {"event_base_new", "event_add", "event_active",
    "event_set_mem_functions", "evthread_set_lock_callbacks", "event_init",
    "evutil_secure_rng_get_bytes"};

typedef struct event_base *base_fn(void);
typedef int dispatch_fn(void);
typedef void set_memory_fn(void *(*)(size_t), void *(*)(void *, size_t), void (*)(void *));

static int allocations;

static void *
count_alloc(size_t size)
{
	allocations++;
	return malloc(size);
}

static void *
find(void *library, const char *name)
{
	void *symbol = dlsym(library, name);

	MUST(symbol != NULL);
	return symbol;
}

int
main(int argc, char **argv)
{
	void *umbrella = dlopen(UMBRELLA, RTLD_NOW | RTLD_LOCAL);
	void *core = dlopen(CORE, RTLD_NOW | RTLD_LOCAL);
	struct event_base *base;
	size_t i;

	(void)argc;
	(void)argv;
	MUST(umbrella != NULL && core != NULL);
	MUST(dlsym(core, "levin_version") != NULL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		MUST(find(umbrella, names[i]) == find(core, names[i]));
		/* What the program itself is linked with is the same again. */
		MUST(find(RTLD_DEFAULT, names[i]) == find(core, names[i]));
	}
	/* The memory functions set through the one are used by the other. */
	((set_memory_fn *)find(umbrella, "event_set_mem_functions"))(count_alloc, NULL, NULL);
	base = ((base_fn *)find(core, "event_init"))();
	MUST(base != NULL);
	MUST(allocations > 0);
	/* The global base of the one is that of the other: nothing to wait for, 1. */
	MUST(((dispatch_fn *)find(umbrella, "event_dispatch"))() == 1);
	event_base_free(base);
	return 0;
}
