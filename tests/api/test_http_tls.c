/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Servers and clients of event2/http.h over TLS.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <levin/tls.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"
#include "support/tls/certificates.h"

/* On real sockets and in the simulated world. */
#define TEST_HTTP(name) TEST_RANGE(name, 0, 2)

enum { SIM_PORT = 443, LARGE = 3000000 };

static const struct backend_under_test *backend;
static struct event_base *base;
static struct certificate *issuer;
static struct levin_tls *server_tls;
static struct levin_tls *client_tls;
static struct evhttp *http;
static struct evhttp_connection *connection;
static struct ev_token_bucket_cfg *limit;
static uint16_t port;
static int done; /* requests that have ended */
static int code; /* of the last one; -1: it has failed */
static size_t received;

/* ---- The server ---- */

static struct bufferevent *
accept_tls(struct event_base *of, void *arg)
{
	struct bufferevent *bev =
	    levin_tls_socket_new(of, -1, server_tls, NULL, BEV_OPT_CLOSE_ON_FREE);

	(void)arg;
	if (bev && limit)
		ck_assert_int_eq(bufferevent_set_rate_limit(bev, limit), 0);
	return bev;
}

/* The body comes back; with "/close" and "/end" the connection ends behind it. */
static void
echo(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);

	(void)arg;
	if (strcmp(evhttp_request_get_uri(request), "/end") == 0) {
		evhttp_send_reply_start(request, 200, NULL);
		evhttp_send_reply_chunk(request, body);
		evhttp_send_reply_end(request);
		return;
	}
	if (strcmp(evhttp_request_get_uri(request), "/close") == 0)
		evhttp_add_header(
		    evhttp_request_get_output_headers(request), "Connection", "close");
	evhttp_send_reply(request, 200, NULL, body);
}

static void
start_server(void)
{
	struct certificate *certificate = certificate_new(&(struct certificate_recipe){
	    .name = "Server", .issuer = issuer, .valid_for = "IP:127.0.0.1"});
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings settings = {.certificates = &text, .certificate_count = 1};
	struct evhttp_bound_socket *bound;
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	server_tls = levin_tls_server_new(&settings, NULL, 0);
	ck_assert_ptr_nonnull(server_tls);
	certificate_free(certificate);
	http = evhttp_new(base);
	evhttp_set_bevcb(http, accept_tls, NULL);
	evhttp_set_gencb(http, echo, NULL);
	bound = evhttp_bind_socket_with_handle(
	    http, "127.0.0.1", backend_is_simulated(backend) ? SIM_PORT : 0);
	ck_assert_ptr_nonnull(bound);
	port = SIM_PORT;
	if (backend_is_simulated(backend))
		return;
	ck_assert_int_eq(
	    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size), 0);
	port = ntohs(address.sin_port);
}

/* ---- The client ---- */

static void
connect_by(struct bufferevent *bev)
{
	ck_assert_ptr_nonnull(bev);
	connection = evhttp_connection_base_bufferevent_new(base, NULL, bev, "127.0.0.1", port);
	ck_assert_ptr_nonnull(connection);
}

static void
start(int i)
{
	struct levin_tls_settings settings = {.alpn = NULL};

	signal(SIGPIPE, SIG_IGN);
	backend = backend_under_test(i == 0 ? 0 : backends_under_test_count());
	base = base_on(backend);
	issuer = certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	start_server();
	settings.trust_pem = issuer->pem;
	client_tls = levin_tls_client_new(&settings, NULL, 0);
	ck_assert_ptr_nonnull(client_tls);
	connect_by(levin_tls_socket_new(base, -1, client_tls, "127.0.0.1", BEV_OPT_CLOSE_ON_FREE));
}

static void
stop(void)
{
	if (connection)
		evhttp_connection_free(connection);
	evhttp_free(http);
	levin_tls_free(client_tls);
	levin_tls_free(server_tls);
	certificate_free(issuer);
	event_base_free(base);
	if (limit)
		ev_token_bucket_cfg_free(limit);
}

static void
on_done(struct evhttp_request *request, void *arg)
{
	(void)arg;
	done++;
	code = request ? evhttp_request_get_response_code(request) : -1;
	received = request ? evbuffer_get_length(evhttp_request_get_input_buffer(request)) : 0;
}

static void
post(const char *target, size_t size, bool is_old)
{
	struct evhttp_request *request = evhttp_request_new(on_done, NULL);
	struct evbuffer *body = evhttp_request_get_output_buffer(request);

	for (size_t i = 0; i < size; i += 8)
		ck_assert_int_eq(evbuffer_add(body, "abcdefgh", size - i < 8 ? size - i : 8), 0);
	if (is_old)
		request->major = 1; /* and the minor one stays 0 */
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_POST, target), 0);
}

static void
wait_for(int count)
{
	while (done < count)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(code, 200);
}

/* ---- Cases ---- */

TEST_HTTP(evhttp_make_request__large_bodies_over_tls)
{
	start(_i);
	post("/", LARGE, false);
	wait_for(1);
	ck_assert_uint_eq(received, LARGE);
	stop();
}

/* The same bufferevent, with another handshake. */
TEST_HTTP(evhttp_make_request__another_connection_over_tls)
{
	start(_i);
	for (int i = 1; i <= 3; i++) {
		post("/close", 100, false);
		wait_for(i);
		ck_assert_uint_eq(received, 100);
	}
	stop();
}

/* Only close_notify says that such a body is whole. */
TEST_HTTP(evhttp_send_reply_end__body_to_the_end_over_tls)
{
	start(_i);
	post("/end", 10000, true);
	wait_for(1);
	ck_assert_uint_eq(received, 10000);
	stop();
}

/* A filter has no descriptor of its own: the stream below it is the one that connects. */
TEST_HTTP(evhttp_connection_base_bufferevent_reuse_new__tls_filter)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct bufferevent *below;

	start(_i);
	evhttp_connection_free(connection);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	below = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	ck_assert_int_eq(
	    bufferevent_socket_connect(below, (struct sockaddr *)&address, sizeof(address)), 0);
	connection = evhttp_connection_base_bufferevent_reuse_new(base, NULL,
	    levin_tls_filter_new(below, client_tls, "127.0.0.1", BEV_OPT_CLOSE_ON_FREE));
	ck_assert_ptr_nonnull(connection);
	post("/", 1000, false);
	wait_for(1);
	ck_assert_uint_eq(received, 1000);
	post("/", 1000, false);
	wait_for(2);
	stop();
}

/* The client leaves while the server waits for the next period. */
TEST_HTTP(evhttp_set_bevcb__tls_with_rate_limit)
{
	const struct timeval period = {0, 50000};

	limit = ev_token_bucket_cfg_new(2000, 2000, 2000, 2000, &period);
	ck_assert_ptr_nonnull(limit);
	start(_i);
	post("/", 10000, false);
	wait_for(1);
	ck_assert_uint_eq(received, 10000);
	post("/", 10000, false);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	evhttp_connection_free(connection);
	connection = NULL;
	while (evhttp_get_connection_count(http) > 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	stop();
}

/* ---- Uploads that are refused ---- */

static short ended; /* what the stream reported */

static void
on_ended(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)arg;
	ended |= what;
}

static struct bufferevent *
connect_by_hand(void)
{
	struct bufferevent *bev =
	    levin_tls_socket_new(base, -1, client_tls, "127.0.0.1", BEV_OPT_CLOSE_ON_FREE);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	ck_assert_ptr_nonnull(bev);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bufferevent_setcb(bev, NULL, NULL, on_ended, NULL);
	ck_assert_int_eq(
	    bufferevent_socket_connect(bev, (struct sockaddr *)&address, sizeof(address)), 0);
	while (!(ended & BEV_EVENT_CONNECTED))
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	return bev;
}

/*
 * A client that reads when all of its body is sent: the server must not close before, because the
 * kernel would answer what comes afterwards with a reset, and the reply would be lost.
 */
TEST_HTTP(requests__refused_upload_sees_its_reply_over_tls)
{
	static const char expected[] = "HTTP/1.1 413 ";
	static char piece[10000];
	struct bufferevent *bev;
	struct evbuffer *input;

	start(_i);
	ended = 0;
	memset(piece, 'x', sizeof(piece));
	evhttp_set_max_body_size(http, 10);
	bev = connect_by_hand();
	input = bufferevent_get_input(bev);
	bufferevent_disable(bev, EV_READ);
	evbuffer_add_printf(bufferevent_get_output(bev),
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n");
	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(bufferevent_write(bev, piece, sizeof(piece)), 0);
		while (ended == BEV_EVENT_CONNECTED &&
		       evbuffer_get_length(bufferevent_get_output(bev)) > 0)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
	bufferevent_enable(bev, EV_READ);
	while (ended == BEV_EVENT_CONNECTED && evbuffer_get_length(input) < sizeof(expected))
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(ended, BEV_EVENT_CONNECTED);
	ck_assert_mem_eq(evbuffer_pullup(input, -1), expected, sizeof(expected) - 1);
	bufferevent_free(bev);
	stop();
}

TEST_HTTP(evhttp_make_request__refused_upload_over_tls)
{
	start(_i);
	evhttp_set_max_body_size(http, 10);
	post("/", LARGE, false);
	while (done < 1)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(code, 413);
	stop();
}

/* The client that waits for the end has it by close_notify, when the server stops waiting. */
TEST_RANGE(requests__refused_upload_ends_with_close_notify, 1, 2)
{
	struct bufferevent *bev;

	start(_i);
	ended = 0;
	evhttp_set_max_body_size(http, 10);
	bev = connect_by_hand();
	bufferevent_enable(bev, EV_READ);
	evbuffer_add_printf(bufferevent_get_output(bev),
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nxx");
	while (ended == BEV_EVENT_CONNECTED)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(ended, BEV_EVENT_CONNECTED | BEV_EVENT_READING | BEV_EVENT_EOF);
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	bufferevent_free(bev);
	stop();
}
