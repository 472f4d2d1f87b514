/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_sessions.h"

#include <stdio.h>

#include "support/suite.h"

static SSL_SESSION *
session_of(int version)
{
	SSL_SESSION *session = SSL_SESSION_new();

	ck_assert_ptr_nonnull(session);
	ck_assert(SSL_SESSION_set_protocol_version(session, version));
	return session;
}

static SSL_SESSION *
put(struct tls_sessions *sessions, const char *host, int version)
{
	SSL_SESSION *session = session_of(version);

	ck_assert(lvn_tls_sessions_put(sessions, host, session));
	return session;
}

static void
expect(struct tls_sessions *sessions, const char *host, const SSL_SESSION *expected)
{
	SSL_SESSION *taken = lvn_tls_sessions_take(sessions, host);

	ck_assert_ptr_eq(taken, expected);
	SSL_SESSION_free(taken);
}

TEST(tls_sessions_take__newest_of_the_host_first)
{
	struct tls_sessions *sessions = lvn_tls_sessions_new(10);
	SSL_SESSION *older = put(sessions, "a", TLS1_3_VERSION);
	SSL_SESSION *newer = put(sessions, "a", TLS1_3_VERSION);

	put(sessions, "b", TLS1_3_VERSION);
	expect(sessions, "a", newer);
	expect(sessions, "a", older);
	expect(sessions, "a", NULL);
	lvn_tls_sessions_free(sessions);
}

TEST(tls_sessions_take__keeps_those_of_tls_1_2)
{
	struct tls_sessions *sessions = lvn_tls_sessions_new(10);
	SSL_SESSION *session = put(sessions, "a", TLS1_2_VERSION);

	expect(sessions, "a", session);
	expect(sessions, "a", session);
	lvn_tls_sessions_free(sessions);
}

TEST(tls_sessions_put__keeps_the_newest_in_all)
{
	struct tls_sessions *sessions = lvn_tls_sessions_new(3);
	SSL_SESSION *kept[5];
	char host[5][2] = {"0", "1", "2", "3", "4"};

	for (int i = 0; i < 5; i++)
		kept[i] = put(sessions, host[i], TLS1_3_VERSION);
	for (int i = 0; i < 5; i++)
		expect(sessions, host[i], i < 2 ? NULL : kept[i]);
	lvn_tls_sessions_free(sessions);
}

TEST(tls_sessions_put__one_host_does_not_drive_out_the_others)
{
	struct tls_sessions *sessions = lvn_tls_sessions_new(LVN_TLS_SESSIONS_OF_HOST + 1);
	SSL_SESSION *other = put(sessions, "other", TLS1_3_VERSION);
	int count = 0;

	for (int i = 0; i < 50; i++)
		put(sessions, "busy", TLS1_3_VERSION);
	for (;; count++) {
		SSL_SESSION *session = lvn_tls_sessions_take(sessions, "busy");

		if (!session)
			break;
		SSL_SESSION_free(session);
	}
	ck_assert_int_eq(count, LVN_TLS_SESSIONS_OF_HOST);
	expect(sessions, "other", other);
	lvn_tls_sessions_free(sessions);
}

TEST(tls_sessions_free__accepts_none)
{
	lvn_tls_sessions_free(NULL);
}
