/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a resolver as text: public function.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <levin/dns.h>

#include "base/private.h"
#include "dns/dns_base.h"
#include "dns/dns_cache.h"
#include "dns/dns_name.h"
#include "dns/dns_network_fields.h"
#include "dns/dns_search.h"

/* Nanoseconds in a microsecond. */
#define US 1000

static const char *
word_for(const struct dns_server *server)
{
	if (server->has_failed)
		return "failed";
	if (server->replies > 0)
		return "works";
	return server->sent > 0 ? "has not replied yet" : "was not asked yet";
}

/* Whether there was memory for the line; likewise below. */
static bool
put_server(struct evbuffer *text, const struct dns_upstream *upstream)
{
	const struct dns_server *server = &upstream->server;
	const struct dns_connection *connection = upstream->tcp.connection;
	size_t pending = lvn_dns_ring_count(&upstream->asked);
	char address[LVN_DNS_SERVER_TEXT_CAPACITY];

	if (connection)
		pending += lvn_dns_ring_count(&connection->asked);
	lvn_dns_server_print(server, address);
	return evbuffer_add_printf(text,
		   "name server %s: %s, latency %lld us, %llu sent, %llu replies, "
		   "%llu timeouts, %llu errors, %u failures in a row, %zu pending%s\n",
		   address, word_for(server), (long long)(server->latency_ns / US),
		   (unsigned long long)server->sent, (unsigned long long)server->replies,
		   (unsigned long long)server->timeouts, (unsigned long long)server->errors,
		   server->failures, pending, connection ? ", connected" : "") >= 0;
}

static bool
put_network(struct evbuffer *text, const struct evdns_base *base)
{
	const struct dns_network *network = base->network;

	if (evbuffer_add_printf(text,
		"requests: %zu unfinished\n"
		"queries: %zu unfinished, %zu of %u at once, %zu waiting%s%s%s\n",
		lvn_dns_ring_count(&base->requests), network->exchange_count, network->inflight,
		base->options.max_inflight, lvn_dns_ring_count(&network->waiting),
		network->setup.new_stream ? ", over streams alone" : "",
		network->is_suspended ? ", suspended" : "",
		network->server_count == 0 ? ", no name server" : "") < 0)
		return false;
	for (size_t i = 0; i < network->server_count; i++) {
		if (!put_server(text, lvn_dns_network_upstream(network, i)))
			return false;
	}
	return true;
}

static bool
put_search(struct evbuffer *text, const struct evdns_base *base)
{
	const struct dns_suffixes *suffixes = base->suffixes;

	if (evbuffer_add_printf(text, "search: ndots %u", base->options.ndots) < 0)
		return false;
	for (size_t i = 0; suffixes && i < suffixes->count; i++) {
		char name[LVN_DNS_NAME_TEXT_CAPACITY];

		lvn_dns_name_print(&suffixes->names[i], name);
		if (evbuffer_add_printf(text, ", %s", name) < 0)
			return false;
	}
	return evbuffer_add(text, "\n", 1) == 0;
}

static bool
put_cache(struct evbuffer *text, const struct evdns_base *base)
{
	struct dns_cache_statistics cache;

	if (!base->cache)
		return evbuffer_add_printf(text, "cache: off\n") >= 0;
	lvn_dns_cache_get_statistics(base->cache, &cache);
	return evbuffer_add_printf(text,
		   "cache: %zu entries, %zu bytes, %llu hits, %llu misses, %llu expired, "
		   "%llu evicted\n",
		   cache.entries, cache.bytes, (unsigned long long)cache.hits,
		   (unsigned long long)cache.misses, (unsigned long long)cache.expired,
		   (unsigned long long)cache.evicted) >= 0;
}

static bool
put_all(struct evbuffer *text, struct evdns_base *base)
{
	bool is_whole;

	lvn_private_lock_acquire(base->lock);
	is_whole = put_network(text, base) && put_search(text, base) && put_cache(text, base);
	lvn_private_lock_release(base->lock);
	return is_whole;
}

int
levin_dns_dump(struct evdns_base *base, struct evbuffer *output)
{
	struct evbuffer *text;
	int rc = -1;

	if (!base || !output) {
		lvn_log_misuse(__func__, "no resolver or no buffer");
		errno = EINVAL;
		return -1;
	}
	text = evbuffer_new();
	if (text && put_all(text, base))
		rc = evbuffer_add_buffer(output, text);
	if (text)
		evbuffer_free(text);
	if (rc < 0)
		errno = ENOMEM;
	return rc;
}
