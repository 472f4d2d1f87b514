/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_selection.h"

#include <stdbool.h>

#include "dns/dns_server.h"

/* `server` was added later. */
static bool
is_better(const struct dns_server *server, const struct dns_server *best)
{
	if (server->failures != best->failures)
		return server->failures < best->failures;
	if (server->samples == 0 || best->samples == 0)
		return server->samples > 0 && best->samples == 0;
	return server->latency_ns < best->latency_ns;
}

struct dns_server *
lvn_dns_selection_best(struct dns_server *const *servers, size_t count, uint64_t without)
{
	struct dns_server *best = NULL;

	for (size_t i = 0; i < count; i++) {
		if (without & UINT64_C(1) << servers[i]->number)
			continue;
		if (!best || is_better(servers[i], best))
			best = servers[i];
	}
	return best;
}

struct dns_server *
lvn_dns_selection_probe(
    struct dns_server *const *servers, size_t count, const struct dns_server *asked, int64_t now_ns)
{
	for (size_t i = 0; i < count; i++) {
		bool is_known_to_work = servers[i]->failures == 0 && servers[i]->samples > 0;

		if (!is_known_to_work && servers[i] != asked && now_ns >= servers[i]->probe_ns)
			return servers[i];
	}
	return NULL;
}
