/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP clients while memory and system calls fail: every request ends once, with a whole response
 * or none.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/platform.h"
#include "torture/torture.h"

enum { REQUESTS = 3 };

static struct {
	int ends;
	int ended[REQUESTS];
} seen;

static void
on_done(struct evhttp_request *request, void *ended)
{
	int code = request ? evhttp_request_get_response_code(request) : 0;

	/* 500: the server had no memory. */
	EXPECT(code == 0 || code == 200 || code == 500);
	if (code == 200)
		EXPECT(evbuffer_get_length(evhttp_request_get_input_buffer(request)) == 10);
	++*(int *)ended;
	seen.ends++;
}

static void
reply(struct evhttp_request *request, void *chunked)
{
	struct evbuffer *body;

	TRY_NEW(body, evbuffer_new());
	TRY(evbuffer_add(body, "0123456789", 10));
	if (!chunked) {
		evhttp_send_reply(request, 200, "OK", body);
	} else {
		evhttp_send_reply_start(request, 200, "OK");
		evhttp_send_reply_chunk(request, body);
		evhttp_send_reply_end(request);
	}
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

/* The library frees a request that it refuses. */
static void
send_request(struct evhttp_connection *connection, int i)
{
	static const char *const targets[REQUESTS] = {"/plain", "/chunked", "/plain"};
	struct evhttp_request *request;
	int rc;

	TRY_NEW(request, evhttp_request_new(on_done, &seen.ended[i]));
	if (i == 2)
		TRY(evbuffer_add(evhttp_request_get_output_buffer(request), "body", 4));
	rc = evhttp_make_request(
	    connection, request, i == 2 ? EVHTTP_REQ_POST : EVHTTP_REQ_GET, targets[i]);
	if (rc == 0)
		return;
	torture_excuse("evhttp_make_request");
	seen.ended[i]++;
	seen.ends++;
}

static void
fetch(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct evhttp *http;
	struct evhttp_bound_socket *bound;
	struct evhttp_connection *connection;

	memset(&seen, 0, sizeof(seen));
	TRY_NEW(http, evhttp_new(base));
	TRY(evhttp_set_cb(http, "/plain", reply, NULL));
	TRY(evhttp_set_cb(http, "/chunked", reply, &seen));
	TRY_NEW(bound, evhttp_bind_socket_with_handle(http, "127.0.0.1", 0));
	TRY_NEW(connection, evhttp_connection_base_new(base, NULL, "127.0.0.1", port_of(bound)));
	evhttp_connection_set_timeout_tv(connection, SPAN_MS(500));
	for (int i = 0; i < REQUESTS; i++)
		send_request(connection, i);
	torture_run(base, &seen.ends, REQUESTS);

	for (int i = 0; i < REQUESTS; i++)
		EXPECT(seen.ended[i] == 1);
	evhttp_connection_free(connection);
	evhttp_free(http);
	event_base_free(base);
}

/* Without accept4 a connection is closed where fcntl fails. */
TEST_RANGE(http_client__every_request_ends_once_whatever_fails, 0,
    LVN_HAVE_ACCEPT4 ? backends_under_test_count() : 0)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(fetch, &configuration);
}
