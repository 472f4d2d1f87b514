/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/sim_stream.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/memory.h"
#include "loop/sim_watch.h"

#define EVERYTHING ((short)(EV_READ | EV_WRITE | EV_CLOSED))

static const struct sim_file_ops stream_ops;

/* What flies. */

int
lvn_sim_stream_send(struct sim_end *end, sim_happen_fn *land, uint64_t value)
{
	struct levin_sim *sim = end->connection->sim;
	int64_t at_ns = sim->now_ns;
	int rc = 0;

	if (end->connection->kind != SIM_STREAM_PIPE)
		at_ns += lvn_sim_kernel_draw_latency(sim);
	if (at_ns < end->last_arrival_ns)
		at_ns = end->last_arrival_ns;
	if (at_ns > sim->now_ns || end->flights > 0)
		rc = lvn_sim_kernel_arrange(sim, at_ns, land, end, value);
	if (rc < 0)
		return rc;
	end->connection->holds++;
	end->last_arrival_ns = at_ns;
	if (end->flights++ == 0 && at_ns <= sim->now_ns)
		land(sim, end, value);
	return 0;
}

void
lvn_sim_stream_send_surely(struct sim_end *end, sim_happen_fn *land, uint64_t value)
{
	if (lvn_sim_stream_send(end, land, value) == 0)
		return;
	lvn_sim_channel_land(&end->in, end->in.flying);
	end->connection->holds++;
	end->flights++;
	land(end->connection->sim, end, value);
}

void
lvn_sim_stream_landed(struct sim_end *end)
{
	end->flights--;
	lvn_sim_stream_release(end->connection);
}

static void
land_reset(struct levin_sim *sim, void *target, uint64_t error)
{
	(void)sim;
	lvn_sim_stream_fail(target, (int)error);
	lvn_sim_stream_landed(target);
}

/* The connection breaks where this was written to. */
static void
land_break(struct levin_sim *sim, void *target, uint64_t error)
{
	struct sim_end *end = target;

	(void)sim;
	lvn_sim_stream_fail(end, (int)error);
	lvn_sim_stream_fail(lvn_sim_stream_peer(end), (int)error);
	lvn_sim_stream_landed(end);
}

static void
land_bytes(struct levin_sim *sim, void *target, uint64_t value)
{
	struct sim_end *end = target;
	/* Fewer may be flying than were sent: a reset has taken the rest. */
	size_t count = value < end->in.flying ? (size_t)value : end->in.flying;

	lvn_sim_kernel_note(sim, SIM_TRACE_ARRIVE, end->file.number, (int64_t)count);
	lvn_sim_channel_land(&end->in, count);
	if (end->state != SIM_END_CLOSED) {
		lvn_sim_watch_wake(&end->file, EV_READ);
	} else {
		lvn_sim_channel_drop(&end->in, end->in.arrived);
		if (count > 0 && end->connection->kind == SIM_STREAM_NETWORK)
			lvn_sim_stream_send_surely(
			    lvn_sim_stream_peer(end), land_reset, ECONNRESET);
	}
	lvn_sim_stream_landed(end);
}

static void
land_finish(struct levin_sim *sim, void *target, uint64_t peer_is_gone)
{
	struct sim_end *end = target;

	lvn_sim_kernel_note(sim, SIM_TRACE_FINISH, end->file.number, (int64_t)peer_is_gone);
	end->finished = true;
	if (peer_is_gone)
		end->peer_gone = true;
	lvn_sim_watch_wake(&end->file, EVERYTHING);
	lvn_sim_stream_landed(end);
}

/* Reading. */

static size_t
total_size(const struct iovec *vectors, int count, size_t limit)
{
	size_t total = 0;

	for (int i = 0; i < count && total < limit; i++)
		total += vectors[i].iov_len < limit - total ? vectors[i].iov_len : limit - total;
	return total;
}

static size_t
low_water(const struct levin_sim *sim)
{
	return sim->options.capacity >= 3 ? sim->options.capacity / 3 : 1;
}

/* How many bytes may be sent to this end now. */
static size_t
room(const struct sim_end *end)
{
	size_t used = end->in.arrived + end->in.flying;
	size_t capacity = end->connection->sim->options.capacity;

	return used < capacity ? capacity - used : 0;
}

static bool
chance(const struct sim_end *end, unsigned permille)
{
	return lvn_sim_random_chance(&end->connection->sim->network_random, permille);
}

/* How much of `size`, at least 1, when only a part is to be moved. */
static size_t
part_of(const struct sim_end *end, size_t size)
{
	return 1 + (size_t)lvn_sim_random_below(&end->connection->sim->network_random, size);
}

/*
 * A read that leaves bytes behind, with a short count or EAGAIN, looks to the program as
 * if there had been no more.  So they have to look as if they came right afterwards.
 */
static ssize_t
read_arrived(struct sim_end *end, const struct iovec *vectors, int count, size_t size)
{
	const struct levin_sim_options *options = &end->connection->sim->options;
	bool was_full = room(end) < low_water(end->connection->sim);
	size_t part = size;

	if (chance(end, options->spurious_eagain_permille)) {
		lvn_sim_watch_wake(&end->file, EV_READ);
		return -EAGAIN;
	}
	if (size > 1 && chance(end, options->short_read_permille))
		part = part_of(end, size);
	if (part < size)
		lvn_sim_watch_wake(&end->file, EV_READ);
	lvn_sim_channel_take(&end->in, vectors, count, part);
	if (was_full && room(end) >= low_water(end->connection->sim))
		lvn_sim_watch_wake(&lvn_sim_stream_peer(end)->file, EV_WRITE);
	return (ssize_t)part;
}

static int
take_error(struct sim_file *file)
{
	struct sim_end *end = lvn_sim_stream_end(file);
	int error = end->error;

	end->error = 0;
	return error;
}

static ssize_t
stream_read(struct sim_file *file, const struct iovec *vectors, int count)
{
	struct sim_end *end = lvn_sim_stream_end(file);
	size_t size = total_size(vectors, count, end->in.arrived);

	if (end->connection->kind == SIM_STREAM_PIPE && end != &end->connection->ends[0])
		return -EBADF;
	if (end->state == SIM_END_IDLE)
		return -ENOTCONN;
	if (size > 0)
		return read_arrived(end, vectors, count, size);
	if (total_size(vectors, count, 1) == 0)
		return 0;
	if (end->error)
		return -take_error(file);
	return end->finished || end->read_shut ? 0 : -EAGAIN;
}

/* Writing. */

static ssize_t
send_bytes(struct sim_end *end, const struct iovec *vectors, int count, size_t size)
{
	struct sim_end *peer = lvn_sim_stream_peer(end);
	int rc = lvn_sim_channel_reserve(end->connection->sim, &peer->in, size);

	if (rc < 0)
		return -ENOBUFS;
	lvn_sim_channel_put(&peer->in, vectors, count, size);
	rc = lvn_sim_stream_send(peer, land_bytes, size);
	if (rc < 0) {
		peer->in.flying -= size;
		return -ENOBUFS;
	}
	return (ssize_t)size;
}

static ssize_t
write_into_room(struct sim_end *end, const struct iovec *vectors, int count, size_t size)
{
	const struct levin_sim_options *options = &end->connection->sim->options;
	size_t part = size;

	if (chance(end, options->spurious_eagain_permille)) {
		lvn_sim_watch_wake(&end->file, EV_WRITE);
		return -EAGAIN;
	}
	if (size > 1 && chance(end, options->short_write_permille))
		part = part_of(end, size);
	if (part < size)
		lvn_sim_watch_wake(&end->file, EV_WRITE);
	if (end->connection->kind != SIM_STREAM_PIPE && chance(end, options->reset_permille)) {
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), land_break, ECONNRESET);
		return (ssize_t)part;
	}
	return send_bytes(end, vectors, count, part);
}

static ssize_t
stream_write(struct sim_file *file, const struct iovec *vectors, int count)
{
	struct sim_end *end = lvn_sim_stream_end(file);
	size_t space;
	size_t size;

	if (end->connection->kind == SIM_STREAM_PIPE && end == &end->connection->ends[0])
		return -EBADF;
	if (end->error)
		return -take_error(file);
	if (end->write_shut || end->peer_gone)
		return -EPIPE;
	if (end->state == SIM_END_IDLE)
		return -ENOTCONN;
	if (end->state == SIM_END_CONNECTING)
		return -EAGAIN;
	if (total_size(vectors, count, 1) == 0)
		return 0;
	space = room(lvn_sim_stream_peer(end));
	size = total_size(vectors, count, space);
	if (size == 0)
		return -EAGAIN;
	return write_into_room(end, vectors, count, size);
}

/* The rest of what a file does. */

static short
pipe_state(const struct sim_end *end)
{
	const struct sim_end *ends = end->connection->ends;

	if (end->finished || end->peer_gone)
		return EVERYTHING;
	if (end == &ends[0])
		return end->in.arrived > 0 ? EV_READ : 0;
	return room(&ends[0]) >= low_water(end->connection->sim) ? EV_WRITE : 0;
}

static short
socket_state(struct sim_end *end)
{
	bool ended = end->finished || end->read_shut;
	short state = 0;

	if (end->state == SIM_END_CONNECTING)
		return 0;
	if (end->state == SIM_END_IDLE || end->error || end->peer_gone ||
	    (ended && end->write_shut))
		return EVERYTHING;
	if (end->in.arrived > 0)
		state |= EV_READ;
	if (ended)
		state |= EV_READ | EV_CLOSED;
	if (end->write_shut || room(lvn_sim_stream_peer(end)) >= low_water(end->connection->sim))
		state |= EV_WRITE;
	return state;
}

static short
stream_state(const struct sim_file *file)
{
	struct sim_end *end = container_of(file, struct sim_end, file);

	return end->connection->kind == SIM_STREAM_PIPE ? pipe_state(end) : socket_state(end);
}

static int
stream_shutdown(struct sim_file *file, int how)
{
	struct sim_end *end = lvn_sim_stream_end(file);

	if (end->connection->kind == SIM_STREAM_PIPE)
		return -ENOTSOCK;
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (end->state != SIM_END_OPEN || end->reset)
		return -ENOTCONN;
	if (how != SHUT_WR)
		end->read_shut = true;
	if (how != SHUT_RD && !end->write_shut) {
		end->write_shut = true;
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), land_finish, false);
	}
	lvn_sim_watch_wake(&end->file, EVERYTHING);
	return 0;
}

static void
stream_release(struct sim_file *file)
{
	lvn_sim_stream_close(lvn_sim_stream_end(file));
}

static const struct sim_file_ops stream_ops = {
    .state = stream_state,
    .read = stream_read,
    .write = stream_write,
    .shutdown = stream_shutdown,
    .take_error = take_error,
    .release = stream_release,
};

/* Beginnings and ends. */

struct sim_end *
lvn_sim_stream_end(struct sim_file *file)
{
	return file->ops == &stream_ops ? container_of(file, struct sim_end, file) : NULL;
}

static void
init_end(struct sim_connection *connection, struct sim_end *end, enum sim_end_state state)
{
	lvn_sim_file_init(&end->file, connection->sim, &stream_ops);
	end->connection = connection;
	end->state = state;
	if (state != SIM_END_ABSENT)
		connection->holds++;
}

struct sim_connection *
lvn_sim_stream_new(struct levin_sim *sim, enum sim_stream_kind kind, enum sim_end_state first,
    enum sim_end_state second)
{
	struct sim_connection *connection = lvn_sim_kernel_alloc(sim, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->sim = sim;
	connection->kind = kind;
	connection->client_port = 32768 + (int)(sim->connections_made++ % 28000);
	lvn_sim_link_init(&connection->waiting);
	lvn_sim_link_append(&sim->connections, &connection->link);
	init_end(connection, &connection->ends[0], first);
	init_end(connection, &connection->ends[1], second);
	return connection;
}

static void
free_connection(struct sim_connection *connection)
{
	lvn_sim_link_remove(&connection->link);
	lvn_sim_channel_clear(&connection->ends[0].in);
	lvn_sim_channel_clear(&connection->ends[1].in);
	lvn_free(connection);
}

void
lvn_sim_stream_release(struct sim_connection *connection)
{
	if (--connection->holds == 0)
		free_connection(connection);
}

void
lvn_sim_stream_clear(struct levin_sim *sim)
{
	while (!lvn_sim_link_is_alone(&sim->connections))
		free_connection(container_of(sim->connections.next, struct sim_connection, link));
}

void
lvn_sim_stream_fail(struct sim_end *end, int error)
{
	if (end->state == SIM_END_CLOSED || end->state == SIM_END_ABSENT || end->reset)
		return;
	lvn_sim_kernel_note(end->connection->sim, SIM_TRACE_RESET, end->file.number, error);
	end->state = SIM_END_OPEN;
	end->in.flying = 0;
	end->error = error;
	end->finished = true;
	end->write_shut = true;
	end->reset = true;
	lvn_sim_watch_wake(&end->file, EVERYTHING);
}

int
lvn_sim_stream_break(struct sim_end *end)
{
	if (end->connection->kind == SIM_STREAM_PIPE || end->state != SIM_END_OPEN || end->reset)
		return -ENOTCONN;
	lvn_sim_stream_fail(end, ECONNRESET);
	lvn_sim_stream_fail(lvn_sim_stream_peer(end), ECONNRESET);
	return 0;
}

void
lvn_sim_stream_wake_writers(struct levin_sim *sim)
{
	for (struct sim_link *at = sim->connections.next; at != &sim->connections; at = at->next) {
		struct sim_connection *connection = container_of(at, struct sim_connection, link);

		lvn_sim_watch_wake(&connection->ends[0].file, EV_WRITE);
		lvn_sim_watch_wake(&connection->ends[1].file, EV_WRITE);
	}
}

void
lvn_sim_stream_close(struct sim_end *end)
{
	bool leaves_bytes = end->in.arrived > 0 && end->connection->kind != SIM_STREAM_PIPE;
	bool has_peer = end->state == SIM_END_OPEN && !end->reset;

	/* The peer of an attempt that goes on learns of the end after it was accepted. */
	if (end->state == SIM_END_CONNECTING)
		has_peer = true;
	end->state = SIM_END_CLOSED;
	lvn_sim_channel_drop(&end->in, end->in.arrived);
	if (has_peer && leaves_bytes)
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), land_reset, ECONNRESET);
	else if (has_peer)
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), land_finish,
		    end->connection->kind != SIM_STREAM_NETWORK);
	lvn_sim_stream_release(end->connection);
}
