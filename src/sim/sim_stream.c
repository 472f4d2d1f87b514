/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_stream.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "sim/sim_network.h"
#include "sim/sim_watch.h"

#define EVERYTHING ((short)(EV_READ | EV_WRITE | EV_CLOSED))

static const struct sim_file_ops stream_ops;

/* ---- In flight ---------------------------------------------------------------------- */

/* What a lost segment costs until it is sent again. */
#define RETRANSMISSION_NS (200 * LVN_NS_PER_MS)

struct sim_delivery {
	struct sim_list link; /* in end->deliveries */
	sim_deliver_fn *deliver;
	uint64_t value;
};

static struct levin_sim_link
link_to(const struct sim_end *end)
{
	const struct sim_end *ends = end->connection->ends;
	const struct sim_end *sender = end == &ends[0] ? &ends[1] : &ends[0];

	return lvn_sim_network_between(
	    end->connection->sim, &sender->name.address, &end->name.address);
}

static bool
is_stalled(const struct sim_end *end)
{
	return end->is_stalled || link_to(end).is_down;
}

static void
deliver_first(struct sim_end *end)
{
	struct sim_delivery *delivery =
	    container_of(end->deliveries.next, struct sim_delivery, link);
	sim_deliver_fn *deliver = delivery->deliver;
	uint64_t value = delivery->value;

	lvn_sim_list_remove(&delivery->link);
	lvn_free(delivery);
	deliver(end, value);
	lvn_sim_stream_release(end->connection);
}

static void
deliver_due(struct sim_end *end)
{
	struct sim_connection *connection = end->connection;

	connection->references++;
	while (end->due > 0 && !lvn_sim_list_is_alone(&end->deliveries) && !is_stalled(end)) {
		end->due--;
		deliver_first(end);
	}
	lvn_sim_stream_release(connection);
}

static void
on_arrival(struct levin_sim *sim, void *target, uint64_t value)
{
	struct sim_end *end = target;

	(void)sim;
	(void)value;
	end->due++;
	deliver_due(end);
	lvn_sim_stream_release(end->connection);
}

static int64_t
arrival_of(struct sim_end *end)
{
	struct levin_sim *sim = end->connection->sim;
	int64_t at_ns = sim->now_ns;

	if (end->connection->kind != SIM_STREAM_PIPE) {
		struct levin_sim_link link = link_to(end);

		at_ns += lvn_sim_network_latency(sim, &link);
		if (lvn_sim_network_chance(sim, link.loss_permille))
			at_ns += RETRANSMISSION_NS;
	}
	return at_ns > end->last_arrival_ns ? at_ns : end->last_arrival_ns;
}

static int
put_in_flight(struct sim_end *end, int64_t at_ns, sim_deliver_fn *deliver, uint64_t value)
{
	struct levin_sim *sim = end->connection->sim;
	struct sim_delivery *delivery = lvn_sim_kernel_alloc(sim, sizeof(*delivery));
	int rc = delivery ? lvn_sim_kernel_schedule(sim, at_ns, on_arrival, end, 0) : -ENOMEM;

	if (rc < 0) {
		lvn_free(delivery);
		return rc;
	}
	delivery->deliver = deliver;
	delivery->value = value;
	lvn_sim_list_init(&delivery->link);
	lvn_sim_list_append(&end->deliveries, &delivery->link);
	/* One for the delivery, one for its event. */
	end->connection->references += 2;
	end->last_arrival_ns = at_ns;
	return 0;
}

static void
deliver_now(struct sim_end *end, sim_deliver_fn *deliver, uint64_t value)
{
	struct sim_connection *connection = end->connection;

	connection->references++;
	deliver(end, value);
	lvn_sim_stream_release(connection);
}

int
lvn_sim_stream_send(struct sim_end *end, sim_deliver_fn *deliver, uint64_t value)
{
	int64_t at_ns = arrival_of(end);

	if (at_ns > end->connection->sim->now_ns || !lvn_sim_list_is_alone(&end->deliveries) ||
	    is_stalled(end))
		return put_in_flight(end, at_ns, deliver, value);
	end->last_arrival_ns = at_ns;
	deliver_now(end, deliver, value);
	return 0;
}

void
lvn_sim_stream_send_surely(struct sim_end *end, sim_deliver_fn *deliver, uint64_t value)
{
	if (lvn_sim_stream_send(end, deliver, value) == 0)
		return;
	end->connection->references++;
	while (!lvn_sim_list_is_alone(&end->deliveries))
		deliver_first(end);
	end->due = 0;
	deliver(end, value);
	lvn_sim_stream_release(end->connection);
}

void
lvn_sim_stream_stall(struct sim_end *end, bool stalls)
{
	end->is_stalled = stalls;
	deliver_due(end);
}

void
lvn_sim_stream_deliver_all(struct levin_sim *sim)
{
	struct sim_list *at = sim->connections.next;

	while (at != &sim->connections) {
		struct sim_connection *connection = container_of(at, struct sim_connection, link);

		connection->references++;
		deliver_due(&connection->ends[0]);
		deliver_due(&connection->ends[1]);
		at = at->next;
		lvn_sim_stream_release(connection);
	}
}

static void
deliver_reset(struct sim_end *end, uint64_t error)
{
	lvn_sim_stream_fail(end, (int)error);
}

/* The connection breaks where this was written to. */
static void
deliver_break(struct sim_end *end, uint64_t error)
{
	lvn_sim_stream_fail(end, (int)error);
	lvn_sim_stream_fail(lvn_sim_stream_peer(end), (int)error);
}

static void
apply_cut(struct sim_end *end)
{
	int cut = end->cut;

	end->cut = 0;
	if (cut == LEVIN_SIM_CUT_RESET) {
		lvn_sim_stream_break(end);
		return;
	}
	end->is_cut = true;
	end->finished = true;
	lvn_sim_watch_wake(&end->file, EVERYTHING);
}

int
lvn_sim_stream_cut(struct sim_end *end, size_t bytes, int cut)
{
	if (end->state != SIM_END_OPEN || end->reset)
		return -ENOTCONN;
	end->cut = cut;
	end->cut_after = bytes;
	if (cut && bytes == 0)
		apply_cut(end);
	return 0;
}

/* Nobody reads them. */
static void
lose_bytes(struct sim_end *end, size_t count)
{
	end->in.in_flight -= count;
	if (count > 0 && end->connection->kind == SIM_STREAM_NETWORK && !end->is_cut)
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), deliver_reset, ECONNRESET);
}

static void
deliver_bytes(struct sim_end *end, uint64_t value)
{
	/* Fewer may be in flight than were sent: a reset has taken the rest. */
	size_t count = value < end->in.in_flight ? (size_t)value : end->in.in_flight;
	bool cuts = end->cut && count >= end->cut_after;
	size_t taken = cuts ? end->cut_after : count;

	lvn_sim_kernel_note(
	    end->connection->sim, SIM_TRACE_ARRIVE, end->file.number, (int64_t)taken);
	if (end->state == SIM_END_CLOSED || end->is_cut) {
		lose_bytes(end, count);
		return;
	}
	lvn_sim_channel_deliver(&end->in, taken);
	end->in.in_flight -= count - taken;
	if (taken > 0)
		lvn_sim_watch_wake(&end->file, EV_READ);
	if (cuts)
		apply_cut(end);
	else if (end->cut)
		end->cut_after -= count;
}

static void
deliver_finish(struct sim_end *end, uint64_t peer_is_gone)
{
	lvn_sim_kernel_note(
	    end->connection->sim, SIM_TRACE_FINISH, end->file.number, (int64_t)peer_is_gone);
	end->finished = true;
	if (peer_is_gone)
		end->peer_gone = true;
	lvn_sim_watch_wake(&end->file, EVERYTHING);
}

/* ---- Reading ------------------------------------------------------------------------ */

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
free_space(const struct sim_end *end)
{
	size_t used = end->in.arrived + end->in.in_flight;
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
	bool was_full = free_space(end) < low_water(end->connection->sim);
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
	if (was_full && free_space(end) >= low_water(end->connection->sim))
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

/* ---- Writing ------------------------------------------------------------------------ */

static ssize_t
send_bytes(struct sim_end *end, const struct iovec *vectors, int count, size_t size)
{
	struct sim_end *peer = lvn_sim_stream_peer(end);
	int rc = lvn_sim_channel_reserve(end->connection->sim, &peer->in, size);

	if (rc < 0)
		return -ENOBUFS;
	lvn_sim_channel_put(&peer->in, vectors, count, size);
	rc = lvn_sim_stream_send(peer, deliver_bytes, size);
	if (rc < 0) {
		peer->in.in_flight -= size;
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
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), deliver_break, ECONNRESET);
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
	space = free_space(lvn_sim_stream_peer(end));
	size = total_size(vectors, count, space);
	if (size == 0)
		return -EAGAIN;
	return write_into_room(end, vectors, count, size);
}

/* ---- The rest of what a file does --------------------------------------------------- */

static short
pipe_state(const struct sim_end *end)
{
	const struct sim_end *ends = end->connection->ends;

	if (end->finished || end->peer_gone)
		return EVERYTHING;
	if (end == &ends[0])
		return end->in.arrived > 0 ? EV_READ : 0;
	return free_space(&ends[0]) >= low_water(end->connection->sim) ? EV_WRITE : 0;
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
	if (end->write_shut ||
	    free_space(lvn_sim_stream_peer(end)) >= low_water(end->connection->sim))
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
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), deliver_finish, false);
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

/* ---- Lifetime ----------------------------------------------------------------------- */

struct sim_end *
lvn_sim_stream_end(struct sim_file *file)
{
	return file->ops == &stream_ops ? container_of(file, struct sim_end, file) : NULL;
}

static void
init_end(
    struct sim_connection *connection, struct sim_end *end, int family, enum sim_end_state state)
{
	lvn_sim_file_init(&end->file, connection->sim, &stream_ops);
	lvn_sim_name_init(&end->name, SIM_NAME_STREAM, family);
	lvn_sim_list_init(&end->deliveries);
	end->connection = connection;
	end->state = state;
	if (state != SIM_END_ABSENT)
		connection->references++;
}

struct sim_connection *
lvn_sim_stream_new(struct levin_sim *sim, enum sim_stream_kind kind, int family,
    enum sim_end_state first, enum sim_end_state second)
{
	struct sim_connection *connection = lvn_sim_kernel_alloc(sim, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->sim = sim;
	connection->kind = kind;
	lvn_sim_list_init(&connection->waiting);
	lvn_sim_list_append(&sim->connections, &connection->link);
	init_end(connection, &connection->ends[0], family, first);
	init_end(connection, &connection->ends[1], family, second);
	return connection;
}

static void
clear_end(struct sim_end *end)
{
	while (!lvn_sim_list_is_alone(&end->deliveries)) {
		struct sim_delivery *delivery =
		    container_of(end->deliveries.next, struct sim_delivery, link);

		lvn_sim_list_remove(&delivery->link);
		lvn_free(delivery);
	}
	lvn_sim_list_remove(&end->name.link);
	lvn_sim_channel_clear(&end->in);
}

static void
free_connection(struct sim_connection *connection)
{
	lvn_sim_list_remove(&connection->link);
	clear_end(&connection->ends[0]);
	clear_end(&connection->ends[1]);
	lvn_free(connection);
}

void
lvn_sim_stream_release(struct sim_connection *connection)
{
	if (--connection->references == 0)
		free_connection(connection);
}

void
lvn_sim_stream_clear(struct levin_sim *sim)
{
	while (!lvn_sim_list_is_alone(&sim->connections))
		free_connection(container_of(sim->connections.next, struct sim_connection, link));
}

void
lvn_sim_stream_fail(struct sim_end *end, int error)
{
	if (end->state == SIM_END_CLOSED || end->state == SIM_END_ABSENT || end->reset)
		return;
	lvn_sim_kernel_note(end->connection->sim, SIM_TRACE_RESET, end->file.number, error);
	end->state = SIM_END_OPEN;
	end->in.in_flight = 0;
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
	for (struct sim_list *at = sim->connections.next; at != &sim->connections; at = at->next) {
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
	/* The address stays, for what is in flight. */
	lvn_sim_list_remove(&end->name.link);
	lvn_sim_channel_drop(&end->in, end->in.arrived);
	if (has_peer && leaves_bytes)
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), deliver_reset, ECONNRESET);
	else if (has_peer)
		lvn_sim_stream_send_surely(lvn_sim_stream_peer(end), deliver_finish,
		    end->connection->kind != SIM_STREAM_NETWORK);
	lvn_sim_stream_release(end->connection);
}
