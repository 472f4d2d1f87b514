/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "support/suite.h"
#include "unit/tls/context/context_kit.h"

TEST_FIXTURE(make_issuer, free_issuer);

/* The words for why a handshake of these two fails, as client and server see it. */
static void
check_failure(
    SSL_CTX *client_side, SSL_CTX *server_side, const char *of_client, const char *of_server)
{
	SSL *client = connection_to(client_side, "a.example");
	SSL *server = connection_from(server_side);
	struct handshake result = handshake_run(client, server);
	struct tls_reason words = {.text = ""};

	if (result.client_error != 0)
		lvn_tls_reason_of_connection(&words, result.client_error);
	ck_assert_str_eq(words.text, of_client);
	words.text[0] = '\0';
	if (result.server_error != 0)
		lvn_tls_reason_of_connection(&words, result.server_error);
	ck_assert_str_eq(words.text, of_server);
	handshake_end(client, server);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

static void
check_refused(struct levin_tls_settings settings, enum tls_role role, const char *words)
{
	struct levin_tls_certificate usual = text_of(server_certificate);
	SSL_CTX *context;

	if (role == TLS_SERVER && settings.certificate_count == 0) {
		settings.certificates = &usual;
		settings.certificate_count = 1;
	}
	ck_assert_int_eq(lvn_tls_context_new(&context, &settings, role, &reason), -EINVAL);
	ck_assert_str_eq(reason.text, words);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

/* ---- Protocols ----------------------------------------------------------------------------- */

static const struct {
	enum levin_tls_protocol client_oldest, client_newest, server_oldest, server_newest;
	const char *protocol; /* NULL: none in common */
} versions[] = {
    {0, 0, 0, 0, "TLSv1.3"},
    {0, LEVIN_TLS_1_2, 0, 0, "TLSv1.2"},
    {0, 0, 0, LEVIN_TLS_1_2, "TLSv1.2"},
    {LEVIN_TLS_1_3, 0, 0, 0, "TLSv1.3"},
    {LEVIN_TLS_1_2, LEVIN_TLS_1_2, LEVIN_TLS_1_2, LEVIN_TLS_1_2, "TLSv1.2"},
    {LEVIN_TLS_1_3, 0, 0, LEVIN_TLS_1_2, NULL},
    {0, LEVIN_TLS_1_2, LEVIN_TLS_1_3, 0, NULL},
};

TEST_RANGE(tls_context__protocols, 0, (int)LVN_COUNT_OF(versions))
{
	SSL_CTX *client_side = client_context(
	    (struct levin_tls_settings){.oldest_protocol = versions[_i].client_oldest,
		.newest_protocol = versions[_i].client_newest});
	SSL_CTX *server_side = server_context(
	    (struct levin_tls_settings){.oldest_protocol = versions[_i].server_oldest,
		.newest_protocol = versions[_i].server_newest});

	if (!versions[_i].protocol) {
		check_failure(client_side, server_side,
		    "no common protocol: the peer refuses our versions",
		    "no common protocol: the peer offers no version that is allowed");
		return;
	}
	ck_assert_str_eq(
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side))
		.protocol,
	    versions[_i].protocol);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST(tls_context__no_tls_1_1)
{
	SSL_CTX *client_side = client_context((struct levin_tls_settings){.flags = 0});

	SSL_CTX_set_min_proto_version(client_side, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(client_side, TLS1_1_VERSION);
	SSL_CTX_set_security_level(client_side, 0);
	SSL_CTX_set_cipher_list(client_side, "ALL");
	check_failure(client_side, server_context((struct levin_tls_settings){.flags = 0}),
	    "no common protocol: the peer refuses our versions",
	    "no common protocol: the peer offers no version that is allowed");
}

TEST(tls_context__only_ciphers_with_forward_secrecy)
{
	SSL_CTX *context = client_context((struct levin_tls_settings){.flags = 0});
	SSL *ssl = SSL_new(context);
	STACK_OF(SSL_CIPHER) *ciphers = SSL_get1_supported_ciphers(ssl);

	ck_assert_int_gt(sk_SSL_CIPHER_num(ciphers), 4);
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
		int key_exchange = SSL_CIPHER_get_kx_nid(cipher);

		ck_assert_int_eq(SSL_CIPHER_is_aead(cipher), 1);
		ck_assert(key_exchange == NID_kx_ecdhe || key_exchange == NID_kx_any);
	}
	sk_SSL_CIPHER_free(ciphers);
	SSL_free(ssl);
	SSL_CTX_free(context);
}

TEST(tls_context__no_renegotiation)
{
	SSL_CTX *client_side =
	    client_context((struct levin_tls_settings){.newest_protocol = LEVIN_TLS_1_2});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){.flags = 0});
	SSL *client = connection_to(client_side, "a.example");
	SSL *server = connection_from(server_side);

	ck_assert(handshake_run(client, server).is_done);
	ck_assert_int_eq(SSL_renegotiate(client), 0);
	ck_assert_int_eq(SSL_renegotiate(server), 0);
	handshake_end(client, server);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

/* ---- Certificates -------------------------------------------------------------------------- */

TEST(tls_context__chooses_the_certificate_by_name)
{
	static const struct {
		const char *host;
		const char *subject;
	} asked[] = {{"a.example", "CN=first"}, {"b.example", "CN=second"},
	    {"x.b.example", "CN=second"}, {"192.0.2.1", "CN=first"}};
	struct certificate *first = certificate_new(&(struct certificate_recipe){
	    .name = "first", .issuer = issuer, .valid_for = "DNS:a.example,IP:192.0.2.1"});
	struct certificate *second = certificate_new(&(struct certificate_recipe){.name = "second",
	    .issuer = issuer,
	    .valid_for = "DNS:b.example,DNS:*.b.example",
	    .rsa_bits = 2048});
	struct levin_tls_certificate both[] = {text_of(first), text_of(second)};
	SSL_CTX *client_side = client_context((struct levin_tls_settings){.flags = 0});
	SSL_CTX *server_side = server_context(
	    (struct levin_tls_settings){.certificates = both, .certificate_count = 2});

	for (size_t i = 0; i < LVN_COUNT_OF(asked); i++) {
		struct levin_tls_facts facts = facts_of(
		    connection_to(client_side, asked[i].host), connection_from(server_side));

		ck_assert_str_eq(facts.peer_subject, asked[i].subject);
	}
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
	certificate_free(first);
	certificate_free(second);
}

TEST(tls_context__first_certificate_if_none_is_for_the_name)
{
	struct certificate *other = certificate_new(&(struct certificate_recipe){
	    .name = "other", .issuer = issuer, .valid_for = "DNS:b.example", .rsa_bits = 2048});
	struct levin_tls_certificate both[] = {text_of(server_certificate), text_of(other)};
	SSL_CTX *client_side = client_context((struct levin_tls_settings){.flags = 0});
	SSL_CTX *server_side = server_context(
	    (struct levin_tls_settings){.certificates = both, .certificate_count = 2});
	SSL *client;

	ck_assert_int_eq(
	    lvn_tls_connection_to_unverified(&client, client_side, "c.example", &reason), 0);
	ck_assert_str_eq(facts_of(client, connection_from(server_side)).peer_subject, "CN=Server");
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
	certificate_free(other);
}

TEST(tls_context__two_kinds_of_keys_for_a_name)
{
	struct certificate *rsa = certificate_new(&(struct certificate_recipe){
	    .name = "rsa", .issuer = issuer, .valid_for = "DNS:a.example", .rsa_bits = 2048});
	struct levin_tls_certificate both[] = {text_of(server_certificate), text_of(rsa)};
	SSL_CTX *client_side = client_context((struct levin_tls_settings){
	    .newest_protocol = LEVIN_TLS_1_2, .flags = LEVIN_TLS_NO_RESUMPTION});
	SSL_CTX *server_side = server_context(
	    (struct levin_tls_settings){.certificates = both, .certificate_count = 2});

	ck_assert(SSL_CTX_set_cipher_list(client_side, "ECDHE-RSA-AES128-GCM-SHA256"));
	ck_assert_str_eq(
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side))
		.peer_subject,
	    "CN=rsa");
	ck_assert(SSL_CTX_set_cipher_list(client_side, "ECDHE-ECDSA-AES128-GCM-SHA256"));
	ck_assert_str_eq(
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side))
		.peer_subject,
	    "CN=Server");
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
	certificate_free(rsa);
}

TEST(tls_context_new__refuses_short_keys)
{
	struct certificate *weak = certificate_new(&(struct certificate_recipe){
	    .issuer = issuer, .valid_for = "DNS:a.example", .rsa_bits = 1024});
	struct levin_tls_certificate certificates[] = {text_of(server_certificate), text_of(weak)};

	check_refused(
	    (struct levin_tls_settings){.certificates = certificates, .certificate_count = 2},
	    TLS_SERVER, "certificate_pem: ee key too small");
	certificate_free(weak);
}

TEST(tls_context_new__refuses_a_key_of_another_certificate)
{
	struct levin_tls_certificate wrong = {
	    .certificate_pem = server_certificate->pem, .key_pem = issuer->key_pem};

	check_refused((struct levin_tls_settings){.certificates = &wrong, .certificate_count = 1},
	    TLS_SERVER, "key_pem: the key does not fit the certificate");
	check_refused((struct levin_tls_settings){.certificates = &wrong, .certificate_count = 1},
	    TLS_CLIENT, "key_pem: the key does not fit the certificate");
}

TEST(tls_context_new__refuses_trust_without_certificates)
{
	check_refused((struct levin_tls_settings){.trust_pem = "nothing"}, TLS_CLIENT,
	    "trust_pem: there is no certificate in PEM in it");
}

/* ---- Certificates of clients --------------------------------------------------------------- */

static void
check_client_certificate(
    unsigned flags, bool has_one, const char *subject, const char *of_client, const char *of_server)
{
	struct certificate *made = certificate_new(&(struct certificate_recipe){
	    .name = "Client", .issuer = issuer, .valid_for = "email:someone@a.example"});
	struct levin_tls_certificate certificate = text_of(made);
	SSL_CTX *client_side = client_context((struct levin_tls_settings){
	    .certificates = &certificate, .certificate_count = has_one ? 1 : 0});
	SSL_CTX *server_side = server_context(
	    (struct levin_tls_settings){.flags = flags, .trust_pem = flags ? issuer->pem : NULL});

	if (subject) {
		SSL *client = connection_to(client_side, "a.example");
		SSL *server = connection_from(server_side);
		struct levin_tls_facts facts;

		ck_assert(handshake_run(client, server).is_done);
		lvn_tls_connection_describe(server, &facts);
		ck_assert_str_eq(facts.peer_subject, subject);
		ck_assert_int_eq(facts.is_verified, subject[0] != '\0');
		handshake_end(client, server);
		SSL_CTX_free(client_side);
		SSL_CTX_free(server_side);
	} else {
		check_failure(client_side, server_side, of_client, of_server);
	}
	certificate_free(made);
}

TEST(tls_context__certificate_of_the_client)
{
	unsigned request = LEVIN_TLS_REQUEST_CLIENT_CERTIFICATE;
	unsigned require = LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE;

	check_client_certificate(0, true, "", NULL, NULL);
	check_client_certificate(request, true, "CN=Client", NULL, NULL);
	check_client_certificate(request, false, "", NULL, NULL);
	check_client_certificate(require, true, "CN=Client", NULL, NULL);
	check_client_certificate(require, false, NULL, "the peer requires a certificate of ours",
	    "the client has no certificate");
}

TEST(tls_context__client_of_another_issuer)
{
	struct certificate *other = certificate_new(&(struct certificate_recipe){.name = "Other"});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){
	    .flags = LEVIN_TLS_REQUEST_CLIENT_CERTIFICATE, .trust_pem = other->pem});
	struct levin_tls_certificate certificate = text_of(server_certificate);
	SSL_CTX *client_side = client_context(
	    (struct levin_tls_settings){.certificates = &certificate, .certificate_count = 1});
	SSL *client = connection_to(client_side, "a.example");
	SSL *server = connection_from(server_side);

	ck_assert(!handshake_run(client, server).is_done);
	ck_assert_str_eq(lvn_tls_connection_reason(server)->text,
	    "unknown issuer: no trusted certificate signed that of CN=Server");
	handshake_end(client, server);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
	certificate_free(other);
}

/* ---- Application protocols ----------------------------------------------------------------- */

static const struct {
	const char *client;
	const char *server;
	const char *chosen; /* NULL: the handshake fails */
} protocols[] = {
    {"h2,http/1.1", "h2,http/1.1", "h2"},
    {"http/1.1,h2", "h2,http/1.1", "h2"},
    {"http/1.1", "h2,http/1.1", "http/1.1"},
    {NULL, "h2", ""},
    {"h2", NULL, ""},
    {"h2", "http/1.1", NULL},
};

TEST_RANGE(tls_context__application_protocols, 0, (int)LVN_COUNT_OF(protocols))
{
	SSL_CTX *client_side =
	    client_context((struct levin_tls_settings){.alpn = protocols[_i].client});
	SSL_CTX *server_side =
	    server_context((struct levin_tls_settings){.alpn = protocols[_i].server});

	if (!protocols[_i].chosen) {
		check_failure(client_side, server_side,
		    "no common application protocol (ALPN): the peer refuses ours",
		    "no common application protocol (ALPN)");
		return;
	}
	ck_assert_str_eq(
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side)).alpn,
	    protocols[_i].chosen);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST(tls_context_new__refuses_a_malformed_list_of_protocols)
{
	check_refused((struct levin_tls_settings){.alpn = "h2, http/1.1", .trust_pem = issuer->pem},
	    TLS_CLIENT,
	    "settings: \"h2, http/1.1\" is not a list of protocols such as \"h2,http/1.1\"");
}

/* ---- Sessions ------------------------------------------------------------------------------ */

static const enum levin_tls_protocol both_versions[] = {LEVIN_TLS_1_2, LEVIN_TLS_1_3};

TEST_RANGE(tls_context__resumes, 0, 2)
{
	SSL_CTX *client_side =
	    client_context((struct levin_tls_settings){.newest_protocol = both_versions[_i]});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){.flags = 0});

	for (int i = 0; i < 5; i++) {
		struct levin_tls_facts facts =
		    facts_of(connection_to(client_side, "a.example"), connection_from(server_side));

		ck_assert_int_eq(facts.is_resumed, i > 0);
		ck_assert_int_eq(facts.is_verified, 1);
		ck_assert_str_eq(facts.peer_subject, "CN=Server");
	}
	/* For another host nothing is resumed, for it was not the one that was verified. */
	ck_assert_int_eq(
	    facts_of(connection_to(client_side, "192.0.2.1"), connection_from(server_side))
		.is_resumed,
	    0);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST_RANGE(tls_context__does_not_resume_if_it_shall_not, 0, 4)
{
	unsigned none = LEVIN_TLS_NO_RESUMPTION;
	SSL_CTX *client_side = client_context((struct levin_tls_settings){
	    .newest_protocol = both_versions[_i % 2], .flags = _i < 2 ? none : 0});
	SSL_CTX *server_side =
	    server_context((struct levin_tls_settings){.flags = _i < 2 ? 0 : none});

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
		    facts_of(connection_to(client_side, "a.example"), connection_from(server_side))
			.is_resumed,
		    0);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST_RANGE(tls_context__server_keeps_a_bounded_number_of_sessions, 0, 6)
{
	unsigned most = (unsigned)_i / 2 + 1;
	SSL_CTX *client_side = client_context((struct levin_tls_settings){
	    .newest_protocol = both_versions[_i % 2], .flags = LEVIN_TLS_NO_RESUMPTION});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){.sessions = most});

	for (int i = 0; i < 10; i++)
		facts_of(connection_to(client_side, "a.example"), connection_from(server_side));
	/* OpenSSL makes free space before it adds one. */
	ck_assert_int_ge(SSL_CTX_sess_number(server_side), most > 1 ? most - 1 : 1);
	ck_assert_int_le(SSL_CTX_sess_number(server_side), most);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST(tls_context__client_keeps_a_bounded_number_of_sessions)
{
	SSL_CTX *client_side = client_context(
	    (struct levin_tls_settings){.sessions = 1, .newest_protocol = LEVIN_TLS_1_2});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){.flags = 0});

	facts_of(connection_to(client_side, "a.example"), connection_from(server_side));
	facts_of(connection_to(client_side, "192.0.2.1"), connection_from(server_side));
	ck_assert_int_eq(
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side))
		.is_resumed,
	    0);
	ck_assert_int_eq(
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side))
		.is_resumed,
	    1);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST_RANGE(tls_context__resumes_with_the_certificate_of_the_client, 0, 2)
{
	struct levin_tls_certificate certificate = text_of(server_certificate);
	SSL_CTX *client_side = client_context((struct levin_tls_settings){
	    .certificates = &certificate,
	    .certificate_count = 1,
	    .newest_protocol = both_versions[_i],
	});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){
	    .flags = LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE, .trust_pem = issuer->pem});

	for (int i = 0; i < 3; i++) {
		SSL *client = connection_to(client_side, "a.example");
		SSL *server = connection_from(server_side);
		struct levin_tls_facts facts;

		ck_assert(handshake_run(client, server).is_done);
		lvn_tls_connection_describe(server, &facts);
		ck_assert_int_eq(facts.is_resumed, i > 0);
		ck_assert_int_eq(facts.is_verified, 1);
		ck_assert_str_eq(facts.peer_subject, "CN=Server");
		handshake_end(client, server);
	}
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

/* ---- The rest ------------------------------------------------------------------------------ */

TEST(tls_context_shutdown_timeout_ms__of_settings_or_usual)
{
	SSL_CTX *own = client_context((struct levin_tls_settings){.shutdown_timeout_ms = 7});
	SSL_CTX *usual = client_context((struct levin_tls_settings){.flags = 0});
	SSL_CTX *other = SSL_CTX_new(TLS_method());

	ck_assert_int_eq(lvn_tls_context_shutdown_timeout_ms(own), 7);
	ck_assert_int_eq(lvn_tls_context_shutdown_timeout_ms(usual), LVN_TLS_SHUTDOWN_TIMEOUT_MS);
	ck_assert_int_eq(lvn_tls_context_shutdown_timeout_ms(other), LVN_TLS_SHUTDOWN_TIMEOUT_MS);
	SSL_CTX_free(own);
	SSL_CTX_free(usual);
	SSL_CTX_free(other);
}

TEST(tls_context__client_trusts_whom_the_system_trusts)
{
	struct levin_tls_settings none = {.flags = 0};
	char path[] = "/tmp/levin_tls_trust_XXXXXX";
	int fd = mkstemp(path);
	SSL_CTX *client_side, *server_side;

	ck_assert_int_eq(write(fd, issuer->pem, strlen(issuer->pem)), (ssize_t)strlen(issuer->pem));
	close(fd);
	setenv("SSL_CERT_FILE", path, 1);
	ck_assert_int_eq(lvn_tls_context_new(&client_side, &none, TLS_CLIENT, &reason), 0);
	unlink(path);
	server_side = server_context(none);
	ck_assert_int_eq(
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side))
		.is_verified,
	    1);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}
