/* SPDX-License-Identifier: BSD-3-Clause */
/* Name servers: adding, counting, reading back, removing; what is asked with two of them. */
#include <sys/un.h>

#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;

static void
say_servers(void)
{
	char text[DNS_SERVER_TEXT];
	int size;

	say("  count %d", evdns_base_count_nameservers(dns));
	for (int i = 0; (size = dns_server_text(dns, i, text)) >= 0; i++)
		say("  %d: %s, size %d", i, text, size);
}

static void
texts(void)
{
	static const char *const all[] = {"10.1.1.1", "10.1.1.1:5353", "10.1.1.1:0",
	    "10.1.1.1:65536", "10.1.1.1:", "::1", "[::1]", "[::1]:5353", "[::1]:", "[::1",
	    "fe80::1%lo", "[fe80::1%lo]:53", "[fe80::1%no-such-if]", "localhost", "", " 10.1.1.1",
	    "10.1.1.1 ", "1.2.3", "[10.1.1.1]:53", "0.0.0.0", "256.1.1.1", "::1:53", "[]", "[:]:53",
	    "255.255.255.255", "[::ffff:10.1.1.1]:53"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		dns = evdns_base_new(base, 0);
		say("'%s': %d", all[i], evdns_base_nameserver_ip_add(dns, all[i]));
		say_servers();
		evdns_base_free(dns, 0);
	}
}

static void
addresses(void)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(5353)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(5353)};
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/no/such"};
	struct sockaddr_storage out;

	v4.sin_addr.s_addr = htonl(0x7f000001);
	v6.sin6_addr = in6addr_loopback;
	dns = evdns_base_new(base, 0);
	say("IPv4: %d",
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&v4, sizeof(v4), 0));
	say("again: %d",
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&v4, sizeof(v4), 0));
	v4.sin_port = htons(5354);
	say("another port: %d",
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&v4, sizeof(v4), 0));
	v4.sin_port = 0;
	say("port 0: %d",
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&v4, sizeof(v4), 0));
	say("flags: %d",
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&v6, sizeof(v6), 1));
	say("local: %d",
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&local, sizeof(local), 0));
	say("a number: %d", evdns_base_nameserver_add(dns, htonl(0x7f000002)));
	say("again: %d", evdns_base_nameserver_add(dns, htonl(0x7f000002)));
	say_servers();
	for (int i = -1; i < 6; i++)
		say("get %d into 4 bytes: %d", i,
		    evdns_base_get_nameserver_addr(dns, i, (struct sockaddr *)&out, 4));
	say("clear: %d", evdns_base_clear_nameservers_and_suspend(dns));
	say_servers();
	say("clear: %d", evdns_base_clear_nameservers_and_suspend(dns));
	say("resume: %d", evdns_base_resume(dns));
	say("resume: %d", evdns_base_resume(dns));
	evdns_base_free(dns, 0);
}

/* ---- Two servers: the first digit says what the first one does, the second the other -- */

static struct dns_server servers[2];

static void
reply_as(const struct script_query *query, struct script_message *message, char how)
{
	if (how == 'q')
		return;
	script_begin(message, query,
	    how == 's'   ? 2
	    : how == 'x' ? 3
	    : how == 'i' ? 4
	    : how == 'r' ? 5
			 : 0);
	if (how == 'a')
		script_add_addresses(message, NULL, query->type, 300, 1);
}

static void
first(const struct script_query *query, struct script_message *message)
{
	reply_as(query, message, query->name[0]);
}

static void
second(const struct script_query *query, struct script_message *message)
{
	reply_as(query, message, query->name[1]);
}

/* Ten requests one after the other: which results came. */
static int results[128];

static void
count_result(int result, char type, int count, int ttl, void *list, void *arg)
{
	(void)type;
	(void)count;
	(void)ttl;
	(void)list;
	(void)arg;
	dns_callbacks++;
	results[result]++;
}

static void
pair(const char *name)
{
	dns = evdns_base_new(base, 0);
	evdns_base_set_option(dns, "timeout", "1");
	dns_use(dns, &servers[0]);
	dns_use(dns, &servers[1]);
	say("%s", name);
	memset(results, 0, sizeof(results));
	for (int i = 0; i < 10; i++) {
		evdns_base_resolve_ipv4(dns, name, 0, count_result, NULL);
		dns_wait(base, 1);
	}
	for (int i = 0; i < 128; i++) {
		if (results[i])
			say("  result %d", i);
	}
	evdns_base_free(dns, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

int
main(void)
{
	static const char *const pairs[] = {"aa", "aq", "as", "ai", "ar", "qa", "sa", "ia", "ra",
	    "qq", "ss", "xx", "ii", "rr", "xq", "qx", "xs", "sx"};
	char name[16];

	base = kit_base();
	texts();
	addresses();
	dns_serve(&servers[0], base, NULL, first);
	dns_serve(&servers[1], base, NULL, second);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		snprintf(name, sizeof(name), "%s.test", pairs[i]);
		pair(name);
	}
	dns_stop(&servers[0]);
	dns_stop(&servers[1]);
	event_base_free(base);
	return 0;
}
