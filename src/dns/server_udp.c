/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/server_udp.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <string.h>
#include <sys/socket.h>

#include "base/private.h"
#include "dns/dns_log.h"
#include "dns/server_port.h"

/* How many datagrams are received or sent in a system call, and received in a turn of the loop. */
#define BATCH_MAX 16
#define TURN_MAX  64

/* Replies do not wait longer for others. */
#define BATCH_US 1000

/* What the end of a longer query is cut off of: it gets the reply FORMERR. */
#define QUERY_MAX 1500

/* Larger replies need TCP, whatever size the client asks for: they would be sent in fragments. */
#define REPLY_MAX 4096

/* Memory for the replies of a batch, and for those that wait for the socket. */
#define OUTGOING_SIZE   16384
#define UNSENT_SIZE_MAX 262144

/* How soon replies are tried again that a writable socket does not take. */
#define RETRY_US 10000

/* A reply that waits until the socket has space. */
struct unsent {
	struct unsent *next;
	struct sockaddr_storage address;
	unsigned address_size;
	size_t size;
	uint8_t message[];
};

/*
 * Everything but the fields of events is protected by the port's lock.
 *
 * Invariants:
 *   1. fd is -1 once the port is closed and has no requests
 *   2. current is the request whose callback on_readable runs, until that has ended
 *   3. outgoing[0] to outgoing[outgoing_count - 1] are replies to requests of this batch; their
 *      messages are in outgoing_bytes, up to outgoing_size
 *   4. unsent_last is the last link of the list at unsent_first
 *   5. on_writable or on_retry is added while is_waiting; that is so if there are unsent replies,
 *      as far as there is memory
 *   6. is_watched ends with the finalization of on_readable, which ends the loop's reference
 */
struct udp_port {
	struct evdns_server_port port;
	struct event on_readable;
	struct event on_writable;
	struct event on_retry;
	struct event_base *base;
	int fd;
	bool is_watched;
	bool is_waiting;
	struct server_request *current;

	struct unsent *unsent_first;
	struct unsent **unsent_last;
	size_t unsent_size;

	struct timeval batch_at; /* when it was received */
	unsigned outgoing_count;
	size_t outgoing_size;
	struct io_datagram outgoing[BATCH_MAX];
	struct sockaddr_storage outgoing_addresses[BATCH_MAX];
	struct sockaddr_storage incoming_addresses[BATCH_MAX];
	uint8_t outgoing_bytes[OUTGOING_SIZE];
	uint8_t incoming[BATCH_MAX][QUERY_MAX];
};

static struct udp_port *
udp_of(struct evdns_server_port *port)
{
	return container_of(port, struct udp_port, port);
}

/* A base that was freed before the port has taken its events back. */
static bool
has_base_locked(const struct udp_port *udp)
{
	return udp->is_watched && event_get_base(&udp->on_readable);
}

/* ---- Replies that wait ----------------------------------------------------------------- */

static struct io_datagram
datagram_of(struct unsent *unsent)
{
	return (struct io_datagram){unsent->message, unsent->size,
	    (struct sockaddr *)&unsent->address, unsent->address_size};
}

static void
remove_first_unsent_locked(struct udp_port *udp)
{
	struct unsent *unsent = udp->unsent_first;

	udp->unsent_first = unsent->next;
	if (!udp->unsent_first)
		udp->unsent_last = &udp->unsent_first;
	udp->unsent_size -= unsent->size;
	lvn_free(unsent);
}

/* Until the socket is full again; returns false if it still is.  What fails otherwise is lost. */
static bool
send_unsent_locked(struct udp_port *udp)
{
	bool any = false;

	while (udp->unsent_first) {
		struct io_datagram datagram = datagram_of(udp->unsent_first);

		if (lvn_io_send_many(udp->fd, &datagram, 1) < 0) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN)
				break;
		}
		remove_first_unsent_locked(udp);
		any = true;
	}
	return any;
}

/* A socket that takes nothing although it is writable, as Unix sockets are, is left alone. */
static void
wait_to_send_locked(struct udp_port *udp, bool is_writable_in_vain)
{
	const struct timeval pause = {0, RETRY_US};

	if (is_writable_in_vain)
		udp->is_waiting = event_add(&udp->on_retry, &pause) == 0;
	else
		udp->is_waiting = event_add(&udp->on_writable, NULL) == 0;
}

static void
on_sendable(evutil_socket_t fd, short what, void *arg)
{
	struct udp_port *udp = arg;

	(void)fd;
	lvn_private_lock_acquire(udp->port.lock);
	udp->is_waiting = false;
	if (udp->is_watched) {
		bool any = send_unsent_locked(udp);

		if (udp->unsent_first)
			wait_to_send_locked(udp, !any && (what & EV_WRITE));
	}
	lvn_private_lock_release(udp->port.lock);
}

/* Returns 0 or -errno. */
static int
keep_unsent_locked(struct udp_port *udp, const struct io_datagram *datagram)
{
	struct unsent *unsent;

	if (!has_base_locked(udp) || udp->unsent_size + datagram->size > UNSENT_SIZE_MAX)
		return -EAGAIN;
	unsent = lvn_alloc(sizeof(*unsent) + datagram->size);
	if (!unsent)
		return -ENOMEM;
	if (!udp->is_waiting)
		wait_to_send_locked(udp, false);
	if (!udp->is_waiting) {
		lvn_free(unsent);
		return -ENOMEM;
	}
	unsent->next = NULL;
	unsent->address_size = datagram->address_size;
	memcpy(&unsent->address, datagram->address, datagram->address_size);
	unsent->size = datagram->size;
	memcpy(unsent->message, datagram->data, datagram->size);
	*udp->unsent_last = unsent;
	udp->unsent_last = &unsent->next;
	udp->unsent_size += unsent->size;
	return 0;
}

/* ---- Sending --------------------------------------------------------------------------- */

/* Sends now or later.  Returns 0 or -errno. */
static int
send_or_keep_locked(struct udp_port *udp, const struct io_datagram *datagram)
{
	while (lvn_io_send_many(udp->fd, datagram, 1) < 0) {
		if (errno == EAGAIN)
			return keep_unsent_locked(udp, datagram);
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* What cannot be sent is lost, as datagrams are: the client asks again. */
static void
send_outgoing_locked(struct udp_port *udp)
{
	unsigned done = 0;

	while (done < udp->outgoing_count) {
		int sent =
		    lvn_io_send_many(udp->fd, udp->outgoing + done, udp->outgoing_count - done);

		if (sent < 0) {
			/* Finds the same error, and takes care of it. */
			(void)send_or_keep_locked(udp, &udp->outgoing[done]);
			sent = 1;
		}
		done += (unsigned)sent;
	}
	udp->outgoing_count = 0;
	udp->outgoing_size = 0;
}

/* Memory for a reply of at most `size` bytes that is sent with others. */
static uint8_t *
outgoing_space_locked(struct udp_port *udp, size_t size)
{
	if (udp->outgoing_count == BATCH_MAX || size > OUTGOING_SIZE - udp->outgoing_size)
		send_outgoing_locked(udp);
	return udp->outgoing_bytes + udp->outgoing_size;
}

/* The message of `size` bytes that was written there. */
static void
add_outgoing_locked(
    struct udp_port *udp, size_t size, const struct sockaddr *address, unsigned address_size)
{
	unsigned i = udp->outgoing_count++;

	memcpy(&udp->outgoing_addresses[i], address, address_size);
	udp->outgoing[i] = (struct io_datagram){udp->outgoing_bytes + udp->outgoing_size, size,
	    (struct sockaddr *)&udp->outgoing_addresses[i], address_size};
	udp->outgoing_size += size;
}

static void
send_with_others_locked(
    struct udp_port *udp, struct server_request *request, unsigned rcode, size_t limit)
{
	uint8_t *space = outgoing_space_locked(udp, limit);
	size_t size = lvn_server_request_write(request, rcode, space, limit);

	add_outgoing_locked(udp, size, (struct sockaddr *)&request->address, request->address_size);
}

/* Returns 0 or -errno. */
static int
send_alone_locked(
    struct udp_port *udp, struct server_request *request, unsigned rcode, size_t limit)
{
	uint8_t message[REPLY_MAX];
	struct io_datagram datagram = {message,
	    lvn_server_request_write(request, rcode, message, limit),
	    (struct sockaddr *)&request->address, request->address_size};

	return send_or_keep_locked(udp, &datagram);
}

static int
send_reply(struct evdns_server_port *port, struct server_request *request, unsigned rcode)
{
	struct udp_port *udp = udp_of(port);
	size_t limit = request->limit < REPLY_MAX ? request->limit : REPLY_MAX;
	int rc = 0;

	lvn_private_lock_acquire(port->lock);
	if (request == udp->current)
		send_with_others_locked(udp, request, rcode, limit);
	else
		rc = send_alone_locked(udp, request, rcode, limit);
	lvn_private_lock_release(port->lock);
	return rc;
}

/* ---- Receiving ------------------------------------------------------------------------- */

static void
refuse_locked(struct udp_port *udp, const struct dns_header *header, unsigned rcode,
    const struct io_datagram *datagram)
{
	uint8_t *space = outgoing_space_locked(udp, LVN_SERVER_REFUSAL_CAPACITY);
	size_t size = lvn_server_query_refuse(header, (uint16_t)rcode, space);

	add_outgoing_locked(udp, size, datagram->address, datagram->address_size);
}

/* Whether the callbacks of this batch have taken so long that replies should not wait. */
static bool
is_late_locked(struct udp_port *udp)
{
	struct timeval now, passed;

	if (udp->outgoing_count == 0 || !has_base_locked(udp))
		return false;
	event_gettime_monotonic(udp->base, &now);
	evutil_timersub(&now, &udp->batch_at, &passed);
	return passed.tv_sec > 0 || passed.tv_usec >= BATCH_US;
}

static void
take_datagram_locked(struct udp_port *udp, const struct io_datagram *datagram)
{
	struct server_query query;
	int rc = lvn_server_query_read(datagram->data, datagram->size, &query);
	struct server_request *request;

	if (rc < 0)
		return;
	if (rc > 0) {
		refuse_locked(udp, &query.header, (unsigned)rc, datagram);
		return;
	}
	request = lvn_server_request_new(&query, datagram->address, datagram->address_size);
	if (!request) {
		refuse_locked(udp, &query.header, DNS_RCODE_SERVFAIL, datagram);
		return;
	}
	udp->current = request;
	lvn_server_port_deliver_locked(&udp->port, request);
	udp->current = NULL;
	if (is_late_locked(udp))
		send_outgoing_locked(udp);
}

/* Returns how many were received, or -errno. */
static int
receive_batch_locked(struct udp_port *udp, struct io_datagram *datagrams)
{
	int count;

	for (unsigned i = 0; i < BATCH_MAX; i++) {
		datagrams[i] = (struct io_datagram){udp->incoming[i], QUERY_MAX,
		    (struct sockaddr *)&udp->incoming_addresses[i],
		    sizeof(udp->incoming_addresses[i])};
	}
	event_gettime_monotonic(udp->base, &udp->batch_at);
	do {
		count = lvn_io_receive_many(udp->fd, datagrams, BATCH_MAX);
	} while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

/* Errors of what was sent before, on a connected socket, and want of memory. */
static bool
will_pass(int error)
{
	switch (error) {
	case EBADF:
	case EFAULT:
	case EINVAL:
	case ENOTCONN:
	case ENOTSOCK:
	case EOPNOTSUPP:
		return false;
	default:
		return true;
	}
}

static void stop_watching_locked(struct udp_port *udp);

static void
on_failed_locked(struct udp_port *udp, int error)
{
	if (error == EAGAIN || error == ECONNREFUSED)
		return;
	lvn_dns_log_warn("Error %s (%d) while reading request.", strerror(error), error);
	/* Or the loop would find it readable for ever. */
	if (!will_pass(error))
		stop_watching_locked(udp);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct udp_port *udp = arg;
	struct io_datagram datagrams[BATCH_MAX];
	int count = BATCH_MAX;

	(void)fd;
	(void)what;
	lvn_private_lock_acquire(udp->port.lock);
	for (int done = 0; done < TURN_MAX && count == BATCH_MAX && !udp->port.closed;
	     done += count) {
		count = receive_batch_locked(udp, datagrams);
		if (count < 0)
			on_failed_locked(udp, -count);
		for (int i = 0; i < count && !udp->port.closed; i++)
			take_datagram_locked(udp, &datagrams[i]);
		send_outgoing_locked(udp);
	}
	lvn_private_lock_release(udp->port.lock);
}

/* ---- The end --------------------------------------------------------------------------- */

/* On the loop's thread: neither callback runs. */
static void
on_finalized(struct event *ev, void *arg)
{
	struct udp_port *udp = arg;

	(void)ev;
	lvn_private_lock_acquire(udp->port.lock);
	lvn_server_port_leave_locked(&udp->port);
}

/* The caller has a reference. */
static void
stop_watching_locked(struct udp_port *udp)
{
	if (!udp->is_watched)
		return;
	if (has_base_locked(udp)) {
		(void)send_unsent_locked(udp);
		event_del_noblock(&udp->on_writable);
		event_del_noblock(&udp->on_retry);
		event_finalize(0, &udp->on_readable, on_finalized);
	} else {
		udp->port.references--;
	}
	udp->is_watched = false;
}

static void
stop(struct evdns_server_port *port)
{
	stop_watching_locked(udp_of(port));
}

static void
close_socket(struct evdns_server_port *port)
{
	struct udp_port *udp = udp_of(port);

	send_outgoing_locked(udp);
	lvn_io_close(udp->fd);
	udp->fd = -1;
}

static void
free_port(struct evdns_server_port *port)
{
	struct udp_port *udp = udp_of(port);

	while (udp->unsent_first)
		remove_first_unsent_locked(udp);
	event_debug_unassign(&udp->on_readable);
	event_debug_unassign(&udp->on_writable);
	event_debug_unassign(&udp->on_retry);
	lvn_server_port_clear(port);
	lvn_free(udp);
}

static const struct server_port_ops ops = {
    .send = send_reply,
    .stop_locked = stop,
    .close_locked = close_socket,
    .free = free_port,
};

/* ---- The beginning --------------------------------------------------------------------- */

int
lvn_server_udp_new(struct event_base *base, int fd, evdns_request_callback_fn_type callback,
    void *arg, struct evdns_server_port **port_out)
{
	struct udp_port *udp = lvn_alloc(sizeof(*udp));
	int rc;

	if (!udp)
		return -ENOMEM;
	rc = lvn_server_port_init(&udp->port, &ops, callback, arg);
	if (rc < 0) {
		lvn_free(udp);
		return rc;
	}
	udp->fd = fd;
	udp->current = NULL;
	udp->unsent_first = NULL;
	udp->unsent_last = &udp->unsent_first;
	udp->unsent_size = 0;
	udp->is_waiting = false;
	udp->outgoing_count = 0;
	udp->outgoing_size = 0;
	event_assign(&udp->on_readable, base, fd, EV_READ | EV_PERSIST, on_readable, udp);
	event_assign(&udp->on_writable, base, fd, EV_WRITE, on_sendable, udp);
	event_assign(&udp->on_retry, base, -1, 0, on_sendable, udp);
	errno = 0;
	/* Without one it is the current base. */
	udp->base = event_get_base(&udp->on_readable);
	udp->is_watched = event_add(&udp->on_readable, NULL) == 0;
	if (!udp->is_watched) {
		rc = errno ? -errno : -ENOMEM;
		free_port(&udp->port);
		return rc;
	}
	*port_out = &udp->port;
	return 0;
}
