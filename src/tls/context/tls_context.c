/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#include "base/limit.h"
#include "base/private.h"
#include "tls/context/tls_alpn.h"
#include "tls/context/tls_certificate.h"
#include "tls/context/tls_connection.h"
#include "tls/context/tls_index.h"
#include "tls/context/tls_pem.h"

enum { CLIENT_SESSIONS = 256, SERVER_SESSIONS = 8192, SECURITY_LEVEL = 2 };

/* For TLS 1.2: forward secrecy and authenticated encryption.  TLS 1.3 has nothing else. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"

/* What an SSL_CTX has of ours. */
struct context {
	struct tls_certificate *certificates;
	size_t certificate_count;
	unsigned char *alpn; /* as in the extension */
	size_t alpn_size;
	struct tls_sessions *sessions; /* of a client */
	int64_t shutdown_timeout_ms;
};

static void
free_context(void *ssl_ctx, void *arg, CRYPTO_EX_DATA *data, int number, long argl, void *argp)
{
	struct context *own = arg;

	(void)ssl_ctx, (void)data, (void)number, (void)argl, (void)argp;
	if (!own)
		return;
	for (size_t i = 0; i < own->certificate_count; i++)
		lvn_tls_certificate_clear(&own->certificates[i]);
	lvn_free(own->certificates);
	lvn_free(own->alpn);
	lvn_tls_sessions_free(own->sessions);
	lvn_free(own);
}

static struct tls_index contexts = {.of = CRYPTO_EX_INDEX_SSL_CTX, .free = free_context};

static struct context *
own_of(const SSL_CTX *context)
{
	return SSL_CTX_get_ex_data(context, lvn_tls_index_number(&contexts));
}

struct tls_sessions *
lvn_tls_context_sessions(const SSL_CTX *context)
{
	return own_of(context)->sessions;
}

int64_t
lvn_tls_context_shutdown_timeout_ms(const SSL_CTX *context)
{
	struct context *own = own_of(context);

	return own ? own->shutdown_timeout_ms : LVN_TLS_SHUTDOWN_TIMEOUT_MS;
}

/* ---- Protocols ----------------------------------------------------------------------------- */

/* What the system's configuration forbids stays forbidden. */
static int
set_protocols(
    SSL_CTX *context, const struct levin_tls_settings *settings, struct tls_reason *reason)
{
	long oldest = settings->oldest_protocol ? settings->oldest_protocol : LEVIN_TLS_1_2;
	long newest = settings->newest_protocol ? settings->newest_protocol : LEVIN_TLS_1_3;
	long newest_of_system = SSL_CTX_get_max_proto_version(context);

	if (oldest < SSL_CTX_get_min_proto_version(context))
		oldest = SSL_CTX_get_min_proto_version(context);
	if (newest_of_system != 0 && newest > newest_of_system)
		newest = newest_of_system;
	if (oldest > newest)
		return lvn_tls_reason_set(reason, -EINVAL,
		    "the system's configuration allows none of the protocols of the settings");
	if (!SSL_CTX_set_min_proto_version(context, oldest) ||
	    !SSL_CTX_set_max_proto_version(context, newest) ||
	    !SSL_CTX_set_cipher_list(context, CIPHERS))
		return lvn_tls_reason_take(reason, "protocols");
	if (SSL_CTX_get_security_level(context) < SECURITY_LEVEL)
		SSL_CTX_set_security_level(context, SECURITY_LEVEL);
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	return 0;
}

/* The system's configuration may ask OpenSSL for it, but streams are made for it or not. */
static void
set_kernel(SSL_CTX *context, const struct levin_tls_settings *settings)
{
	if (settings->flags & LEVIN_TLS_KERNEL)
		SSL_CTX_set_options(context, SSL_OP_ENABLE_KTLS);
	else
		SSL_CTX_clear_options(context, SSL_OP_ENABLE_KTLS);
}

/* ---- Certificates -------------------------------------------------------------------------- */

static int
load_certificates(
    struct context *own, const struct levin_tls_settings *settings, struct tls_reason *reason)
{
	int rc = 0;

	if (settings->certificate_count == 0)
		return 0;
	own->certificates = lvn_calloc(settings->certificate_count, sizeof(*own->certificates));
	if (!own->certificates)
		return lvn_tls_reason_set(reason, -ENOMEM, "out of memory");
	for (size_t i = 0; rc == 0 && i < settings->certificate_count; i++) {
		rc = lvn_tls_certificate_load(
		    &own->certificates[i], &settings->certificates[i], reason);
		own->certificate_count += rc == 0;
	}
	return rc;
}

/*
 * Of those for the name the first one of each kind of key wins, so that a server may have one
 * with RSA and one with ECDSA.
 */
static int
choose_certificate(SSL *ssl, void *arg)
{
	const struct context *own = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	bool has_one = false;

	for (size_t i = own->certificate_count; name && i-- > 0;) {
		const struct tls_certificate *certificate = &own->certificates[i];

		if (!lvn_tls_certificate_is_for(certificate, name))
			continue;
		if (!has_one)
			SSL_certs_clear(ssl);
		has_one = true;
		if (!SSL_use_cert_and_key(
			ssl, certificate->certificate, certificate->key, certificate->issuers, 1))
			return 0;
	}
	return 1;
}

/* Without this function the client would not learn that the name was taken notice of. */
static int
acknowledge_name(SSL *ssl, int *alert, void *arg)
{
	(void)ssl, (void)alert, (void)arg;
	return SSL_TLSEXT_ERR_OK;
}

static int
use_certificates(SSL *ssl, const struct context *own, const struct levin_tls_settings *settings,
    struct tls_reason *reason)
{
	for (size_t i = 0; i < own->certificate_count; i++) {
		const struct tls_certificate *certificate = &own->certificates[i];
		const char *file = settings->certificates[i].certificate_file;

		if (!SSL_use_cert_and_key(
			ssl, certificate->certificate, certificate->key, certificate->issuers, 1))
			return lvn_tls_reason_take(reason, file ? file : "certificate_pem");
	}
	return 0;
}

/* One that cannot be used, because its key is too short for instance, is found now. */
static int
try_certificates(
    SSL_CTX *context, const struct levin_tls_settings *settings, struct tls_reason *reason)
{
	SSL *ssl = SSL_new(context);
	int rc;

	if (!ssl)
		return lvn_tls_reason_take(reason, "certificates");
	rc = use_certificates(ssl, own_of(context), settings, reason);
	SSL_free(ssl);
	return rc;
}

static int
set_certificates(SSL_CTX *context, const struct levin_tls_settings *settings, enum tls_role role,
    struct tls_reason *reason)
{
	struct context *own = own_of(context);
	int rc = load_certificates(own, settings, reason);
	const struct tls_certificate *first = own->certificates;

	/* A chain is what the file says, and not completed with issuers that are trusted. */
	SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
	if (rc < 0 || !first)
		return rc;
	rc = try_certificates(context, settings, reason);
	if (rc < 0)
		return rc;
	if (!SSL_CTX_use_cert_and_key(context, first->certificate, first->key, first->issuers, 1))
		return lvn_tls_reason_take(reason, "certificates");
	if (role == TLS_SERVER) {
		SSL_CTX_set_cert_cb(context, choose_certificate, own);
		SSL_CTX_set_tlsext_servername_callback(context, acknowledge_name);
	}
	return 0;
}

/* ---- Trust --------------------------------------------------------------------------------- */

static int
trust_certificates(SSL_CTX *context, STACK_OF(X509) *certificates, enum tls_role role)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);

	for (int i = 0; i < sk_X509_num(certificates); i++) {
		X509 *certificate = sk_X509_value(certificates, i);

		if (!X509_STORE_add_cert(store, certificate))
			return -ENOMEM;
		/* Their names are sent to clients, which choose a certificate by them. */
		if (role == TLS_SERVER && !SSL_CTX_add_client_CA(context, certificate))
			return -ENOMEM;
	}
	return 0;
}

static int
trust(SSL_CTX *context, const char *file, const char *text, enum tls_role role,
    struct tls_reason *reason)
{
	STACK_OF(X509) *certificates;
	struct tls_pem pem;
	int rc;

	if (!file && !text)
		return 0;
	rc = lvn_tls_pem_open(&pem, file, text, "trust_pem", reason);
	if (rc < 0)
		return rc;
	rc = lvn_tls_pem_certificates(&pem, &certificates, reason);
	if (rc == 0) {
		if (trust_certificates(context, certificates, role) < 0)
			rc = lvn_tls_reason_take(reason, pem.name);
		sk_X509_pop_free(certificates, X509_free);
	}
	lvn_tls_pem_close(&pem);
	return rc;
}

static int
verification_of(const struct levin_tls_settings *settings, enum tls_role role)
{
	if (role == TLS_CLIENT)
		return SSL_VERIFY_PEER;
	if (settings->flags & LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE)
		return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	if (settings->flags & LEVIN_TLS_REQUEST_CLIENT_CERTIFICATE)
		return SSL_VERIFY_PEER;
	return SSL_VERIFY_NONE;
}

static int
set_trust(SSL_CTX *context, const struct levin_tls_settings *settings, enum tls_role role,
    struct tls_reason *reason)
{
	int rc;

	SSL_CTX_set_verify(
	    context, verification_of(settings, role), lvn_tls_connection_on_verified);
	/* A trusted certificate ends a chain, whether it is a root or not. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
	if (role == TLS_CLIENT && !settings->trust_file && !settings->trust_pem) {
		if (!SSL_CTX_set_default_verify_paths(context))
			return lvn_tls_reason_take(reason, "the trust of the system");
		return 0;
	}
	rc = trust(context, settings->trust_file, NULL, role, reason);
	if (rc < 0)
		return rc;
	return trust(context, NULL, settings->trust_pem, role, reason);
}

/* ---- Application protocols ----------------------------------------------------------------- */

static int
choose_alpn(SSL *ssl, const unsigned char **name_out, unsigned char *size_out,
    const unsigned char *offered, unsigned offered_size, void *arg)
{
	const struct context *own = arg;
	unsigned char *name;

	(void)ssl;
	if (SSL_select_next_proto(&name, size_out, own->alpn, (unsigned)own->alpn_size, offered,
		offered_size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*name_out = name;
	return SSL_TLSEXT_ERR_OK;
}

static int
set_alpn(SSL_CTX *context, const struct levin_tls_settings *settings, enum tls_role role,
    struct tls_reason *reason)
{
	struct context *own = own_of(context);
	int rc;

	if (!settings->alpn)
		return 0;
	rc = lvn_tls_alpn_encode(settings->alpn, &own->alpn, &own->alpn_size);
	if (rc == -EINVAL)
		return lvn_tls_reason_set(reason, rc,
		    "settings: \"%s\" is not a list of protocols such as \"h2,http/1.1\"",
		    settings->alpn);
	if (rc < 0)
		return lvn_tls_reason_set(reason, rc, "out of memory");
	if (role == TLS_SERVER)
		SSL_CTX_set_alpn_select_cb(context, choose_alpn, own);
	/* Unlike others of its kind it returns 0 for success. */
	else if (SSL_CTX_set_alpn_protos(context, own->alpn, (unsigned)own->alpn_size) != 0)
		return lvn_tls_reason_take(reason, "alpn");
	return 0;
}

/* ---- Sessions ------------------------------------------------------------------------------ */

static int
keep_sessions_of_client(SSL_CTX *context, unsigned most, struct tls_reason *reason)
{
	struct context *own = own_of(context);

	own->sessions = lvn_tls_sessions_new(most);
	if (!own->sessions)
		return lvn_tls_reason_set(reason, -ENOMEM, "out of memory");
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, lvn_tls_connection_on_session);
	return 0;
}

/*
 * Sessions are kept here and not in tickets, whose key would have to be changed from time to time:
 * it decrypts recorded connections of TLS 1.2.
 */
static int
keep_sessions_of_server(SSL_CTX *context, unsigned most, struct tls_reason *reason)
{
	static const unsigned char purpose[] = "levin";

	SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
	/* For OpenSSL 0 is no limit. */
	SSL_CTX_sess_set_cache_size(context, most == UINT_MAX ? 0 : (long)most);
	if (!SSL_CTX_set_session_id_context(context, purpose, sizeof(purpose) - 1))
		return lvn_tls_reason_take(reason, "sessions");
	return 0;
}

static int
set_sessions(SSL_CTX *context, const struct levin_tls_settings *settings, enum tls_role role,
    struct tls_reason *reason)
{
	if (settings->flags & LEVIN_TLS_NO_RESUMPTION) {
		SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
		SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_num_tickets(context, 0);
		return 0;
	}
	if (role == TLS_CLIENT)
		return keep_sessions_of_client(
		    context, lvn_limit_count(settings->sessions, CLIENT_SESSIONS), reason);
	return keep_sessions_of_server(
	    context, lvn_limit_count(settings->sessions, SERVER_SESSIONS), reason);
}

/* ---- All together -------------------------------------------------------------------------- */

static int
set_up(SSL_CTX *context, const struct levin_tls_settings *settings, enum tls_role role,
    struct tls_reason *reason)
{
	int rc = set_protocols(context, settings, reason);

	if (rc == 0)
		rc = set_certificates(context, settings, role, reason);
	if (rc == 0)
		rc = set_trust(context, settings, role, reason);
	if (rc == 0)
		rc = set_alpn(context, settings, role, reason);
	if (rc == 0)
		rc = set_sessions(context, settings, role, reason);
	set_kernel(context, settings);
	SSL_CTX_set_info_callback(context, lvn_tls_connection_on_progress);
	return rc;
}

/* An SSL_CTX that has a struct context.  NULL if memory is short. */
static SSL_CTX *
new_context(const struct levin_tls_settings *settings, enum tls_role role)
{
	int number = lvn_tls_index_number(&contexts);
	struct context *own = lvn_calloc(1, sizeof(*own));
	SSL_CTX *context;

	if (number < 0 || !own) {
		lvn_free(own);
		return NULL;
	}
	own->shutdown_timeout_ms = settings->shutdown_timeout_ms ? settings->shutdown_timeout_ms
								 : LVN_TLS_SHUTDOWN_TIMEOUT_MS;
	context = SSL_CTX_new(role == TLS_CLIENT ? TLS_client_method() : TLS_server_method());
	if (!context || !SSL_CTX_set_ex_data(context, number, own)) {
		SSL_CTX_free(context);
		lvn_free(own);
		return NULL;
	}
	return context;
}

int
lvn_tls_context_new(SSL_CTX **context_out, const struct levin_tls_settings *settings,
    enum tls_role role, struct tls_reason *reason)
{
	SSL_CTX *context;
	int rc;

	ERR_clear_error();
	context = new_context(settings, role);
	if (!context) {
		ERR_clear_error();
		return lvn_tls_reason_set(reason, -ENOMEM, "out of memory");
	}
	rc = set_up(context, settings, role, reason);
	ERR_clear_error();
	if (rc < 0) {
		SSL_CTX_free(context);
		return rc;
	}
	*context_out = context;
	return 0;
}
