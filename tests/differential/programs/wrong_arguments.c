/* SPDX-License-Identifier: BSD-3-Clause */
/* What wrong arguments are answered with, and what is logged. */
#include "kit.h"

#include <event2/event_compat.h>

static struct event_base *base;

static void
try_assign(const char *name, int fd, short events)
{
	struct event ev;
	int rc;

	memset(&ev, 0, sizeof(ev));
	rc = event_assign(&ev, base, fd, events, report, "callback");
	say("assign %s: fd %d %s = %d", name, fd, bits(events), rc);
	say("  initialised %d, events %s", event_initialized(&ev), bits(event_get_events(&ev)));
	if (rc == 0) {
		rc = event_add(&ev, NULL);
		say("  add = %d, errno %s", rc, rc < 0 ? strerrorname_np(errno) : "-");
		say("  pending %s", bits(event_pending(&ev, 0xff, NULL)));
		say("  del = %d", event_del(&ev));
	}
	say("  new %s NULL", event_new(base, fd, events, report, NULL) ? "is not" : "is");
}

int
main(void)
{
	struct timeval negative = {-1, 0}, odd = {0, 2000000}, zero = {0, 0};
	struct event *ev;
	int ends[2];
	struct event raw;

	base = kit_base();
	try_assign("nothing", -1, 0);
	try_assign("reading nothing", -1, EV_READ);
	try_assign("reading minus two", -2, EV_READ);
	try_assign("a closed descriptor", 900, EV_READ);
	try_assign("a closed descriptor without events", 900, 0);
	try_assign("a signal and reading", SIGUSR1, EV_SIGNAL | EV_READ);
	try_assign("a signal and writing", SIGUSR1, EV_SIGNAL | EV_WRITE);
	try_assign("a signal and closing", SIGUSR1, EV_SIGNAL | EV_CLOSED);
	try_assign("a signal edge triggered", SIGUSR1, EV_SIGNAL | EV_ET);
	try_assign("signal -1", -1, EV_SIGNAL);
	try_assign("signal 0", 0, EV_SIGNAL);
	try_assign("signal 64", 64, EV_SIGNAL);
	try_assign("signal 65", 65, EV_SIGNAL);
	try_assign("signal 1000", 1000, EV_SIGNAL);
	try_assign("SIGKILL", SIGKILL, EV_SIGNAL);
	try_assign("with a timeout bit", -1, EV_TIMEOUT);
	try_assign("with all bits but signal", -1, (short)~EV_SIGNAL);
	kit_pipe(ends);
	try_assign("closing alone", ends[0], EV_CLOSED);
	try_assign("persist alone", ends[0], EV_PERSIST);
	try_assign("edge alone", ends[0], EV_ET);

	ev = evtimer_new(base, report, "timer");
	say("-- odd times");
	say("negative: add = %d", event_add(ev, &negative));
	say("pending %s", bits(event_pending(ev, 0xff, NULL)));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("too many microseconds: add = %d", event_add(ev, &odd));
	say("pending %s", bits(event_pending(ev, 0xff, NULL)));
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(ev);
	say("zero: add = %d", event_add(ev, &zero));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("no timeout, no descriptor: add = %d", event_add(ev, NULL));
	say("pending %s, added %d", bits(event_pending(ev, 0xff, NULL)),
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	say("del = %d", event_del(ev));
	say("del again = %d", event_del(ev));
	say("remove_timer = %d", event_remove_timer(ev));

	say("-- events that were never assigned");
	memset(&raw, 0, sizeof(raw));
	say("initialised %d", event_initialized(&raw));
	say("del = %d", event_del(&raw));
	say("del_noblock = %d", event_del_noblock(&raw));
	say("del_block = %d", event_del_block(&raw));
	say("add = %d", event_add(&raw, &zero));
	say("remove_timer = %d", event_remove_timer(&raw));
	event_active(&raw, EV_READ, 1);
	say("pending %d", event_pending(&raw, 0xff, NULL));
	say("-- no base");
	say("assign = %d", event_assign(&raw, NULL, -1, 0, report, "no base"));
	say("base is %s", event_get_base(&raw) ? "set" : "NULL");
	say("add = %d", event_add(&raw, &zero));
	say("del = %d", event_del(&raw));
	say("pending %d", event_pending(&raw, 0xff, NULL));
	event_active(&raw, EV_READ, 1);
	say("remove_timer = %d", event_remove_timer(&raw));
	say("loopbreak(NULL) = %d", event_base_loopbreak(NULL));
	say("loopcontinue(NULL) = %d", event_base_loopcontinue(NULL));
	say("base_free(NULL)");
	event_base_free(NULL);
	say("base_free_nofinalize(NULL)");
	event_base_free_nofinalize(NULL);
	say("once with a signal %d",
	    event_base_once(base, SIGUSR1, EV_SIGNAL, report, "once", NULL));
	say("once reading -1 %d", event_base_once(base, -1, EV_READ, report, "once", NULL));
	say("once without events %d", event_base_once(base, -1, 0, report, "once", NULL));
	say("once persistent %d",
	    event_base_once(base, ends[0], EV_READ | EV_PERSIST, report, "once", NULL));
	say("once closed %d", event_base_once(base, ends[0], EV_CLOSED, report, "once", NULL));
	event_free(ev);
	event_base_free(base);
	return 0;
}
