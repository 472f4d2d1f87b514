/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions for connecting bufferevents, to an address or to a name.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <levin/bufferevent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/log.h"
#include "base/resolver_hook.h"
#include "loop/base.h"
#include "stream/connect_attempts.h"
#include "stream/stream.h"

int
bufferevent_socket_connect(struct bufferevent *bufev, const struct sockaddr *addr, int socklen)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (!bufev->be_ops->connect)
		return lvn_log_misuse(__func__, "this kind of bufferevent does not connect");
	lvn_stream_enter(stream);
	return lvn_stream_leave_with(stream, bufev->be_ops->connect(stream, addr, socklen));
}

/* Calls the resolver without the lock: it may block, and its own lock comes first. */
static int
look_up(struct stream *stream, struct evdns_base *evdns_base, const char *hostname, int port,
    const struct addrinfo *hints)
{
	char service[sizeof("65535")];
	struct connect_attempts *attempts;
	void *lookup;
	int rc;

	lvn_stream_enter(stream);
	rc = lvn_connect_attempts_await_locked(stream, &attempts);
	if (rc == 0)
		lvn_stream_reference_locked(stream);
	lvn_stream_leave(stream);
	if (rc < 0)
		return rc;
	(void)snprintf(service, sizeof(service), "%u", (unsigned)(port & 0xffff));
	lookup = lvn_resolver_hook_start(lvn_base_world(stream->bev.ev_base), evdns_base, hostname,
	    service, hints, lvn_connect_attempts_on_addresses, attempts);
	lvn_stream_enter(stream);
	/* Else it is over, or another one has begun. */
	if (lookup && stream->extras->attempts == attempts)
		stream->extras->lookup = lookup;
	lvn_stream_unreference_and_leave(stream);
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
	if (!bufev->be_ops->connect)
		return lvn_log_misuse(__func__, "this kind of bufferevent does not connect");
	rc = look_up(stream, evdns_base, hostname, port, &hints);
	return lvn_stream_result(rc);
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

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	error = stream->extras ? stream->extras->lookup_error : 0;
	lvn_stream_leave(stream);
	return error;
}

int
levin_bufferevent_set_first_address_only(struct bufferevent *bufev, int on)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (!bufev->be_ops->connect)
		return lvn_log_misuse(__func__, "this kind of bufferevent does not connect");
	lvn_stream_enter(stream);
	if (on)
		stream->flags |= STREAM_TAKES_FIRST_ADDRESS;
	else
		stream->flags &= ~(uint32_t)STREAM_TAKES_FIRST_ADDRESS;
	lvn_stream_leave(stream);
	return 0;
}
