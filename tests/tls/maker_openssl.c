/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/bufferevent_ssl.h>
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
		must(SSL_CTX_use_certificate_file(
			 context, tls_file("server.pem"), SSL_FILETYPE_PEM) == 1 &&
			 SSL_CTX_use_PrivateKey_file(
			     context, tls_file("server.key"), SSL_FILETYPE_PEM) == 1,
		    "certificate");
	}
	if (counter_index < 0)
		counter_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, count_freed);
	return context;
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
	if (!SSL_set_ex_data(ssl, counter_index, &alive)) {
		SSL_free(ssl);
		return NULL;
	}
	alive++;
	if (order->is_client && !SSL_set1_host(ssl, "localhost")) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
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
	if (!bev)
		return NULL;
	bufferevent_openssl_set_allow_dirty_shutdown(bev, order->allow_dirty);
	if (order->batch)
		bufferevent_ssl_set_flags(bev, BUFFEREVENT_SSL_BATCH_WRITE);
	return bev;
}

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
		}
	}
}

const struct tls_maker tls_openssl = {
    .name = "openssl",
    .has_version = has_version,
    .make = make,
    .error_text = error_text,
    .count_alive = count_alive,
    .clear = clear,
};
