/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Name servers that are asked over streams of the program: public function.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <levin/dns.h>

#include "base/private.h"
#include "dns/dns_base.h"
#include "dns/dns_network.h"
#include "dns/dns_tcp.h"

static struct bufferevent *
new_stream(struct event_base *event_base, const struct sockaddr *server, unsigned size, void *arg)
{
	const struct evdns_base *base = arg;

	return base->new_stream(
	    event_base, server, (int)size, LVN_DNS_TCP_STREAM_OPTIONS, base->new_stream_arg);
}

int
levin_dns_use_streams(struct evdns_base *base, levin_dns_stream_fn *stream_fn, void *arg)
{
	if (!base) {
		lvn_log_misuse(__func__, "no resolver");
		errno = EINVAL;
		return -1;
	}
	lvn_private_lock_acquire(base->lock);
	base->new_stream = stream_fn;
	base->new_stream_arg = arg;
	lvn_dns_network_set_stream_locked(base->network, stream_fn ? new_stream : NULL);
	lvn_private_lock_release(base->lock);
	return 0;
}
