/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/loop_kit.h"

#include <errno.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

#define TRACE_SIZE 256
#define LINES_MAX  32

/* ---- Descriptors ---- */

void
open_pair(const struct backend_under_test *backend, evutil_socket_t ends[2])
{
	if (backend_is_simulated(backend)) {
		ck_assert_int_eq(levin_sim_socketpair(simulation_under_test(), ends), 0);
		return;
	}
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
}

void
close_pair(const evutil_socket_t ends[2])
{
	ck_assert_int_eq(evutil_closesocket(ends[0]), 0);
	ck_assert_int_eq(evutil_closesocket(ends[1]), 0);
}

static ssize_t
write_some(evutil_socket_t fd, const void *data, size_t size)
{
	return (fd >= LVN_IO_FIRST_SIMULATED_FD) ? levin_sim_write(fd, data, size)
						 : write(fd, data, size);
}

void
put(evutil_socket_t fd, const char *text)
{
	ck_assert_int_eq(write_some(fd, text, strlen(text)), (ssize_t)strlen(text));
}

int
take(evutil_socket_t fd)
{
	char data[4096];
	int count = 0;

	for (;;) {
		ssize_t size = (fd >= LVN_IO_FIRST_SIMULATED_FD)
				   ? levin_sim_read(fd, data, sizeof(data))
				   : read(fd, data, sizeof(data));

		if (size == 0)
			return -1;
		if (size < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			return count;
		}
		count += (int)size;
	}
}

void
fill(evutil_socket_t fd)
{
	static const char data[65536];

	while (write_some(fd, data, sizeof(data)) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
}

void
finish(evutil_socket_t fd)
{
	int rc = (fd >= LVN_IO_FIRST_SIMULATED_FD) ? levin_sim_shutdown(fd, SHUT_WR)
						   : shutdown(fd, SHUT_WR);

	ck_assert_int_eq(rc, 0);
}

/* ---- Callbacks ---- */

static char trace[TRACE_SIZE];
static char trace_taken[TRACE_SIZE];

void
see(evutil_socket_t fd, short what, void *context)
{
	struct seen *seen = context;

	seen->calls++;
	seen->what = what;
	seen->fd = fd;
}

void
see_and_take(evutil_socket_t fd, short what, void *context)
{
	see(fd, what, context);
	take(fd);
}

void
spell_text(const char *text)
{
	ck_assert_uint_lt(strlen(trace) + strlen(text), sizeof(trace));
	strcat(trace, text);
}

void *
word(const char *text)
{
	union {
		const char *text;
		void *arg;
	} cast = {text};

	return cast.arg;
}

void
spell(evutil_socket_t fd, short what, void *text)
{
	(void)fd;
	(void)what;
	spell_text(text);
}

const char *
spelled(void)
{
	memcpy(trace_taken, trace, sizeof(trace));
	trace[0] = '\0';
	return trace_taken;
}

void
break_loop(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_base_loopbreak(base), 0);
}

void
delete_it(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_del(ev), 0);
}

void
activate_it(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	event_active(ev, what, 1);
}

/* ---- The loop ---- */

void
turn(struct event_base *base)
{
	ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
}

static void
count_turn(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *turns)
{
	(void)watch;
	(void)info;
	++*(int *)turns;
}

struct evwatch *
count_turns(struct event_base *base, int *turns)
{
	struct evwatch *watch = evwatch_check_new(base, count_turn, turns);

	ck_assert_ptr_nonnull(watch);
	*turns = 0;
	return watch;
}

struct event *
keep_alive(struct event_base *base)
{
	struct event *ev = event_new(base, -1, EV_PERSIST, break_loop, base);

	ck_assert_ptr_nonnull(ev);
	ck_assert_int_eq(event_add(ev, MS(1000000)), 0);
	return ev;
}

/* ---- The log ---- */

static struct {
	char lines[LINES_MAX][256];
	int severities[LINES_MAX];
	int count;
} kept;

static void
keep_line(int severity, const char *text)
{
	if (kept.count == LINES_MAX)
		return;
	kept.severities[kept.count] = severity;
	snprintf(kept.lines[kept.count++], sizeof(kept.lines[0]), "%s", text);
}

void
keep_log(void)
{
	kept.count = 0;
	event_set_log_callback(keep_line);
}

int
logged_count(int severity)
{
	int count = 0;

	for (int i = 0; i < kept.count; i++)
		count += kept.severities[i] >= severity;
	return count;
}

bool
was_logged(const char *text)
{
	for (int i = 0; i < kept.count; i++)
		if (kept.severities[i] >= EVENT_LOG_WARN && strstr(kept.lines[i], text))
			return true;
	return false;
}
