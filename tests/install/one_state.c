/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The umbrella and core, both mapped in one process, are one library with one state.
 *
 *	one_state          linked with both
 *	one_state FILE     maps the library FILE afterwards: the umbrella or a sibling of core
 *	one_state core     core is there alone
 */
#include <dlfcn.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int allocations;

static void *
counting_malloc(size_t size)
{
	allocations++;
	return malloc(size);
}

static int
is_mapped(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096];
	int found = 0;

	while (maps && fgets(line, sizeof(line), maps))
		found = found || strstr(line, name);
	if (maps)
		fclose(maps);
	return found;
}

/* Data pointers and function pointers have one size wherever dlsym exists. */
static void
find(void *library, const char *name, void *function_out)
{
	void *address = dlsym(library, name);

	memcpy(function_out, &address, sizeof(address));
}

static int
fail(const char *what)
{
	printf("%s\n", what);
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct event_base *(*new_base)(void) = event_base_new;
	void (*set_functions)(void *(*)(size_t), void *(*)(void *, size_t), void (*)(void *)) =
	    event_set_mem_functions;
	struct event_base *base;
	bool alone = argc > 1 && strcmp(argv[1], "core") == 0;

	if (argc > 1 && !alone) {
		void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);

		if (!library)
			return fail(dlerror());
		/* A sibling has core's functions among those that it needs. */
		find(library, "event_set_mem_functions", &set_functions);
		find(library, "event_base_new", &new_base);
		if (new_base != event_base_new)
			return fail("event_base_new is there twice");
	}
	if (!alone && (!is_mapped("/libevent-2.1.so.7") || !is_mapped("/libevent_core-2.1.so.7")))
		return fail("umbrella and core are not both mapped");

	set_functions(counting_malloc, realloc, free);
	base = event_base_new();
	if (!base || allocations == 0)
		return fail("memory functions set in one library are not those of the other");
	event_base_free(base);
	return EXIT_SUCCESS;
}
