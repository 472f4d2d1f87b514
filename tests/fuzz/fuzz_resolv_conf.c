/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of resolv.conf: whatever it says, the result is in bounds, and reading it once more
 * with its own options gives the same.
 */
#include <event2/dns.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_log.h"
#include "dns/dns_search.h"
#include "dns/resolv_conf.h"
#include "fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ignore(int is_warning, const char *text)
{
	(void)is_warning;
	must(strlen(text) < 512);
}

static void
check_options(const struct dns_options *options)
{
	must(options->attempts >= 1 && options->attempts <= 255);
	must(options->max_timeouts >= 1 && options->max_timeouts <= 255);
	must(options->max_inflight >= 1 && options->max_inflight <= 65000);
	must(options->probe_factor >= 1 && options->probe_factor <= 255);
	must(options->edns_udp_size >= 512 && options->edns_udp_size <= 65535);
	must(options->timeout_ns >= 1000000 && options->tcp_idle_ns >= 1000000);
	must(options->allow_skew_ns >= 1000000 && options->initial_probe_ns >= 1000000);
	must(options->initial_probe_ns <= options->max_probe_ns);
}

/* All names that a search with these suffixes tries are names. */
static void
check_search(const struct resolv_conf *conf)
{
	struct dns_search search;
	struct dns_name name;
	size_t tries = 0;

	must(
	    lvn_dns_search_start(&search, "www.example", conf->options.ndots, conf->suffixes) == 0);
	while (lvn_dns_search_next(&search, &name)) {
		char text[LVN_DNS_NAME_TEXT_CAPACITY];
		struct dns_name again;
		size_t length = lvn_dns_name_print(&name, text);

		must(lvn_dns_name_parse(text, length, &again) == 0);
		must(lvn_dns_name_same_case(&name, &again));
		must(lvn_dns_search_note(&search, DNS_ERR_NOTEXIST));
		tries++;
	}
	must(tries >= 1 && tries <= 1 + LVN_DNS_SUFFIXES_MAX);
	lvn_dns_search_clear(&search);
}

static void
check(const struct resolv_conf *conf)
{
	must(conf->server_count <= LVN_RESOLV_CONF_SERVERS);
	for (size_t i = 0; i < conf->server_count; i++) {
		const union inet_sockaddr *server = &conf->servers[i];

		must(server->any.sa_family == AF_INET ? server->v4.sin_port != 0
						      : server->v6.sin6_port != 0);
	}
	check_options(&conf->options);
	check_search(conf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_options options;
	struct resolv_conf conf, again;
	unsigned parts = size > 0 ? data[0] : 0;
	/* A copy of its own, so that reading past its end is found. */
	char *text = malloc(size > 0 ? size : 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	lvn_dns_log_set_fn(ignore);
	lvn_dns_options_init(&options);
	must(lvn_resolv_conf_read(text, size, "host.example.org", parts, &options, &conf) == 0);
	check(&conf);
	must(lvn_resolv_conf_read(text, size, "host.example.org", parts, &conf.options, &again) ==
	     0);
	check(&again);
	must(again.server_count == conf.server_count);
	lvn_resolv_conf_clear(&conf);
	lvn_resolv_conf_clear(&again);
	free(text);
	return 0;
}
