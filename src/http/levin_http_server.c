/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of servers: levin/http_server.h.
 */
#include <errno.h>
#include <levin/http_server.h>

#include "base/private.h"
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
