/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of event_base_dump_events, addresses replaced by the order of first appearance.
 * How many internal events there are is the library's own affair: they are left out.
 */
#include "kit.h"

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

static void
show(struct event_base *base)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	event_base_dump_events(base, out);
	fclose(out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		show_line(line);
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
