/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/sim_listener.h"

#include <errno.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/memory.h"
#include "loop/sim_watch.h"

/* An attempt that finds the queue full is repeated this often, after 1 s, 2 s, 4 s, ... */
#define RETRY_LIMIT 5

static const struct sim_file_ops listener_ops;

static short
listener_state(const struct sim_file *file)
{
	return container_of(file, struct sim_listener, file)->queued > 0 ? EV_READ : 0;
}

static ssize_t
listener_read_write(struct sim_file *file, const struct iovec *vectors, int count)
{
	(void)file;
	(void)vectors;
	(void)count;
	return -ENOTCONN;
}

static int
listener_shutdown(struct sim_file *file, int how)
{
	(void)file;
	(void)how;
	return -ENOTCONN;
}

static int
listener_take_error(struct sim_file *file)
{
	(void)file;
	return 0;
}

static struct sim_end *
take_from_queue(struct sim_listener *listener)
{
	struct sim_connection *connection =
	    container_of(listener->queue.next, struct sim_connection, waiting);

	lvn_sim_link_remove(&connection->waiting);
	listener->queued--;
	return &connection->ends[1];
}

static void
listener_release(struct sim_file *file)
{
	struct sim_listener *listener = lvn_sim_listener_of(file);

	while (listener->queued > 0) {
		struct sim_end *end = take_from_queue(listener);

		lvn_sim_stream_break(end);
		lvn_sim_stream_close(end);
	}
	lvn_sim_link_remove(&listener->link);
	lvn_free(listener);
}

static const struct sim_file_ops listener_ops = {
    .state = listener_state,
    .read = listener_read_write,
    .write = listener_read_write,
    .shutdown = listener_shutdown,
    .take_error = listener_take_error,
    .release = listener_release,
};

static struct sim_listener *
find(const struct levin_sim *sim, int port)
{
	for (struct sim_link *at = sim->listeners.next; at != &sim->listeners; at = at->next) {
		struct sim_listener *listener = container_of(at, struct sim_listener, link);

		if (listener->port == port)
			return listener;
	}
	return NULL;
}

int
lvn_sim_listener_new(
    struct levin_sim *sim, int port, unsigned backlog, struct sim_listener **listener_out)
{
	struct sim_listener *listener;

	if (find(sim, port))
		return -EADDRINUSE;
	listener = lvn_sim_kernel_alloc(sim, sizeof(*listener));
	if (!listener)
		return -ENOMEM;
	lvn_sim_file_init(&listener->file, sim, &listener_ops);
	lvn_sim_link_init(&listener->queue);
	lvn_sim_link_append(&sim->listeners, &listener->link);
	listener->backlog = backlog;
	listener->port = port;
	*listener_out = listener;
	return 0;
}

struct sim_listener *
lvn_sim_listener_of(struct sim_file *file)
{
	return file->ops == &listener_ops ? container_of(file, struct sim_listener, file) : NULL;
}

static void
land_established(struct levin_sim *sim, void *target, uint64_t value)
{
	struct sim_end *end = target;

	(void)value;
	if (end->state == SIM_END_CONNECTING) {
		lvn_sim_kernel_note(sim, SIM_TRACE_ESTABLISH, end->file.number, 0);
		end->state = SIM_END_OPEN;
		lvn_sim_watch_wake(&end->file, EV_WRITE);
	}
	lvn_sim_stream_landed(end);
}

static void
land_refused(struct levin_sim *sim, void *target, uint64_t error)
{
	struct sim_end *end = target;

	lvn_sim_kernel_note(sim, SIM_TRACE_REFUSE, end->file.number, (int64_t)error);
	lvn_sim_stream_fail(end, (int)error);
	lvn_sim_stream_landed(end);
}

static void
enter_queue(struct sim_listener *listener, struct sim_connection *connection)
{
	connection->ends[1].state = SIM_END_OPEN;
	connection->holds++;
	lvn_sim_link_append(&listener->queue, &connection->waiting);
	listener->queued++;
	lvn_sim_watch_wake(&listener->file, EV_READ);
}

/* The attempt reaches the place where the listener should be, once more after `retries`. */
static void
land_attempt(struct levin_sim *sim, void *target, uint64_t retries)
{
	struct sim_end *server = target;
	struct sim_end *client = lvn_sim_stream_peer(server);
	struct sim_listener *listener = find(sim, server->connection->port);
	bool refuses =
	    !listener || lvn_sim_random_chance(&sim->network_random, sim->options.refuse_permille);

	if (client->state != SIM_END_CONNECTING) {
		lvn_sim_stream_landed(server);
	} else if (refuses) {
		lvn_sim_stream_send_surely(client, land_refused, ECONNREFUSED);
		lvn_sim_stream_landed(server);
	} else if (listener->queued < listener->backlog) {
		enter_queue(listener, server->connection);
		lvn_sim_stream_send_surely(client, land_established, 0);
		lvn_sim_stream_landed(server);
	} else if (retries == RETRY_LIMIT ||
		   lvn_sim_kernel_arrange(sim, sim->now_ns + (LVN_NS_PER_S << retries),
		       land_attempt, server, retries + 1) < 0) {
		lvn_sim_stream_send_surely(client, land_refused, ETIMEDOUT);
		lvn_sim_stream_landed(server);
	}
}

int
lvn_sim_listener_connect(struct sim_end *end, int port)
{
	struct sim_connection *connection = end->connection;
	int rc;

	if (end->state == SIM_END_CONNECTING)
		return -EALREADY;
	if (end->state != SIM_END_IDLE)
		return -EISCONN;
	connection->port = port;
	end->state = SIM_END_CONNECTING;
	lvn_sim_kernel_note(connection->sim, SIM_TRACE_CONNECT, end->file.number, port);
	rc = lvn_sim_stream_send(&connection->ends[1], land_attempt, 0);
	if (rc < 0) {
		end->state = SIM_END_IDLE;
		return rc;
	}
	return -EINPROGRESS;
}

int
lvn_sim_listener_accept(struct sim_listener *listener, struct sim_end **end_out)
{
	struct levin_sim *sim = listener->file.sim;

	if (listener->queued == 0)
		return -EAGAIN;
	if (lvn_sim_random_chance(&sim->network_random, sim->options.spurious_eagain_permille)) {
		lvn_sim_watch_wake(&listener->file, EV_READ);
		return -EAGAIN;
	}
	*end_out = take_from_queue(listener);
	return 0;
}
