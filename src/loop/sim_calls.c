/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/sim_calls.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/io.h"
#include "loop/sim_files.h"
#include "loop/sim_kernel.h"
#include "loop/sim_listener.h"
#include "loop/sim_registry.h"
#include "loop/sim_stream.h"

#define PORT_MAX 65535

static struct sim_file *
file_of(int fd)
{
	struct levin_sim *sim = lvn_sim_registry_find(fd);

	return sim ? lvn_sim_files_at(sim, fd) : NULL;
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
		size_t piece = vectors[i].iov_len < left ? vectors[i].iov_len : left;

		lvn_sim_trace_bytes(&file->sim->trace, vectors[i].iov_base, piece);
		left -= piece;
	}
}

/* Calls on a descriptor. */

ssize_t
lvn_sim_calls_read(int fd, const struct iovec *vectors, int count)
{
	struct sim_file *file = file_of(fd);
	ssize_t rc;

	if (!file)
		return -EBADF;
	rc = file->ops->read(file, vectors, count);
	note(file, SIM_TRACE_READ, fd, rc);
	note_bytes(file, vectors, count, rc);
	return rc;
}

ssize_t
lvn_sim_calls_write(int fd, const struct iovec *vectors, int count)
{
	struct sim_file *file = file_of(fd);
	ssize_t rc;

	if (!file)
		return -EBADF;
	rc = file->ops->write(file, vectors, count);
	note(file, SIM_TRACE_WRITE, fd, rc);
	note_bytes(file, vectors, count, rc);
	return rc;
}

int
lvn_sim_calls_accept(int fd, int *client_port_out)
{
	struct sim_file *file = file_of(fd);
	struct sim_listener *listener = file ? lvn_sim_listener_of(file) : NULL;
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
	*client_port_out = end->connection->client_port;
	return lvn_sim_files_install(file->sim, &end->file, SIM_TRACE_OPEN);
}

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
lvn_sim_calls_reset(int fd)
{
	struct sim_file *file = file_of(fd);
	struct sim_end *end = file ? lvn_sim_stream_end(file) : NULL;

	if (!end)
		return file ? -ENOTCONN : -EBADF;
	return lvn_sim_stream_break(end);
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

/* Calls that make descriptors. */

static int
make_two(struct levin_sim *sim, enum sim_stream_kind kind, int ends_out[2])
{
	struct sim_connection *connection;
	int rc = lvn_sim_files_reserve(sim, 2);

	if (rc < 0)
		return rc;
	connection = lvn_sim_stream_new(sim, kind, SIM_END_OPEN, SIM_END_OPEN);
	if (!connection)
		return -ENOMEM;
	ends_out[0] = lvn_sim_files_install(sim, &connection->ends[0].file, SIM_TRACE_OPEN);
	ends_out[1] = lvn_sim_files_install(sim, &connection->ends[1].file, SIM_TRACE_OPEN);
	return 0;
}

int
lvn_sim_calls_socketpair(struct levin_sim *sim, int ends_out[2])
{
	return make_two(sim, SIM_STREAM_PAIR, ends_out);
}

int
lvn_sim_calls_pipe(struct levin_sim *sim, int ends_out[2])
{
	return make_two(sim, SIM_STREAM_PIPE, ends_out);
}

int
lvn_sim_calls_socket(struct levin_sim *sim)
{
	struct sim_connection *connection;
	int rc = lvn_sim_files_reserve(sim, 1);

	if (rc < 0)
		return rc;
	connection = lvn_sim_stream_new(sim, SIM_STREAM_NETWORK, SIM_END_IDLE, SIM_END_ABSENT);
	if (!connection)
		return -ENOMEM;
	return lvn_sim_files_install(sim, &connection->ends[0].file, SIM_TRACE_OPEN);
}

int
lvn_sim_calls_listen(struct levin_sim *sim, int port, int backlog)
{
	struct sim_listener *listener;
	int rc;

	if (port < 1 || port > PORT_MAX)
		return -EINVAL;
	rc = lvn_sim_files_reserve(sim, 1);
	if (rc == 0)
		rc =
		    lvn_sim_listener_new(sim, port, backlog < 1 ? 1 : (unsigned)backlog, &listener);
	return rc < 0 ? rc : lvn_sim_files_install(sim, &listener->file, SIM_TRACE_OPEN);
}

int
lvn_sim_calls_connect(struct levin_sim *sim, int port)
{
	int fd;
	int rc;

	if (port < 1 || port > PORT_MAX)
		return -EINVAL;
	fd = lvn_sim_calls_socket(sim);
	if (fd < 0)
		return fd;
	rc = lvn_sim_listener_connect(lvn_sim_stream_end(lvn_sim_files_at(sim, fd)), port);
	if (rc == -EINPROGRESS)
		return fd;
	lvn_sim_files_close(sim, fd);
	return rc;
}

/* The seam of base/io.h. */

static ssize_t
size_or_errno(ssize_t rc)
{
	if (rc >= 0)
		return rc;
	errno = (int)-rc;
	return -1;
}

static int
int_or_errno(int rc)
{
	return (int)size_or_errno(rc);
}

static ssize_t
seam_read(int fd, void *data, size_t size)
{
	struct iovec vector = {data, size};

	return size_or_errno(lvn_sim_calls_read(fd, &vector, 1));
}

static ssize_t
seam_write(int fd, const void *data, size_t size)
{
	union {
		const void *given;
		void *data;
	} cast = {data};
	struct iovec vector = {cast.data, size};

	return size_or_errno(lvn_sim_calls_write(fd, &vector, 1));
}

static ssize_t
seam_readv(int fd, const struct iovec *vectors, int count)
{
	return size_or_errno(lvn_sim_calls_read(fd, vectors, count));
}

static ssize_t
seam_writev(int fd, const struct iovec *vectors, int count)
{
	return size_or_errno(lvn_sim_calls_write(fd, vectors, count));
}

static int
seam_accept(int fd, struct sockaddr *address, unsigned *size)
{
	struct sockaddr_in client = {.sin_family = AF_INET};
	int port = 0;
	int accepted = lvn_sim_calls_accept(fd, &port);

	if (accepted < 0)
		return int_or_errno(accepted);
	if (!address || !size)
		return accepted;
	client.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	client.sin_port = htons((uint16_t)port);
	memcpy(address, &client, *size < sizeof(client) ? *size : sizeof(client));
	*size = sizeof(client);
	return accepted;
}

static int
port_of(const struct sockaddr *address, unsigned size)
{
	if (size >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
	if (size >= sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
	return -EAFNOSUPPORT;
}

static int
seam_connect(int fd, const struct sockaddr *address, unsigned size)
{
	struct sim_file *file = file_of(fd);
	struct sim_end *end = file ? lvn_sim_stream_end(file) : NULL;
	int port;

	if (!end)
		return int_or_errno(file ? -EISCONN : -EBADF);
	port = port_of(address, size);
	return int_or_errno(port < 0 ? port : lvn_sim_listener_connect(end, port));
}

static int
seam_shutdown(int fd, int how)
{
	return int_or_errno(lvn_sim_calls_shutdown(fd, how));
}

static int
seam_socket_error(int fd)
{
	return int_or_errno(lvn_sim_calls_take_error(fd));
}

static int
seam_close(int fd)
{
	return int_or_errno(lvn_sim_calls_close(fd));
}

static const struct io_ops seam = {
    .read = seam_read,
    .write = seam_write,
    .readv = seam_readv,
    .writev = seam_writev,
    .accept = seam_accept,
    .connect = seam_connect,
    .shutdown = seam_shutdown,
    .socket_error = seam_socket_error,
    .close = seam_close,
};

void
lvn_sim_calls_register(void)
{
	lvn_io_set_simulated(&seam);
}
