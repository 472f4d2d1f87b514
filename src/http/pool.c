/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/pool.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>

#include "base/private.h"
#include "base/text.h"

/* ---- origins ---- */

static void
append(struct http_origin_list *list, struct http_origin *origin)
{
	origin->is_listed = true;
	origin->next_listed = NULL;
	*list->end = origin;
	list->end = &origin->next_listed;
}

/* NULL if there is none. */
static struct http_origin *
shift(struct http_origin_list *list)
{
	struct http_origin *origin = list->first;

	if (!origin)
		return NULL;
	list->first = origin->next_listed;
	if (!list->first)
		list->end = &list->first;
	origin->is_listed = false;
	return origin;
}

/* Something has changed for the origin, so that lvn_http_pool_serve has to look at it. */
static void
mark(struct http_pool *pool, struct http_origin *origin)
{
	if (!origin->is_listed)
		append(&pool->changed, origin);
	event_active(pool->wake, EV_TIMEOUT, 0);
}

/* One that the limit in all has held back gets a chance. */
static void
unblock(struct http_pool *pool)
{
	struct http_origin *origin = shift(&pool->blocked);

	if (origin)
		mark(pool, origin);
}

static bool
has_route(const struct http_origin *origin, const struct http_route *route)
{
	const char *path = origin->route.unix_path;

	if (!path != !route->unix_path || (path && strcmp(path, route->unix_path) != 0))
		return false;
	return origin->route.proxy == route->proxy && origin->route.is_tls == route->is_tls &&
	       origin->route.port == route->port &&
	       lvn_text_compare(origin->host, route->host) == 0;
}

static void
free_origin(struct http_origin *origin)
{
	lvn_free(origin->host);
	lvn_free(origin->unix_path);
	lvn_free(origin);
}

static struct http_origin *
new_origin(struct http_pool *pool, const struct http_route *route)
{
	struct http_origin *origin = lvn_calloc(1, sizeof(*origin));

	if (!origin)
		return NULL;
	origin->host = lvn_strdup(route->host);
	origin->unix_path = route->unix_path ? lvn_strdup(route->unix_path) : NULL;
	if (!origin->host || (route->unix_path && !origin->unix_path)) {
		free_origin(origin);
		return NULL;
	}
	origin->route = *route;
	origin->route.host = origin->host;
	origin->route.unix_path = origin->unix_path;
	origin->waiting_end = &origin->waiting;
	origin->next = pool->origins;
	pool->origins = origin;
	return origin;
}

static struct http_origin *
find_origin(struct http_pool *pool, const struct http_route *route)
{
	for (struct http_origin *origin = pool->origins; origin; origin = origin->next)
		if (has_route(origin, route))
			return origin;
	return new_origin(pool, route);
}

static void
forget_if_unused(struct http_pool *pool, struct http_origin *origin)
{
	struct http_origin **link = &pool->origins;

	if (origin->is_listed || origin->waiting || origin->connections)
		return;
	while (*link != origin)
		link = &(*link)->next;
	*link = origin->next;
	free_origin(origin);
}

/* ---- the queue of an origin ---- */

static void
link_waiter(struct http_waiter *waiter, struct http_waiter **link)
{
	struct http_origin *origin = waiter->origin;

	waiter->next = *link;
	waiter->link = link;
	*link = waiter;
	if (waiter->next)
		waiter->next->link = &waiter->next;
	else
		origin->waiting_end = &waiter->next;
}

static void
unlink_waiter(struct http_pool *pool, struct http_waiter *waiter)
{
	*waiter->link = waiter->next;
	if (waiter->next)
		waiter->next->link = waiter->link;
	else
		waiter->origin->waiting_end = waiter->link;
	waiter->link = NULL;
	pool->waiting_count--;
}

int
lvn_http_pool_wait(struct http_pool *pool, struct http_waiter *waiter,
    const struct http_route *route, bool in_front)
{
	struct http_origin *origin;

	if (pool->waiting_count >= pool->limits.waiting)
		return -ENOBUFS;
	origin = find_origin(pool, route);
	if (!origin)
		return -ENOMEM;
	waiter->origin = origin;
	link_waiter(waiter, in_front ? &origin->waiting : origin->waiting_end);
	pool->waiting_count++;
	mark(pool, origin);
	return 0;
}

/* ---- connections ---- */

static void
take_out_of_idle(struct http_pool_connection *connection)
{
	struct http_pool_connection **link = &connection->origin->idle;

	while (*link && *link != connection)
		link = &(*link)->next_idle;
	if (!*link)
		return;
	*link = connection->next_idle;
	connection->pool->idle_count--;
	event_del(&connection->idle_timer);
}

static void
drop(struct http_pool_connection *connection)
{
	struct http_pool *pool = connection->pool;
	struct http_origin *origin = connection->origin;
	struct http_pool_connection **link = &origin->connections;

	take_out_of_idle(connection);
	while (*link != connection)
		link = &(*link)->next;
	*link = connection->next;
	origin->count--;
	pool->count--;
	lvn_http_dial_stop(&connection->dial);
	if (connection->client) {
		connection->client->connection.on_close = NULL;
		lvn_http_client_free(connection->client);
	}
	lvn_free(connection);
	mark(pool, origin);
	unblock(pool);
}

static void
on_closed(struct evhttp_connection *closed, void *arg)
{
	struct http_pool_connection *connection = arg;

	(void)closed;
	connection->is_closed = true;
	if (!connection->waiter)
		drop(connection);
}

static void
on_idle_for_too_long(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop(arg);
}

static struct http_pool_connection *
new_connection(struct http_pool *pool, struct http_origin *origin)
{
	struct http_pool_connection *connection = lvn_calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->pool = pool;
	connection->origin = origin;
	connection->next = origin->connections;
	origin->connections = connection;
	origin->count++;
	pool->count++;
	evtimer_assign(&connection->idle_timer, pool->base, on_idle_for_too_long, connection);
	return connection;
}

static void
connect_to_waiter(struct http_pool_connection *connection, struct http_waiter *waiter)
{
	connection->waiter = waiter;
	waiter->connection = connection;
}

static struct http_waiter *
part_from_waiter(struct http_pool_connection *connection)
{
	struct http_waiter *waiter = connection->waiter;

	connection->waiter = NULL;
	waiter->connection = NULL;
	return waiter;
}

/* ---- dialing ---- */

static struct http_pool_connection *
of_dial(struct http_dial *dial)
{
	return container_of(dial, struct http_pool_connection, dial);
}

static void
fail(struct http_pool_connection *connection, enum levin_http_fetch_end end, const char *reason)
{
	struct http_waiter *waiter = part_from_waiter(connection);
	char copy[LVN_HTTP_REASON_SIZE];

	evutil_snprintf(copy, sizeof(copy), "%s", reason);
	drop(connection);
	waiter->on_failed(waiter, end, copy);
}

static void
on_tls(struct http_dial *dial)
{
	struct http_waiter *waiter = of_dial(dial)->waiter;

	waiter->on_tls(waiter);
}

/* Timeouts are the business of those who use it. */
static void
watch(struct http_pool_connection *connection)
{
	struct evhttp_connection *watched = &connection->client->connection;

	watched->on_close = on_closed;
	watched->on_close_arg = connection;
	evutil_timerclear(&watched->read_timeout);
	evutil_timerclear(&watched->write_timeout);
	lvn_http_connection_set_timeouts(watched);
}

static void
on_dialed(struct http_dial *dial)
{
	struct http_pool_connection *connection = of_dial(dial);
	struct http_pool *pool = connection->pool;
	struct bufferevent *bev;

	if (!dial->bev) {
		fail(connection, dial->end, dial->reason);
		return;
	}
	bev = lvn_http_dial_take(dial);
	connection->client = lvn_http_client_new_connected(pool->base, NULL, bev);
	if (!connection->client) {
		bufferevent_free(bev);
		fail(connection, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
		return;
	}
	watch(connection);
	pool->opened++;
	connection->waiter->on_connected(connection->waiter);
}

static void
dial(struct http_pool *pool, struct http_origin *origin, struct http_waiter *waiter)
{
	struct http_pool_connection *connection = new_connection(pool, origin);
	struct http_dial *dial;

	unlink_waiter(pool, waiter);
	if (!connection) {
		waiter->on_failed(waiter, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
		return;
	}
	connect_to_waiter(connection, waiter);
	dial = &connection->dial;
	dial->base = pool->base;
	dial->dns = pool->dns;
	dial->tls = pool->tls;
	dial->route = &origin->route;
	dial->on_tls = on_tls;
	dial->on_done = on_dialed;
	waiter->on_dialing(waiter);
	if (lvn_http_dial_start(dial) < 0)
		fail(connection, dial->end, dial->reason);
}

/* ---- who gets what ---- */

static void
reuse(struct http_pool *pool, struct http_origin *origin, struct http_waiter *waiter)
{
	struct http_pool_connection *connection = origin->idle;

	take_out_of_idle(connection);
	unlink_waiter(pool, waiter);
	connect_to_waiter(connection, waiter);
	connection->was_used = true;
	pool->reused++;
	waiter->on_connected(waiter);
}

/* Of all origins, the one that has been idle the longest; NULL if there is none. */
static struct http_pool_connection *
oldest_idle(const struct http_pool *pool)
{
	struct http_pool_connection *oldest = NULL;

	for (struct http_origin *origin = pool->origins; origin; origin = origin->next)
		for (struct http_pool_connection *idle = origin->idle; idle; idle = idle->next_idle)
			if (!oldest || idle->idle_number < oldest->idle_number)
				oldest = idle;
	return oldest;
}

/* Within the limits, for which an idle connection may be closed. */
static bool
may_dial(struct http_pool *pool, struct http_origin *origin)
{
	if (origin->count >= pool->limits.per_origin) {
		if (!origin->idle)
			return false;
		drop(origin->idle);
	}
	if (pool->count >= pool->limits.in_all && pool->idle_count > 0)
		drop(oldest_idle(pool));
	if (pool->count < pool->limits.in_all)
		return true;
	if (!origin->is_listed)
		append(&pool->blocked, origin);
	return false;
}

/* Returns whether another one may be served. */
static bool
serve_next(struct http_pool *pool, struct http_origin *origin)
{
	struct http_waiter *waiter = origin->waiting;

	if (!waiter)
		return false;
	if (origin->idle && !waiter->wants_new)
		reuse(pool, origin, waiter);
	else if (may_dial(pool, origin))
		dial(pool, origin, waiter);
	else
		return false;
	return !pool->is_cleared;
}

/* An origin that was unblocked may need its place no more: then it is another one's. */
static void
pass_place_on(struct http_pool *pool)
{
	if (pool->count < pool->limits.in_all || pool->idle_count > 0)
		unblock(pool);
}

void
lvn_http_pool_serve(struct http_pool *pool)
{
	struct http_origin *origin;

	while (!pool->is_cleared && (origin = shift(&pool->changed)) != NULL) {
		while (serve_next(pool, origin))
			;
		if (pool->is_cleared)
			break;
		forget_if_unused(pool, origin);
		pass_place_on(pool);
	}
}

void
lvn_http_pool_leave(struct http_pool *pool, struct http_waiter *waiter)
{
	if (waiter->link)
		unlink_waiter(pool, waiter);
	if (waiter->connection) {
		struct http_pool_connection *connection = waiter->connection;

		(void)part_from_waiter(connection);
		drop(connection);
	}
}

static bool
can_be_idle(struct http_pool_connection *connection)
{
	const struct timeval *limit = &connection->pool->limits.idle;

	if (connection->is_closed || connection->client->state != HTTP_CLIENT_OPEN)
		return false;
	bufferevent_enable(connection->client->connection.bev, EV_READ);
	return !evutil_timerisset(limit) || evtimer_add(&connection->idle_timer, limit) == 0;
}

void
lvn_http_pool_release(struct http_pool *pool, struct http_waiter *waiter)
{
	struct http_pool_connection *connection = waiter->connection;
	struct http_origin *origin = connection->origin;

	(void)part_from_waiter(connection);
	if (!can_be_idle(connection)) {
		drop(connection);
		return;
	}
	connection->idle_number = pool->idle_number++;
	connection->next_idle = origin->idle;
	origin->idle = connection;
	pool->idle_count++;
	mark(pool, origin);
	unblock(pool);
}

/* ---- life ---- */

void
lvn_http_pool_init(struct http_pool *pool, struct event *wake)
{
	pool->wake = wake;
	pool->changed.end = &pool->changed.first;
	pool->blocked.end = &pool->blocked.first;
}

void
lvn_http_pool_clear(struct http_pool *pool)
{
	pool->is_cleared = true;
	for (struct http_origin *origin = pool->origins; origin; origin = origin->next)
		while (origin->connections)
			drop(origin->connections);
	while (pool->origins) {
		struct http_origin *origin = pool->origins;

		pool->origins = origin->next;
		free_origin(origin);
	}
	event_free(pool->wake);
}
