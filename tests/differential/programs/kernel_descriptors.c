/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Descriptors that are neither pipes nor sockets. */
#include <pty.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "kit.h"

static struct event_base *base;

static void
look(const char *name, int fd)
{
	static const short sets[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE};

	for (int i = 0; i < 3; i++) {
		struct event *ev = event_new(base, fd, sets[i], report, (void *)name);

		say("%s for %s: add = %d", name, bits(sets[i]), event_add(ev, NULL));
		kit_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		event_free(ev);
	}
}

int
main(void)
{
	uint64_t one = 1, full = UINT64_MAX - 1;
	struct epoll_event watch = {.events = EPOLLIN};
	int count = kit_fixed(eventfd(0, EFD_NONBLOCK));
	int names = kit_fixed(inotify_init1(IN_NONBLOCK));
	int nested = kit_fixed(epoll_create1(0));
	int terminal, slave, ends[2];

	base = kit_base();
	look("eventfd at 0", count);
	if (write(count, &one, 8) != 8)
		say("no write");
	look("eventfd at 1", count);
	if (read(count, &one, 8) != 8 || write(count, &full, 8) != 8)
		say("no read or write");
	look("eventfd at the top", count);
	look("inotify", names);
	kit_pipe(ends);
	epoll_ctl(nested, EPOLL_CTL_ADD, ends[0], &watch);
	look("epoll", nested);
	kit_put(ends[1], "x");
	look("epoll with something", nested);
	if (openpty(&terminal, &slave, NULL, NULL, NULL) == 0) {
		terminal = kit_fixed(terminal);
		slave = kit_fixed(slave);
		look("terminal", terminal);
		kit_put(slave, "x");
		look("terminal with something", terminal);
		kit_drain(terminal);
		close(slave);
		look("terminal left alone", terminal);
	}
	look("/dev/null", kit_fixed(open("/dev/null", O_RDWR)));
	look("/dev/zero", kit_fixed(open("/dev/zero", O_RDWR)));
	look("a directory", kit_fixed(open("/", O_RDONLY)));
	event_base_free(base);
	return 0;
}
