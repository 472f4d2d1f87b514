/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Issuers and contexts for the tests of contexts: they trust, and are certified by, one issuer.
 */
#ifndef LEVIN_TESTS_UNIT_TLS_CONTEXT_CONTEXT_KIT_H
#define LEVIN_TESTS_UNIT_TLS_CONTEXT_CONTEXT_KIT_H

#include <openssl/ssl.h>

#include "support/suite.h"
#include "support/tls/certificates.h"
#include "support/tls/handshake.h"
#include "tls/context/tls_connection.h"
#include "tls/context/tls_context.h"

static struct certificate *issuer;
static struct certificate *server_certificate; /* for a.example and 192.0.2.1 */
static struct tls_reason reason;

static inline void
make_issuer(void)
{
	issuer = certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	server_certificate = certificate_new(&(struct certificate_recipe){
	    .name = "Server", .issuer = issuer, .valid_for = "DNS:a.example,IP:192.0.2.1"});
}

static inline void
free_issuer(void)
{
	certificate_free(issuer);
	certificate_free(server_certificate);
}

static inline struct levin_tls_certificate
text_of(const struct certificate *certificate)
{
	return (struct levin_tls_certificate){
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
}

/* The settings without what every test has: trust, and a certificate. */
static inline SSL_CTX *
client_context(struct levin_tls_settings settings)
{
	SSL_CTX *context = NULL;

	if (!settings.trust_pem)
		settings.trust_pem = issuer->pem;
	ck_assert_msg(
	    lvn_tls_context_new(&context, &settings, TLS_CLIENT, &reason) == 0, "%s", reason.text);
	return context;
}

static inline SSL_CTX *
server_context(struct levin_tls_settings settings)
{
	struct levin_tls_certificate usual = text_of(server_certificate);
	SSL_CTX *context = NULL;

	if (settings.certificate_count == 0) {
		settings.certificates = &usual;
		settings.certificate_count = 1;
	}
	ck_assert_msg(
	    lvn_tls_context_new(&context, &settings, TLS_SERVER, &reason) == 0, "%s", reason.text);
	return context;
}

static inline SSL *
connection_to(SSL_CTX *client, const char *host)
{
	SSL *ssl = NULL;

	ck_assert_int_eq(
	    lvn_tls_connection_to(&ssl, client, lvn_tls_context_sessions(client), host, &reason),
	    0);
	return ssl;
}

static inline SSL *
connection_from(SSL_CTX *server)
{
	SSL *ssl = NULL;

	ck_assert_int_eq(lvn_tls_connection_from(&ssl, server, &reason), 0);
	return ssl;
}

/* What the client knows after a handshake that succeeds; both are ended. */
static inline struct levin_tls_facts
facts_of(SSL *client, SSL *server)
{
	struct handshake result = handshake_run(client, server);
	struct levin_tls_facts facts;

	ck_assert_uint_eq(result.client_error, 0);
	ck_assert(result.is_done);
	lvn_tls_connection_describe(client, &facts);
	handshake_end(client, server);
	return facts;
}

#endif
