/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients of levin/http_client.h behind proxies; the peer is the proxy.
 */
#include <levin/http_tls.h>
#include <levin/tls.h>

#include <signal.h>
#include <stdlib.h>

#include "support/http_fetch_kit.h"
#include "support/tls/certificates.h"

static void
start_with_proxy(int i, const char *scheme, const char *except)
{
	char url[100];

	start_client(i, NULL);
	snprintf(url, sizeof(url), "%s127.0.0.1:%u", scheme, peer.port);
	ck_assert_int_eq(levin_http_client_set_proxy(http, url, except), 0);
}

static void
fetch_from(const char *url)
{
	struct levin_http_fetch *made =
	    levin_http_fetch_new(http, "GET", url, on_fetched, word("a"));

	ck_assert_ptr_nonnull(made);
	begin(made);
}

static void
reply_bytes(const char *bytes, size_t size)
{
	ck_assert_int_eq(bufferevent_write(peer.streams[0], bytes, size), 0);
}

/* ---- Proxies of HTTP ---- */

TEST_HTTP(levin_http_client_set_proxy__gets_requests_with_absolute_targets)
{
	start_with_proxy(_i, "http://a:b@", NULL);
	peer.replies[0] = peer.replies[1] = OK_BODY;
	fetch_from("http://one.example?x");
	expect_spelled("a:200[abc] ");
	expect_received("GET http://one.example/?x HTTP/1.1\r\n"
			"Proxy-Authorization: Basic YTpi\r\nHost: one.example\r\n\r\n");
	fetch_from("http://two.example:81/y");
	expect_spelled("a:200[abc] ");
	expect_received("GET http://two.example:81/y HTTP/1.1\r\n"
			"Proxy-Authorization: Basic YTpi\r\nHost: two.example:81\r\n\r\n");
	ck_assert_int_eq(peer.connections, 1);
	stop_client();
}

TEST_HTTP(levin_http_client_set_proxy__not_for_excepted_hosts)
{
	start_with_proxy(_i, "http://", "127.0.0.1");
	peer.replies[0] = OK_BODY;
	fetch("a");
	expect_spelled("a:200[abc] ");
	expect_received("GET / HTTP/1.1\r\n" HOST "\r\n");
	stop_client();
}

TEST_HTTP(levin_http_client_set_proxy__tunnel_that_is_refused)
{
	static const char *const replies[] = {"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", FIN,
	    "HTTP/1.1 200 OK\r\n\r\nbytes of its own", "nonsense\r\n\r\n"};

	for (int i = 0; i < 4; i++) {
		signal(SIGPIPE, SIG_IGN);
		start_with_proxy(_i, "http://", NULL);
		ck_assert_int_eq(levin_http_client_use_tls(http, NULL, NULL, 0), 0);
		peer.replies[0] = replies[i];
		fetch_from("https://one.example/");
		expect_spelled("a!proxy ");
		expect_received(
		    "CONNECT one.example:443 HTTP/1.1\r\nHost: one.example:443\r\n\r\n");
		ck_assert_uint_eq(statistics().connections, 0);
		stop_client();
	}
}

/* ---- A tunnel with TLS in it ---- */

static struct bufferevent *tunnel_ends[2]; /* of the proxy: to the client and to the server */
static uint16_t server_port;
static struct levin_tls *server_tls;

static void
relay(struct bufferevent *from, void *arg)
{
	int i = from == tunnel_ends[1];

	(void)arg;
	ck_assert_int_eq(bufferevent_write_buffer(tunnel_ends[!i], bufferevent_get_input(from)), 0);
}

static void
open_tunnel(struct bufferevent *bev, void *arg)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server_port)};
	struct evbuffer *input = bufferevent_get_input(bev);

	(void)arg;
	if (evbuffer_search(input, "\r\n\r\n", 4, NULL).pos < 0)
		return;
	evbuffer_drain(input, evbuffer_get_length(input));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	tunnel_ends[1] = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, relay, NULL, NULL, NULL);
	bufferevent_setcb(tunnel_ends[1], relay, NULL, NULL, NULL);
	bufferevent_enable(tunnel_ends[1], EV_READ | EV_WRITE);
	ck_assert_int_eq(bufferevent_socket_connect(
			     tunnel_ends[1], (struct sockaddr *)&address, sizeof(address)),
	    0);
	bufferevent_write(bev, "HTTP/1.1 200 Connected\r\n\r\n", 26);
}

static void
accept_for_tunnel(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size, void *arg)
{
	(void)listener;
	(void)from;
	(void)size;
	(void)arg;
	tunnel_ends[0] = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(tunnel_ends[0], open_tunnel, NULL, NULL, NULL);
	bufferevent_enable(tunnel_ends[0], EV_READ | EV_WRITE);
}

static struct bufferevent *
accept_tls(struct event_base *of, void *arg)
{
	(void)arg;
	return levin_tls_socket_new(of, -1, server_tls, NULL, BEV_OPT_CLOSE_ON_FREE);
}

static void
reply_hello(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = evbuffer_new();

	(void)arg;
	evbuffer_add(body, "hello", 5);
	evhttp_send_reply(request, 200, "OK", body);
	evbuffer_free(body);
}

static struct evhttp *
new_tls_server(const struct certificate *certificate)
{
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings settings = {.certificates = &text, .certificate_count = 1};
	struct evhttp *server = evhttp_new(base);
	struct evhttp_bound_socket *bound;

	server_tls = levin_tls_server_new(&settings, NULL, 0);
	ck_assert_ptr_nonnull(server_tls);
	evhttp_set_bevcb(server, accept_tls, NULL);
	evhttp_set_gencb(server, reply_hello, NULL);
	bound = evhttp_bind_socket_with_handle(
	    server, "127.0.0.1", backend_is_simulated(backend) ? 443 : 0);
	ck_assert_ptr_nonnull(bound);
	server_port =
	    backend_is_simulated(backend) ? 443 : port_of(evhttp_bound_socket_get_fd(bound));
	return server;
}

TEST_HTTP(levin_http_client_set_proxy__https_goes_through_a_tunnel)
{
	struct certificate *issuer, *certificate;
	struct levin_tls_settings trust = {.alpn = NULL};
	struct evhttp *server;

	signal(SIGPIPE, SIG_IGN);
	start_with_proxy(_i, "http://", NULL);
	evconnlistener_set_cb(peer.listener, accept_for_tunnel, NULL);
	issuer = certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	certificate = certificate_new(&(struct certificate_recipe){
	    .name = "Server", .issuer = issuer, .valid_for = "DNS:one.example"});
	server = new_tls_server(certificate);
	trust.trust_pem = issuer->pem;
	ck_assert_int_eq(levin_http_client_use_tls(http, &trust, NULL, 0), 0);

	fetch_from("https://one.example/");
	expect_spelled("a:200[hello] ");
	fetch_from("https://one.example/");
	expect_spelled("a:200[hello] ");
	ck_assert_uint_eq(statistics().opened, 1);

	bufferevent_free(tunnel_ends[0]);
	bufferevent_free(tunnel_ends[1]);
	evhttp_free(server);
	levin_tls_free(server_tls);
	certificate_free(issuer);
	certificate_free(certificate);
	stop_client();
}

/* ---- SOCKS5 ---- */

TEST_HTTP(levin_http_client_set_proxy__socks_looks_names_up)
{
	start_with_proxy(_i, "socks5://me:it@", NULL);
	fetch_from("http://one.example/x");
	wait_for_bytes(4);
	ck_assert_mem_eq(evbuffer_pullup(peer.received, 4), "\5\2\0\2", 4);
	reply_bytes("\5\2", 2);
	wait_for_bytes(4 + 7);
	ck_assert_mem_eq(evbuffer_pullup(peer.received, -1) + 4, "\1\2me\2it", 7);
	reply_bytes("\1\0", 2);
	wait_for_bytes(4 + 7 + 18);
	ck_assert_mem_eq(
	    evbuffer_pullup(peer.received, -1) + 11, "\5\1\0\3\13one.example\0\x50", 18);
	evbuffer_drain(peer.received, evbuffer_get_length(peer.received));
	reply_bytes("\5\0\0\1\0\0\0\0\0\0", 10);
	expect_received("GET /x HTTP/1.1\r\nHost: one.example\r\n\r\n");
	reply_bytes(OK_BODY, strlen(OK_BODY));
	expect_spelled("a:200[abc] ");
	ck_assert_uint_eq(statistics().idle, 1);
	stop_client();
}

TEST_HTTP(levin_http_client_set_proxy__socks_that_refuses)
{
	start_with_proxy(_i, "socks5://", NULL);
	fetch_from("http://one.example/");
	wait_for_bytes(3);
	reply_bytes("\5\0", 2);
	wait_for_bytes(3 + 18);
	reply_bytes("\5\5\0\1\0\0\0\0\0\0", 10);
	expect_spelled("a!proxy ");
	stop_client();
}

TEST_HTTP_SIM(levin_http_client_set_proxy__silent_proxy_is_a_timeout)
{
	struct levin_http_client_settings settings = {.timeouts = {.connect_ms = 2000}};
	int64_t begin_ms;

	start_client(_i, &settings);
	ck_assert_int_eq(levin_http_client_set_proxy(http, "socks5://127.0.0.1:80", NULL), 0);
	begin_ms = now_ms();
	fetch_from("http://one.example/");
	expect_spelled("a!timeout ");
	ck_assert_int_ge(now_ms() - begin_ms, 2000);
	ck_assert_int_lt(now_ms() - begin_ms, 2100);
	stop_client();
}

TEST_HTTP(levin_http_client_set_proxy__cancelled_while_the_proxy_is_asked)
{
	struct levin_http_fetch *made;

	start_with_proxy(_i, "socks5://", NULL);
	made = fetch("a");
	wait_for_bytes(3);
	levin_http_fetch_cancel(made);
	ck_assert_str_eq(spelled(), "a!cancelled ");
	ck_assert_uint_eq(statistics().connections, 0);
	some_turns();
	stop_client();
}

/* ---- Memory ---- */

static int ends;

static void
count_end(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *arg)
{
	(void)of;
	(void)result;
	(void)arg;
	ends++;
}

static void
fetch_without_memory(const char *proxy_url, unsigned every)
{
	struct levin_http_fetch *made;
	bool has_begun;

	levin_sim_fail_allocations(simulation_under_test(), every, 0);
	(void)levin_http_client_set_proxy(http, proxy_url, NULL);
	made = levin_http_fetch_new(http, "GET", "http://one.example/", count_end, NULL);
	has_begun = made && levin_http_fetch_start(made) == 0;
	if (!has_begun)
		levin_http_fetch_cancel(made);
	for (int i = 0; i < 50; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	levin_sim_fail_allocations(simulation_under_test(), 0, 0);
	levin_http_client_free(http);
	http = NULL;
	ck_assert_int_eq(ends, has_begun);
}

TEST_HTTP_SIM(memory__every_request_ends_once_behind_proxies)
{
	static const char *const urls[] = {"http://a:b@127.0.0.1", "socks5://a:b@127.0.0.1:80"};

	for (unsigned i = 0; i < 2 * 80; i++) {
		start_client(_i, NULL);
		ends = 0;
		peer.replies[0] = i % 2 ? "\5\377" : OK_BODY;
		fetch_without_memory(urls[i % 2], i / 2 + 1);
		stop_client();
	}
}

/* ---- The environment, and misuse ---- */

TEST(levin_http_client_use_environment__reads_the_variables)
{
	char url[100];

	start_client(0, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", peer.port);
	setenv("HTTP_PROXY", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", url, 1);
	setenv("no_proxy", "direct.example", 1);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	ck_assert_int_eq(levin_http_client_use_environment(http), 0);
	peer.replies[0] = OK_BODY;
	fetch_from("http://one.example/");
	expect_spelled("a:200[abc] ");
	stop_client();

	start_client(0, NULL);
	setenv("http_proxy", "nonsense", 1);
	errno = 0;
	ck_assert_int_eq(levin_http_client_use_environment(http), -1);
	ck_assert_int_eq(errno, EINVAL);
	stop_client();
}

TEST(levin_http_client_set_proxy__wrong_arguments)
{
	start_client(0, NULL);
	errno = 0;
	ck_assert_int_eq(levin_http_client_set_proxy(http, "ftp://p", NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_client_set_proxy(NULL, NULL, NULL), -1);
	ck_assert_int_eq(levin_http_client_use_environment(NULL), -1);
	ck_assert_int_eq(levin_http_client_set_proxy(http, "http://p", "x"), 0);
	ck_assert_int_eq(levin_http_client_set_proxy(http, NULL, NULL), 0);
	peer.replies[0] = OK_BODY;
	fetch("a");
	ck_assert_int_eq(levin_http_client_set_proxy(http, NULL, NULL), -1);
	expect_spelled("a:200[abc] ");
	stop_client();
}
