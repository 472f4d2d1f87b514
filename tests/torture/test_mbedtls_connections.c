/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS streams of mbedTLS that connect and are accepted, while system calls fail and connections are
 * lost.  Both sides know a key, which saves the time of certificates.
 */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/version.h>

#include "torture/tls_connections.h"

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context random_source;
static mbedtls_ssl_config configurations[2]; /* of client and server */

/* The one without arithmetic of large numbers. */
static const int ciphersuites[] = {MBEDTLS_TLS_PSK_WITH_AES_128_CBC_SHA256, 0};

static void
configure(mbedtls_ssl_config *configuration, int role)
{
	static const unsigned char key[32] = {1, 2, 3};

	mbedtls_ssl_config_init(configuration);
	ck_assert_int_eq(mbedtls_ssl_config_defaults(configuration, role,
			     MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
	    0);
	mbedtls_ssl_conf_rng(configuration, mbedtls_ctr_drbg_random, &random_source);
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
	mbedtls_ssl_conf_max_tls_version(configuration, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
	mbedtls_ssl_conf_ciphersuites(configuration, ciphersuites);
	ck_assert_int_eq(mbedtls_ssl_conf_psk(
			     configuration, key, sizeof(key), (const unsigned char *)"client", 6),
	    0);
}

static struct bufferevent *
make_mbedtls(struct event_base *base, evutil_socket_t fd, struct bufferevent *below, bool is_server)
{
	mbedtls_dyncontext *ssl = bufferevent_mbedtls_dyncontext_new(&configurations[is_server]);
	enum bufferevent_ssl_state state =
	    is_server ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING;

	/* Its memory is the library's, and may be what fails. */
	if (!ssl)
		return NULL;
	if (below)
		return bufferevent_mbedtls_filter_new(base, below, ssl, state, options_below);
	return bufferevent_mbedtls_socket_new(base, fd, ssl, state, options_below);
}

TEST_RANGE(mbedtls__connections_that_fail, 0, WAYS)
{
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&random_source);
	ck_assert_int_eq(
	    mbedtls_ctr_drbg_seed(&random_source, mbedtls_entropy_func, &entropy, NULL, 0), 0);
	configure(&configurations[0], MBEDTLS_SSL_IS_CLIENT);
	configure(&configurations[1], MBEDTLS_SSL_IS_SERVER);

	torture_tls_connections(make_mbedtls, _i);

	for (int i = 0; i < 2; i++)
		mbedtls_ssl_config_free(&configurations[i]);
	mbedtls_ctr_drbg_free(&random_source);
	mbedtls_entropy_free(&entropy);
}
