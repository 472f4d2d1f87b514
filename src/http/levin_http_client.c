/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of clients for requests by URL: levin/http_client.h.
 */
#include <errno.h>
#include <event2/event.h>
#include <levin/http_client.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/private.h"
#include "http/fetch.h"
#include "http/fetch_exchange.h"

static const struct levin_http_client_settings defaults = {
    .connections_per_origin = 6,
    .connections = 256,
    .queue_length = 10000,
    .keep_alive_timeout_ms = 30000,
    .redirects = 10,
    .timeouts =
	{
	    .total_ms = LVN_LIMIT_NONE,
	    .queue_ms = LVN_LIMIT_NONE,
	    .connect_ms = 30000,
	    .tls_ms = 30000,
	    .head_ms = 60000,
	    .idle_ms = 60000,
	},
};

static void
fill(int64_t *value, int64_t general)
{
	if (*value == 0)
		*value = general;
}

static struct levin_http_client_settings
complete(const struct levin_http_client_settings *settings)
{
	struct levin_http_client_settings all = settings ? *settings : defaults;

	fill(&all.connections_per_origin, defaults.connections_per_origin);
	fill(&all.connections, defaults.connections);
	fill(&all.queue_length, defaults.queue_length);
	fill(&all.keep_alive_timeout_ms, defaults.keep_alive_timeout_ms);
	fill(&all.redirects, defaults.redirects);
	fill(&all.timeouts.total_ms, defaults.timeouts.total_ms);
	fill(&all.timeouts.queue_ms, defaults.timeouts.queue_ms);
	fill(&all.timeouts.connect_ms, defaults.timeouts.connect_ms);
	fill(&all.timeouts.tls_ms, defaults.timeouts.tls_ms);
	fill(&all.timeouts.head_ms, defaults.timeouts.head_ms);
	fill(&all.timeouts.idle_ms, defaults.timeouts.idle_ms);
	return all;
}

static struct http_pool_limits
limits_of(const struct levin_http_client_settings *settings)
{
	return (struct http_pool_limits){
	    .per_origin = lvn_limit_count(settings->connections_per_origin, 0),
	    .in_all = lvn_limit_count(settings->connections, 0),
	    .waiting = lvn_limit_count(settings->queue_length, 0),
	    .idle = lvn_limit_duration(settings->keep_alive_timeout_ms),
	};
}

static bool
are_valid(const struct levin_http_client_settings *settings)
{
	return lvn_limit_is_valid(settings->connections_per_origin) &&
	       lvn_limit_is_valid(settings->connections) &&
	       lvn_limit_is_valid(settings->queue_length) &&
	       lvn_limit_is_valid(settings->keep_alive_timeout_ms) &&
	       lvn_limit_is_valid(settings->redirects) && lvn_limit_is_valid(settings->body_size) &&
	       lvn_http_fetch_timeouts_are_valid(&settings->timeouts);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct levin_http_client *client = arg;

	(void)fd;
	(void)what;
	lvn_http_fetch_client_reference(client);
	lvn_http_fetch_exchange_run_listed(client);
	lvn_http_pool_serve(&client->pool);
	lvn_http_fetch_client_unreference(client);
}

struct levin_http_client *
levin_http_client_new(struct event_base *base, struct evdns_base *dns,
    const struct levin_http_client_settings *settings)
{
	struct levin_http_client *client;
	struct event *wake;

	if (!base || (settings && !are_valid(settings))) {
		lvn_log_misuse(__func__, base ? "a limit is below -1" : "there is no base");
		errno = EINVAL;
		return NULL;
	}
	client = lvn_calloc(1, sizeof(*client));
	wake = client ? event_new(base, -1, 0, on_wake, client) : NULL;
	if (!wake) {
		lvn_free(client);
		errno = ENOMEM;
		return NULL;
	}
	client->base = base;
	client->references = 1;
	client->settings = complete(settings);
	client->pool.base = base;
	client->pool.dns = dns;
	client->pool.limits = limits_of(&client->settings);
	lvn_http_pool_init(&client->pool, wake);
	return client;
}

static void
free_proxies(struct levin_http_client *client)
{
	lvn_http_proxy_free(client->proxies[0]);
	lvn_http_proxy_free(client->proxies[1]);
	lvn_free(client->except);
	client->proxies[0] = client->proxies[1] = NULL;
	client->except = NULL;
}

/* NULL or "" for none. */
static int
read_proxy(const char *url, struct http_proxy **proxy_out)
{
	*proxy_out = NULL;
	return url && *url ? lvn_http_proxy_new(url, proxy_out) : 0;
}

static int
set_proxies(
    struct levin_http_client *client, const char *of_http, const char *of_https, const char *except)
{
	struct http_proxy *proxies[2] = {NULL, NULL};
	char *copy = except ? lvn_strdup(except) : NULL;
	int rc = except && !copy ? -ENOMEM : read_proxy(of_http, &proxies[0]);

	if (rc == 0)
		rc = read_proxy(of_https, &proxies[1]);
	if (rc < 0) {
		lvn_http_proxy_free(proxies[0]);
		lvn_free(copy);
		errno = -rc;
		return -1;
	}
	free_proxies(client);
	memcpy(client->proxies, proxies, sizeof(proxies));
	client->except = copy;
	return 0;
}

static bool
may_set_proxy(const struct levin_http_client *client, const char *caller)
{
	if (client && !client->is_freed && client->statistics.started == 0)
		return true;
	lvn_log_misuse(caller, client ? "a request was started already" : "there is no client");
	errno = EINVAL;
	return false;
}

int
levin_http_client_set_proxy(struct levin_http_client *client, const char *url, const char *except)
{
	return may_set_proxy(client, __func__) ? set_proxies(client, url, url, except) : -1;
}

/* Upper case as well, but not HTTP_PROXY: a CGI server sets it to what a client sends. */
static const char *
variable(const char *name, const char *other)
{
	const char *value = getenv(name);

	if (!value || !*value)
		value = other ? getenv(other) : NULL;
	return value;
}

int
levin_http_client_use_environment(struct levin_http_client *client)
{
	const char *of_all = variable("all_proxy", "ALL_PROXY");
	const char *of_http = variable("http_proxy", NULL);
	const char *of_https = variable("https_proxy", "HTTPS_PROXY");

	if (!may_set_proxy(client, __func__))
		return -1;
	return set_proxies(client, of_http && *of_http ? of_http : of_all,
	    of_https && *of_https ? of_https : of_all, variable("no_proxy", "NO_PROXY"));
}

static void
free_tls(struct levin_http_client *client)
{
	if (client->tls.free_arg)
		client->tls.free_arg(client->tls.arg);
	client->tls = (struct levin_http_client_tls){.arg = NULL};
	client->pool.tls = NULL;
}

void
levin_http_client_free(struct levin_http_client *client)
{
	if (!client || client->is_freed)
		return;
	client->is_freed = true;
	while (client->fetches)
		lvn_http_fetch_end(
		    client->fetches, LEVIN_HTTP_FETCH_CANCELLED, "the client was freed");
	/* Those that were to be looked at are referenced. */
	lvn_http_fetch_exchange_run_listed(client);
	lvn_http_pool_clear(&client->pool);
	free_tls(client);
	free_proxies(client);
	lvn_http_fetch_client_unreference(client);
}

int
levin_http_client_set_tls(struct levin_http_client *client, const struct levin_http_client_tls *tls)
{
	if (!client || client->is_freed || (tls && !tls->new_stream)) {
		lvn_log_misuse(__func__, client ? "there is no new_stream" : "there is no client");
		errno = EINVAL;
		return -1;
	}
	free_tls(client);
	if (tls) {
		client->tls = *tls;
		client->pool.tls = &client->tls;
	}
	return 0;
}

int
levin_http_client_get_statistics(
    const struct levin_http_client *client, struct levin_http_client_statistics *stats_out)
{
	if (!client || !stats_out) {
		lvn_log_misuse(__func__, "something is missing");
		errno = EINVAL;
		return -1;
	}
	*stats_out = client->statistics;
	stats_out->opened = client->pool.opened;
	stats_out->reused = client->pool.reused;
	stats_out->waiting = client->pool.waiting_count;
	stats_out->connections = client->pool.count;
	stats_out->idle = client->pool.idle_count;
	return 0;
}
