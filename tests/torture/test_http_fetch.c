/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients for requests by URL while memory and system calls fail: every request ends once.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <levin/http_client.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/platform.h"
#include "torture/torture.h"

enum { REQUESTS = 4 };

static struct {
	int ends;
	int ended[REQUESTS];
} seen;

static void
on_end(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *ended)
{
	(void)of;
	if (result->end == LEVIN_HTTP_FETCH_RESPONSE && result->status == 200)
		EXPECT(result->body_size == 10);
	++*(int *)ended;
	seen.ends++;
}

static void
on_data(struct levin_http_fetch *of, struct evbuffer *data, void *ended)
{
	(void)of;
	(void)ended;
	(void)evbuffer_drain(data, evbuffer_get_length(data));
}

static void
reply(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body;

	(void)arg;
	TRY_NEW(body, evbuffer_new());
	TRY(evbuffer_add(body, "0123456789", 10));
	evhttp_send_reply(request, 200, "OK", body);
	evbuffer_free(body);
}

static uint16_t
port_of(struct evhttp_bound_socket *bound)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	faults_pause();
	EXPECT(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) ==
	       0);
	faults_resume();
	return ntohs(address.sin_port);
}

static void
start_request(struct levin_http_client *client, uint16_t port, int i)
{
	struct levin_http_fetch *fetch;
	struct evbuffer *body;
	char url[100];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	TRY_NEW(fetch,
	    levin_http_fetch_new(client, i == 2 ? "PUT" : "GET", url, on_end, &seen.ended[i]));
	TRY(levin_http_fetch_add_field(fetch, "X-Name", "value"));
	if (i == 1)
		TRY(levin_http_fetch_on_data(fetch, on_data));
	if (i == 2) {
		TRY_NEW(body, evbuffer_new());
		TRY(evbuffer_add(body, "body", 4));
		TRY(levin_http_fetch_set_body(fetch, body));
		evbuffer_free(body);
	}
	TRY(levin_http_fetch_start(fetch));
}

static void
fetch_all(const struct configuration *configuration)
{
	struct levin_http_client_settings settings = {
	    .connections_per_origin = 2, .timeouts = {.total_ms = 500}};
	struct event_base *base = torture_base(configuration);
	struct evhttp *http;
	struct evhttp_bound_socket *bound;
	struct levin_http_client *client;

	memset(&seen, 0, sizeof(seen));
	TRY_NEW(http, evhttp_new(base));
	evhttp_set_gencb(http, reply, NULL);
	TRY_NEW(bound, evhttp_bind_socket_with_handle(http, "127.0.0.1", 0));
	TRY_NEW(client, levin_http_client_new(base, NULL, &settings));
	for (int i = 0; i < REQUESTS; i++)
		start_request(client, port_of(bound), i);
	torture_run(base, &seen.ends, REQUESTS);

	for (int i = 0; i < REQUESTS; i++)
		EXPECT(seen.ended[i] == 1);
	levin_http_client_free(client);
	evhttp_free(http);
	event_base_free(base);
}

/* Without accept4 a connection is closed where fcntl fails. */
TEST_RANGE(levin_http_fetch__every_request_ends_once_whatever_fails, 0,
    LVN_HAVE_ACCEPT4 ? backends_under_test_count() : 0)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(fetch_all, &configuration);
}
