/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTPS by levin/http_tls.h: what is trusted, what is refused, and why.
 */
#include <levin/http_tls.h>
#include <levin/tls.h>

#include <signal.h>

#include "support/http_fetch_kit.h"
#include "support/tls/certificates.h"

static struct certificate *issuer;
static struct evhttp *server;
static struct levin_tls *server_tls;
static uint16_t server_port;
static char reason[200];

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

/* A server whose certificate is valid for this. */
static void
start_server(const char *valid_for)
{
	struct certificate *certificate = certificate_new(&(struct certificate_recipe){
	    .name = "Server", .issuer = issuer, .valid_for = valid_for});
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings settings = {
	    .certificates = &text, .certificate_count = 1, .alpn = "http/1.1"};
	struct evhttp_bound_socket *bound;

	server_tls = levin_tls_server_new(&settings, NULL, 0);
	ck_assert_ptr_nonnull(server_tls);
	certificate_free(certificate);
	server = evhttp_new(base);
	evhttp_set_bevcb(server, accept_tls, NULL);
	evhttp_set_gencb(server, reply_hello, NULL);
	bound = evhttp_bind_socket_with_handle(
	    server, "127.0.0.1", backend_is_simulated(backend) ? 443 : 0);
	ck_assert_ptr_nonnull(bound);
	server_port =
	    backend_is_simulated(backend) ? 443 : port_of(evhttp_bound_socket_get_fd(bound));
}

static void
begin_case(
    int i, const char *valid_for, bool trusts, const struct levin_http_client_settings *settings)
{
	struct levin_tls_settings tls = {.alpn = NULL};

	signal(SIGPIPE, SIG_IGN);
	start_client(i, settings);
	issuer = certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	start_server(valid_for);
	tls.trust_pem = trusts ? issuer->pem : NULL;
	ck_assert_int_eq(levin_http_client_use_tls(http, &tls, NULL, 0), 0);
}

static void
end_case(void)
{
	evhttp_free(server);
	levin_tls_free(server_tls);
	certificate_free(issuer);
	stop_client();
}

static void
keep_reason(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *name)
{
	snprintf(reason, sizeof(reason), "%s", result->reason);
	on_fetched(of, result, name);
}

static void
fetch_https(const char *name, uint16_t port)
{
	char url[100];

	snprintf(url, sizeof(url), "https://127.0.0.1:%u/", port);
	begin(levin_http_fetch_new(http, "GET", url, keep_reason, word(name)));
}

TEST_HTTP(levin_http_client_use_tls__verified_server)
{
	begin_case(_i, "IP:127.0.0.1", true, NULL);
	fetch_https("a", server_port);
	expect_spelled("a:200[hello] ");
	fetch_https("b", server_port);
	expect_spelled("b:200[hello] ");
	ck_assert_uint_eq(statistics().opened, 1);
	ck_assert_uint_eq(statistics().reused, 1);
	end_case();
}

TEST_HTTP(levin_http_client_use_tls__refuses_another_name)
{
	begin_case(_i, "DNS:a.example", true, NULL);
	fetch_https("a", server_port);
	expect_spelled("a!tls ");
	ck_assert_ptr_nonnull(strstr(reason, "127.0.0.1"));
	ck_assert_uint_eq(statistics().connections, 0);
	end_case();
}

TEST_HTTP(levin_http_client_use_tls__refuses_an_unknown_issuer)
{
	begin_case(_i, "IP:127.0.0.1", false, NULL);
	fetch_https("a", server_port);
	expect_spelled("a!tls ");
	ck_assert_str_ne(reason, "the TLS handshake has failed");
	end_case();
}

TEST_HTTP(levin_http_client_use_tls__peer_without_tls)
{
	begin_case(_i, "IP:127.0.0.1", true, NULL);
	peer.replies[0] = "HTTP/1.1 400 Bad Request\r\n\r\n" FIN;
	fetch_https("a", peer.port);
	expect_spelled("a!tls ");
	end_case();
}

TEST_HTTP(levin_http_client_set_tls__none_any_more_while_it_connects)
{
	begin_case(_i, "IP:127.0.0.1", true, NULL);
	fetch_https("a", server_port);
	while (statistics().connections == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(levin_http_client_set_tls(http, NULL), 0);
	expect_spelled("a!tls ");
	end_case();
}

TEST_HTTP_SIM(timeouts__tls)
{
	struct levin_http_client_settings settings = {.timeouts = {.tls_ms = 3000}};
	int64_t begin_ms;

	begin_case(_i, "IP:127.0.0.1", true, &settings);
	begin_ms = now_ms();
	fetch_https("a", peer.port);
	expect_spelled("a!timeout ");
	ck_assert_int_ge(now_ms() - begin_ms, 3000);
	ck_assert_int_lt(now_ms() - begin_ms, 3100);
	ck_assert_str_eq(reason, "the TLS handshake took too long");
	end_case();
}

TEST_HTTP(levin_http_client_use_tls__bad_settings_and_second_call)
{
	struct levin_tls_settings settings = {.trust_pem = "no certificate"};
	char why[LEVIN_TLS_REASON_SIZE] = "";

	begin_case(_i, "IP:127.0.0.1", true, NULL);
	ck_assert_int_eq(levin_http_client_use_tls(http, &settings, why, sizeof(why)), -1);
	ck_assert_str_ne(why, "");
	ck_assert_int_eq(levin_http_client_use_tls(NULL, NULL, why, sizeof(why)), -1);
	settings.trust_pem = issuer->pem;
	ck_assert_int_eq(levin_http_client_use_tls(http, &settings, NULL, 0), 0);
	fetch_https("a", server_port);
	expect_spelled("a:200[hello] ");
	end_case();
}
