/* SPDX-License-Identifier: BSD-3-Clause */
/* resolv.conf and its defects: results, name servers, search list and options afterwards. */
#include <sys/stat.h>

#include "dns_kit.h"

static struct event_base *base;
static struct dns_server server;

static void
reply(const struct script_query *query, struct script_message *message)
{
	script_begin(message, query, 3);
}

static void
say_servers(struct evdns_base *dns)
{
	char text[DNS_SERVER_TEXT];

	for (int i = 0; dns_server_text(dns, i, text) >= 0; i++)
		say("  %s", text);
}

static void
parse(const char *what, int flags, const char *path)
{
	struct evdns_base *dns = evdns_base_new(base, 0);

	say("%s, flags %d: %d", what, flags, evdns_base_resolv_conf_parse(dns, flags, path));
	say("  %d servers", evdns_base_count_nameservers(dns));
	say_servers(dns);
	evdns_base_free(dns, 0);
}

static void
text(const char *what)
{
	parse(what, DNS_OPTIONS_ALL & ~DNS_OPTION_HOSTSFILE, dns_write_file("conf", what));
}

/* Which names are tried with this text and the server in it. */
static void
search(const char *what, const char *name)
{
	struct evdns_base *dns = evdns_base_new(base, 0);
	char whole[2048];

	snprintf(whole, sizeof(whole), "nameserver %s\n%s", dns_address(&server), what);
	say("%s, %s", what, name);
	evdns_base_resolv_conf_parse(
	    dns, DNS_OPTIONS_ALL & ~DNS_OPTION_HOSTSFILE, dns_write_file("conf", whole));
	evdns_base_resolve_ipv4(dns, name, 0, dns_say_answer, (void *)"  ");
	dns_wait(base, 1);
	evdns_base_free(dns, 0);
}

static void
start(const char *what, int flags, const char *conf, const char *hosts)
{
	struct evdns_base *dns;

	dns_resolv_conf = conf;
	dns_hosts = hosts;
	dns = evdns_base_new(base, flags);
	say("evdns_base_new, %s, flags 0x%x%s", what, (unsigned)flags, dns ? "" : ": NULL");
	if (dns) {
		say("  %d servers", evdns_base_count_nameservers(dns));
		say_servers(dns);
		evdns_base_free(dns, 0);
	}
	dns_resolv_conf = dns_hosts = NULL;
}

static void
defects(void)
{
	static const int parts[] = {0, DNS_OPTION_SEARCH, DNS_OPTION_NAMESERVERS,
	    DNS_OPTION_NAMESERVERS | DNS_OPTION_NAMESERVERS_NO_DEFAULT, DNS_OPTION_MISC,
	    DNS_OPTIONS_ALL & ~DNS_OPTION_HOSTSFILE};
	static char large[70000];
	char *path;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		parse("missing", parts[i], "/no/such/file");
		parse("NULL", parts[i], NULL);
		parse("a folder", parts[i], "/");
		parse("empty", parts[i], dns_write_file("conf", ""));
		parse("without a server", parts[i], dns_write_file("conf", "search a b\n"));
		parse("one server", parts[i], dns_write_file("conf", "nameserver 10.1.1.1\n"));
		memset(large, '#', sizeof(large) - 1);
		parse("too large", parts[i], dns_write_file("conf", large));
		memcpy(large, "nameserver 10.1.1.1\n", 20);
		large[65535] = '\0';
		parse("65535 bytes", parts[i], dns_write_file("conf", large));
		memset(large, '#', sizeof(large) - 1);
		memcpy(large, "nameserver 10.1.1.1\n", 20);
		large[65536] = '\0';
		parse("65536 bytes", parts[i], dns_write_file("conf", large));
	}
	parse("unknown flags", 0x1000, dns_write_file("conf", "nameserver 10.1.1.1\n"));
	path = (char *)dns_write_file("conf", "nameserver 10.1.1.1\n");
	parse("twice", DNS_OPTION_NAMESERVERS, path);
}

static void
texts(void)
{
	static const char *const all[] = {"nameserver 10.1.1.1", "nameserver\t10.1.1.1 \n",
	    " nameserver 10.1.1.1\n", "nameserver 10.1.1.1 10.1.1.2\n",
	    "nameserver 10.1.1.1\nnameserver 10.1.1.1\n", "nameserver 10.1.1.1#5\n",
	    "nameserver 10.1.1.1 # text\n", "# nameserver 10.1.1.1\n", "; nameserver 10.1.1.1\n",
	    "nameserver 10.1.1.1:5353\n", "nameserver [2001:db8::1]\n",
	    "nameserver [2001:db8::1]:5353\n", "nameserver 2001:db8::1\n",
	    "nameserver fe80::1%lo\n", "nameserver fe80::1%no-such-if\n", "nameserver name\n",
	    "nameserver 1.2.3\n", "nameserver\n", "nameserver 10.1.1.1:0\n",
	    "nameserver 10.1.1.1:65536\n", "nameserver 0.0.0.0\n", "nameserver ::\n",
	    "NAMESERVER 10.1.1.1\n", "nameserver10.1.1.1\n", "nameserver 10.1.1.1\r\n",
	    "nameserver 10.1.1.1\nnameserver 10.1.1.2\nnameserver 10.1.1.3\nnameserver 10.1.1.4\n",
	    "nameserver [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]\n",
	    "options timeout:0 nameserver:1\nnameserver 10.1.1.1\n",
	    "sortlist 1\nlookup file bind\n"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		text(all[i]);
}

static void
searches(void)
{
	static const char *const all[] = {"search a b c", "domain a", "domain a b",
	    "search a\nsearch b", "search a\ndomain b", "domain a\nsearch b c", "search .a b.",
	    "search", "search A", " search a", "search a # b", "search a;b", "search a\tb",
	    "search a\noptions ndots:2", "search a\noptions ndots:0", "options ndots:x\nsearch a",
	    "search a\noptions ndots:2 timeout:3", "domain", "search .",
	    "options ndots:16\nsearch a"};
	static const char *const names[] = {"x", "x.y", "x.y.z", "x.", "x.y."};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			search(all[i], names[k]);
	}
}

static void
starts(void)
{
	static const int flags[] = {
	    0, 1, 2, 4, 8, 0x10000, 0x10001, 0x8000, 0x8001, 0x18000, 0x18001, 0x20, -1};
	const char *one = strdup(dns_write_file("one", "nameserver 10.1.1.1\n"));
	const char *none = strdup(dns_write_file("none", "options timeout:3\n"));
	const char *hosts = strdup(dns_write_file("hosts", "10.2.2.2 host\n"));

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		start("one server", flags[i], one, hosts);
		start("no server", flags[i], none, hosts);
		start("no file", flags[i], "", hosts);
		start("a folder", flags[i], "/", hosts);
		start("no hosts", flags[i], one, "");
	}
}

int
main(void)
{
	base = kit_base();
	dns_serve(&server, base, "server", reply);
	defects();
	texts();
	searches();
	starts();
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
