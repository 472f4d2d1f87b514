/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: connecting bufferevents, to an address or to a name.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/resolver_hook.h"
#include "stream/door.h"
#include "stream/lifetime.h"
#include "stream/sock_connect.h"
#include "stream/sock_lookup.h"
#include "stream/socket.h"
#include "stream/stream.h"

int
bufferevent_socket_connect(struct bufferevent *bufev, const struct sockaddr *addr, int socklen)
{
	struct stream *stream = lvn_stream_of(bufev);
	int rc;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (!lvn_socket_is(stream))
		return lvn_log_misuse(__func__, "not a bufferevent of a socket");
	lvn_stream_enter_and_hold(stream);
	rc = lvn_sock_connect_start_locked(stream, addr, socklen);
	lvn_lifetime_release_and_leave(stream);
	return lvn_stream_answer(rc);
}

/* Runs without the lock: at once, or when the resolver has an answer, on its thread. */
static void
on_looked_up(int error, struct addrinfo *list, void *arg)
{
	struct stream *stream = arg;

	lvn_stream_enter(stream);
	lvn_sock_lookup_finish_locked(stream, error, list);
	lvn_lifetime_release_and_leave(stream);
}

/* The resolver is asked without the lock: it may block, and its own comes first. */
static int
look_up(struct stream *stream, struct evdns_base *evdns_base, const char *hostname, int port,
    const struct addrinfo *hints)
{
	char service[sizeof("65535")];
	void *lookup;
	int rc;

	lvn_stream_enter(stream);
	rc = lvn_sock_lookup_begin_locked(stream);
	if (rc == 0)
		lvn_lifetime_hold_locked(stream);
	lvn_stream_leave(stream);
	if (rc < 0)
		return rc;
	(void)snprintf(service, sizeof(service), "%u", (unsigned)(port & 0xffff));
	lookup =
	    lvn_resolver_hook_start(evdns_base, hostname, service, hints, on_looked_up, stream);
	lvn_stream_enter(stream);
	if (lookup)
		lvn_sock_lookup_note_locked(stream, lookup);
	lvn_lifetime_release_and_leave(stream);
	return 0;
}

int
bufferevent_socket_connect_hostname_hints(struct bufferevent *bufev, struct evdns_base *evdns_base,
    const struct evutil_addrinfo *hints_in, const char *hostname, int port)
{
	struct stream *stream = lvn_stream_of(bufev);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
	int rc;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (hints_in)
		hints = *hints_in;
	if (hints.ai_family != AF_INET && hints.ai_family != AF_INET6 &&
	    hints.ai_family != AF_UNSPEC)
		return lvn_log_misuse(__func__, "names have no addresses of this family");
	if (port < 1 || port > 65535)
		return lvn_log_misuse(__func__, "no such port");
	if (!lvn_socket_is(stream))
		return lvn_log_misuse(__func__, "not a bufferevent of a socket");
	rc = look_up(stream, evdns_base, hostname, port, &hints);
	return lvn_stream_answer(rc);
}

int
bufferevent_socket_connect_hostname(struct bufferevent *bufev, struct evdns_base *evdns_base,
    int family, const char *hostname, int port)
{
	const struct addrinfo hints = {
	    .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};

	return bufferevent_socket_connect_hostname_hints(bufev, evdns_base, &hints, hostname, port);
}

int
bufferevent_socket_get_dns_error(struct bufferevent *bev)
{
	struct stream *stream = lvn_stream_of(bev);
	int error;

	if (lvn_stream_is_gone(bev, __func__))
		return -1;
	lvn_stream_enter(stream);
	error = stream->lookup_error;
	lvn_stream_leave(stream);
	return error;
}
