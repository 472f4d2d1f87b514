/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS streams of OpenSSL that connect and are accepted, while system calls fail and connections are
 * lost.
 */
#include <levin/tls.h>

#include "support/tls/certificates.h"
#include "torture/tls_connections.h"
#include "unit/tls/tls_ends.h"

/* ---- event2/bufferevent_ssl.h ------------------------------------------------------------------- */

static SSL_CTX *context;

static struct bufferevent *
make_openssl(struct event_base *base, evutil_socket_t fd, struct bufferevent *below, bool is_server)
{
	enum bufferevent_ssl_state state =
	    is_server ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING;
	SSL *ssl = tls_ssl(context);

	if (below)
		return bufferevent_openssl_filter_new(base, below, ssl, state, options_below);
	return bufferevent_openssl_socket_new(base, fd, ssl, state, options_below);
}

TEST_RANGE(tls__connections_that_fail_with_tls_1_3, 0, WAYS)
{
	context = tls_context(TLS1_3_VERSION);
	torture_tls_connections(make_openssl, _i);
	SSL_CTX_free(context);
}

TEST_RANGE(tls__connections_that_fail_with_tls_1_2, 0, WAYS)
{
	context = tls_context(TLS1_2_VERSION);
	torture_tls_connections(make_openssl, _i);
	SSL_CTX_free(context);
}

/* ---- levin/tls.h -------------------------------------------------------------------------------- */

static struct levin_tls *client_side, *server_side;

static struct bufferevent *
make_levin(struct event_base *base, evutil_socket_t fd, struct bufferevent *below, bool is_server)
{
	struct levin_tls *tls = is_server ? server_side : client_side;
	const char *host = is_server ? NULL : "a.example";

	if (below)
		return levin_tls_filter_new(below, tls, host, options_below);
	return levin_tls_socket_new(base, fd, tls, host, options_below);
}

TEST_RANGE(levin_tls__connections_that_fail, 0, WAYS)
{
	struct certificate *issuer =
	    certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	struct certificate *certificate = certificate_new(
	    &(struct certificate_recipe){.issuer = issuer, .valid_for = "DNS:a.example"});
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings of_server = {.certificates = &text, .certificate_count = 1};
	struct levin_tls_settings of_client = {
	    .trust_pem = issuer->pem, .flags = LEVIN_TLS_NO_RESUMPTION};

	server_side = levin_tls_server_new(&of_server, NULL, 0);
	client_side = levin_tls_client_new(&of_client, NULL, 0);
	ck_assert(server_side && client_side);
	torture_tls_connections(make_levin, _i);
	levin_tls_free(client_side);
	levin_tls_free(server_side);
	certificate_free(issuer);
	certificate_free(certificate);
}
