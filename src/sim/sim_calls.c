/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_calls.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "base/io.h"
#include "sim/sim_datagram.h"
#include "sim/sim_files.h"
#include "sim/sim_kernel.h"
#include "sim/sim_listener.h"
#include "sim/sim_registry.h"
#include "sim/sim_stream.h"
#include "sim/sim_text.h"

static struct sim_file *
file_of(int fd)
{
	struct levin_sim *sim = lvn_sim_registry_find(fd);

	return sim ? lvn_sim_files_at(sim, fd) : NULL;
}

/* The connection's end behind a descriptor; else NULL, and *error says why. */
static struct sim_end *
end_of(int fd, int *error)
{
	struct sim_file *file = file_of(fd);
	struct sim_end *end = file ? lvn_sim_stream_end(file) : NULL;

	*error = file ? -ENOTCONN : -EBADF;
	return end;
}

/* NULL for what is no socket. */
static struct sim_name *
name_of(struct sim_file *file)
{
	struct sim_end *end = lvn_sim_stream_end(file);
	struct sim_listener *listener = lvn_sim_listener_of(file);
	struct sim_datagram_socket *datagram = lvn_sim_datagram_of(file);

	if (end)
		return end->connection->kind == SIM_STREAM_PIPE ? NULL : &end->name;
	if (listener)
		return &listener->name;
	return datagram ? &datagram->name : NULL;
}

/* One descriptor of a file may be a duplicate: the trace shows the one that was used. */
static void
note(const struct sim_file *file, enum sim_trace_kind kind, int fd, int64_t value)
{
	lvn_sim_kernel_note(file->sim, kind, fd - file->sim->first_fd, value);
}

static void
note_bytes(const struct sim_file *file, const struct iovec *vectors, int count, ssize_t size)
{
	size_t left = size > 0 ? (size_t)size : 0;

	for (int i = 0; i < count && left > 0; i++) {
		size_t part = vectors[i].iov_len < left ? vectors[i].iov_len : left;

		lvn_sim_trace_bytes(&file->sim->trace, vectors[i].iov_base, part);
		left -= part;
	}
}

/* ---- Making descriptors ------------------------------------------------------------- */

static int
install_two(struct levin_sim *sim, enum sim_stream_kind kind, int ends_out[2])
{
	struct sim_connection *connection;
	int rc = lvn_sim_files_reserve(sim, 2);

	if (rc < 0)
		return rc;
	connection = lvn_sim_stream_new(sim, kind, AF_UNIX, SIM_END_OPEN, SIM_END_OPEN);
	if (!connection)
		return -ENOMEM;
	ends_out[0] = lvn_sim_files_install(sim, &connection->ends[0].file, SIM_TRACE_OPEN);
	ends_out[1] = lvn_sim_files_install(sim, &connection->ends[1].file, SIM_TRACE_OPEN);
	return 0;
}

int
lvn_sim_calls_socketpair(struct levin_sim *sim, int ends_out[2])
{
	return install_two(sim, SIM_STREAM_PAIR, ends_out);
}

int
lvn_sim_calls_pipe(struct levin_sim *sim, int ends_out[2])
{
	return install_two(sim, SIM_STREAM_PIPE, ends_out);
}

static struct sim_file *
new_socket(struct levin_sim *sim, int family, int type)
{
	enum sim_stream_kind kind = family == AF_UNIX ? SIM_STREAM_PAIR : SIM_STREAM_NETWORK;
	struct sim_connection *connection;

	if (type == SOCK_DGRAM) {
		struct sim_datagram_socket *datagram = lvn_sim_datagram_new(sim, family);

		return datagram ? &datagram->file : NULL;
	}
	connection = lvn_sim_stream_new(sim, kind, family, SIM_END_IDLE, SIM_END_ABSENT);
	return connection ? &connection->ends[0].file : NULL;
}

int
lvn_sim_calls_socket(struct levin_sim *sim, int family, int type)
{
	struct sim_file *file;
	int rc;

	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return -EPROTOTYPE;
	rc = lvn_sim_files_reserve(sim, 1);
	if (rc < 0)
		return rc;
	file = new_socket(sim, family, type);
	return file ? lvn_sim_files_install(sim, file, SIM_TRACE_OPEN) : -ENOMEM;
}

/* ---- Moving bytes ------------------------------------------------------------------- */

static ssize_t
receive_datagram(struct sim_datagram_socket *socket, const struct iovec *vectors, int count,
    struct sockaddr *from, unsigned *from_size)
{
	struct sim_address sender;
	ssize_t size = lvn_sim_datagram_receive(socket, vectors, count, &sender);

	if (size >= 0 && from)
		lvn_sim_address_get(&sender, from, from_size);
	return size;
}

ssize_t
lvn_sim_calls_receive(
    int fd, const struct iovec *vectors, int count, struct sockaddr *from, unsigned *from_size)
{
	struct sim_file *file = file_of(fd);
	struct sim_datagram_socket *datagram;
	ssize_t rc;

	if (!file)
		return -EBADF;
	datagram = lvn_sim_datagram_of(file);
	if (datagram) {
		rc = receive_datagram(datagram, vectors, count, from, from_size);
	} else {
		rc = file->ops->read(file, vectors, count);
		if (rc >= 0 && from)
			*from_size = 0;
	}
	note(file, SIM_TRACE_READ, fd, rc);
	note_bytes(file, vectors, count, rc);
	return rc;
}

static ssize_t
send_datagram(struct sim_file *file, const struct iovec *vectors, int count,
    const struct sockaddr *to, unsigned to_size)
{
	struct sim_datagram_socket *datagram = lvn_sim_datagram_of(file);
	struct sim_address address;
	int rc;

	/* A stream has one peer. */
	if (!datagram)
		return -EISCONN;
	rc = lvn_sim_address_set(&address, to, to_size);
	if (rc < 0)
		return rc;
	if (address.any.sa_family != datagram->name.family)
		return -EAFNOSUPPORT;
	address = lvn_sim_address_unmapped(&address);
	return lvn_sim_datagram_send(datagram, vectors, count, &address);
}

ssize_t
lvn_sim_calls_send(
    int fd, const struct iovec *vectors, int count, const struct sockaddr *to, unsigned to_size)
{
	struct sim_file *file = file_of(fd);
	ssize_t rc;

	if (!file)
		return -EBADF;
	rc = to ? send_datagram(file, vectors, count, to, to_size)
		: file->ops->write(file, vectors, count);
	note(file, SIM_TRACE_WRITE, fd, rc);
	note_bytes(file, vectors, count, rc);
	return rc;
}

/* ---- Names -------------------------------------------------------------------------- */

int
lvn_sim_calls_bind(int fd, const struct sockaddr *address, unsigned size)
{
	struct sim_file *file = file_of(fd);
	struct sim_name *name = file ? name_of(file) : NULL;
	struct sim_address bound;
	int rc;

	if (!name)
		return file ? -ENOTSOCK : -EBADF;
	rc = lvn_sim_address_set(&bound, address, size);
	return rc < 0 ? rc : lvn_sim_name_bind(file->sim, name, &bound);
}

/* The socket becomes a listener, under all its descriptors. */
static int
become_listener(struct sim_end *end, unsigned backlog)
{
	struct levin_sim *sim = end->connection->sim;
	struct sim_listener *listener = lvn_sim_listener_new(sim, end->name.family, backlog);
	struct sim_address any;

	if (!listener)
		return -ENOMEM;
	if (end->name.address.size == 0) {
		any = lvn_sim_address_wildcard(end->name.family, 0);
		if (lvn_sim_name_bind(sim, &end->name, &any) < 0) {
			lvn_sim_listener_free(listener);
			return -EADDRINUSE;
		}
	}
	lvn_sim_name_take_over(sim, &listener->name, &end->name);
	lvn_sim_files_replace(sim, &end->file, &listener->file);
	return 0;
}

int
lvn_sim_calls_listen(int fd, int backlog)
{
	struct sim_file *file = file_of(fd);
	struct sim_listener *listener = file ? lvn_sim_listener_of(file) : NULL;
	struct sim_end *end = file ? lvn_sim_stream_end(file) : NULL;
	unsigned limit = backlog < 1 ? 1 : (unsigned)backlog;

	if (listener) {
		listener->backlog = limit;
		return 0;
	}
	if (!end)
		return file ? -EOPNOTSUPP : -EBADF;
	if (end->state != SIM_END_IDLE ||
	    (end->name.family == AF_UNIX && end->name.address.size == 0))
		return -EINVAL;
	return become_listener(end, limit);
}

int
lvn_sim_calls_accept(int fd, struct sockaddr *address, unsigned *size)
{
	struct sim_file *file = file_of(fd);
	struct sim_listener *listener = file ? lvn_sim_listener_of(file) : NULL;
	struct sim_address peer;
	struct sim_end *end;
	int rc;

	if (!listener)
		return file ? -EINVAL : -EBADF;
	rc = lvn_sim_files_reserve(file->sim, 1);
	if (rc == 0)
		rc = lvn_sim_listener_accept(listener, &end);
	note(file, SIM_TRACE_ACCEPT, fd, rc);
	if (rc < 0)
		return rc;
	peer = lvn_sim_name_as_seen(&end->name, &end->peer);
	if (address && size)
		lvn_sim_address_get(&peer, address, size);
	return lvn_sim_files_install(file->sim, &end->file, SIM_TRACE_OPEN);
}

static int
connect_to(struct sim_file *file, const struct sim_address *destination)
{
	struct sim_datagram_socket *datagram = lvn_sim_datagram_of(file);
	struct sim_end *end = lvn_sim_stream_end(file);

	if (datagram) {
		lvn_sim_datagram_connect(datagram, destination);
		return 0;
	}
	return end ? lvn_sim_listener_connect(end, destination) : -EISCONN;
}

int
lvn_sim_calls_connect(int fd, const struct sockaddr *address, unsigned size)
{
	struct sim_file *file = file_of(fd);
	struct sim_name *name = file ? name_of(file) : NULL;
	struct sim_address destination;
	int rc;

	if (!name)
		return file ? -ENOTSOCK : -EBADF;
	if (size >= sizeof(sa_family_t) && address->sa_family == AF_UNSPEC &&
	    lvn_sim_datagram_of(file))
		return connect_to(file, NULL);
	rc = lvn_sim_address_set(&destination, address, size);
	if (rc < 0)
		return rc;
	if (name->family != AF_UNSPEC && destination.any.sa_family != name->family)
		return -EAFNOSUPPORT;
	destination = lvn_sim_address_unmapped(&destination);
	return connect_to(file, &destination);
}

/* NULL if it has none. */
static const struct sim_address *
peer_of(struct sim_file *file)
{
	struct sim_end *end = lvn_sim_stream_end(file);
	struct sim_datagram_socket *datagram = lvn_sim_datagram_of(file);

	if (end)
		return end->state == SIM_END_OPEN && !end->reset ? &end->peer : NULL;
	return datagram && datagram->peer.size > 0 ? &datagram->peer : NULL;
}

int
lvn_sim_calls_name(int fd, bool of_peer, struct sockaddr *address, unsigned *size)
{
	struct sim_file *file = file_of(fd);
	struct sim_name *name = file ? name_of(file) : NULL;
	const struct sim_address *wanted;
	struct sim_address seen;

	if (!name)
		return file ? -ENOTSOCK : -EBADF;
	wanted = of_peer ? peer_of(file) : &name->address;
	if (!wanted)
		return -ENOTCONN;
	seen = lvn_sim_name_as_seen(name, wanted);
	if (seen.size == 0 && (name->family == AF_INET || name->family == AF_INET6))
		seen = lvn_sim_address_wildcard(name->family, 0);
	if (seen.size == 0) {
		seen.any.sa_family = AF_UNIX;
		seen.size = sizeof(sa_family_t);
	}
	lvn_sim_address_get(&seen, address, size);
	return 0;
}

void
lvn_sim_calls_take_both_families(int fd)
{
	name_of(file_of(fd))->family = AF_UNSPEC;
}

int
lvn_sim_calls_set_option(int fd, int level, int option, int value)
{
	struct sim_file *file = file_of(fd);
	struct sim_name *name = file ? name_of(file) : NULL;

	if (!name)
		return file ? -ENOTSOCK : -EBADF;
	if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY)
		name->is_v6_only = value;
#ifdef SO_REUSEPORT
	if (level == SOL_SOCKET && option == SO_REUSEPORT)
		name->shares_port = value;
#endif
	return 0;
}

/* ---- Ends --------------------------------------------------------------------------- */

int
lvn_sim_calls_shutdown(int fd, int how)
{
	struct sim_file *file = file_of(fd);

	if (!file)
		return -EBADF;
	note(file, SIM_TRACE_SHUTDOWN, fd, how);
	return file->ops->shutdown(file, how);
}

int
lvn_sim_calls_take_error(int fd)
{
	struct sim_file *file = file_of(fd);

	return file ? file->ops->take_error(file) : -EBADF;
}

int
lvn_sim_calls_dup(int fd)
{
	struct sim_file *file = file_of(fd);
	int rc;

	if (!file)
		return -EBADF;
	rc = lvn_sim_files_reserve(file->sim, 1);
	return rc < 0 ? rc : lvn_sim_files_install(file->sim, file, SIM_TRACE_DUP);
}

int
lvn_sim_calls_close(int fd)
{
	struct levin_sim *sim = lvn_sim_registry_find(fd);

	return sim ? lvn_sim_files_close(sim, fd) : -EBADF;
}

int
lvn_sim_calls_reset(int fd)
{
	int error;
	struct sim_end *end = end_of(fd, &error);

	return end ? lvn_sim_stream_break(end) : error;
}

int
lvn_sim_calls_stall(int fd, bool is_stalled)
{
	int error;
	struct sim_end *end = end_of(fd, &error);

	if (!end)
		return error;
	lvn_sim_stream_stall(end, is_stalled);
	return 0;
}

int
lvn_sim_calls_cut(int fd, size_t bytes, int cut)
{
	int error;
	struct sim_end *end = end_of(fd, &error);

	return end ? lvn_sim_stream_cut(end, bytes, cut) : error;
}

/* ---- By world ----------------------------------------------------------------------- */

static int
socket_in_world(struct io_world *world, int family, int type)
{
	return lvn_sim_calls_socket(lvn_sim_kernel_of_world(world), family, type);
}

static int
random_in_world(struct io_world *world, void *data, size_t size)
{
	struct sim_random *random = &lvn_sim_kernel_of_world(world)->bytes_random;
	unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)lvn_sim_random_next(random);
	return 0;
}

static const char *
file_in_world(struct io_world *world, const char *path, size_t *size_out)
{
	const char *text = lvn_sim_text_find(lvn_sim_kernel_of_world(world), path);

	*size_out = text ? strlen(text) : 0;
	return text;
}

static int
look_up_in_world(struct io_world *world, const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **list_out)
{
	return lvn_sim_text_look_up(lvn_sim_kernel_of_world(world), node, service, hints, list_out);
}

static const struct io_ops simulated_ops = {
    .socket = socket_in_world,
    .random = random_in_world,
    .file = file_in_world,
    .look_up = look_up_in_world,
    .receive = lvn_sim_calls_receive,
    .send = lvn_sim_calls_send,
    .bind = lvn_sim_calls_bind,
    .listen = lvn_sim_calls_listen,
    .accept = lvn_sim_calls_accept,
    .connect = lvn_sim_calls_connect,
    .name = lvn_sim_calls_name,
    .set_option = lvn_sim_calls_set_option,
    .socket_error = lvn_sim_calls_take_error,
    .shutdown = lvn_sim_calls_shutdown,
    .close = lvn_sim_calls_close,
};

void
lvn_sim_calls_register(void)
{
	lvn_io_set_simulated(&simulated_ops);
}
