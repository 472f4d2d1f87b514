/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests by URL that are redirected, uploaded, encrypted and sent through proxies, while memory
 * and system calls fail: every request ends once, and a response is the server's.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <levin/http_client.h>
#include <levin/http_tls.h>
#include <levin/tls.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/platform.h"
#include "support/tls/certificates.h"
#include "torture/torture.h"

enum way { REDIRECTS, UPLOADS, OVER_TLS, HTTP_PROXY, SOCKS_PROXY, CONNECT_PROXY, WAYS };
enum { REQUESTS = 2, BODY = 10, UPLOAD = 6 };

static enum way way;
static struct certificate *issuer;
static struct levin_tls *server_tls;

static struct {
	struct event_base *base;
	struct sockaddr_in server;
	int ends;
	int ended[REQUESTS];
} run;

/* ---- the server, which is the proxy of HTTP as well --------------------------------------------- */

static struct bufferevent *
accept_tls(struct event_base *base, void *arg)
{
	(void)arg;
	return levin_tls_socket_new(base, -1, server_tls, NULL, BEV_OPT_CLOSE_ON_FREE);
}

static void
reply(struct evhttp_request *request, void *arg)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(request);
	struct evbuffer *body;

	(void)arg;
	if (strstr(evhttp_request_get_uri(request), "/first")) {
		TRY(evhttp_add_header(fields, "Location", "./last"));
		evhttp_send_reply(request, 303, NULL, NULL);
		return;
	}
	TRY_NEW(body, evbuffer_new());
	TRY(evbuffer_add(body, "0123456789", BODY));
	evhttp_send_reply(request, 200, "OK", body);
	evbuffer_free(body);
}

/* ---- a proxy of SOCKS5 or CONNECT, which carries bytes ------------------------------------------ */

struct relay {
	struct bufferevent *ends[2]; /* of the client, of the server; NULL before it is known */
	int steps;                   /* of the proxy's own messages */
	struct relay *next;
};

static struct relay *relays;

static void
end_relay(struct relay *relay)
{
	for (int i = 0; i < 2; i++)
		if (relay->ends[i])
			bufferevent_free(relay->ends[i]);
	relay->ends[0] = relay->ends[1] = NULL;
}

static void
on_relay_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (!(what & BEV_EVENT_CONNECTED))
		end_relay(arg);
}

static void
carry(struct bufferevent *bev, void *arg)
{
	struct relay *relay = arg;
	struct bufferevent *other = relay->ends[bev == relay->ends[0]];

	TRY(evbuffer_add_buffer(bufferevent_get_output(other), bufferevent_get_input(bev)));
}

static void
open_tunnel(struct relay *relay, const char *message, size_t size)
{
	struct bufferevent *bev;

	TRY_NEW(bev, bufferevent_socket_new(run.base, -1, BEV_OPT_CLOSE_ON_FREE));
	relay->ends[1] = bev;
	bufferevent_setcb(relay->ends[0], carry, NULL, on_relay_event, relay);
	bufferevent_setcb(bev, carry, NULL, on_relay_event, relay);
	TRY(bufferevent_write(relay->ends[0], message, size));
	if (bufferevent_enable(bev, EV_READ | EV_WRITE) < 0 ||
	    bufferevent_socket_connect(bev, (struct sockaddr *)&run.server, sizeof(run.server)) < 0)
		end_relay(relay);
}

static void
talk_to_client(struct bufferevent *bev, void *arg)
{
	static const char greeting[] = {5, 0}, connected[] = {5, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	static const char opened[] = "HTTP/1.1 200 Opened\r\n\r\n";
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t size = evbuffer_get_length(input);
	struct relay *relay = arg;
	char end[4] = "";

	if (way == CONNECT_PROXY) {
		if (size < sizeof(end))
			return;
		TRY(evbuffer_pullup(input, -1) ? 0 : -1);
		memcpy(end, evbuffer_pullup(input, -1) + size - sizeof(end), sizeof(end));
		if (memcmp(end, "\r\n\r\n", sizeof(end)) != 0)
			return;
		evbuffer_drain(input, size);
		open_tunnel(relay, opened, sizeof(opened) - 1);
	} else if (relay->steps == 0 && size >= 3) {
		evbuffer_drain(input, 3);
		relay->steps = 1;
		TRY(bufferevent_write(bev, greeting, sizeof(greeting)));
	} else if (relay->steps == 1 && size >= sizeof(connected)) {
		evbuffer_drain(input, sizeof(connected));
		open_tunnel(relay, connected, sizeof(connected));
	}
}

static void
on_accepted(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size, void *arg)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	struct bufferevent *bev;

	(void)listener;
	(void)from;
	(void)size;
	(void)arg;
	TRY_NEW(bev, bufferevent_socket_new(run.base, fd, BEV_OPT_CLOSE_ON_FREE));
	relay->ends[0] = bev;
	relay->next = relays;
	relays = relay;
	bufferevent_setcb(bev, talk_to_client, NULL, on_relay_event, relay);
	if (bufferevent_enable(bev, EV_READ | EV_WRITE) < 0)
		end_relay(relay);
}

static void
end_relays(void)
{
	while (relays) {
		struct relay *relay = relays;

		relays = relay->next;
		end_relay(relay);
		free(relay);
	}
}

/* ---- requests ----------------------------------------------------------------------------------- */

static void
on_end(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *ended)
{
	(void)of;
	if (result->end == LEVIN_HTTP_FETCH_RESPONSE && result->status == 200) {
		EXPECT(result->body_size == BODY);
		EXPECT(result->redirects == (way == REDIRECTS));
	}
	/* On a machine that has much to do it may be too late without any failure. */
	EXPECT(result->end == LEVIN_HTTP_FETCH_RESPONSE ||
	       result->end == LEVIN_HTTP_FETCH_TIMEOUT || faults_injected() != NULL);
	EXPECT(result->end == LEVIN_HTTP_FETCH_RESPONSE || result->reason[0]);
	++*(int *)ended;
	run.ends++;
}

/* Where memory is short the request ends without the rest. */
static void
on_writable(struct levin_http_fetch *fetch, void *arg)
{
	struct evbuffer *data;

	(void)arg;
	TRY_NEW(data, evbuffer_new());
	TRY(evbuffer_add(data, "upload", UPLOAD));
	TRY(levin_http_fetch_write(fetch, data));
	TRY(levin_http_fetch_finish(fetch));
	evbuffer_free(data);
}

static void
start_request(struct levin_http_client *client, int i)
{
	bool is_tls = way == OVER_TLS || way == CONNECT_PROXY;
	struct levin_http_fetch *fetch;
	char url[100];

	snprintf(url, sizeof(url), "http%s://127.0.0.1:%u/%s", is_tls ? "s" : "",
	    ntohs(run.server.sin_port), way == REDIRECTS ? "first" : "last");
	TRY_NEW(fetch, levin_http_fetch_new(
			   client, way == UPLOADS ? "PUT" : "GET", url, on_end, &run.ended[i]));
	if (way == UPLOADS)
		TRY(levin_http_fetch_stream_body(fetch, i == 0 ? -1 : UPLOAD,
		    i == 0 ? 0 : LEVIN_HTTP_FETCH_EXPECT_CONTINUE, on_writable));
	TRY(levin_http_fetch_start(fetch));
}

static void
set_proxy(struct levin_http_client *client, struct evconnlistener *relay)
{
	static const char *const schemes[] = {
	    [HTTP_PROXY] = "http", [SOCKS_PROXY] = "socks5", [CONNECT_PROXY] = "http"};
	struct sockaddr_in address = run.server;
	socklen_t size = sizeof(address);
	char url[100];

	if (way < HTTP_PROXY)
		return;
	faults_pause();
	if (way != HTTP_PROXY)
		getsockname(evconnlistener_get_fd(relay), (struct sockaddr *)&address, &size);
	faults_resume();
	snprintf(url, sizeof(url), "%s://u:p@127.0.0.1:%u", schemes[way], ntohs(address.sin_port));
	if (way == SOCKS_PROXY)
		snprintf(url, sizeof(url), "socks5://127.0.0.1:%u", ntohs(address.sin_port));
	TRY(levin_http_client_set_proxy(client, url, NULL));
}

static void
start_requests(struct levin_http_client *client, struct evconnlistener *relay)
{
	struct levin_tls_settings tls = {
	    .trust_pem = issuer->pem, .flags = LEVIN_TLS_NO_RESUMPTION};

	if (way == OVER_TLS || way == CONNECT_PROXY)
		TRY(levin_http_client_use_tls(client, &tls, NULL, 0));
	set_proxy(client, relay);
	for (int i = 0; i < REQUESTS; i++)
		start_request(client, i);
}

static struct evhttp *
start_server(void)
{
	struct evhttp_bound_socket *bound;
	socklen_t size = sizeof(run.server);
	struct evhttp *http;

	TRY_NEW(http, evhttp_new(run.base));
	evhttp_set_gencb(http, reply, NULL);
	if (way == OVER_TLS || way == CONNECT_PROXY)
		evhttp_set_bevcb(http, accept_tls, NULL);
	TRY_NEW(bound, evhttp_bind_socket_with_handle(http, "127.0.0.1", 0));
	faults_pause();
	EXPECT(getsockname(
		   evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&run.server, &size) == 0);
	faults_resume();
	return http;
}

static void
fetch_all(const struct configuration *configuration)
{
	struct levin_http_client_settings settings = {
	    .connections_per_origin = 1, .timeouts = {.total_ms = 500}};
	struct sockaddr_in any = {.sin_family = AF_INET};
	struct levin_http_client *client;
	struct evconnlistener *relay;
	struct evhttp *http;

	memset(&run, 0, sizeof(run));
	run.base = torture_base(configuration);
	http = start_server();
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	TRY_NEW(relay, evconnlistener_new_bind(run.base, on_accepted, NULL, LEV_OPT_CLOSE_ON_FREE,
			   10, (struct sockaddr *)&any, sizeof(any)));
	TRY_NEW(client, levin_http_client_new(run.base, NULL, &settings));
	start_requests(client, relay);
	torture_run(run.base, &run.ends, REQUESTS);

	for (int i = 0; i < REQUESTS; i++)
		EXPECT(run.ended[i] == 1);
	levin_http_client_free(client);
	end_relays();
	evconnlistener_free(relay);
	evhttp_free(http);
	event_base_free(run.base);
}

static void
make_server_tls(void)
{
	struct certificate *certificate = certificate_new(
	    &(struct certificate_recipe){.issuer = issuer, .valid_for = "IP:127.0.0.1"});
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings settings = {.certificates = &text, .certificate_count = 1};

	server_tls = levin_tls_server_new(&settings, NULL, 0);
	ck_assert_ptr_nonnull(server_tls);
	certificate_free(certificate);
}

TEST_SECONDS(300);

/* Without accept4 a connection is closed where fcntl fails. */
TEST_RANGE(levin_http_fetch__every_way_ends_once_whatever_fails, 0, LVN_HAVE_ACCEPT4 ? WAYS : 0)
{
	struct configuration configuration = {.backend = backend_under_test(0)};

	signal(SIGPIPE, SIG_IGN);
	way = (enum way)_i;
	issuer = certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	make_server_tls();
	torture(fetch_all, &configuration);
	levin_tls_free(server_tls);
	certificate_free(issuer);
}
