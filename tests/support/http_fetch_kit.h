/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients of levin/http_client.h, and the peer of http_peer_kit.h.  For one test file: everything
 * is static.
 *
 *	TEST_HTTP(levin_http_fetch_start__response)
 *	{
 *		start_client(_i, NULL);
 *		peer.replies[0] = OK_BODY;
 *		fetch("a");
 *		expect_spelled("a:200[abc] ");
 *		stop_client();
 *	}
 */
#ifndef LEVIN_TESTS_SUPPORT_HTTP_FETCH_KIT_H
#define LEVIN_TESTS_SUPPORT_HTTP_FETCH_KIT_H

#include "support/http_peer_kit.h"

#include <event2/event_compat.h>
#include <event2/http_compat.h>
#include <levin/http_client.h>

static struct levin_http_client *http;

static inline void
start_client(int i, const struct levin_http_client_settings *settings)
{
	memset(&peer, 0, sizeof(peer));
	start(i);
	evhttp_connection_free(connection);
	connection = NULL;
	http = levin_http_client_new(base, NULL, settings);
	ck_assert_ptr_nonnull(http);
}

/* "a!timeout " or "a:200[abc] " */
static inline void
on_fetched(
    struct levin_http_fetch *fetched, const struct levin_http_fetch_result *result, void *name)
{
	static const char *const ends[] = {"response", "cancelled", "timeout", "queue", "name",
	    "connect", "tls", "closed", "malformed", "large", "memory", "redirect", "proxy"};
	char body[100] = "";

	ck_assert_ptr_nonnull(fetched);
	ck_assert_ptr_nonnull(result->reason);
	ck_assert_str_ne(result->reason, "");
	ck_assert_int_ge(result->duration_ns, 0);
	spell_text(name);
	if (result->end != LEVIN_HTTP_FETCH_RESPONSE) {
		spell_text("!");
		spell_text(ends[result->end]);
		spell_text(" ");
		return;
	}
	spell_text(":");
	spell_number(result->status);
	ck_assert_ptr_nonnull(result->fields);
	ck_assert_int_ge(evbuffer_copyout(result->body, body, sizeof(body) - 1), 0);
	spell_text("[");
	spell_text(body);
	spell_text("] ");
}

static inline const char *
url_of(const char *target)
{
	static char url[200];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", peer.port, target);
	return url;
}

static inline struct levin_http_fetch *
new_fetch(const char *method, const char *name)
{
	struct levin_http_fetch *made =
	    levin_http_fetch_new(http, method, url_of("/"), on_fetched, word(name));

	ck_assert_ptr_nonnull(made);
	return made;
}

static inline struct levin_http_fetch *
begin(struct levin_http_fetch *made)
{
	ck_assert_int_eq(levin_http_fetch_start(made), 0);
	return made;
}

static inline struct levin_http_fetch *
fetch(const char *name)
{
	return begin(new_fetch("GET", name));
}

static inline struct levin_http_client_statistics
statistics(void)
{
	struct levin_http_client_statistics now;

	ck_assert_int_eq(levin_http_client_get_statistics(http, &now), 0);
	return now;
}

/* Another origin: the peer listens at one more port. */
static inline struct evconnlistener *
listen_at_another_port(uint16_t *port_out)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct evconnlistener *first = peer.listener, *second;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (backend_is_simulated(backend))
		address.sin_port = htons(SIM_PORT + 1);
	listen_at((struct sockaddr *)&address, sizeof(address));
	second = peer.listener;
	peer.listener = first;
	*port_out =
	    backend_is_simulated(backend) ? SIM_PORT + 1 : port_of(evconnlistener_get_fd(second));
	return second;
}

static inline int64_t
now_ms(void)
{
	return levin_sim_now_ns(simulation_under_test()) / 1000000;
}

static inline void
stop_client(void)
{
	levin_http_client_free(http);
	http = NULL;
	stop();
}

#endif
