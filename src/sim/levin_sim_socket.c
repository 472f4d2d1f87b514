/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: descriptors of a simulation, for the outside world and for programs that
 * use descriptors themselves.
 */
#include <errno.h>
#include <levin/sim.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/compiler.h"
#include "sim/sim_address.h"
#include "sim/sim_calls.h"
#include "sim/sim_files.h"
#include "sim/sim_kernel.h"
#include "sim/sim_name.h"

#define PORT_MAX 65535

static ssize_t
size_or_errno(ssize_t rc)
{
	if (rc >= 0)
		return rc;
	errno = (int)-rc;
	return -1;
}

static int
result_of(int rc)
{
	return (int)size_or_errno(rc);
}

/* The descriptor if rc is 0 or says that it goes on; else it is closed. */
static int
keep_or_close(int fd, int rc)
{
	if (rc == 0 || rc == -EINPROGRESS)
		return fd;
	lvn_sim_calls_close(fd);
	return result_of(rc);
}

/* ---- Making descriptors ------------------------------------------------------------- */

int
levin_sim_socketpair(struct levin_sim *sim, int ends_out[2])
{
	return result_of(lvn_sim_calls_socketpair(sim, ends_out));
}

int
levin_sim_pipe(struct levin_sim *sim, int ends_out[2])
{
	return result_of(lvn_sim_calls_pipe(sim, ends_out));
}

int
levin_sim_socket(struct levin_sim *sim, int family, int type)
{
	return result_of(lvn_sim_calls_socket(sim, family, type));
}

static int
socket_at(struct levin_sim *sim, const char *text, int type, struct sim_address *address)
{
	if (!text || lvn_sim_address_read(address, text) < 0)
		return -EINVAL;
	return lvn_sim_calls_socket(sim, address->any.sa_family, type);
}

static int
listen_at(struct levin_sim *sim, const struct sim_address *address, bool takes_all, int backlog)
{
	int fd = lvn_sim_calls_socket(sim, address->any.sa_family, SOCK_STREAM);
	int rc;

	if (fd < 0)
		return result_of(fd);
	if (takes_all)
		lvn_sim_calls_take_both_families(fd);
	rc = lvn_sim_calls_bind(fd, &address->any, address->size);
	if (rc == 0)
		rc = lvn_sim_calls_listen(fd, backlog);
	return keep_or_close(fd, rc);
}

int
levin_sim_listener(struct levin_sim *sim, int port, int backlog)
{
	struct sim_address address;

	if (port < 1 || port > PORT_MAX)
		return result_of(-EINVAL);
	address = lvn_sim_address_wildcard(AF_INET, port);
	return listen_at(sim, &address, true, backlog);
}

int
levin_sim_listener_at(struct levin_sim *sim, const char *text, int backlog)
{
	struct sim_address address;

	if (!text || lvn_sim_address_read(&address, text) < 0)
		return result_of(-EINVAL);
	return listen_at(sim, &address, false, backlog);
}

int
levin_sim_connect(struct levin_sim *sim, int port)
{
	struct sim_address address;
	int fd;

	if (port < 1 || port > PORT_MAX)
		return result_of(-EINVAL);
	address = lvn_sim_address_loopback(AF_INET, port);
	fd = lvn_sim_calls_socket(sim, AF_INET, SOCK_STREAM);
	if (fd < 0)
		return result_of(fd);
	return keep_or_close(fd, lvn_sim_calls_connect(fd, &address.any, address.size));
}

int
levin_sim_connect_to(struct levin_sim *sim, const char *text)
{
	struct sim_address address;
	int fd = socket_at(sim, text, SOCK_STREAM, &address);

	if (fd < 0)
		return result_of(fd);
	return keep_or_close(fd, lvn_sim_calls_connect(fd, &address.any, address.size));
}

int
levin_sim_datagram_socket(struct levin_sim *sim, const char *text)
{
	struct sim_address address;
	int fd = socket_at(sim, text, SOCK_DGRAM, &address);

	if (fd < 0)
		return result_of(fd);
	return keep_or_close(fd, lvn_sim_calls_bind(fd, &address.any, address.size));
}

int
levin_sim_accept(int listener)
{
	return result_of(lvn_sim_calls_accept(listener, NULL, NULL));
}

int
levin_sim_dup(int fd)
{
	return result_of(lvn_sim_calls_dup(fd));
}

/* ---- Calls on descriptors ----------------------------------------------------------- */

/* An iovec is not const, but sending leaves its bytes alone. */
static struct iovec
vector_of(const void *data, size_t size)
{
	union {
		const void *given;
		void *data;
	} cast = {data};

	return (struct iovec){cast.data, size};
}

ssize_t
levin_sim_read(int fd, void *data, size_t size)
{
	struct iovec vector = {data, size};

	return size_or_errno(lvn_sim_calls_receive(fd, &vector, 1, NULL, NULL));
}

ssize_t
levin_sim_write(int fd, const void *data, size_t size)
{
	struct iovec vector = vector_of(data, size);

	return size_or_errno(lvn_sim_calls_send(fd, &vector, 1, NULL, 0));
}

ssize_t
levin_sim_recvfrom(int fd, void *data, size_t size, struct sockaddr *from, socklen_t *from_size)
{
	struct iovec vector = {data, size};

	return size_or_errno(lvn_sim_calls_receive(fd, &vector, 1, from, from_size));
}

ssize_t
levin_sim_sendto(
    int fd, const void *data, size_t size, const struct sockaddr *to, socklen_t to_size)
{
	struct iovec vector = vector_of(data, size);

	return size_or_errno(lvn_sim_calls_send(fd, &vector, 1, to, to_size));
}

int
levin_sim_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	return result_of(lvn_sim_calls_name(fd, false, address, size));
}

int
levin_sim_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	return result_of(lvn_sim_calls_name(fd, true, address, size));
}

int
levin_sim_shutdown(int fd, int how)
{
	return result_of(lvn_sim_calls_shutdown(fd, how));
}

int
levin_sim_error(int fd)
{
	return result_of(lvn_sim_calls_take_error(fd));
}

int
levin_sim_close(int fd)
{
	return result_of(lvn_sim_calls_close(fd));
}

size_t
levin_sim_count_descriptors(const struct levin_sim *sim)
{
	return sim->files.open_count;
}

/* ---- What the network does ---------------------------------------------------------- */

int
levin_sim_reset(int fd)
{
	return result_of(lvn_sim_calls_reset(fd));
}

int
levin_sim_stall(int fd, int on)
{
	return result_of(lvn_sim_calls_stall(fd, on != 0));
}

int
levin_sim_cut(int fd, size_t bytes, enum levin_sim_cut how)
{
	if (how != LEVIN_SIM_CUT_END && how != LEVIN_SIM_CUT_RESET)
		return result_of(-EINVAL);
	return result_of(lvn_sim_calls_cut(fd, bytes, how));
}
