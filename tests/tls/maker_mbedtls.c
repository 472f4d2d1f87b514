/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/bufferevent_ssl.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <stdlib.h>

#include "tls/maker.h"

#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define HAVE_TLS_1_3
#include <psa/crypto.h>
#endif

static struct {
	bool is_ready;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	mbedtls_x509_crt ca;
	mbedtls_x509_crt certificate;
	mbedtls_pk_context key;
	mbedtls_ssl_config configurations[2][2]; /* of a version and a role */
} kept;

static void
must(int result, const char *what)
{
	if (result == 0)
		return;
	fprintf(stderr, "%s: -0x%x\n", what, (unsigned)-result);
	abort();
}

static void
read_files(void)
{
	must(mbedtls_x509_crt_parse_file(&kept.ca, tls_file("ca.pem")), "ca.pem");
	must(mbedtls_x509_crt_parse_file(&kept.certificate, tls_file("server.pem")), "server.pem");
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	must(mbedtls_pk_parse_keyfile(
		 &kept.key, tls_file("server.key"), NULL, mbedtls_ctr_drbg_random, &kept.random),
	    "server.key");
#else
	must(mbedtls_pk_parse_keyfile(&kept.key, tls_file("server.key"), NULL), "server.key");
#endif
}

static void
allow_only(mbedtls_ssl_config *configuration, enum tls_version version)
{
#ifdef HAVE_TLS_1_3
	mbedtls_ssl_protocol_version only =
	    version == TLS_1_3 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2;

	mbedtls_ssl_conf_min_tls_version(configuration, only);
	mbedtls_ssl_conf_max_tls_version(configuration, only);
#else
	(void)configuration;
	(void)version;
#endif
}

static void
configure(enum tls_version version, bool is_client)
{
	mbedtls_ssl_config *configuration = &kept.configurations[version][is_client];

	mbedtls_ssl_config_init(configuration);
	must(mbedtls_ssl_config_defaults(configuration,
		 is_client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
		 MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
	    "mbedtls_ssl_config_defaults");
	allow_only(configuration, version);
#ifdef MBEDTLS_SSL_RENEGOTIATION
	mbedtls_ssl_conf_renegotiation(configuration, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
	/* However much data comes before the peer has begun. */
	mbedtls_ssl_conf_renegotiation_enforced(
	    configuration, MBEDTLS_SSL_RENEGOTIATION_NOT_ENFORCED);
#endif
	mbedtls_ssl_conf_rng(configuration, mbedtls_ctr_drbg_random, &kept.random);
	if (is_client) {
		mbedtls_ssl_conf_ca_chain(configuration, &kept.ca, NULL);
		mbedtls_ssl_conf_authmode(configuration, MBEDTLS_SSL_VERIFY_REQUIRED);
	} else {
		must(mbedtls_ssl_conf_own_cert(configuration, &kept.certificate, &kept.key),
		    "mbedtls_ssl_conf_own_cert");
	}
}

static void
prepare(void)
{
	if (kept.is_ready)
		return;
	kept.is_ready = true;
	mbedtls_entropy_init(&kept.entropy);
	mbedtls_ctr_drbg_init(&kept.random);
	mbedtls_x509_crt_init(&kept.ca);
	mbedtls_x509_crt_init(&kept.certificate);
	mbedtls_pk_init(&kept.key);
	must(mbedtls_ctr_drbg_seed(&kept.random, mbedtls_entropy_func, &kept.entropy, NULL, 0),
	    "mbedtls_ctr_drbg_seed");
	read_files();
#ifdef HAVE_TLS_1_3
	must(psa_crypto_init(), "psa_crypto_init");
#endif
	for (int i = 0; i < 4; i++)
		configure(i & 1 ? TLS_1_3 : TLS_1_2, i & 2);
}

static bool
has_version(enum tls_version version, bool is_client)
{
	(void)is_client;
#ifdef HAVE_TLS_1_3
	return version == TLS_1_2 || version == TLS_1_3;
#else
	return version == TLS_1_2;
#endif
}

static struct bufferevent *
make(const struct tls_order *order)
{
	enum bufferevent_ssl_state state =
	    order->is_client ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING;
	mbedtls_dyncontext *context;
	struct bufferevent *bev;

	prepare();
	context = bufferevent_mbedtls_dyncontext_new(
	    &kept.configurations[order->version][order->is_client]);
	if (!context)
		return NULL;
	if (order->is_client && mbedtls_ssl_set_hostname(context, "localhost") != 0) {
		bufferevent_mbedtls_dyncontext_free(context);
		return NULL;
	}
	if (order->below)
		bev = bufferevent_mbedtls_filter_new(
		    order->base, order->below, context, state, order->options);
	else
		bev = bufferevent_mbedtls_socket_new(
		    order->base, order->fd, context, state, order->options);
	if (!bev)
		return NULL;
	bufferevent_mbedtls_set_allow_dirty_shutdown(bev, order->allow_dirty);
	if (order->batch)
		bufferevent_ssl_set_flags(bev, BUFFEREVENT_SSL_BATCH_WRITE);
	return bev;
}

static const char *
error_text(struct bufferevent *bev)
{
	static char text[80];
	int error = (int)bufferevent_get_mbedtls_error(bev);

	if (error == 0)
		return NULL;
	mbedtls_strerror(error, text, sizeof(text));
	return text;
}

/* The leak sanitizer counts these. */
static int
count_alive(void)
{
	return 0;
}

static void
clear(void)
{
	if (!kept.is_ready)
		return;
	for (int i = 0; i < 4; i++)
		mbedtls_ssl_config_free(&kept.configurations[i & 1][i >> 1]);
	mbedtls_x509_crt_free(&kept.ca);
	mbedtls_x509_crt_free(&kept.certificate);
	mbedtls_pk_free(&kept.key);
	mbedtls_ctr_drbg_free(&kept.random);
	mbedtls_entropy_free(&kept.entropy);
	kept.is_ready = false;
}

const struct tls_maker tls_mbedtls = {
    .name = "mbedtls",
    .has_version = has_version,
    .make = make,
#ifdef MBEDTLS_SSL_RENEGOTIATION
    .renegotiate = bufferevent_mbedtls_renegotiate,
#endif
    .error_text = error_text,
    .count_alive = count_alive,
    .clear = clear,
};
