/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of event_base_dump_events, addresses replaced by the order of first appearance.
 * How many internal events there are and in which order it has timers that are nothing else
 * is the library's own affair: the former are left out, the latter sorted.
 */
#include "kit.h"

#define MOST_LINES 64

static char *addresses[64];
static int known;

static void
show_line(char *line)
{
	if (strstr(line, " Internal"))
		return;
	for (char *at = line; *at;) {
		if (!strncmp(at, "0x", 2)) {
			size_t length = strspn(at + 2, "0123456789abcdef") + 2;
			char *address = strndup(at, length);
			int i = 0;

			while (i < known && strcmp(addresses[i], address))
				i++;
			if (i == known)
				addresses[known++] = address;
			else
				free(address);
			printf("<event %d>", i);
			at += length;
		} else {
			putchar(*at++);
		}
	}
	putchar('\n');
}

/* After the address, whose length is not always the same. */
static const char *
description(const char *line)
{
	const char *at = strchr(line, '[');

	return at ? at : line;
}

static bool
is_timer(const char *line)
{
	return !strncmp(description(line), "[fd  -1", 7);
}

static int
by_time(const void *a, const void *b)
{
	return strcmp(description(*(char *const *)a), description(*(char *const *)b));
}

static void
show(struct event_base *base)
{
	char *lines[MOST_LINES], *text = NULL;
	int count = 0;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	event_base_dump_events(base, out);
	fclose(out);
	for (char *line = strtok(text, "\n"); line && count < MOST_LINES; line = strtok(NULL, "\n"))
		lines[count++] = line;
	for (int i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && is_timer(lines[i]) && is_timer(lines[end]); end++)
			;
		qsort(lines + i, (size_t)(end - i), sizeof(lines[0]), by_time);
		for (int j = i; j < end; j++)
			show_line(lines[j]);
	}
	say("<end>");
	free(text);
}

static void
dump_inside(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("inside: %s", bits(what));
	show(arg);
}

int
main(void)
{
	struct event_base *base = kit_base_with_priorities(3);
	const struct timeval *common;
	struct timeval two = {2, 500000};
	struct event *all[8];
	int ends[2];

	show(base);
	kit_socketpair(ends);
	all[0] = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "reader");
	all[1] = event_new(base, ends[0], EV_WRITE, dump_inside, base);
	all[2] = event_new(base, ends[1], EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, report, "edge");
	all[3] = evtimer_new(base, report, "timer");
	all[4] = evsignal_new(base, SIGUSR1, report, "signal");
	all[5] = event_new(base, -1, EV_PERSIST, report, "periodic");
	all[6] = event_new(base, -1, 0, report, "user");
	all[7] = evtimer_new(base, report, "common");
	event_add(all[0], &two);
	show(base);
	event_add(all[1], NULL);
	event_add(all[2], NULL);
	event_add(all[3], &two);
	event_add(all[4], NULL);
	kit_add_ms(all[5], 7250);
	common = event_base_init_common_timeout(base, &two);
	event_add(all[7], common);
	show(base);
	event_priority_set(all[6], 2);
	event_active(all[6], EV_READ | EV_WRITE, 1);
	event_active(all[3], EV_TIMEOUT, 1);
	event_active(all[0], EV_READ, 1);
	event_active(all[4], EV_SIGNAL, 2);
	show(base);
	virtual_advance_us(1000000);
	show(base);
	kit_loop(base, EVLOOP_ONCE);
	show(base);
	return 0;
}
