/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program sets in core (memory functions, a log callback, locks) holds for the library
 * beside it.
 */
#include "sibling.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int allocations, frees, lines;

static void *
count_malloc(size_t size)
{
	allocations++;
	return malloc(size);
}

static void
count_free(void *block)
{
	frees++;
	free(block);
}

static void
count_lines(int severity, const char *text)
{
	(void)severity;
	lines += text[0] != '\0';
}

int
main(void)
{
	const char *wrong;

	event_set_mem_functions(count_malloc, realloc, count_free);
	event_set_log_callback(count_lines);
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
	if (evthread_use_pthreads() != 0)
		return EXIT_FAILURE;
#endif
	wrong = sibling_use_core();
	if (!wrong && lines != 4)
		wrong = "the program's log callback";
	if (!wrong && (allocations < 3 || allocations != frees))
		wrong = "the program's memory functions";
	if (!wrong)
		return EXIT_SUCCESS;
	printf("a sibling of core cannot use %s: %d lines, %d allocations, %d frees\n", wrong,
	    lines, allocations, frees);
	return EXIT_FAILURE;
}
