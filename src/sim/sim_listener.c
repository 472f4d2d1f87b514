/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_listener.h"

#include <errno.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/memory.h"
#include "sim/sim_network.h"
#include "sim/sim_watch.h"

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

	lvn_sim_list_remove(&connection->waiting);
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
	lvn_sim_listener_free(listener);
}

static const struct sim_file_ops listener_ops = {
    .state = listener_state,
    .read = listener_read_write,
    .write = listener_read_write,
    .shutdown = listener_shutdown,
    .take_error = listener_take_error,
    .release = listener_release,
};

struct sim_listener *
lvn_sim_listener_new(struct levin_sim *sim, int family, unsigned backlog)
{
	struct sim_listener *listener = lvn_sim_kernel_alloc(sim, sizeof(*listener));

	if (!listener)
		return NULL;
	lvn_sim_file_init(&listener->file, sim, &listener_ops);
	lvn_sim_name_init(&listener->name, SIM_NAME_LISTENER, family);
	lvn_sim_list_init(&listener->queue);
	listener->backlog = backlog;
	return listener;
}

void
lvn_sim_listener_free(struct sim_listener *listener)
{
	lvn_sim_name_release(&listener->name);
	lvn_free(listener);
}

struct sim_listener *
lvn_sim_listener_of(struct sim_file *file)
{
	return file->ops == &listener_ops ? container_of(file, struct sim_listener, file) : NULL;
}

static void
establish(struct sim_end *end, uint64_t value)
{
	(void)value;
	if (end->state != SIM_END_CONNECTING)
		return;
	lvn_sim_kernel_note(end->connection->sim, SIM_TRACE_ESTABLISH, end->file.number, 0);
	end->state = SIM_END_OPEN;
	lvn_sim_watch_wake(&end->file, EV_WRITE);
}

static void
deliver_refusal(struct sim_end *end, uint64_t error)
{
	lvn_sim_kernel_note(
	    end->connection->sim, SIM_TRACE_REFUSE, end->file.number, (int64_t)error);
	lvn_sim_stream_fail(end, (int)error);
}

static struct sim_listener *
find(struct levin_sim *sim, const struct sim_address *destination)
{
	struct sim_name *name = lvn_sim_name_find(sim, SIM_NAME_LISTENER, destination);

	return name ? container_of(name, struct sim_listener, name) : NULL;
}

static void
enter_queue(struct sim_listener *listener, struct sim_connection *connection)
{
	struct sim_end *client = &connection->ends[0];
	struct sim_end *server = &connection->ends[1];

	server->state = SIM_END_OPEN;
	server->name.family = listener->name.family;
	server->name.address = client->peer;
	server->peer = client->name.address;
	connection->references++;
	lvn_sim_list_append(&listener->queue, &connection->waiting);
	listener->queued++;
	lvn_sim_watch_wake(&listener->file, EV_READ);
}

/* Lost in flight, or dropped by a queue that was full. */
static void attempt_again(struct sim_connection *connection, uint64_t retries);

/* The attempt reaches the place where the listener should be, once more after `retries`. */
static void
attempt(struct sim_connection *connection, uint64_t retries)
{
	struct levin_sim *sim = connection->sim;
	struct sim_end *client = &connection->ends[0];
	struct levin_sim_link link =
	    lvn_sim_network_between(sim, &client->name.address, &client->peer);
	struct sim_listener *listener = find(sim, &client->peer);

	if (client->state != SIM_END_CONNECTING)
		return;
	if (link.is_down || lvn_sim_network_chance(sim, link.loss_permille)) {
		attempt_again(connection, retries);
	} else if (!listener || lvn_sim_network_chance(sim, link.refuse_permille)) {
		lvn_sim_stream_send_surely(client, deliver_refusal, ECONNREFUSED);
	} else if (listener->queued < listener->backlog) {
		enter_queue(listener, connection);
		lvn_sim_stream_send_surely(client, establish, 0);
	} else {
		attempt_again(connection, retries);
	}
}

static void
on_attempt(struct levin_sim *sim, void *target, uint64_t retries)
{
	(void)sim;
	attempt(target, retries);
	lvn_sim_stream_release(target);
}

static int
schedule_attempt(struct sim_connection *connection, int64_t delay_ns, uint64_t retries)
{
	int rc = lvn_sim_kernel_schedule(
	    connection->sim, connection->sim->now_ns + delay_ns, on_attempt, connection, retries);

	if (rc == 0)
		connection->references++;
	return rc;
}

static void
attempt_again(struct sim_connection *connection, uint64_t retries)
{
	if (retries == RETRY_LIMIT ||
	    schedule_attempt(connection, LVN_NS_PER_S << retries, retries + 1) < 0)
		deliver_refusal(&connection->ends[0], ETIMEDOUT);
}

static int
connect_locally(struct sim_end *end)
{
	struct sim_listener *listener = find(end->connection->sim, &end->peer);

	if (!listener)
		return -ECONNREFUSED;
	if (listener->queued >= listener->backlog)
		return -EAGAIN;
	enter_queue(listener, end->connection);
	end->state = SIM_END_OPEN;
	lvn_sim_watch_wake(&end->file, EV_WRITE);
	return 0;
}

static int
begin(struct sim_end *end)
{
	struct sim_connection *connection = end->connection;
	struct levin_sim_link link =
	    lvn_sim_network_between(connection->sim, &end->name.address, &end->peer);
	int64_t delay_ns = lvn_sim_network_latency(connection->sim, &link);
	int rc = 0;

	end->state = SIM_END_CONNECTING;
	if (delay_ns == 0)
		attempt(connection, 0);
	else
		rc = schedule_attempt(connection, delay_ns, 0);
	if (rc == 0)
		return -EINPROGRESS;
	end->state = SIM_END_IDLE;
	return rc;
}

int
lvn_sim_listener_connect(struct sim_end *end, const struct sim_address *destination)
{
	struct levin_sim *sim = end->connection->sim;
	bool is_local = destination->any.sa_family == AF_UNIX;
	int rc;

	if (end->state == SIM_END_CONNECTING)
		return -EALREADY;
	if (end->state != SIM_END_IDLE)
		return -EISCONN;
	if (is_local != (end->name.family == AF_UNIX))
		return -EINVAL;
	lvn_sim_name_bind_for(sim, &end->name, destination);
	end->peer = *destination;
	lvn_sim_kernel_note(
	    sim, SIM_TRACE_CONNECT, end->file.number, lvn_sim_address_port(destination));
	rc = is_local ? connect_locally(end) : begin(end);
	if (rc < 0 && rc != -EINPROGRESS)
		end->peer = (struct sim_address){.size = 0};
	return rc;
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
