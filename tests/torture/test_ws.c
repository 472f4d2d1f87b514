/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * WebSocket sessions of both sides while memory and system calls fail: every message comes back as
 * it was sent, or the session ends with its callback, and the client connects again.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <levin/tls.h>
#include <levin/ws.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/platform.h"
#include "support/tls/certificates.h"
#include "torture/torture.h"

enum { MESSAGES = 3, SHORT_MS = 500, LARGE = 20000 };

static struct {
	struct event_base *base;
	struct sockaddr_in address;
	struct levin_ws *client;
	struct levin_ws *server;
	int echoes;
	int done;
	char large[LARGE];
} run;

/* NULL: in the clear. */
static struct levin_tls *server_tls, *client_tls;

static const struct levin_ws_options options = {.subprotocols = "echo",
    .close_timeout_ms = SHORT_MS,
    .handshake_timeout_ms = SHORT_MS,
    .ping_interval_ms = SHORT_MS};

/* ---- the server ---- */

static struct bufferevent *
accept_tls(struct event_base *base, void *arg)
{
	(void)arg;
	return levin_tls_socket_new(base, -1, server_tls, NULL, BEV_OPT_CLOSE_ON_FREE);
}

/* What cannot be sent would be missed: without memory the session has no use. */
static void
echo(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)arg;
	if (levin_ws_send(ws, type, data, size) < 0) {
		EXPECT(faults_injected() != NULL);
		levin_ws_free(ws);
		run.server = NULL;
	}
}

static void
on_server_close(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	(void)code;
	(void)arg;
	EXPECT(reason != NULL);
	if (ws == run.server)
		run.server = NULL;
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	static const struct levin_ws_callbacks callbacks = {
	    .on_message = echo, .on_close = on_server_close};

	(void)arg;
	/* The client was faster to connect again than the server to notice. */
	levin_ws_free(run.server);
	run.server = levin_ws_accept(request, &callbacks, &options, NULL);
	if (!run.server)
		EXPECT(faults_injected() != NULL);
}

/* ---- the client ---- */

static void connect_again(void);

static void
send_next(struct levin_ws *ws)
{
	int rc = 0;

	switch (run.echoes) {
	case 0:
		rc = levin_ws_send(ws, LEVIN_WS_TEXT, "hello", 5);
		break;
	case 1:
		rc = levin_ws_send(ws, LEVIN_WS_BINARY, run.large, LARGE);
		break;
	case 2:
		TRY(levin_ws_send_piece(ws, LEVIN_WS_TEXT, "he", 2, 0));
		TRY(levin_ws_ping(ws, "ping", 4));
		TRY(levin_ws_send_piece(ws, LEVIN_WS_TEXT, "llo", 3, 1));
		break;
	default:
		rc = levin_ws_close(ws, LEVIN_WS_NORMAL, "done");
	}
	if (rc >= 0)
		return;
	torture_excuse("levin_ws_send");
	/* A session that could not send its close frame ends without one. */
	if (run.echoes < MESSAGES)
		send_next(ws);
}

static void
on_open(struct levin_ws *ws, void *arg)
{
	(void)arg;
	EXPECT(strcmp(levin_ws_get_subprotocol(ws), "echo") == 0);
	send_next(ws);
}

static void
on_echo(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)arg;
	if (run.echoes == 1)
		EXPECT(
		    type == LEVIN_WS_BINARY && size == LARGE && memcmp(data, run.large, size) == 0);
	else
		EXPECT(type == LEVIN_WS_TEXT && size == 5 && memcmp(data, "hello", 5) == 0);
	run.echoes++;
	send_next(ws);
}

static void
on_close(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	(void)arg;
	EXPECT(ws == run.client && reason);
	run.client = NULL;
	/* On a machine that has much to do, the peer may be late without any failure. */
	EXPECT(code == LEVIN_WS_NORMAL || code == LEVIN_WS_ABNORMAL || faults_injected() != NULL);
	if (run.echoes == MESSAGES)
		run.done++;
	else
		connect_again();
}

static struct bufferevent *
new_stream(void)
{
	if (client_tls)
		return levin_tls_socket_new(
		    run.base, -1, client_tls, "a.example", BEV_OPT_CLOSE_ON_FREE);
	return bufferevent_socket_new(run.base, -1, BEV_OPT_CLOSE_ON_FREE);
}

static void
connect_again(void)
{
	static const struct levin_ws_callbacks callbacks = {
	    .on_open = on_open, .on_message = on_echo, .on_close = on_close};
	struct bufferevent *bev;

	run.echoes = 0;
	TRY_NEW(bev, new_stream());
	TRY_NEW(run.client, levin_ws_connect(bev, "a", "/", &callbacks, &options, NULL));
	if (bufferevent_socket_connect(bev, (struct sockaddr *)&run.address, sizeof(run.address)) <
	    0)
		torture_excuse("bufferevent_socket_connect");
}

static void
talk(const struct configuration *configuration)
{
	struct evhttp_bound_socket *bound;
	socklen_t size = sizeof(run.address);
	struct evhttp *http;

	memset(&run, 0, sizeof(run));
	run.base = torture_base(configuration);
	TRY_NEW(http, evhttp_new(run.base));
	TRY(evhttp_set_cb(http, "/", on_request, NULL));
	if (server_tls)
		evhttp_set_bevcb(http, accept_tls, NULL);
	TRY_NEW(bound, evhttp_bind_socket_with_handle(http, "127.0.0.1", 0));
	TRY(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&run.address, &size));
	connect_again();
	torture_run(run.base, &run.done, 1);

	EXPECT(run.done == 1);
	levin_ws_free(run.client);
	levin_ws_free(run.server);
	evhttp_free(http);
	event_base_free(run.base);
}

TEST_SECONDS(240);

TEST_RANGE(levin_ws__talks_whatever_fails, 0, LVN_HAVE_ACCEPT4 ? backends_under_test_count() : 0)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	signal(SIGPIPE, SIG_IGN);
	torture(talk, &configuration);
}

TEST_RANGE(levin_ws__talks_over_tls_whatever_fails, 0, LVN_HAVE_ACCEPT4 ? 1 : 0)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};
	struct certificate *issuer =
	    certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	struct certificate *certificate = certificate_new(
	    &(struct certificate_recipe){.issuer = issuer, .valid_for = "DNS:a.example"});
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings of_server = {.certificates = &text, .certificate_count = 1};
	struct levin_tls_settings of_client = {
	    .trust_pem = issuer->pem, .flags = LEVIN_TLS_NO_RESUMPTION};

	signal(SIGPIPE, SIG_IGN);
	server_tls = levin_tls_server_new(&of_server, NULL, 0);
	client_tls = levin_tls_client_new(&of_client, NULL, 0);
	ck_assert(server_tls && client_tls);
	torture(talk, &configuration);
	levin_tls_free(client_tls);
	levin_tls_free(server_tls);
	certificate_free(issuer);
	certificate_free(certificate);
}
