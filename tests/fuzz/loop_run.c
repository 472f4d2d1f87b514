/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/loop_run.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static bool is_verbose;
static bool is_debugging;

void
generator_log(const struct generator *generator, const char *format, ...)
{
	va_list arguments;

	if (!is_verbose)
		return;
	fprintf(stderr, "%10" PRId64 " ", generator_now_ns(generator) / US % 10000000);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static void
print_log(int severity, const char *text)
{
	if (is_verbose)
		fprintf(stderr, "    log %d: %s\n", severity, text);
}

void
loop_generator_set_up(bool verbose, bool debug)
{
	is_verbose = verbose;
	is_debugging = debug;
	if (debug)
		event_enable_debug_mode();
	event_set_log_callback(print_log);
}

bool
generator_is_debugging(void)
{
	return is_debugging;
}

void
generator_compare(
    struct generator *generator, const char *what, int at, int64_t real, int64_t expected)
{
	if (real == expected || generator->result.fault[0])
		return;
	snprintf(generator->result.fault, sizeof(generator->result.fault),
	    "%s of event %d returns %" PRId64 " instead of %" PRId64, what, at, real, expected);
	generator_log(generator, "FAULT: %s", generator->result.fault);
}
