/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything that can be asked of an event. */
#include "kit.h"

static struct event_base *base;

static void
show(const char *name, const struct event *ev)
{
	struct event_base *of;
	evutil_socket_t fd;
	short events;
	event_callback_fn callback;
	void *arg;

	event_get_assignment(ev, &of, &fd, &events, &callback, &arg);
	say("%s: base %d %d, fd %d %d, events %s %s, callback %d %d, arg %d %d, priority %d, "
	    "initialised %d",
	    name, of == base, event_get_base(ev) == base, (int)fd, (int)event_get_fd(ev),
	    bits(events), bits(event_get_events(ev)), callback == report,
	    event_get_callback(ev) == report, arg == name, event_get_callback_arg(ev) == name,
	    event_get_priority(ev), event_initialized(ev));
	event_get_assignment(ev, NULL, NULL, NULL, NULL, NULL);
}

static void
running(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("running: %s, is itself %d, argument is itself %d", bits(what),
	    event_base_get_running_event(base) == arg, event_get_callback_arg(arg) == arg);
}

static void
running_once(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)arg;
	say("once: %s, running is %s", bits(what),
	    event_base_get_running_event(base) ? "there" : "none");
}

int
main(void)
{
	static const struct {
		int fd;
		short events;
	} kinds[] = {{-1, 0}, {-1, EV_PERSIST}, {7, EV_READ},
	    {1000, EV_READ | EV_WRITE | EV_ET | EV_PERSIST}, {SIGUSR1, EV_SIGNAL | EV_PERSIST},
	    {7, EV_CLOSED}, {-1, EV_TIMEOUT}, {3, EV_FINALIZE | EV_READ}};
	struct timeval zero = {0, 0};
	struct event *ev;
	struct event on_stack;

	base = kit_base_with_priorities(5);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *name = "event";

		ev = event_new(base, kinds[i].fd, kinds[i].events, report, (void *)name);
		show(name, ev);
		event_priority_set(ev, 4);
		show(name, ev);
		event_free(ev);
	}
	say("size %d", event_get_struct_event_size() == sizeof(struct event));
	memset(&on_stack, 0, sizeof(on_stack));
	say("zeroed: initialised %d", event_initialized(&on_stack));
	event_assign(&on_stack, base, -1, 0, running, event_self_cbarg());
	say("self: %d", event_get_callback_arg(&on_stack) == &on_stack);
	event_active(&on_stack, EV_READ, 1);
	kit_loop(base, EVLOOP_NONBLOCK);
	ev = event_new(base, -1, 0, running, event_self_cbarg());
	event_add(ev, &zero);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_base_once(base, -1, EV_TIMEOUT, running_once, NULL, NULL);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(ev);
	event_base_free(base);
	return 0;
}
