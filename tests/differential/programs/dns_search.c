/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which names are tried for one, with search lists and ndots, and what ends the search.  The
 * letters that the server is given say what it replies to the names of one search: "x" that
 * the name does not exist, "n" no data, "s", "r", "i" and "f" errors, "q" silence, "a" an
 * address.
 */
#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_server server;
static const char *replies = "";
static char last_name[300];
static int position;

static void
reply(const struct script_query *query, struct script_message *message)
{
	const char *rcodes = " fsxir", *found;
	char how;

	if (strcmp(query->name, last_name) != 0)
		position++;
	strcpy(last_name, query->name);
	how = position <= (int)strlen(replies) ? replies[position - 1] : 'x';
	if (how == 'q')
		return;
	found = strchr(rcodes, how);
	script_begin(message, query, found ? (int)(found - rcodes) : 0);
	if (how == 'a')
		script_add_addresses(message, NULL, query->type, 300, 1);
}

static void
begin(const char *suffixes, int ndots)
{
	const char *at = suffixes;

	say("search '%s', ndots %d", suffixes, ndots);
	dns = evdns_base_new(base, 0);
	evdns_base_set_option(dns, "timeout", "1");
	evdns_base_set_option(dns, "attempts", "1");
	dns_use(dns, &server);
	evdns_base_search_ndots_set(dns, ndots);
	while (*at) {
		char one[64];
		int length = (int)strcspn(at, " ");

		snprintf(one, sizeof(one), "%.*s", length, at);
		evdns_base_search_add(dns, one);
		at += length + (at[length] == ' ');
	}
}

static void
try(const char *name, int flags, const char *how)
{
	replies = how;
	position = 0;
	last_name[0] = '\0';
	say(" %s, flags %d, %s", name, flags, *how ? how : "-");
	evdns_base_resolve_ipv4(dns, name, flags, dns_say_answer, (void *)"  ");
	dns_wait(base, 1);
}

static void
try_both(const char *name, const char *how)
{
	struct evutil_addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};

	replies = how;
	position = 0;
	last_name[0] = '\0';
	say(" getaddrinfo %s, %s", name, *how ? how : "-");
	evdns_getaddrinfo(dns, name, NULL, &hints, dns_say_list, (void *)"  ");
	dns_wait(base, 1);
}

int
main(void)
{
	static const char *const names[] = {"x", "x.y", "x.y.z"};
	static const char *const suffixes[] = {"", "a.test", "a.test b.test",
	    "a.test b.test c.test", ".a.test", "..a", "a.test a.test"};
	static const char *const ends[] = {"a", "n", "nn", "nnnn", "xa", "xn", "xnxx", "s", "xsxx",
	    "xs", "r", "xr", "xrxx", "i", "xi", "f", "xf", "xfxx", "q", "xq", "xqxx", "xxxs",
	    "xxxn", "nxxx", "nx", "xx", "xxx"};

	base = kit_base();
	dns_serve(&server, base, "server", reply);
	for (size_t s = 0; s < sizeof(suffixes) / sizeof(suffixes[0]); s++) {
		for (int ndots = 0; ndots < 3; ndots++) {
			begin(suffixes[s], ndots);
			for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
				try(names[n], 0, "");
			try("x", DNS_QUERY_NO_SEARCH, "");
			evdns_base_free(dns, 0);
		}
	}
	begin("a.test b.test", -1);
	try("x.y", 0, "");
	evdns_base_search_clear(dns);
	say(" cleared");
	try("x.y", 0, "");
	evdns_base_search_add(dns, "c.test");
	try("x.y", 0, "");
	evdns_base_free(dns, 0);
	/* With a resolver for each, so that nothing is known of the names. */
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		begin("c.test b.test a.test", 1);
		try("x", 0, ends[i]);
		try("x.y", 0, ends[i]);
		try_both("x", ends[i]);
		evdns_base_free(dns, 0);
	}
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
