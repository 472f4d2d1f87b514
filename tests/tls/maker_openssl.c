/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/bufferevent_ssl.h>
#include <levin/tls.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "tls/maker.h"

static SSL_CTX *contexts[2][2];
static int alive;
static int counter_index = -1;

static void
must(bool done, const char *what)
{
	if (done)
		return;
	fprintf(stderr, "%s: %s\n", what, ERR_reason_error_string(ERR_peek_error()));
	abort();
}

static void
count_freed(void *ssl, void *counted, CRYPTO_EX_DATA *data, int index, long arg, void *more)
{
	(void)ssl;
	(void)data;
	(void)index;
	(void)arg;
	(void)more;
	if (counted)
		alive--;
}

static SSL_CTX *
make_context(bool is_client, enum tls_version version)
{
	SSL_CTX *context = SSL_CTX_new(is_client ? TLS_client_method() : TLS_server_method());
	int number = version == TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;

	must(context != NULL, "SSL_CTX_new");
	must(SSL_CTX_set_min_proto_version(context, number) == 1 &&
		 SSL_CTX_set_max_proto_version(context, number) == 1,
	    "version");
	if (is_client) {
		must(SSL_CTX_load_verify_locations(context, tls_file("ca.pem"), NULL) == 1, "ca");
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	} else {
		SSL_CTX_set_options(context, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
		must(SSL_CTX_use_certificate_file(
			 context, tls_file("server.pem"), SSL_FILETYPE_PEM) == 1 &&
			 SSL_CTX_use_PrivateKey_file(
			     context, tls_file("server.key"), SSL_FILETYPE_PEM) == 1,
		    "certificate");
	}
	return context;
}

static bool
count(SSL *ssl)
{
	if (counter_index < 0)
		counter_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, count_freed);
	if (!SSL_set_ex_data(ssl, counter_index, &alive))
		return false;
	alive++;
	return true;
}

static bool
has_version(enum tls_version version, bool is_client)
{
	(void)version;
	(void)is_client;
	return true;
}

static SSL *
make_ssl(const struct tls_order *order)
{
	SSL_CTX **context = &contexts[order->is_client][order->version];
	SSL *ssl;

	if (!*context)
		*context = make_context(order->is_client, order->version);
	ssl = SSL_new(*context);
	if (!ssl)
		return NULL;
	if (!count(ssl) || (order->is_client && !SSL_set1_host(ssl, "localhost"))) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

static void
set_flags(struct bufferevent *bev, const struct tls_order *order)
{
	bufferevent_openssl_set_allow_dirty_shutdown(bev, order->allow_dirty);
	if (order->batch)
		bufferevent_ssl_set_flags(bev, BUFFEREVENT_SSL_BATCH_WRITE);
}

static struct bufferevent *
make(const struct tls_order *order)
{
	enum bufferevent_ssl_state state =
	    order->is_client ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING;
	SSL *ssl = make_ssl(order);
	struct bufferevent *bev;

	if (!ssl)
		return NULL;
	if (order->below)
		bev = bufferevent_openssl_filter_new(
		    order->base, order->below, ssl, state, order->options);
	else
		bev = bufferevent_openssl_socket_new(
		    order->base, order->fd, ssl, state, order->options);
	if (bev)
		set_flags(bev, order);
	return bev;
}

/* ---- Kernel TLS */

static struct levin_tls *kernel_contexts[2][2];

static struct levin_tls *
make_kernel_context(const struct tls_order *order)
{
	struct levin_tls_certificate certificate = {
	    .certificate_file = tls_file("server.pem"), .key_file = tls_file("server.key")};
	struct levin_tls_settings settings = {.flags = LEVIN_TLS_KERNEL | LEVIN_TLS_NO_RESUMPTION};
	struct levin_tls *tls;

	settings.oldest_protocol = order->version == TLS_1_3 ? LEVIN_TLS_1_3 : LEVIN_TLS_1_2;
	settings.newest_protocol = settings.oldest_protocol;
	if (order->is_client) {
		settings.trust_file = tls_file("ca.pem");
		tls = levin_tls_client_new(&settings, NULL, 0);
	} else {
		settings.certificates = &certificate;
		settings.certificate_count = 1;
		tls = levin_tls_server_new(&settings, NULL, 0);
	}
	must(tls != NULL, "context");
	return tls;
}

static struct bufferevent *
make_with_kernel(const struct tls_order *order)
{
	struct levin_tls **context = &kernel_contexts[order->is_client][order->version];
	const char *host = order->is_client ? "localhost" : NULL;
	struct bufferevent *bev;

	if (!*context)
		*context = make_kernel_context(order);
	if (order->below)
		bev = levin_tls_filter_new(order->below, *context, host, order->options);
	else
		bev = levin_tls_socket_new(order->base, order->fd, *context, host, order->options);
	if (!bev)
		return NULL;
	if (!count(bufferevent_openssl_get_ssl(bev))) {
		bufferevent_free(bev);
		return NULL;
	}
	set_flags(bev, order);
	return bev;
}

/* ---- */

static const char *
error_text(struct bufferevent *bev)
{
	unsigned long error = bufferevent_get_openssl_error(bev);

	return error ? ERR_reason_error_string(error) : NULL;
}

static int
count_alive(void)
{
	return alive;
}

static void
clear(void)
{
	for (int i = 0; i < 2; i++) {
		for (int j = 0; j < 2; j++) {
			SSL_CTX_free(contexts[i][j]);
			contexts[i][j] = NULL;
			levin_tls_free(kernel_contexts[i][j]);
			kernel_contexts[i][j] = NULL;
		}
	}
}

const struct tls_maker tls_openssl = {
    .name = "openssl",
    .has_version = has_version,
    .make = make,
    .renegotiate = bufferevent_ssl_renegotiate,
    .takes_data_when_asking = true,
    .error_text = error_text,
    .count_alive = count_alive,
    .clear = clear,
};

const struct tls_maker tls_kernel = {
    .name = "kernel",
    .has_version = has_version,
    .make = make_with_kernel,
    .error_text = error_text,
    .count_alive = count_alive,
    .clear = clear,
};
