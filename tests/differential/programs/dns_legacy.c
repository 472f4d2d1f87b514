/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions of libevent 1.4 on the global resolver, with and without one. */
#include <event2/dns.h>
#include <event2/dns_compat.h>
#include <event2/event_compat.h>

#include "dns_kit.h"

static struct dns_server server;

static void
reply(const struct script_query *query, struct script_message *message)
{
	script_begin(message, query, 0);
	if (query->type == TYPE_PTR)
		script_add_name(message, NULL, TYPE_PTR, 60, "name.test");
	else
		script_add_addresses(message, NULL, query->type, 300, 1);
}

static void
no_base(void)
{
}

static void
with_base(void)
{
	event_init();
}

static void
with_empty_files(void)
{
	event_init();
	dns_resolv_conf = "";
}

static int
has_global(int ignored)
{
	(void)ignored;
	return evdns_get_global_base() != NULL;
}

static void
alone(void)
{
	KIT_ANSWER(no_base, "evdns_get_global_base", has_global(0));
	KIT_ANSWER(with_base, "evdns_get_global_base after event_init", has_global(0));
	KIT_ANSWER(with_base, "evdns_nameserver_ip_add", evdns_nameserver_ip_add("127.0.0.1"));
	KIT_ANSWER(with_base, "evdns_nameserver_ip_add, then global",
	    has_global(evdns_nameserver_ip_add("127.0.0.1")));
	KIT_ANSWER(with_base, "evdns_nameserver_add", evdns_nameserver_add(1));
	KIT_ANSWER(with_base, "evdns_set_option", evdns_set_option("timeout", "3", 0));
	KIT_ANSWER(with_base, "evdns_set_option, then global",
	    has_global(evdns_set_option("timeout", "3", 0)));
	KIT_ANSWER(with_base, "evdns_resolv_conf_parse",
	    evdns_resolv_conf_parse(DNS_OPTIONS_ALL, "/no/such/file"));
	KIT_ANSWER(with_base, "evdns_shutdown", (evdns_shutdown(1), 0));
	KIT_ANSWER(with_empty_files, "evdns_init without a file", evdns_init());
	KIT_ANSWER(
	    with_empty_files, "evdns_init without a file, then global", has_global(evdns_init()));
}

int
main(void)
{
	struct event_base *base;
	struct in_addr v4;
	struct in6_addr v6 = in6addr_loopback;

	alone();
	dns_resolv_conf = strdup(dns_write_file("conf", "nameserver 10.1.1.1\n"));
	dns_hosts = strdup(dns_write_file("hosts", "10.2.2.2 host\n"));
	base = event_init();
	dns_serve(&server, base, "server", reply);
	say("init: %d", evdns_init());
	say("init: %d", evdns_init());
	say("global: %d", evdns_get_global_base() != NULL);
	say("count: %d", evdns_count_nameservers());
	say("clear: %d", evdns_clear_nameservers_and_suspend());
	say("count: %d", evdns_count_nameservers());
	say("add: %d", evdns_nameserver_ip_add(dns_address(&server)) ? 1 : 0);
	say("resume: %d", evdns_resume());
	say("option: %d", evdns_set_option("timeout", "1", 0));
	evdns_search_add("suffix");
	evdns_search_ndots_set(2);
	say("resolve: %d", evdns_resolve_ipv4("a.b", 0, dns_say_answer, (void *)"  a.b"));
	dns_wait(base, 1);
	evdns_search_clear();
	say("resolve: %d", evdns_resolve_ipv6("a.b", 0, dns_say_answer, (void *)"  a.b"));
	dns_wait(base, 1);
	v4.s_addr = htonl(0x01020304);
	say("reverse: %d", evdns_resolve_reverse(&v4, 0, dns_say_answer, (void *)"  1.2.3.4"));
	dns_wait(base, 1);
	say("reverse: %d", evdns_resolve_reverse_ipv6(&v6, 0, dns_say_answer, (void *)"  ::1"));
	dns_wait(base, 1);
	say("bad name: %d",
	    evdns_resolve_ipv4("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl",
		0, dns_say_answer, (void *)"  long"));
	evdns_getaddrinfo(NULL, "host", NULL, NULL, dns_say_list, (void *)"  NULL, host");
	evdns_getaddrinfo(NULL, "a.b", NULL, NULL, dns_say_list, (void *)"  NULL, a.b");
	dns_wait(base, 2);
	evdns_shutdown(1);
	say("global: %d", evdns_get_global_base() != NULL);
	evdns_shutdown(1);
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
