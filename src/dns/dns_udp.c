/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_udp.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/private.h"
#include "dns/dns_log.h"
#include "dns/dns_options.h"
#include "dns/dns_server.h"

/* The network of loopback addresses, as the first byte of an IPv4 address. */
#define LOOPBACK_BYTE 127

bool
lvn_dns_udp_is_local(int error)
{
	switch (error) {
	case -EAGAIN:
	case -EINTR:
	case -EMFILE:
	case -ENFILE:
	case -ENOBUFS:
	case -ENOMEM:
		return true;
	default:
		return false;
	}
}

/* ---- Opening ------------------------------------------------------------------------ */

static bool
is_loopback(const union inet_sockaddr *address)
{
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
	return *(const unsigned char *)&address->v4.sin_addr == LOOPBACK_BYTE;
}

static void
set_buffer(int fd, int option, unsigned size)
{
	if (size > 0 && lvn_io_set_option(fd, SOL_SOCKET, option, (int)size) < 0)
		lvn_dns_log_warn("Cannot set the buffer size of a socket to %u", size);
}

static int
set_up(struct dns_udp *udp, int fd)
{
	const struct dns_server *server = udp->server;

	set_buffer(fd, SO_RCVBUF, udp->context->options->receive_buffer);
	set_buffer(fd, SO_SNDBUF, udp->context->options->send_buffer);
	if (udp->bind_to_size > 0 && lvn_io_bind(fd, &udp->bind_to.any, udp->bind_to_size) < 0)
		return -errno;
	if (lvn_io_connect(fd, &server->address.any, server->address_size) < 0)
		return -errno;
	return 0;
}

/* A descriptor that is connected; or -errno. */
static int
connect_to_server(struct dns_udp *udp)
{
	struct io_world *world = lvn_base_world(udp->context->base);
	int fd = lvn_io_socket(world, udp->server->address.any.sa_family, SOCK_DGRAM, 0, 0);
	int rc;

	if (fd < 0)
		return -errno;
	rc = set_up(udp, fd);
	if (rc == 0)
		return fd;
	lvn_io_close(fd);
	return rc;
}

/* Once it is watched, the loop's thread may call back. */
static int
watch(struct dns_socket *socket)
{
	struct dns_udp_context *context = socket->context;

	socket->readable = event_new(
	    context->base, socket->fd, EV_READ | EV_PERSIST, context->on_readable, socket);
	if (!socket->readable)
		return -ENOMEM;
	if (!context->is_listening || event_add(socket->readable, NULL) == 0)
		return 0;
	event_free(socket->readable);
	return -ENOMEM;
}

/* NULL when memory is short. */
static struct dns_socket *
new_socket(struct dns_udp *udp, int fd, int64_t now_ns)
{
	struct dns_socket *socket = lvn_calloc(1, sizeof(*socket));
	unsigned local_size = sizeof(socket->local);

	if (!socket)
		return NULL;
	lvn_dns_ring_init(&socket->link);
	socket->context = udp->context;
	socket->udp = udp;
	socket->fd = fd;
	socket->opened_ns = now_ns;
	lvn_io_getsockname(fd, &socket->local.any, &local_size);
	if (watch(socket) < 0) {
		lvn_free(socket);
		return NULL;
	}
	return socket;
}

static int
open_socket(struct dns_udp *udp, int64_t now_ns, struct dns_socket **socket_out)
{
	int fd = connect_to_server(udp);

	if (fd < 0)
		return fd;
	*socket_out = new_socket(udp, fd, now_ns);
	if (!*socket_out) {
		lvn_io_close(fd);
		return -ENOMEM;
	}
	lvn_dns_ring_append(&udp->sockets, &(*socket_out)->link);
	udp->open_count++;
	return 0;
}

/* ---- Closing ------------------------------------------------------------------------ */

/* Another thread may be about to call back, with the socket as the argument. */
void
lvn_dns_udp_close(struct dns_socket *socket)
{
	struct dns_udp *udp = socket->udp;

	if (socket->fd < 0)
		return;
	event_del_noblock(socket->readable);
	lvn_io_close(socket->fd);
	socket->fd = -1;
	socket->udp = NULL;
	udp->open_count--;
	for (unsigned i = 0; i < LVN_DNS_UDP_ACTIVE; i++) {
		if (udp->active[i] == socket)
			udp->active[i] = NULL;
	}
	lvn_dns_ring_remove(&socket->link);
	if (socket->users == 0)
		lvn_dns_ring_append(&socket->context->graveyard, &socket->link);
}

static void
retire(struct dns_socket *socket)
{
	socket->is_retired = true;
	if (socket->users == 0)
		lvn_dns_udp_close(socket);
}

void
lvn_dns_udp_use(struct dns_socket *socket)
{
	socket->users++;
}

void
lvn_dns_udp_release(struct dns_socket *socket)
{
	if (--socket->users > 0)
		return;
	if (socket->fd < 0)
		lvn_dns_ring_append(&socket->context->graveyard, &socket->link);
	else if (socket->is_retired)
		lvn_dns_udp_close(socket);
}

void
lvn_dns_udp_bury(struct dns_udp_context *context)
{
	while (!lvn_dns_ring_is_alone(&context->graveyard)) {
		struct dns_socket *socket =
		    container_of(context->graveyard.next, struct dns_socket, link);

		lvn_dns_ring_remove(&socket->link);
		event_free(socket->readable);
		lvn_free(socket);
	}
}

/* ---- All sockets of a server ------------------------------------------------------------ */

void
lvn_dns_udp_init(struct dns_udp *udp, struct dns_udp_context *context, struct dns_server *server)
{
	const struct dns_options *options = context->options;

	*udp = (struct dns_udp){.context = context, .server = server};
	lvn_dns_ring_init(&udp->sockets);
	if (options->bind_to_size > 0 && !is_loopback(&server->address) &&
	    options->bind_to.any.sa_family == server->address.any.sa_family) {
		udp->bind_to = options->bind_to;
		udp->bind_to_size = options->bind_to_size;
	}
}

void
lvn_dns_udp_clear(struct dns_udp *udp)
{
	while (!lvn_dns_ring_is_alone(&udp->sockets))
		lvn_dns_udp_close(container_of(udp->sockets.next, struct dns_socket, link));
}

static bool
is_worn_out(const struct dns_socket *socket, int64_t now_ns)
{
	return socket->uses >= LVN_DNS_UDP_USES_MAX ||
	       now_ns - socket->opened_ns >= LVN_DNS_UDP_AGE_NS;
}

/* A socket that is there, where none can be opened. */
static struct dns_socket *
any_active(const struct dns_udp *udp)
{
	for (unsigned i = 0; i < LVN_DNS_UDP_ACTIVE; i++) {
		if (udp->active[i])
			return udp->active[i];
	}
	return NULL;
}

int
lvn_dns_udp_choose(
    struct dns_udp *udp, unsigned random, int64_t now_ns, struct dns_socket **socket_out)
{
	struct dns_socket **active = &udp->active[random % LVN_DNS_UDP_ACTIVE];
	struct dns_socket *before = *active;
	int rc = -EAGAIN;

	if ((!before || is_worn_out(before, now_ns)) && udp->open_count < LVN_DNS_UDP_OPEN_MAX) {
		rc = open_socket(udp, now_ns, active);
		if (rc == 0 && before)
			retire(before);
	}
	*socket_out = *active ? *active : any_active(udp);
	return *socket_out ? 0 : rc;
}

void
lvn_dns_udp_listen(struct dns_udp *udp, bool is_listening)
{
	struct dns_ring *next;

	for (struct dns_ring *link = udp->sockets.next; link != &udp->sockets; link = next) {
		struct dns_socket *socket = container_of(link, struct dns_socket, link);

		next = link->next;
		if (!is_listening)
			event_del_noblock(socket->readable);
		else if (event_add(socket->readable, NULL) < 0)
			lvn_dns_udp_close(socket);
	}
}
