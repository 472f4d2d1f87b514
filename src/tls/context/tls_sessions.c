/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_sessions.h"

#include <string.h>

#include "base/private.h"

struct cached_session {
	struct cached_session *next;
	SSL_SESSION *session;
	char host[];
};

/*
 * Invariants:
 *   1. the list is in the order of putting, the newest first
 *   2. it has `most` members at most, and LVN_TLS_SESSIONS_OF_HOST of each host
 */
struct tls_sessions {
	struct lock *lock;
	/* Everything below is protected by it. */
	struct cached_session *first;
	unsigned most;
};

struct tls_sessions *
lvn_tls_sessions_new(unsigned most)
{
	struct tls_sessions *sessions = lvn_calloc(1, sizeof(*sessions));

	if (!sessions)
		return NULL;
	sessions->lock = lvn_private_lock_new();
	if (!sessions->lock) {
		lvn_free(sessions);
		return NULL;
	}
	sessions->most = most;
	return sessions;
}

/* Takes the entry out of the list. */
static void
drop(struct cached_session **link)
{
	struct cached_session *entry = *link;

	*link = entry->next;
	SSL_SESSION_free(entry->session);
	lvn_free(entry);
}

void
lvn_tls_sessions_free(struct tls_sessions *sessions)
{
	if (!sessions)
		return;
	while (sessions->first)
		drop(&sessions->first);
	lvn_private_lock_free(sessions->lock);
	lvn_free(sessions);
}

static void
drop_surplus_locked(struct tls_sessions *sessions, const char *host)
{
	struct cached_session **link = &sessions->first;
	unsigned count = 0, count_of_host = 0;

	while (*link) {
		bool is_of_host = strcmp((*link)->host, host) == 0;

		if (count == sessions->most ||
		    (is_of_host && count_of_host == LVN_TLS_SESSIONS_OF_HOST)) {
			drop(link);
			continue;
		}
		count++;
		count_of_host += is_of_host;
		link = &(*link)->next;
	}
}

bool
lvn_tls_sessions_put(struct tls_sessions *sessions, const char *host, SSL_SESSION *session)
{
	size_t size = strlen(host) + 1;
	struct cached_session *entry = lvn_alloc(sizeof(*entry) + size);

	if (!entry)
		return false;
	entry->session = session;
	memcpy(entry->host, host, size);
	lvn_private_lock_acquire(sessions->lock);
	entry->next = sessions->first;
	sessions->first = entry;
	drop_surplus_locked(sessions, host);
	lvn_private_lock_release(sessions->lock);
	return true;
}

SSL_SESSION *
lvn_tls_sessions_take(struct tls_sessions *sessions, const char *host)
{
	struct cached_session **link;
	SSL_SESSION *session = NULL;

	lvn_private_lock_acquire(sessions->lock);
	link = &sessions->first;
	while (*link && strcmp((*link)->host, host) != 0)
		link = &(*link)->next;
	if (*link && SSL_SESSION_up_ref((*link)->session)) {
		session = (*link)->session;
		if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION)
			drop(link);
	}
	lvn_private_lock_release(sessions->lock);
	return session;
}
