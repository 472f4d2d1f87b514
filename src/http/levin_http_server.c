/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of servers: levin/http_server.h.
 */
#include <errno.h>
#include <levin/http_server.h>
#include <limits.h>

#include "base/limit.h"
#include "base/private.h"
#include "http/drain_start.h"
#include "http/server.h"
#include "http/service.h"

static int
fail(int error)
{
	errno = error;
	return -1;
}

/* Returns 0 or -1; for NULL with a line in the log. */
static int
check(const void *argument, const char *caller)
{
	if (argument)
		return 0;
	lvn_log_misuse(caller, "an argument is NULL");
	return fail(EINVAL);
}

int
levin_http_server_route(struct evhttp *http, uint32_t methods, const char *pattern, unsigned flags,
    levin_http_request_fn *callback, void *arg)
{
	const struct http_route route = {
	    .methods = methods ? methods : UINT32_MAX,
	    .flags = flags,
	    .call = callback,
	    .arg = arg,
	};
	struct http_service *service;
	int rc;

	if (check(http, __func__) < 0 || check(pattern, __func__) < 0 ||
	    check((const void *)(uintptr_t)callback, __func__) < 0)
		return -1;
	if (flags & ~(unsigned)LEVIN_HTTP_AT_HEAD)
		return fail(EINVAL);
	service = lvn_http_service_of(http);
	rc = service ? lvn_http_route_add(&service->routes, pattern, &route) : -ENOMEM;
	return rc < 0 ? fail(-rc) : 0;
}

/* ---- limits ---- */

/* Of a head, where 0 stands for no limit. */
static void
set_size(size_t *size, int64_t setting)
{
	if (setting)
		*size = setting < 0 ? 0 : lvn_limit_size(setting, 0);
}

static void
set_limits(struct evhttp *http, const struct levin_http_server_settings *settings)
{
	set_size(&http->limits.head_size, settings->head_size);
	set_size(&http->limits.line_size, settings->line_size);
	if (settings->fields)
		http->limits.fields =
		    settings->fields < 0 ? 0 : lvn_limit_count(settings->fields, 0);
	if (settings->connections)
		http->most_connections =
		    settings->connections > INT_MAX ? INT_MAX : (int)settings->connections;
	http->most_in_body = lvn_limit_of(settings->body_size, http->most_in_body);
	if (settings->write_timeout_ms)
		http->write_timeout = lvn_limit_duration(settings->write_timeout_ms);
}

static bool
are_valid(const struct levin_http_server_settings *settings)
{
	const int64_t limits[] = {settings->head_timeout_ms, settings->body_timeout_ms,
	    settings->write_timeout_ms, settings->keep_alive_timeout_ms,
	    settings->request_timeout_ms, settings->body_rate, settings->body_size,
	    settings->head_size, settings->line_size, settings->fields, settings->connections,
	    settings->connection_requests};

	for (size_t i = 0; i < LVN_COUNT_OF(limits); i++)
		if (!lvn_limit_is_valid(limits[i]))
			return false;
	return true;
}

/* What is 0 stays. */
static void
merge(struct levin_http_server_settings *old, const struct levin_http_server_settings *settings)
{
	if (settings->head_timeout_ms)
		old->head_timeout_ms = settings->head_timeout_ms;
	if (settings->body_timeout_ms)
		old->body_timeout_ms = settings->body_timeout_ms;
	if (settings->keep_alive_timeout_ms)
		old->keep_alive_timeout_ms = settings->keep_alive_timeout_ms;
	if (settings->request_timeout_ms)
		old->request_timeout_ms = settings->request_timeout_ms;
	if (settings->body_rate)
		old->body_rate = settings->body_rate;
	if (settings->connection_requests)
		old->connection_requests = settings->connection_requests;
	if (settings->lenient)
		old->lenient = settings->lenient;
}

int
levin_http_server_configure(struct evhttp *http, const struct levin_http_server_settings *settings)
{
	const unsigned lenient = 2 * LEVIN_HTTP_LENIENT_BOTH_LENGTHS - 1;
	struct http_service *service;

	if (check(http, __func__) < 0 || check(settings, __func__) < 0)
		return -1;
	if ((settings->lenient & ~lenient) || !are_valid(settings))
		return fail(EINVAL);
	service = lvn_http_service_of(http);
	if (!service)
		return fail(ENOMEM);
	set_limits(http, settings);
	merge(&service->settings, settings);
	return 0;
}

/* ---- what the program learns ---- */

int
levin_http_server_set_log(struct evhttp *http, levin_http_log_fn *callback, void *arg)
{
	struct http_service *service =
	    check(http, __func__) == 0 ? lvn_http_service_of(http) : NULL;

	if (!service)
		return http ? fail(ENOMEM) : -1;
	service->log = callback;
	service->log_arg = arg;
	return 0;
}

int
levin_http_server_get_statistics(
    struct evhttp *http, struct levin_http_server_statistics *stats_out)
{
	struct http_service *service;

	if (check(http, __func__) < 0 || check(stats_out, __func__) < 0)
		return -1;
	service = lvn_http_service_of(http);
	if (!service)
		return fail(ENOMEM);
	*stats_out = service->stats;
	stats_out->connections_open = (uint64_t)http->connection_count;
	return 0;
}

/* ---- its beginning and its end ---- */

struct evhttp_bound_socket *
levin_http_server_bind_unix(struct evhttp *http, const char *path, unsigned mode)
{
	if (check(http, __func__) < 0 || check(http->base, __func__) < 0 ||
	    check(path, __func__) < 0)
		return NULL;
	return lvn_http_server_bind_unix(http, path, mode);
}

int
levin_http_server_drain(
    struct evhttp *http, int64_t timeout_ms, levin_http_drain_fn *callback, void *arg)
{
	struct http_service *service;
	int rc;

	if (check(http, __func__) < 0 || check(http->base, __func__) < 0)
		return -1;
	service = lvn_http_service_of(http);
	if (!service)
		return fail(ENOMEM);
	rc = lvn_http_drain_start(http, timeout_ms);
	if (rc < 0)
		return fail(-rc);
	service->on_drained = callback;
	service->on_drained_arg = arg;
	return 0;
}
