/* SPDX-License-Identifier: BSD-3-Clause */
/* What the callback of a lookup receives for each kind of reply; what is sent meanwhile. */
#include "dns_kit.h"

static void
reply_pointers(const struct script_query *query, struct script_message *message)
{
	script_begin(message, query, 0);
	script_add_name(message, NULL, TYPE_PTR, 77, "one.test");
	if (strncmp(query->name, "2.", 2) == 0)
		script_add_name(message, NULL, TYPE_PTR, 78, "two.test");
}

/* Names without addresses; false for other names. */
static bool
reply_nothing(const struct script_query *query, struct script_message *message)
{
	static const struct {
		const char *name;
		int rcode;
		uint32_t ttl, minimum; /* of the SOA record, unless both are 0 */
	} names[] = {
	    {"nothing.test", 0, 0, 0},
	    {"nothing-soa.test", 0, 400, 60},
	    {"nothing-short-soa.test", 0, 40, 600},
	    {"no-name-soa.test", 3, 400, 60},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(query->name, names[i].name) != 0)
			continue;
		script_begin(message, query, names[i].rcode);
		if (names[i].ttl)
			script_add_soa(message, names[i].ttl, names[i].minimum);
		return true;
	}
	return false;
}

/* Names with addresses that live for so long. */
static bool
reply_ttl(const struct script_query *query, struct script_message *message)
{
	static const struct {
		const char *name;
		uint32_t ttls[3];
	} names[] = {
	    {"unequal.test", {300, 200, 400}},
	    {"now.test", {0}},
	    {"long.test", {0x7fffffff}},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(query->name, names[i].name) != 0)
			continue;
		script_begin(message, query, 0);
		for (int k = 0; k < 3 && (k == 0 || names[i].ttls[k]); k++)
			script_add_addresses(message, NULL, query->type, names[i].ttls[k], 1);
		return true;
	}
	return false;
}

static void
reply_alias(const struct script_query *query, struct script_message *message, bool alone)
{
	script_begin(message, query, 0);
	script_add_name(message, NULL, TYPE_CNAME, 100, "real.test");
	if (!alone)
		script_add_addresses(message, "real.test", query->type, 300, 2);
}

static void
reply(const struct script_query *query, struct script_message *message)
{
	const char *name = query->name;
	int n;

	if (query->type == TYPE_PTR) {
		reply_pointers(query, message);
	} else if (reply_nothing(query, message) || reply_ttl(query, message)) {
		return;
	} else if (sscanf(name, "rcode%d.", &n) == 1) {
		script_begin(message, query, n);
	} else if (sscanf(name, "some%d.", &n) == 1) {
		script_begin(message, query, 0);
		script_add_addresses(message, NULL, query->type, 300, n);
	} else if (strncmp(name, "alias", 5) == 0) {
		reply_alias(query, message, strcmp(name, "alias.test") != 0);
	} else if (strcmp(name, "other-type.test") == 0) {
		script_begin(message, query, 0);
		script_add(message, SECTION_ANSWER, NULL, 16, 100, "\3abc", 4);
	}
}

static struct event_base *base;
static struct evdns_base *dns;

static void
look_up(const char *name)
{
	say("%s", name);
	if (!evdns_base_resolve_ipv4(
		dns, name, DNS_QUERY_NO_SEARCH, dns_say_answer, (void *)"  IPv4"))
		say("  IPv4: NULL");
	else
		say("  returned");
	dns_wait(base, 1);
	if (!evdns_base_resolve_ipv6(
		dns, name, DNS_QUERY_NO_SEARCH, dns_say_answer, (void *)"  IPv6"))
		say("  IPv6: NULL");
	dns_wait(base, 1);
}

static void
reverse_4(const char *text, int flags)
{
	struct in_addr address;

	inet_pton(AF_INET, text, &address);
	say("%s", text);
	evdns_base_resolve_reverse(dns, &address, flags, dns_say_answer, (void *)"  reverse");
	dns_wait(base, 1);
}

static void
reverse_6(const char *text, int flags)
{
	struct in6_addr address;

	inet_pton(AF_INET6, text, &address);
	say("%s", text);
	evdns_base_resolve_reverse_ipv6(dns, &address, flags, dns_say_answer, (void *)"  reverse");
	dns_wait(base, 1);
}

static void
texts_of_errors(void)
{
	for (int i = -1; i < 80; i++) {
		if (i < 8 || i > 63)
			say("%d: %s", i, evdns_err_to_string(i));
	}
}

int
main(void)
{
	static const char *const names[] = {"some1.test", "some2.test", "some9.test", "SOME2.Test",
	    "nothing.test", "nothing-soa.test", "nothing-short-soa.test", "no-name-soa.test",
	    "unequal.test", "now.test", "long.test", "alias.test", "alias-alone.test",
	    "other-type.test", "rcode1.test", "rcode2.test", "rcode3.test", "rcode4.test",
	    "rcode5.test", "rcode6.test", "rcode9.test", "rcode15.test", "silent.test",
	    "some3.under_score.test", "some2.\303\244.test"};
	struct dns_server server;

	base = kit_base();
	dns = evdns_base_new(base, 0);
	dns_serve(&server, base, NULL, reply);
	dns_use(dns, &server);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		look_up(names[i]);
	reverse_4("10.1.2.3", 0);
	reverse_4("10.1.2.2", DNS_QUERY_NO_SEARCH);
	reverse_4("255.255.255.255", 0);
	reverse_6("2001:db8::1", 0);
	reverse_6("2001:db8::2", 0);
	evdns_base_search_add(dns, "suffix");
	reverse_4("10.1.2.3", 0);
	texts_of_errors();
	evdns_base_free(dns, 0);
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
