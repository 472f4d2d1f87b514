/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* The bits a callback sees for each thing that can happen to a descriptor. */
#include "kit.h"

static void
close_reader(int ends[2])
{
	close(ends[0]);
}
static void
close_writer(int ends[2])
{
	close(ends[1]);
}
static void
half_close(int ends[2])
{
	shutdown(ends[1], SHUT_WR);
}
static void
shut_both(int ends[2])
{
	shutdown(ends[1], SHUT_RDWR);
}
static void
put_and_close(int ends[2])
{
	kit_put(ends[1], "data");
	close(ends[1]);
}
static void
put(int ends[2])
{
	kit_put(ends[1], "data");
}
static void
put_and_half_close(int ends[2])
{
	kit_put(ends[1], "data");
	shutdown(ends[1], SHUT_WR);
}

static void
nothing(int ends[2])
{
	(void)ends;
}

static void
fill(int ends[2])
{
	char bytes[4096] = {0};

	while (write(ends[0], bytes, sizeof(bytes)) > 0)
		;
}

static const struct {
	const char *name;
	void (*act)(int ends[2]);
} acts[] = {{"nothing", nothing}, {"put", put}, {"close peer", close_writer},
    {"half close", half_close}, {"shut both", shut_both}, {"put and close", put_and_close},
    {"put and half close", put_and_half_close}, {"fill", fill}};

static void
try(struct event_base *base, const char *kind, void (*make)(int ends[2]), int watched, size_t act,
    short events)
{
	int ends[2];
	struct event *ev;
	int watched_fd;

	if (!(event_base_get_features(base) & EV_FEATURE_EARLY_CLOSE) && (events & EV_CLOSED))
		return;
	make(ends);
	watched_fd = ends[watched];
	if (watched) {
		int other = ends[0];
		ends[0] = ends[1];
		ends[1] = other;
	}
	ev = event_new(base, watched_fd, events, report, "  callback");
	say("%s end %d, %s, %s: add = %d", kind, watched, bits(events), acts[act].name,
	    event_add(ev, NULL));
	acts[act].act(ends);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(ev);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	static const short sets[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE, EV_CLOSED,
	    EV_CLOSED | EV_READ, EV_CLOSED | EV_WRITE, EV_CLOSED | EV_READ | EV_WRITE};
	struct event_base *base = kit_base();

	(void)close_reader;
	for (size_t act = 0; act < sizeof(acts) / sizeof(acts[0]); act++) {
		for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
			try(base, "socketpair", kit_socketpair, 0, act, sets[i]);
			if (act == 0 || act == 2) {
				try(base, "pipe", kit_pipe, 0, act, sets[i]);
				try(base, "pipe", kit_pipe, 1, act, sets[i]);
			}
		}
	}
	event_base_free(base);
	return 0;
}
