/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/phase_limits.h"
#include "base/limit.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "http/connection.h"
#include "http/drain.h"
#include "http/exchange.h"
#include "http/server.h"
#include "http/service.h"

/* A head has to be complete after this time, or after so many read timeouts if that is less. */
#define HEAD_MS          60000
#define HEAD_IN_TIMEOUTS 5

/* What is too short to say how fast a body is. */
#define RATE_AFTER_US 5000000

static const struct levin_http_server_settings *
settings_of(const struct evhttp_connection *connection)
{
	const struct evhttp *server = connection->server;

	return server && server->service ? &server->service->settings : NULL;
}

static int64_t
setting_of_phase(
    const struct evhttp_connection *connection, const struct levin_http_server_settings *settings)
{
	return connection->phase == HTTP_PHASE_BODY ? settings->body_timeout_ms
						    : settings->keep_alive_timeout_ms;
}

void
lvn_http_phase_limits_apply(struct evhttp_connection *connection)
{
	const struct levin_http_server_settings *settings = settings_of(connection);
	struct timeval timeout = connection->read_timeout;
	int64_t timeout_ms = settings ? setting_of_phase(connection, settings) : 0;

	if (timeout_ms)
		timeout = lvn_limit_duration(timeout_ms);
	bufferevent_set_timeouts(connection->bev, &timeout, &connection->write_timeout);
}

bool
lvn_http_phase_limits_differ(const struct evhttp_connection *connection)
{
	const struct levin_http_server_settings *settings = settings_of(connection);

	return settings && (settings->body_timeout_ms || settings->keep_alive_timeout_ms);
}

/* ---- the head ---- */

static int64_t
now_ms(const struct evhttp_connection *connection)
{
	struct timeval now = {0, 0};

	event_gettime_monotonic(connection->base, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

static int64_t
most_for_head_ms(const struct evhttp_connection *connection)
{
	const struct levin_http_server_settings *settings = settings_of(connection);
	int64_t timeout_ms = (int64_t)connection->read_timeout.tv_sec * 1000 +
			     connection->read_timeout.tv_usec / 1000;

	if (settings && settings->head_timeout_ms)
		return settings->head_timeout_ms < 0 || settings->head_timeout_ms > INT32_MAX
			   ? INT32_MAX
			   : settings->head_timeout_ms;
	if (timeout_ms > 0 && timeout_ms < HEAD_MS / HEAD_IN_TIMEOUTS)
		return timeout_ms * HEAD_IN_TIMEOUTS;
	return HEAD_MS;
}

/* The read timeout is shortened so that it ends when the whole head has to be there. */
bool
lvn_http_phase_limits_wait_for_head(struct evhttp_connection *connection)
{
	struct timeval timeout = connection->read_timeout;
	struct timeval left;
	int64_t now = now_ms(connection);
	int64_t left_ms;

	if (connection->head_began_ms == 0)
		connection->head_began_ms = now;
	left_ms = connection->head_began_ms + most_for_head_ms(connection) - now;
	if (left_ms <= 0)
		return false;
	left = (struct timeval){(time_t)(left_ms / 1000), (suseconds_t)(left_ms % 1000 * 1000)};
	if (!evutil_timerisset(&timeout) || evutil_timercmp(&left, &timeout, <))
		timeout = left;
	bufferevent_set_timeouts(connection->bev, &timeout, &connection->write_timeout);
	return true;
}

void
lvn_http_phase_limits_head_has_come(struct evhttp_connection *connection)
{
	if (connection->head_began_ms == 0)
		return;
	connection->head_began_ms = 0;
	lvn_http_phase_limits_apply(connection);
}

/* ---- the request ---- */

int
lvn_http_phase_limits_begin_request(
    struct evhttp_connection *connection, void (*on_deadline)(evutil_socket_t, short, void *))
{
	int64_t timeout_ms = connection->server->service->settings.request_timeout_ms;
	const struct timeval timeout = lvn_limit_duration(timeout_ms);

	if (timeout_ms <= 0)
		return 0;
	if (!connection->deadline)
		connection->deadline = event_new(connection->base, -1, 0, on_deadline, connection);
	if (!connection->deadline || event_add(connection->deadline, &timeout) < 0)
		return -ENOMEM;
	return 0;
}

void
lvn_http_phase_limits_enter_body(struct evhttp_connection *connection)
{
	const struct levin_http_server_settings *settings = settings_of(connection);

	lvn_http_exchange_mark(connection->current, HTTP_MARK_HEAD);
	connection->request_count++;
	if (lvn_http_drain_is_on(connection->server) ||
	    connection->request_count == settings->connection_requests)
		connection->must_close = true;
	if (lvn_http_phase_limits_differ(connection))
		lvn_http_phase_limits_apply(connection);
	lvn_http_phase_limits_restart_body(connection);
}

/* ---- the body ---- */

void
lvn_http_phase_limits_restart_body(struct evhttp_connection *connection)
{
	const struct levin_http_server_settings *settings = settings_of(connection);
	struct http_exchange *exchange = lvn_http_request_of(connection->current)->exchange;

	if (!settings || settings->body_rate <= 0 || !exchange)
		return;
	exchange->body_since_us = lvn_http_exchange_now_us(connection->current);
	exchange->body_at_since = connection->reader.body_size;
}

bool
lvn_http_phase_limits_is_slow(struct evhttp_connection *connection)
{
	const struct levin_http_server_settings *settings = settings_of(connection);
	const struct http_exchange *exchange = lvn_http_request_of(connection->current)->exchange;
	int64_t span_us;
	uint64_t come;

	if (!settings || settings->body_rate <= 0 || !exchange || !exchange->body_since_us)
		return false;
	span_us = lvn_http_exchange_now_us(connection->current) - exchange->body_since_us;
	come = connection->reader.body_size - exchange->body_at_since;
	return span_us > RATE_AFTER_US &&
	       come / ((uint64_t)span_us / 1000000) < (uint64_t)settings->body_rate;
}
