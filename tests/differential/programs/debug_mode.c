/* SPDX-License-Identifier: BSD-3-Clause */
/* Debug mode: each misuse in a process of its own, for most of them end it. */
#include "kit.h"

static struct event_base *base;

static void
note(evutil_socket_t fd, short what, void *arg)
{
	report(fd, what, arg);
}

static void
on_fatal(int code)
{
	say("fatal %d", code);
	exit(40);
}

static void
never_assigned(struct event *ev)
{
	say("add = %d", event_add(ev, NULL));
}
static void
del_never_assigned(struct event *ev)
{
	say("del = %d", event_del(ev));
}
static void
assign_while_added(struct event *ev)
{
	struct timeval tv = {1, 0};

	event_assign(ev, base, -1, 0, note, "first");
	event_add(ev, &tv);
	say("assign = %d", event_assign(ev, base, -1, 0, note, "second"));
}
static void
assign_twice(struct event *ev)
{
	event_assign(ev, base, -1, 0, note, "first");
	say("assign = %d", event_assign(ev, base, -1, 0, note, "second"));
}
static void
unassign(struct event *ev)
{
	event_assign(ev, base, -1, 0, note, "first");
	event_debug_unassign(ev);
	say("initialised %d", event_initialized(ev));
	say("del = %d", event_del(ev));
}
static void
unassign_added(struct event *ev)
{
	struct timeval tv = {1, 0};

	event_assign(ev, base, -1, 0, note, "first");
	event_add(ev, &tv);
	event_debug_unassign(ev);
	say("still here");
}
static void
blocking_descriptor(struct event *ev)
{
	int ends[2];

	kit_pipe(ends);
	fcntl(ends[0], F_SETFL, 0);
	say("assign = %d", event_assign(ev, base, ends[0], EV_READ, note, "reader"));
	say("assign edge = %d", event_assign(ev, base, ends[0], EV_READ | EV_ET, note, "reader"));
}
static void
freed_then_added(struct event *ev)
{
	struct event *other = event_new(base, -1, 0, note, "freed");

	*ev = *other;
	event_free(other);
	say("freed");
	say("add = %d", event_add(ev, NULL));
}
static void
edge_and_level(struct event *ev)
{
	struct event *other;
	int ends[2];

	kit_pipe(ends);
	other = event_new(base, ends[0], EV_READ | EV_ET, note, "edge");
	say("add %d", event_add(other, NULL));
	event_assign(ev, base, ends[0], EV_READ, note, "level");
	say("add %d", event_add(ev, NULL));
	say("pending %s %s", bits(event_pending(ev, 0xff, NULL)),
	    bits(event_pending(other, 0xff, NULL)));
}
static void
priority_never_assigned(struct event *ev)
{
	say("priority_set = %d", event_priority_set(ev, 0));
}
static void
pending_never_assigned(struct event *ev)
{
	say("pending = %d", event_pending(ev, 0xff, NULL));
}
static void
active_never_assigned(struct event *ev)
{
	event_active(ev, EV_READ, 1);
	say("active done");
}
static void
base_set_never_assigned(struct event *ev)
{
	say("base_set = %d", event_base_set(base, ev));
}
static void
fd_never_assigned(struct event *ev)
{
	say("fd %d", (int)event_get_fd(ev));
}
static void
enabled_late(struct event *ev)
{
	(void)ev;
	event_enable_debug_mode();
	say("enabled again");
}
static void
after_base_free(struct event *ev)
{
	event_assign(ev, base, -1, 0, note, "left");
	event_base_free(base);
	say("base freed");
}

static const struct {
	const char *name;
	void (*act)(struct event *ev);
} cases[] = {{"never_assigned", never_assigned}, {"del_never_assigned", del_never_assigned},
    {"assign_while_added", assign_while_added}, {"assign_twice", assign_twice},
    {"unassign", unassign}, {"unassign_added", unassign_added},
    {"blocking_descriptor", blocking_descriptor}, {"freed_then_added", freed_then_added},
    {"edge_and_level", edge_and_level}, {"priority_never_assigned", priority_never_assigned},
    {"pending_never_assigned", pending_never_assigned},
    {"active_never_assigned", active_never_assigned},
    {"base_set_never_assigned", base_set_never_assigned}, {"fd_never_assigned", fd_never_assigned},
    {"enabled_late", enabled_late}, {"after_base_free", after_base_free}};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status;
		pid_t pid;

		say("-- %s", cases[i].name);
		pid = fork();
		if (pid == 0) {
			struct event original, ev;

			event_set_fatal_callback(on_fatal);
			event_enable_debug_mode();
			base = kit_base();
			/* A copy of an event looks like one but was never assigned. */
			event_assign(&original, base, -1, 0, note, "original");
			ev = original;
			cases[i].act(&ev);
			exit(0);
		}
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			say("killed by %s", strsignal(WTERMSIG(status)));
		else
			say("status %d", WEXITSTATUS(status));
	}
	return 0;
}
