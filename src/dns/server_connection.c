/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/server_connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/private.h"

/* In front of each message. */
#define LENGTH_SIZE 2

/* Of one client.  With more it is not read from. */
#define REQUESTS_MAX 64
#define OUTPUT_MAX   65536

/* A reply that is made without an allocation. */
#define SMALL_REPLY 2048

/* ---- The end --------------------------------------------------------------------------- */

static void
free_if_unused_locked(struct server_connection *connection)
{
	if (!connection->stream && connection->request_count == 0 && !connection->is_processing &&
	    !connection->is_buried)
		lvn_free(connection);
}

/* The connection stays. */
static void
close_stream_locked(struct server_connection *connection)
{
	lvn_dns_ring_remove(&connection->link);
	connection->all->open_count--;
	bufferevent_free(connection->stream);
	connection->stream = NULL;
}

void
lvn_server_connection_close_locked(struct server_connection *connection)
{
	close_stream_locked(connection);
	free_if_unused_locked(connection);
}

/* Sends what the kernel takes at once, because there is no later.  Returns false if more is left. */
static bool
send_rest_locked(struct server_connection *connection)
{
	struct evbuffer *output = bufferevent_get_output(connection->stream);

	if (evbuffer_get_length(output) > 0) {
		evbuffer_unfreeze(output, 1);
		evbuffer_write(output, bufferevent_getfd(connection->stream));
	}
	return evbuffer_get_length(output) == 0;
}

/* The port is closed.  The connection stays. */
static void
bury_locked(struct server_connection *connection)
{
	bufferevent_setcb(connection->stream, NULL, NULL, NULL, NULL);
	if (send_rest_locked(connection) && connection->request_count > 0) {
		connection->last_fd = bufferevent_getfd(connection->stream);
		bufferevent_setfd(connection->stream, -1);
	}
	close_stream_locked(connection);
	connection->is_buried = true;
	lvn_dns_ring_append(&connection->all->buried, &connection->link);
}

static void
close_last_fd_locked(struct server_connection *connection)
{
	if (connection->last_fd >= 0)
		lvn_io_close(connection->last_fd);
	connection->last_fd = -1;
}

bool
lvn_server_connection_is_idle_locked(const struct server_connection *connection)
{
	return connection->request_count == 0 &&
	       evbuffer_get_length(bufferevent_get_output(connection->stream)) == 0;
}

/* ---- Queries --------------------------------------------------------------------------- */

void
lvn_server_connection_touch_locked(struct server_connection *connection)
{
	event_gettime_monotonic(connection->all->base, &connection->active_at);
	lvn_dns_ring_append(&connection->all->open, &connection->link);
}

/* Whether the next query may be taken. */
static bool
may_take_locked(const struct server_connection *connection)
{
	return connection->stream && connection->request_count < REQUESTS_MAX &&
	       evbuffer_get_length(bufferevent_get_output(connection->stream)) < OUTPUT_MAX;
}

/* The first message of the input; NULL as long as it is not whole, or without memory. */
static const uint8_t *
find_message(struct evbuffer *input, size_t *size_out)
{
	uint8_t length[LENGTH_SIZE];
	const uint8_t *bytes;

	if (evbuffer_copyout(input, length, LENGTH_SIZE) < LENGTH_SIZE)
		return NULL;
	*size_out = (size_t)length[0] << 8 | length[1];
	if (evbuffer_get_length(input) < LENGTH_SIZE + *size_out)
		return NULL;
	bytes = evbuffer_pullup(input, (ev_ssize_t)(LENGTH_SIZE + *size_out));
	return bytes ? bytes + LENGTH_SIZE : NULL;
}

/* Without the loop: the kernel takes all of it at once, or nothing more is sent. */
static int
write_last_locked(struct server_connection *connection, const uint8_t *bytes, size_t size)
{
	if (connection->last_fd < 0)
		return -ENOTCONN;
	if (lvn_io_sendto(connection->last_fd, bytes, size, NULL, 0) == (ssize_t)size)
		return 0;
	close_last_fd_locked(connection);
	return -EPIPE;
}

/* A message with space for its length.  Returns 0 or -errno. */
static int
write_message_locked(struct server_connection *connection, uint8_t *message, size_t size)
{
	message[0] = (uint8_t)(size >> 8);
	message[1] = (uint8_t)size;
	size += LENGTH_SIZE;
	if (!connection->stream)
		return write_last_locked(connection, message, size);
	return bufferevent_write(connection->stream, message, size) < 0 ? -ENOMEM : 0;
}

static int
refuse_locked(struct server_connection *connection, const struct dns_header *header, uint16_t rcode)
{
	uint8_t message[LENGTH_SIZE + LVN_SERVER_REFUSAL_CAPACITY];
	size_t size = lvn_server_query_refuse(header, rcode, message + LENGTH_SIZE);

	return write_message_locked(connection, message, size);
}

/* Returns the request of a query; NULL if it was refused, or is no query: then -EBADMSG in *rc. */
static struct server_request *
read_request_locked(
    struct server_connection *connection, const uint8_t *message, size_t size, int *rc)
{
	struct server_request *request = NULL;
	struct server_query query;
	int verdict = lvn_server_query_read(message, size, &query);

	*rc = verdict < 0 ? verdict : 0;
	if (verdict == 0) {
		request = lvn_server_request_new(&query,
		    (const struct sockaddr *)&connection->address, connection->address_size);
		verdict = request ? 0 : DNS_RCODE_SERVFAIL;
	}
	if (verdict > 0)
		*rc = refuse_locked(connection, &query.header, (uint16_t)verdict);
	return request;
}

static void
deliver_locked(struct server_connection *connection, struct server_request *request)
{
	request->connection = connection;
	connection->request_count++;
	lvn_server_port_deliver_locked(connection->all->port, request);
}

/* The program may close the port, and the stream with it. */
static void
take_message_locked(struct server_connection *connection, const uint8_t *message, size_t size)
{
	int rc;
	struct server_request *request = read_request_locked(connection, message, size, &rc);

	evbuffer_drain(bufferevent_get_input(connection->stream), LENGTH_SIZE + size);
	if (rc < 0)
		close_stream_locked(connection);
	else
		lvn_server_connection_touch_locked(connection);
	if (request)
		deliver_locked(connection, request);
}

static void
take_messages_locked(struct server_connection *connection)
{
	const uint8_t *message;
	size_t size;

	while (may_take_locked(connection) &&
	       (message = find_message(bufferevent_get_input(connection->stream), &size)) != NULL)
		take_message_locked(connection, message, size);
}

/* Reads from the client if its next query may be taken, or else waits. */
static void
set_reading_locked(struct server_connection *connection)
{
	bool is_paused = !may_take_locked(connection);

	if (is_paused == connection->is_paused || connection->has_ended)
		return;
	connection->is_paused = is_paused;
	if (is_paused)
		bufferevent_disable(connection->stream, EV_READ);
	else
		bufferevent_enable(connection->stream, EV_READ);
}

/* On the loop's thread.  The connection may be freed. */
static void
process_locked(struct server_connection *connection)
{
	connection->is_processing = true;
	take_messages_locked(connection);
	connection->is_processing = false;
	if (connection->stream) {
		set_reading_locked(connection);
		if (connection->has_ended && lvn_server_connection_is_idle_locked(connection))
			close_stream_locked(connection);
	}
	free_if_unused_locked(connection);
}

/* ---- Replies --------------------------------------------------------------------------- */

int
lvn_server_connection_send_locked(
    struct server_connection *connection, const struct server_request *request, unsigned rcode)
{
	uint8_t small[LENGTH_SIZE + SMALL_REPLY], *message = small;
	size_t limit = lvn_server_request_bound(request);
	size_t size;
	int rc;

	if (limit > SMALL_REPLY)
		message = lvn_alloc(LENGTH_SIZE + limit);
	if (!message)
		return -ENOMEM;
	size = lvn_server_request_write(request, rcode, message + LENGTH_SIZE, limit);
	rc = write_message_locked(connection, message, size);
	if (message != small)
		lvn_free(message);
	return rc;
}

void
lvn_server_connection_detach_locked(struct server_connection *connection)
{
	connection->request_count--;
	if (!connection->stream) {
		if (connection->request_count == 0)
			close_last_fd_locked(connection);
		free_if_unused_locked(connection);
		return;
	}
	lvn_server_connection_touch_locked(connection);
	/* The loop's thread takes the next queries, or closes it. */
	if (!connection->is_processing && (connection->is_paused || connection->has_ended))
		bufferevent_trigger(connection->stream, EV_READ,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* ---- Callbacks of the stream --------------------------------------------------------------- */

static void
on_progress(struct bufferevent *stream, void *arg)
{
	struct server_connection *connection = arg;
	struct lock *lock = connection->all->port->lock;

	(void)stream;
	lvn_private_lock_acquire(lock);
	/* Another thread may have closed it. */
	if (connection->stream)
		process_locked(connection);
	lvn_private_lock_release(lock);
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	struct server_connection *connection = arg;
	struct lock *lock = connection->all->port->lock;

	(void)stream;
	lvn_private_lock_acquire(lock);
	if (connection->stream && (what & BEV_EVENT_EOF)) {
		connection->has_ended = true;
		process_locked(connection);
	} else if (connection->stream) {
		lvn_server_connection_close_locked(connection);
	}
	lvn_private_lock_release(lock);
}

/* ---- The beginning ----------------------------------------------------------------------- */

static void
set_up_stream(struct server_connection *connection, int fd)
{
	/* Replies are sent at once, also while the client has not acknowledged others. */
	(void)lvn_io_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	bufferevent_setcb(connection->stream, on_progress, on_progress, on_event, connection);
	bufferevent_setwatermark(connection->stream, EV_READ, 0, LENGTH_SIZE + LVN_DNS_MESSAGE_MAX);
}

int
lvn_server_connection_open_locked(
    struct server_connections *all, int fd, const struct sockaddr *address, unsigned address_size)
{
	struct server_connection *connection = lvn_calloc(1, sizeof(*connection));

	if (!connection)
		return -ENOMEM;
	connection->stream = bufferevent_socket_new(all->base, fd,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS |
		BEV_OPT_UNLOCK_CALLBACKS);
	if (!connection->stream) {
		lvn_free(connection);
		return -ENOMEM;
	}
	lvn_dns_ring_init(&connection->link);
	connection->all = all;
	connection->last_fd = -1;
	connection->address_size = address_size;
	memcpy(&connection->address, address, address_size);
	all->open_count++;
	lvn_server_connection_touch_locked(connection);
	set_up_stream(connection, fd);
	if (bufferevent_enable(connection->stream, EV_READ) < 0)
		lvn_server_connection_close_locked(connection);
	return 0;
}

/* ---- All connections of a port ------------------------------------------------------------- */

void
lvn_server_connection_stop_all_locked(struct server_connections *all)
{
	while (!lvn_dns_ring_is_alone(&all->open))
		bury_locked(container_of(all->open.next, struct server_connection, link));
}

void
lvn_server_connection_finalize_all_locked(struct server_connections *all)
{
	while (!lvn_dns_ring_is_alone(&all->buried)) {
		struct server_connection *connection =
		    container_of(all->buried.next, struct server_connection, link);

		lvn_dns_ring_remove(&connection->link);
		connection->is_buried = false;
		free_if_unused_locked(connection);
	}
}
