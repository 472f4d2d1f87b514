/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_reloadable.h"

#include <errno.h>
#include <event2/thread.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "support/suite.h"
#include "unit/tls/context/context_kit.h"

TEST_FIXTURE(make_issuer, free_issuer);

static struct levin_tls *
new_tls(struct levin_tls_settings settings, enum tls_role role)
{
	struct levin_tls *tls = NULL;

	ck_assert_msg(
	    lvn_tls_reloadable_new(&tls, &settings, role, &reason) == 0, "%s", reason.text);
	return tls;
}

static SSL *
connect_with(struct levin_tls *tls, const char *host)
{
	SSL *ssl = NULL;

	ck_assert_msg(lvn_tls_reloadable_connect(tls, host, &ssl, &reason) == 0, "%s", reason.text);
	return ssl;
}

static struct levin_tls_facts
facts_between(struct levin_tls *client, struct levin_tls *server)
{
	return facts_of(connect_with(client, "a.example"), connect_with(server, NULL));
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

TEST(tls_reloadable_reload__new_certificate_for_new_connections)
{
	struct certificate *newer = certificate_new(&(struct certificate_recipe){
	    .name = "Newer", .issuer = issuer, .valid_for = "DNS:a.example"});
	struct levin_tls_certificate old_text = text_of(server_certificate);
	struct levin_tls_certificate new_text = text_of(newer);
	struct levin_tls_settings settings = {.certificates = &old_text, .certificate_count = 1};
	struct levin_tls *server = new_tls(settings, TLS_SERVER);
	struct levin_tls *client =
	    new_tls((struct levin_tls_settings){.trust_pem = issuer->pem}, TLS_CLIENT);
	SSL *under_way = connect_with(server, NULL);

	ck_assert_int_eq(facts_between(client, server).is_resumed, 0);
	ck_assert_int_eq(facts_between(client, server).is_resumed, 1);
	settings.certificates = &new_text;
	ck_assert_int_eq(lvn_tls_reloadable_reload(server, &settings, &reason), 0);

	ck_assert_str_eq(
	    facts_of(connect_with(client, "a.example"), under_way).peer_subject, "CN=Server");
	ck_assert_str_eq(facts_between(client, server).peer_subject, "CN=Newer");
	lvn_tls_reloadable_free(client);
	lvn_tls_reloadable_free(server);
	certificate_free(newer);
}

TEST(tls_reloadable_reload__resumes_no_session_of_before)
{
	struct levin_tls_certificate text = text_of(server_certificate);
	struct levin_tls_settings settings = {.certificates = &text, .certificate_count = 1};
	struct levin_tls *server = new_tls(settings, TLS_SERVER);
	struct levin_tls *client =
	    new_tls((struct levin_tls_settings){.trust_pem = issuer->pem}, TLS_CLIENT);

	facts_between(client, server);
	ck_assert_int_eq(lvn_tls_reloadable_reload(server, NULL, &reason), 0);
	ck_assert_int_eq(facts_between(client, server).is_resumed, 0);
	ck_assert_int_eq(facts_between(client, server).is_resumed, 1);
	ck_assert_int_eq(lvn_tls_reloadable_reload(client, NULL, &reason), 0);
	ck_assert_int_eq(facts_between(client, server).is_resumed, 0);
	lvn_tls_reloadable_free(client);
	lvn_tls_reloadable_free(server);
}

TEST(tls_reloadable_reload__reads_the_files_again)
{
	struct certificate *newer = certificate_new(&(struct certificate_recipe){
	    .name = "Newer", .issuer = issuer, .valid_for = "DNS:a.example"});
	char folder[] = "/tmp/levin_tls_XXXXXX";
	char certificate_path[60], key_path[60];
	struct levin_tls_certificate files = {
	    .certificate_file = certificate_path, .key_file = key_path};
	struct levin_tls_settings settings = {.certificates = &files, .certificate_count = 1};
	struct levin_tls *client =
	    new_tls((struct levin_tls_settings){.trust_pem = issuer->pem}, TLS_CLIENT);
	struct levin_tls *server;
	char expected[200];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(certificate_path, sizeof(certificate_path), "%s/cert.pem", folder);
	snprintf(key_path, sizeof(key_path), "%s/key.pem", folder);
	write_file(certificate_path, server_certificate->pem);
	write_file(key_path, server_certificate->key_pem);
	server = new_tls(settings, TLS_SERVER);
	ck_assert_str_eq(facts_between(client, server).peer_subject, "CN=Server");

	/* Only one of the two files is new yet: everything stays as it was. */
	write_file(certificate_path, newer->pem);
	ck_assert_int_eq(lvn_tls_reloadable_reload(server, NULL, &reason), -EINVAL);
	snprintf(expected, sizeof(expected), "%s: the key does not fit the certificate", key_path);
	ck_assert_str_eq(reason.text, expected);
	ck_assert_str_eq(facts_between(client, server).peer_subject, "CN=Server");
	ck_assert_int_eq(unlink(key_path), 0);
	ck_assert_int_eq(lvn_tls_reloadable_reload(server, NULL, &reason), -ENOENT);
	ck_assert_str_eq(facts_between(client, server).peer_subject, "CN=Server");

	write_file(key_path, newer->key_pem);
	ck_assert_int_eq(lvn_tls_reloadable_reload(server, NULL, &reason), 0);
	ck_assert_str_eq(facts_between(client, server).peer_subject, "CN=Newer");
	unlink(certificate_path);
	unlink(key_path);
	rmdir(folder);
	lvn_tls_reloadable_free(client);
	lvn_tls_reloadable_free(server);
	certificate_free(newer);
}

TEST(tls_reloadable_reload__trust)
{
	struct certificate *other = certificate_new(&(struct certificate_recipe){.name = "Other"});
	struct levin_tls_certificate text = text_of(server_certificate);
	struct levin_tls *server = new_tls(
	    (struct levin_tls_settings){.certificates = &text, .certificate_count = 1}, TLS_SERVER);
	struct levin_tls *client =
	    new_tls((struct levin_tls_settings){.trust_pem = issuer->pem}, TLS_CLIENT);
	struct levin_tls_settings stricter = {.trust_pem = other->pem};
	SSL *client_end, *server_end;

	facts_between(client, server);
	ck_assert_int_eq(lvn_tls_reloadable_reload(client, &stricter, &reason), 0);
	client_end = connect_with(client, "a.example");
	server_end = connect_with(server, NULL);
	ck_assert(!handshake_run(client_end, server_end).is_done);
	handshake_end(client_end, server_end);
	lvn_tls_reloadable_free(client);
	lvn_tls_reloadable_free(server);
	certificate_free(other);
}

TEST(tls_reloadable_free__connections_go_on)
{
	struct levin_tls_certificate text = text_of(server_certificate);
	struct levin_tls *server = new_tls(
	    (struct levin_tls_settings){.certificates = &text, .certificate_count = 1}, TLS_SERVER);
	struct levin_tls *client =
	    new_tls((struct levin_tls_settings){.trust_pem = issuer->pem}, TLS_CLIENT);
	SSL *client_end = connect_with(client, "a.example");
	SSL *server_end = connect_with(server, NULL);

	lvn_tls_reloadable_free(client);
	lvn_tls_reloadable_free(server);
	ck_assert_int_eq(facts_of(client_end, server_end).is_verified, 1);
}

TEST(tls_reloadable_skip_verification__holds_for_later_connections)
{
	struct certificate *other = certificate_new(&(struct certificate_recipe){.name = "Other"});
	struct levin_tls_certificate text = text_of(server_certificate);
	struct levin_tls *server = new_tls(
	    (struct levin_tls_settings){.certificates = &text, .certificate_count = 1}, TLS_SERVER);
	struct levin_tls *client =
	    new_tls((struct levin_tls_settings){.trust_pem = other->pem}, TLS_CLIENT);
	SSL *earlier = connect_with(client, "a.example");
	SSL *server_end = connect_with(server, NULL);

	lvn_tls_reloadable_skip_verification(client);
	ck_assert(!handshake_run(earlier, server_end).is_done);
	handshake_end(earlier, server_end);
	ck_assert_int_eq(facts_between(client, server).is_verified, 0);
	ck_assert_int_eq(lvn_tls_reloadable_reload(client, NULL, &reason), 0);
	ck_assert_int_eq(facts_between(client, server).is_verified, 0);
	/* What was not verified is not resumed. */
	ck_assert_int_eq(facts_between(client, server).is_resumed, 0);
	lvn_tls_reloadable_free(client);
	lvn_tls_reloadable_free(server);
	certificate_free(other);
}

/* ---- Threads ------------------------------------------------------------------------------- */

#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED

enum { THREADS = 4, ROUNDS = 20 };

struct pair_of_contexts {
	struct levin_tls *client;
	struct levin_tls *server;
};

static void *
talk(void *arg)
{
	struct pair_of_contexts *pair = arg;

	for (int i = 0; i < ROUNDS; i++)
		facts_between(pair->client, pair->server);
	return NULL;
}

static void *
reload_all_the_time(void *arg)
{
	struct pair_of_contexts *pair = arg;
	struct tls_reason own_reason;

	for (int i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(lvn_tls_reloadable_reload(pair->client, NULL, &own_reason), 0);
		ck_assert_int_eq(lvn_tls_reloadable_reload(pair->server, NULL, &own_reason), 0);
	}
	return NULL;
}

TEST(tls_reloadable__threads_connect_and_reload)
{
	struct levin_tls_certificate text = text_of(server_certificate);
	struct pair_of_contexts pair;
	pthread_t threads[THREADS];

	suite_share_openssl();
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	pair.server = new_tls(
	    (struct levin_tls_settings){.certificates = &text, .certificate_count = 1}, TLS_SERVER);
	pair.client = new_tls((struct levin_tls_settings){.trust_pem = issuer->pem}, TLS_CLIENT);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, i == 0 ? reload_all_the_time : talk, &pair),
		    0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	lvn_tls_reloadable_free(pair.client);
	lvn_tls_reloadable_free(pair.server);
}

#endif

/* ---- Memory -------------------------------------------------------------------------------- */

/* The n-th allocation fails, counted from 1. */
static struct {
	unsigned long count;
	unsigned long failing;
	unsigned stride; /* every so many are tried */
} memory;

static bool
should_fail(void *arg)
{
	(void)arg;
	return ++memory.count == memory.failing;
}

static void *
allocate(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return should_fail(NULL) ? NULL : malloc(size);
}

static void *
reallocate(void *block, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return should_fail(NULL) ? NULL : realloc(block, size);
}

static void
deallocate(void *block, const char *file, int line)
{
	(void)file, (void)line;
	free(block);
}

/* Contexts are made, talk, and are reloaded.  Returns 0, or the error of the first failure. */
static int
live(const struct levin_tls_settings *of_client, const struct levin_tls_settings *of_server)
{
	struct levin_tls *client = NULL, *server = NULL;
	SSL *client_end = NULL, *server_end = NULL;
	int rc = lvn_tls_reloadable_new(&client, of_client, TLS_CLIENT, &reason);

	if (rc == 0)
		rc = lvn_tls_reloadable_new(&server, of_server, TLS_SERVER, &reason);
	for (int i = 0; rc == 0 && i < 2; i++) {
		client_end = server_end = NULL;
		rc = lvn_tls_reloadable_connect(client, "a.example", &client_end, &reason);
		if (rc == 0)
			rc = lvn_tls_reloadable_connect(server, NULL, &server_end, &reason);
		if (rc == 0 && !handshake_run(client_end, server_end).is_done)
			rc = -EPROTO;
		handshake_end(client_end, server_end);
		if (rc == 0)
			rc = lvn_tls_reloadable_reload(server, NULL, &reason);
	}
	if (client)
		lvn_tls_reloadable_free(client);
	if (server)
		lvn_tls_reloadable_free(server);
	return rc;
}

/* Makes each allocation fail, of ours or of OpenSSL. */
static void
live_with_failures(int error_expected)
{
	struct certificate *other = certificate_new(&(struct certificate_recipe){
	    .issuer = issuer, .valid_for = "DNS:b.example", .rsa_bits = 2048});
	struct levin_tls_certificate texts[] = {text_of(other), text_of(server_certificate)};
	struct levin_tls_settings of_server = {.certificates = texts,
	    .certificate_count = 2,
	    .flags = LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE,
	    .trust_pem = issuer->pem,
	    .alpn = "h2"};
	struct levin_tls_settings of_client = {.certificates = &texts[1],
	    .certificate_count = 1,
	    .trust_pem = issuer->pem,
	    .alpn = "h2"};

	for (memory.failing = 1;; memory.failing += memory.stride) {
		int rc;

		memory.count = 0;
		rc = live(&of_client, &of_server);
		if (memory.count < memory.failing) {
			ck_assert_int_eq(rc, 0);
			break;
		}
		if (error_expected)
			ck_assert_int_eq(rc == 0 ? error_expected : rc, error_expected);
		memory.failing += ULONG_MAX / 2;
		ck_assert_int_eq(live(&of_client, &of_server), 0);
		memory.failing -= ULONG_MAX / 2;
	}
	certificate_free(other);
}

TEST(tls_reloadable__every_allocation_fails_once)
{
	memory.stride = 1;
	lvn_memory_set_fault(should_fail, NULL);
	live_with_failures(-ENOMEM);
	lvn_memory_set_fault(NULL, NULL);
}

TEST_FIXTURE(NULL, NULL);

TEST(tls_reloadable__allocations_of_openssl_fail)
{
	memory.failing = 0;
	ck_assert(CRYPTO_set_mem_functions(allocate, reallocate, deallocate));
	make_issuer();
	memory.stride = 1499;
	live_with_failures(0);
	memory.failing = 0;
	free_issuer();
}
