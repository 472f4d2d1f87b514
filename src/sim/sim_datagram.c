/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_datagram.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "sim/sim_network.h"
#include "sim/sim_watch.h"

/* The largest payload of UDP over IPv4. */
#define LARGEST 65507

/* What a socket keeps until it is read: Linux's default. */
#define QUEUE_BYTES 212992

/* How much later one is that others overtake, if all are equally fast. */
#define REORDER_NS (10 * LVN_NS_PER_MS)

#define EVERYTHING ((short)(EV_READ | EV_WRITE | EV_CLOSED))

/* In flight, and then in the queue of its receiver. */
struct sim_datagram {
	struct sim_list link; /* in sim->datagrams, or in a socket's queue */
	struct sim_address from;
	struct sim_address to;
	size_t size;
	unsigned char bytes[];
};

static const struct sim_file_ops datagram_ops;

struct sim_datagram_socket *
lvn_sim_datagram_of(struct sim_file *file)
{
	return file->ops == &datagram_ops ? container_of(file, struct sim_datagram_socket, file)
					  : NULL;
}

static void
free_datagram(struct sim_datagram *datagram)
{
	lvn_sim_list_remove(&datagram->link);
	lvn_free(datagram);
}

/* ---- Sending ------------------------------------------------------------------------ */

static size_t
total_size(const struct iovec *vectors, int count)
{
	size_t total = 0;

	for (int i = 0; i < count && total <= LARGEST; i++)
		total += vectors[i].iov_len <= LARGEST ? vectors[i].iov_len : LARGEST + 1;
	return total;
}

static struct sim_datagram *
new_datagram(struct sim_datagram_socket *socket, const struct iovec *vectors, int count,
    const struct sim_address *to)
{
	struct levin_sim *sim = socket->file.sim;
	size_t size = total_size(vectors, count);
	struct sim_datagram *datagram = lvn_sim_kernel_alloc(sim, sizeof(*datagram) + size);

	if (!datagram)
		return NULL;
	datagram->from = socket->name.address;
	datagram->to = *to;
	for (int i = 0; i < count; i++) {
		if (vectors[i].iov_len == 0)
			continue;
		memcpy(datagram->bytes + datagram->size, vectors[i].iov_base, vectors[i].iov_len);
		datagram->size += vectors[i].iov_len;
	}
	lvn_sim_list_init(&datagram->link);
	lvn_sim_list_append(&sim->datagrams, &datagram->link);
	return datagram;
}

/* The socket that takes a datagram, or NULL. */
static struct sim_datagram_socket *
receiver_of(struct levin_sim *sim, const struct sim_datagram *datagram)
{
	struct sim_name *name = lvn_sim_name_find(sim, SIM_NAME_DATAGRAM, &datagram->to);

	return name ? container_of(name, struct sim_datagram_socket, name) : NULL;
}

static void
enter_queue(struct sim_datagram_socket *socket, struct sim_datagram *datagram)
{
	bool is_for_others =
	    socket->peer.size > 0 && !lvn_sim_address_equals(&socket->peer, &datagram->from);

	if (is_for_others || socket->read_shut ||
	    socket->queued_bytes + datagram->size > QUEUE_BYTES) {
		free_datagram(datagram);
		return;
	}
	lvn_sim_list_remove(&datagram->link);
	lvn_sim_list_append(&socket->queue, &datagram->link);
	socket->queued_bytes += datagram->size;
	lvn_sim_watch_wake(&socket->file, EV_READ);
}

/* The refusal comes back to a sender that is connected to where no socket is. */
static void
deliver_refusal(struct levin_sim *sim, void *target, uint64_t value)
{
	struct sim_datagram *datagram = target;
	struct sim_name *name = lvn_sim_name_find(sim, SIM_NAME_DATAGRAM, &datagram->from);
	struct sim_datagram_socket *sender =
	    name ? container_of(name, struct sim_datagram_socket, name) : NULL;

	(void)value;
	if (sender && lvn_sim_address_equals(&sender->peer, &datagram->to)) {
		lvn_sim_kernel_note(sim, SIM_TRACE_REFUSE, sender->file.number, ECONNREFUSED);
		sender->error = ECONNREFUSED;
		lvn_sim_watch_wake(&sender->file, EVERYTHING);
	}
	free_datagram(datagram);
}

/* At once, or by an event. */
static void
schedule(struct levin_sim *sim, int64_t delay_ns, sim_event_fn *run, struct sim_datagram *datagram,
    bool is_refused)
{
	if (delay_ns == 0)
		run(sim, datagram, is_refused);
	else if (lvn_sim_kernel_schedule(sim, sim->now_ns + delay_ns, run, datagram, is_refused) <
		 0)
		free_datagram(datagram);
}

static void
refuse(struct levin_sim *sim, struct sim_datagram *datagram)
{
	struct levin_sim_link link = lvn_sim_network_between(sim, &datagram->to, &datagram->from);

	if (link.is_down || lvn_sim_network_chance(sim, link.loss_permille))
		free_datagram(datagram);
	else
		schedule(
		    sim, lvn_sim_network_latency(sim, &link), deliver_refusal, datagram, false);
}

static void
deliver(struct levin_sim *sim, void *target, uint64_t is_refused)
{
	struct sim_datagram *datagram = target;
	struct sim_datagram_socket *receiver = is_refused ? NULL : receiver_of(sim, datagram);

	lvn_sim_kernel_note(
	    sim, SIM_TRACE_ARRIVE, receiver ? receiver->file.number : -1, (int64_t)datagram->size);
	if (receiver)
		enter_queue(receiver, datagram);
	else
		refuse(sim, datagram);
}

/* The datagram is the event's from now on. */
static void
send_one(struct levin_sim *sim, const struct levin_sim_link *link, struct sim_datagram *datagram)
{
	int64_t delay_ns = lvn_sim_network_latency(sim, link);
	bool is_refused = lvn_sim_network_chance(sim, link->refuse_permille);

	if (lvn_sim_network_chance(sim, link->reorder_permille))
		delay_ns += link->latency_max_ns + REORDER_NS;
	if (datagram->size > 0 && lvn_sim_network_chance(sim, link->truncate_permille))
		datagram->size = (size_t)lvn_sim_random_below(&sim->network_random, datagram->size);
	schedule(sim, delay_ns, deliver, datagram, is_refused);
}

static ssize_t
send_by_network(struct sim_datagram_socket *socket, const struct iovec *vectors, int count,
    const struct sim_address *to)
{
	struct levin_sim *sim = socket->file.sim;
	struct levin_sim_link link = lvn_sim_network_between(sim, &socket->name.address, to);
	int copies = 1 + lvn_sim_network_chance(sim, link.duplicate_permille);

	for (int i = 0; i < copies; i++) {
		struct sim_datagram *datagram;

		if (link.is_down || lvn_sim_network_chance(sim, link.loss_permille)) {
			lvn_sim_kernel_note(sim, SIM_TRACE_LOSE, socket->file.number, i);
			continue;
		}
		datagram = new_datagram(socket, vectors, count, to);
		if (datagram)
			send_one(sim, &link, datagram);
		else if (i == 0)
			return -ENOBUFS;
	}
	return (ssize_t)total_size(vectors, count);
}

static ssize_t
send_locally(struct sim_datagram_socket *socket, const struct iovec *vectors, int count,
    const struct sim_address *to)
{
	struct sim_datagram *datagram = new_datagram(socket, vectors, count, to);
	struct sim_datagram_socket *receiver;
	ssize_t size;

	if (!datagram)
		return -ENOBUFS;
	size = (ssize_t)datagram->size;
	receiver = receiver_of(socket->file.sim, datagram);
	if (!receiver || receiver->queued_bytes + datagram->size > QUEUE_BYTES) {
		free_datagram(datagram);
		return receiver ? -EAGAIN : -ECONNREFUSED;
	}
	enter_queue(receiver, datagram);
	return size;
}

static int
take_error(struct sim_file *file)
{
	struct sim_datagram_socket *socket = lvn_sim_datagram_of(file);
	int error = socket->error;

	socket->error = 0;
	return error;
}

ssize_t
lvn_sim_datagram_send(struct sim_datagram_socket *socket, const struct iovec *vectors, int count,
    const struct sim_address *to)
{
	struct levin_sim *sim = socket->file.sim;
	const struct sim_address *destination = to ? to : &socket->peer;

	if (socket->error)
		return -take_error(&socket->file);
	if (socket->write_shut)
		return -EPIPE;
	if (destination->size == 0)
		return -EDESTADDRREQ;
	if (total_size(vectors, count) > LARGEST)
		return -EMSGSIZE;
	if (lvn_sim_network_chance(sim, sim->options.spurious_eagain_permille)) {
		lvn_sim_watch_wake(&socket->file, EV_WRITE);
		return -EAGAIN;
	}
	lvn_sim_name_bind_for(sim, &socket->name, destination);
	if (destination->any.sa_family == AF_UNIX)
		return send_locally(socket, vectors, count, destination);
	return send_by_network(socket, vectors, count, destination);
}

static ssize_t
datagram_write(struct sim_file *file, const struct iovec *vectors, int count)
{
	return lvn_sim_datagram_send(lvn_sim_datagram_of(file), vectors, count, NULL);
}

/* ---- Receiving ---------------------------------------------------------------------- */

static ssize_t
copy_out(const struct sim_datagram *datagram, const struct iovec *vectors, int count)
{
	size_t at = 0;

	for (int i = 0; i < count && at < datagram->size; i++) {
		size_t left = datagram->size - at;
		size_t part = vectors[i].iov_len < left ? vectors[i].iov_len : left;

		memcpy(vectors[i].iov_base, datagram->bytes + at, part);
		at += part;
	}
	return (ssize_t)at;
}

ssize_t
lvn_sim_datagram_receive(struct sim_datagram_socket *socket, const struct iovec *vectors, int count,
    struct sim_address *from_out)
{
	struct levin_sim *sim = socket->file.sim;
	struct sim_datagram *datagram;
	ssize_t size;

	if (socket->error)
		return -take_error(&socket->file);
	if (lvn_sim_list_is_alone(&socket->queue))
		return socket->read_shut ? 0 : -EAGAIN;
	if (lvn_sim_network_chance(sim, sim->options.spurious_eagain_permille)) {
		lvn_sim_watch_wake(&socket->file, EV_READ);
		return -EAGAIN;
	}
	datagram = container_of(socket->queue.next, struct sim_datagram, link);
	size = copy_out(datagram, vectors, count);
	*from_out = lvn_sim_name_as_seen(&socket->name, &datagram->from);
	socket->queued_bytes -= datagram->size;
	free_datagram(datagram);
	return size;
}

static ssize_t
datagram_read(struct sim_file *file, const struct iovec *vectors, int count)
{
	struct sim_address from;

	return lvn_sim_datagram_receive(lvn_sim_datagram_of(file), vectors, count, &from);
}

/* ---- The rest of what a file does --------------------------------------------------- */

static short
datagram_state(const struct sim_file *file)
{
	const struct sim_datagram_socket *socket =
	    container_of(file, struct sim_datagram_socket, file);

	if (socket->error)
		return EVERYTHING;
	if (!lvn_sim_list_is_alone(&socket->queue) || socket->read_shut)
		return EV_READ | EV_WRITE;
	return EV_WRITE;
}

static int
datagram_shutdown(struct sim_file *file, int how)
{
	struct sim_datagram_socket *socket = lvn_sim_datagram_of(file);

	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (socket->peer.size == 0)
		return -ENOTCONN;
	if (how != SHUT_WR)
		socket->read_shut = true;
	if (how != SHUT_RD)
		socket->write_shut = true;
	lvn_sim_watch_wake(file, EVERYTHING);
	return 0;
}

static void
free_all(struct sim_list *datagrams)
{
	while (!lvn_sim_list_is_alone(datagrams))
		free_datagram(container_of(datagrams->next, struct sim_datagram, link));
}

static void
datagram_release(struct sim_file *file)
{
	struct sim_datagram_socket *socket = lvn_sim_datagram_of(file);

	free_all(&socket->queue);
	lvn_sim_name_release(&socket->name);
	lvn_free(socket);
}

static const struct sim_file_ops datagram_ops = {
    .state = datagram_state,
    .read = datagram_read,
    .write = datagram_write,
    .shutdown = datagram_shutdown,
    .take_error = take_error,
    .release = datagram_release,
};

struct sim_datagram_socket *
lvn_sim_datagram_new(struct levin_sim *sim, int family)
{
	struct sim_datagram_socket *socket = lvn_sim_kernel_alloc(sim, sizeof(*socket));

	if (!socket)
		return NULL;
	lvn_sim_file_init(&socket->file, sim, &datagram_ops);
	lvn_sim_name_init(&socket->name, SIM_NAME_DATAGRAM, family);
	lvn_sim_list_init(&socket->queue);
	return socket;
}

void
lvn_sim_datagram_connect(struct sim_datagram_socket *socket, const struct sim_address *peer)
{
	if (!peer) {
		socket->peer = (struct sim_address){.size = 0};
		return;
	}
	socket->peer = *peer;
	lvn_sim_name_bind_for(socket->file.sim, &socket->name, peer);
}

void
lvn_sim_datagram_clear(struct levin_sim *sim)
{
	free_all(&sim->datagrams);
}
