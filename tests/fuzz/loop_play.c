/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/loop_play.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static bool is_telling;
static bool is_debugging;

void
play_tell(const struct player *player, const char *format, ...)
{
	va_list arguments;

	if (!is_telling)
		return;
	fprintf(stderr, "%10" PRId64 " ", play_now_ns(player) / US % 10000000);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static void
swallow_log(int severity, const char *text)
{
	if (is_telling)
		fprintf(stderr, "    log %d: %s\n", severity, text);
}

void
loop_player_set_up(bool tells, bool debugs)
{
	is_telling = tells;
	is_debugging = debugs;
	if (debugs)
		event_enable_debug_mode();
	event_set_log_callback(swallow_log);
}

bool
play_is_debugging(void)
{
	return is_debugging;
}

void
play_compare(struct player *player, const char *what, int at, int64_t real, int64_t expected)
{
	if (real == expected || player->play.fault[0])
		return;
	snprintf(player->play.fault, sizeof(player->play.fault),
	    "%s of event %d answers %" PRId64 " instead of %" PRId64, what, at, real, expected);
	play_tell(player, "FAULT: %s", player->play.fault);
}
