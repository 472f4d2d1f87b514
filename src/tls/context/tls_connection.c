/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_connection.h"

#include <errno.h>
#include <event2/util.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/private.h"
#include "tls/context/tls_certificate.h"
#include "tls/context/tls_host.h"
#include "tls/context/tls_index.h"
#include "tls/context/tls_subject.h"
#include "tls/openssl.h"

/* What an SSL object has of ours. */
struct connection {
	struct tls_host host; /* of a server and of a client that knows none: empty */
	struct tls_sessions *sessions;
	struct tls_reason reason;
};

static void
free_connection(
    void *ssl, void *connection, CRYPTO_EX_DATA *data, int number, long argl, void *argp)
{
	(void)ssl, (void)data, (void)number, (void)argl, (void)argp;
	lvn_free(connection);
}

static struct tls_index connections = {.of = CRYPTO_EX_INDEX_SSL, .free = free_connection};

static struct connection *
connection_of(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, lvn_tls_index_number(&connections));
}

struct tls_reason *
lvn_tls_connection_reason(const SSL *ssl)
{
	struct connection *connection = connection_of(ssl);

	return connection ? &connection->reason : NULL;
}

/* ---- Making them --------------------------------------------------------------------------- */

static SSL *
new_ssl(SSL_CTX *context, const struct tls_host *host)
{
	int number = lvn_tls_index_number(&connections);
	struct connection *connection = lvn_calloc(1, sizeof(*connection));
	SSL *ssl;

	if (number < 0 || !connection) {
		lvn_free(connection);
		return NULL;
	}
	ssl = SSL_new(context);
	if (!ssl || !SSL_set_ex_data(ssl, number, connection)) {
		lvn_free(connection);
		SSL_free(ssl);
		return NULL;
	}
	if (host)
		connection->host = *host;
	return ssl;
}

static bool
expect_host(SSL *ssl, const struct tls_host *host)
{
	X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);

	X509_VERIFY_PARAM_set_hostflags(rules, LVN_TLS_NAME_FLAGS);
	if (host->address_size > 0)
		return X509_VERIFY_PARAM_set1_ip(rules, host->address, host->address_size);
	return X509_VERIFY_PARAM_set1_host(rules, host->text, 0);
}

/* An address is not sent as a name (RFC 6066 3). */
static bool
send_name(SSL *ssl, const struct tls_host *host)
{
	return host->address_size > 0 || SSL_set_tlsext_host_name(ssl, host->text);
}

static bool
resume(SSL *ssl, struct tls_sessions *sessions)
{
	struct connection *connection = connection_of(ssl);
	SSL_SESSION *session;
	bool is_set = true;

	connection->sessions = sessions;
	if (!sessions)
		return true;
	session = lvn_tls_sessions_take(sessions, connection->host.text);
	if (session)
		is_set = SSL_set_session(ssl, session);
	SSL_SESSION_free(session);
	return is_set;
}

static int
out_of_memory(SSL *ssl, struct tls_reason *reason)
{
	SSL_free(ssl);
	ERR_clear_error();
	return lvn_tls_reason_set(reason, -ENOMEM, "out of memory");
}

static int
read_host(struct tls_host *host_out, const char *host, struct tls_reason *reason)
{
	if (!host)
		return lvn_tls_reason_set(
		    reason, -EINVAL, "a client needs the name or the address of its server");
	if (!lvn_tls_host_read(host_out, host))
		return lvn_tls_reason_set(
		    reason, -EINVAL, "\"%s\" is neither a host name nor an address", host);
	return 0;
}

int
lvn_tls_connection_to(SSL **ssl_out, SSL_CTX *context, struct tls_sessions *sessions,
    const char *host, struct tls_reason *reason)
{
	struct tls_host expected;
	int rc = read_host(&expected, host, reason);
	SSL *ssl;

	if (rc < 0)
		return rc;
	ssl = new_ssl(context, &expected);
	if (!ssl || !expect_host(ssl, &expected) || !send_name(ssl, &expected) ||
	    !resume(ssl, sessions))
		return out_of_memory(ssl, reason);
	*ssl_out = ssl;
	return 0;
}

int
lvn_tls_connection_to_unverified(
    SSL **ssl_out, SSL_CTX *context, const char *host, struct tls_reason *reason)
{
	struct tls_host named;
	int rc = host ? read_host(&named, host, reason) : 0;
	SSL *ssl;

	if (rc < 0)
		return rc;
	ssl = new_ssl(context, host ? &named : NULL);
	if (!ssl || (host && !send_name(ssl, &named)))
		return out_of_memory(ssl, reason);
	SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	*ssl_out = ssl;
	return 0;
}

int
lvn_tls_connection_from(SSL **ssl_out, SSL_CTX *context, struct tls_reason *reason)
{
	SSL *ssl = new_ssl(context, NULL);

	if (!ssl)
		return out_of_memory(ssl, reason);
	*ssl_out = ssl;
	return 0;
}

/* ---- What OpenSSL reports ------------------------------------------------------------------ */

int
lvn_tls_connection_on_verified(int is_good, X509_STORE_CTX *verification)
{
	const SSL *ssl =
	    X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct connection *connection = connection_of(ssl);

	if (!is_good && connection)
		lvn_tls_reason_of_verification(
		    &connection->reason, verification, connection->host.text);
	return is_good;
}

/* Returns 1 if it has taken over the reference to the session. */
int
lvn_tls_connection_on_session(SSL *ssl, SSL_SESSION *session)
{
	struct connection *connection = connection_of(ssl);

	return connection && connection->sessions && SSL_SESSION_is_resumable(session) &&
	       lvn_tls_sessions_put(connection->sessions, connection->host.text, session);
}

void
lvn_tls_connection_on_progress(const SSL *ssl, int where, int result)
{
	struct tls_reason *reason = lvn_tls_connection_reason(ssl);

	(void)result;
	if (reason && (where & SSL_CB_HANDSHAKE_START))
		reason->text[0] = '\0';
}

/* ---- Facts --------------------------------------------------------------------------------- */

static void
describe_alpn(const SSL *ssl, struct levin_tls_facts *facts)
{
	const unsigned char *name;
	unsigned size;

	SSL_get0_alpn_selected(ssl, &name, &size);
	if (size > 0 && size < sizeof(facts->alpn))
		memcpy(facts->alpn, name, size);
}

void
lvn_tls_connection_describe(const SSL *ssl, struct levin_tls_facts *facts_out)
{
	struct levin_tls_facts facts = {.protocol = SSL_get_version(ssl)};
	const X509 *peer = SSL_get0_peer_certificate(ssl);
	const char *server_name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	facts.cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl));
	facts.is_resumed = SSL_session_reused(ssl);
	facts.is_verified = peer && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE &&
			    SSL_get_verify_result(ssl) == X509_V_OK;
	facts.kernel_sends = lvn_openssl_kernel_sends(ssl);
	facts.kernel_receives = lvn_openssl_kernel_receives(ssl);
	describe_alpn(ssl, &facts);
	if (server_name)
		evutil_snprintf(facts.server_name, sizeof(facts.server_name), "%s", server_name);
	lvn_tls_subject_write(peer, facts.peer_subject, sizeof(facts.peer_subject));
	*facts_out = facts;
}
