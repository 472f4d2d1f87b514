/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/relay.h"

#include <errno.h>
#include <levin/sim.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/short_memory.h"

/* Descriptors of a simulation are no real ones. */
static bool
is_simulated(evutil_socket_t fd)
{
	return fd >= 1073741824;
}

static ssize_t
take(evutil_socket_t fd, char *bytes, size_t size)
{
	return is_simulated(fd) ? levin_sim_read(fd, bytes, size) : read(fd, bytes, size);
}

static ssize_t
put(evutil_socket_t fd, const char *bytes, size_t size)
{
	return is_simulated(fd) ? levin_sim_write(fd, bytes, size)
				: send(fd, bytes, size, MSG_NOSIGNAL);
}

static void
finish(evutil_socket_t fd)
{
	if (is_simulated(fd))
		levin_sim_shutdown(fd, SHUT_WR);
	else
		shutdown(fd, SHUT_WR);
}

/* A real TCP connection is reset by closing it without lingering. */
static void
reset(evutil_socket_t fd)
{
	struct linger at_once = {.l_onoff = 1};

	if (is_simulated(fd))
		levin_sim_reset(fd);
	else
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void
stop(struct relay_way *way)
{
	way->left = 0;
	event_del(way->readable);
	event_del(way->writable);
}

static void
end(struct relay_way *way)
{
	struct relay *relay = way->relay;

	stop(way);
	way->is_over = true;
	if (relay->ways[0].is_over && relay->ways[1].is_over)
		relay_close(relay);
}

static void
pass_end(struct relay_way *way)
{
	finish(way->to);
	end(way);
}

static void
fail(struct relay_way *way)
{
	struct relay *relay = way->relay;

	switch (way->fault) {
	case RELAY_END:
		pass_end(way);
		break;
	case RELAY_RESET:
		reset(way->to);
		reset(way->from);
		relay_close(relay);
		break;
	case RELAY_STALL:
		stop(way);
		break;
	case RELAY_NO_FAULT:
		break;
	}
}

static bool
is_at_fault(const struct relay_way *way)
{
	return way->fault != RELAY_NO_FAULT && way->carried == way->fault_at;
}

static void
pass_on(struct relay_way *way)
{
	while (way->left > 0) {
		ssize_t done = put(way->to, way->bytes + way->at, way->left);

		if (done < 0 && (errno == EAGAIN || errno == EINTR)) {
			event_add(way->writable, NULL);
			return;
		}
		/* The receiver has gone; what it sent before comes first, then the end. */
		if (done < 0) {
			end(way);
			return;
		}
		way->at += (size_t)done;
		way->left -= (size_t)done;
		way->carried += (size_t)done;
	}
	if (is_at_fault(way))
		fail(way);
	else
		event_add(way->readable, NULL);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	short_memory_pause();
	pass_on(arg);
	short_memory_resume();
}

static void
carry(struct relay_way *way, evutil_socket_t fd)
{
	size_t most = way->step;
	ssize_t size;

	if (way->fault != RELAY_NO_FAULT && most > way->fault_at - way->carried)
		most = way->fault_at - way->carried;
	size = take(fd, way->bytes, most);
	if (size > 0) {
		way->at = 0;
		way->left = (size_t)size;
		pass_on(way);
	} else if (size == 0) {
		pass_end(way);
	} else if (errno == EAGAIN || errno == EINTR) {
		event_add(way->readable, NULL);
	} else {
		reset(way->to);
		relay_close(way->relay);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	short_memory_pause();
	carry(arg, fd);
	short_memory_resume();
}

static void
init_way(struct relay *relay, int i, evutil_socket_t from, evutil_socket_t to)
{
	relay->ways[i] = (struct relay_way){.from = from, .to = to, .step = RELAY_STEP_MAX};
	relay->ways[i].relay = relay;
}

void
relay_init(struct relay *relay, evutil_socket_t first, evutil_socket_t second)
{
	relay->is_open = true;
	init_way(relay, 0, first, second);
	init_way(relay, 1, second, first);
}

void
relay_start(struct relay *relay, struct event_base *base)
{
	for (int i = 0; i < 2; i++) {
		struct relay_way *way = &relay->ways[i];

		way->readable = event_new(base, way->from, EV_READ, on_readable, way);
		way->writable = event_new(base, way->to, EV_WRITE, on_writable, way);
		if (!way->readable || !way->writable)
			abort();
	}
	for (int i = 0; i < 2 && relay->is_open; i++) {
		if (is_at_fault(&relay->ways[i]))
			fail(&relay->ways[i]);
		else
			event_add(relay->ways[i].readable, NULL);
	}
}

void
relay_close(struct relay *relay)
{
	if (!relay->is_open)
		return;
	relay->is_open = false;
	for (int i = 0; i < 2; i++) {
		stop(&relay->ways[i]);
		event_free(relay->ways[i].readable);
		event_free(relay->ways[i].writable);
	}
	for (int i = 0; i < 2; i++)
		evutil_closesocket(relay->ways[i].from);
}
