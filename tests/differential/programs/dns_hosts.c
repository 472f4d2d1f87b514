/* SPDX-License-Identifier: BSD-3-Clause */
/* Hosts files: what lines say, what names resolve to, what is loaded and forgotten. */
#include <netdb.h>

#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_server server;

static void
reply(const struct script_query *query, struct script_message *message)
{
	script_begin(message, query, 3);
}

static void
look_up(const char *name, int family, int flags)
{
	struct evutil_addrinfo hints = {
	    .ai_flags = flags, .ai_family = family, .ai_socktype = SOCK_STREAM};

	say("%s, family %d, flags %x", name, family, (unsigned)flags);
	if (!evdns_getaddrinfo(dns, name, "80", &hints, dns_say_list, (void *)"  "))
		say("  at once");
	dns_wait(base, 1);
}

static void
begin(void)
{
	dns = evdns_base_new(base, 0);
	evdns_base_set_option(dns, "timeout", "1");
	evdns_base_set_option(dns, "attempts", "1");
	dns_use(dns, &server);
}

static void
entries(void)
{
	static const char *const names[] = {"host", "HOST", "host.", "alias", "other", "v6", "both",
	    "tab", "crlf", "commented", "last", "scoped", "bad", "x.y", "under_score", "localhost"};
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
	int result;

	begin();
	result = evdns_base_load_hosts(dns, dns_write_file("hosts", "10.0.0.1 host alias  other\n"
								    "2001:db8::1 v6\n"
								    "10.0.0.2 both\n"
								    "2001:db8::2 both\n"
								    "10.0.0.3 both\n"
								    "10.0.0.4\ttab\n"
								    "10.0.0.5 crlf\r\n"
								    "10.0.0.6 first # commented\n"
								    "# 10.0.0.7 commented\n"
								    "fe80::1%lo scoped\n"
								    "10.0.0 bad\n"
								    "name bad\n"
								    "10.0.0.8\n"
								    "10.0.0.9 x.y under_score\n"
								    "10.0.0.10 last"));
	say("load: %d", result);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t k = 0; k < 3; k++)
			look_up(names[i], families[k], 0);
	}
	look_up("host", AF_INET, EVUTIL_AI_CANONNAME);
	look_up("alias", AF_INET, EVUTIL_AI_CANONNAME);
	look_up("host", AF_INET, EVUTIL_AI_NUMERICHOST);
	evdns_base_search_add(dns, "y");
	look_up("x", AF_INET, 0);
	evdns_base_resolve_ipv4(dns, "host", 0, dns_say_answer, (void *)"resolve host");
	dns_wait(base, 1);
	evdns_base_free(dns, 0);
}

static void
files(void)
{
	begin();
	look_up("host", AF_INET, 0);
	look_up("localhost", AF_INET, 0);
	say("NULL: %d", evdns_base_load_hosts(dns, NULL));
	look_up("localhost", AF_INET, 0);
	look_up("localhost", AF_INET6, 0);
	look_up("localhost", AF_UNSPEC, 0);
	say("missing: %d", evdns_base_load_hosts(dns, "/no/such/file"));
	say("a folder: %d", evdns_base_load_hosts(dns, "/"));
	say("empty: %d", evdns_base_load_hosts(dns, dns_write_file("hosts", "")));
	say("one: %d", evdns_base_load_hosts(dns, dns_write_file("hosts", "10.0.0.1 host\n")));
	say("two: %d", evdns_base_load_hosts(dns, dns_write_file("hosts", "10.0.0.2 host\n")));
	look_up("host", AF_INET, 0);
	look_up("localhost", AF_INET, 0);
	evdns_base_clear_host_addresses(dns);
	look_up("host", AF_INET, 0);
	look_up("localhost", AF_INET, 0);
	evdns_base_free(dns, 0);
	begin();
	say("missing: %d", evdns_base_load_hosts(dns, "/no/such/file"));
	look_up("localhost", AF_INET, 0);
	evdns_base_free(dns, 0);
}

static void
by_resolv_conf(void)
{
	dns_hosts = strdup(dns_write_file("hosts", "10.0.0.1 host\n"));
	begin();
	say("resolv.conf: %d", evdns_base_resolv_conf_parse(dns, DNS_OPTION_HOSTSFILE,
				   dns_write_file("conf", "nameserver 10.1.1.1\n")));
	look_up("host", AF_INET, 0);
	evdns_base_free(dns, 0);
	begin();
	say("missing: %d", evdns_base_resolv_conf_parse(dns, DNS_OPTION_HOSTSFILE, "/no/such"));
	look_up("host", AF_INET, 0);
	look_up("localhost", AF_INET, 0);
	evdns_base_free(dns, 0);
	dns_hosts = "";
	begin();
	say("no hosts: %d", evdns_base_resolv_conf_parse(dns, DNS_OPTION_HOSTSFILE,
				dns_write_file("conf", "nameserver 10.1.1.1\n")));
	look_up("localhost", AF_INET, 0);
	evdns_base_free(dns, 0);
}

int
main(void)
{
	base = kit_base();
	dns_serve(&server, base, "server", reply);
	entries();
	files();
	by_resolv_conf();
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
