/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resolvers: configuration files, name servers, options, ends; in the simulated world.
 */
#include <event2/dns.h>
#include <levin/sim.h>
#include <netdb.h>
#include <string.h>

#include "support/dns_case.h"

static void
write_file(const char *path, const char *text)
{
	ck_assert_int_eq(levin_sim_set_file(simulation_under_test(), path, text), 0);
}

/* "address#port" of a server, in a buffer that the next call overwrites. */
static const char *
server(int i)
{
	static char text[80];
	char host[64], port[8];
	struct sockaddr_storage address;
	int size =
	    evdns_base_get_nameserver_addr(dns, i, (struct sockaddr *)&address, sizeof(address));

	if (size < 0)
		return "none";
	getnameinfo((struct sockaddr *)&address, (socklen_t)size, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(text, sizeof(text), "%s#%s", host, port);
	return text;
}

static struct dns_seen
look_up(const char *name)
{
	struct dns_seen seen = {0};

	ck_assert_ptr_nonnull(evdns_base_resolve_ipv4(dns, name, 0, dns_see, &seen));
	dns_await(base, &seen);
	return seen;
}

static struct dns_seen
look_up_host(const char *name)
{
	struct evutil_addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct dns_seen seen = {0};

	evdns_getaddrinfo(dns, name, NULL, &hints, dns_see_list, &seen);
	dns_await(base, &seen);
	return seen;
}

/* ---- evdns_base_new ------------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_base_new__reads_resolv_conf_and_hosts)
{
	set_up_peer(_i);
	write_file("/etc/resolv.conf",
	    "nameserver 192.0.2.1\nnameserver [2001:db8::1]:54\nsearch a.test\n");
	write_file("/etc/hosts", "10.1.1.1 host\n");

	dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS);

	ck_assert_int_eq(evdns_base_count_nameservers(dns), 2);
	ck_assert_str_eq(server(0), "192.0.2.1#53");
	ck_assert_str_eq(server(1), "2001:db8::1#54");
	ck_assert_str_eq(look_up_host("host").text, "10.1.1.1");
	ck_assert_int_eq(look_up("1-1").result, DNS_ERR_NONE);
	ck_assert_str_eq(peer.names[0], "A 1-1.a.test");
	tear_down();
}

/* libevent has no resolver then. */
TEST_IN_SIMULATION(evdns_base_new__without_a_name_server_there_is_the_local_one)
{
	static const char *const texts[] = {NULL, "", "search a.test\n", "nameserver nonsense\n"};

	set_up_peer(_i);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i])
			write_file("/etc/resolv.conf", texts[i]);
		dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS);
		ck_assert_int_eq(evdns_base_count_nameservers(dns), 1);
		ck_assert_str_eq(server(0), "127.0.0.1#53");
		evdns_base_free(dns, 0);
		dns = evdns_base_new(
		    base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_NAMESERVERS_NO_DEFAULT);
		ck_assert_int_eq(evdns_base_count_nameservers(dns), 0);
		evdns_base_free(dns, 0);
	}
	dns = NULL;
	tear_down();
}

/* Before libevent 2.1 the argument was a boolean. */
TEST_IN_SIMULATION(evdns_base_new__flags)
{
	static const struct {
		int flags, count;
	} cases[] = {{0, 0}, {EVDNS_BASE_DISABLE_WHEN_INACTIVE, 0}, {EVDNS_BASE_NO_CACHE, 0},
	    {EVDNS_BASE_NAMESERVERS_NO_DEFAULT, 0}, {1, 1}, {2, 1}, {-1, 1},
	    {1 | EVDNS_BASE_NO_CACHE, 1}};

	set_up_peer(_i);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.1\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		dns = evdns_base_new(base, cases[i].flags);
		ck_assert_int_eq(evdns_base_count_nameservers(dns), cases[i].count);
		evdns_base_free(dns, 0);
	}
	dns = NULL;
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolv_conf_parse__results)
{
	set_up_peer(_i);
	write_file("/none", "options timeout:3\n");
	write_file("/one", "nameserver 192.0.2.1\n");
	dns = evdns_base_new(base, 0);

	ck_assert_int_eq(evdns_base_resolv_conf_parse(dns, DNS_OPTION_SEARCH, "/missing"),
	    EVDNS_ERROR_FAILED_TO_OPEN_FILE);
	ck_assert_int_eq(evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, NULL),
	    EVDNS_ERROR_FAILED_TO_OPEN_FILE);
	ck_assert_int_eq(evdns_base_count_nameservers(dns), 1);
	ck_assert_int_eq(evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/none"),
	    EVDNS_ERROR_NO_NAMESERVERS_CONFIGURED);
	ck_assert_int_eq(evdns_base_count_nameservers(dns), 1);
	ck_assert_int_eq(evdns_base_resolv_conf_parse(
			     dns, DNS_OPTIONS_ALL | DNS_OPTION_NAMESERVERS_NO_DEFAULT, "/none"),
	    EVDNS_ERROR_NONE);
	ck_assert_int_eq(
	    evdns_base_resolv_conf_parse(dns, DNS_OPTION_SEARCH, "/one"), EVDNS_ERROR_NONE);
	ck_assert_int_eq(evdns_base_count_nameservers(dns), 1);
	ck_assert_int_eq(
	    evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/one"), EVDNS_ERROR_NONE);
	ck_assert_int_eq(evdns_base_count_nameservers(dns), 2);
	tear_down();
}

/* ---- Files that change ---------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_base_new__follows_resolv_conf)
{
	struct dns_peer silent, other;
	struct dns_seen seen = {0};

	set_up_peer(_i);
	dns_peer_open(&silent, base, "192.0.2.9:53", dns_peer_silent);
	dns_peer_open(&other, base, "192.0.2.2:53", dns_peer_by_name);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.9\nsearch a.test\n");
	dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS);
	evdns_base_resolve_ipv4(dns, "1-1", 0, dns_see, &seen);
	dns_run(base, 1500);

	write_file("/etc/resolv.conf", "");
	look_up_host("1.2.3.4");
	ck_assert_str_eq(server(0), "192.0.2.9#53");
	dns_run(base, 1500);
	write_file("/etc/resolv.conf", "search b.test\nnameserver 192.0.2.2\n");
	dns_run(base, 1500);
	ck_assert_int_eq(look_up("2-2").result, DNS_ERR_NONE);

	ck_assert_int_eq(evdns_base_count_nameservers(dns), 1);
	ck_assert_str_eq(server(0), "192.0.2.2#53");
	/* The request that was under way goes on with the new server. */
	dns_await(base, &seen);
	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert_int_eq(other.queries, 2);
	dns_peer_close(&other);
	dns_peer_close(&silent);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_new__does_not_follow_what_the_program_has_set)
{
	set_up_peer(_i);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.9\nsearch a.test\n");
	dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS);
	evdns_base_clear_nameservers_and_suspend(dns);
	evdns_base_nameserver_ip_add(dns, "192.0.2.1");
	evdns_base_resume(dns);

	dns_run(base, 2000);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.8\nsearch b.test\n");
	dns_run(base, 2000);
	look_up("x-x");

	ck_assert_str_eq(server(0), "192.0.2.1#53");
	ck_assert_str_eq(peer.names[0], "A x-x.a.test");
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_search_clear__is_not_undone_by_a_change_of_resolv_conf)
{
	set_up_peer(_i);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.9\nsearch a.test\n");
	dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS);
	evdns_base_search_clear(dns);

	dns_run(base, 2000);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.1\nsearch b.test\n");
	dns_run(base, 2000);
	look_up("x-x");

	ck_assert_str_eq(peer.names[0], "A x-x");
	ck_assert_int_eq(peer.queries, 1);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_set_option__ndots_is_not_undone_by_a_change_of_resolv_conf)
{
	set_up_peer(_i);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.9\nsearch a.test\n");
	dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS);
	evdns_base_set_option(dns, "ndots:", "2");

	dns_run(base, 2000);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.1\noptions ndots:1\n");
	dns_run(base, 2000);
	look_up("x-x.y");

	ck_assert_str_eq(peer.names[0], "A x-x.y.a.test");
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_new__follows_hosts)
{
	set_up_peer(_i);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.1\n");
	dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS);
	ck_assert_int_eq(look_up_host("x-x.host").result, EVUTIL_EAI_NONAME);

	dns_run(base, 2000);
	write_file("/etc/hosts", "10.1.1.1 x-x.host\n");
	dns_run(base, 2000);
	ck_assert_str_eq(look_up_host("x-x.host").text, "10.1.1.1");
	dns_run(base, 2000);
	write_file("/etc/hosts", "10.1.1.2 x-x.host\n");
	dns_run(base, 2000);
	ck_assert_str_eq(look_up_host("x-x.host").text, "10.1.1.2");
	tear_down();
}

/* ---- Name servers --------------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_base_nameserver_add__servers_in_the_order_of_adding)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_storage out;

	set_up_peer(_i);
	dns = evdns_base_new(base, 0);
	v4.sin_addr.s_addr = htonl(0x0a000003);

	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, "10.0.0.1:54"), 0);
	ck_assert_int_eq(evdns_base_nameserver_add(dns, htonl(0x0a000002)), 0);
	ck_assert_int_eq(
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&v4, sizeof(v4), 0), 0);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, "[::1]"), 0);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, "10.0.0.3"), 3);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, "nonsense"), 4);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, "10.0.0.1:0"), 4);

	ck_assert_int_eq(evdns_base_count_nameservers(dns), 4);
	ck_assert_str_eq(server(0), "10.0.0.1#54");
	ck_assert_str_eq(server(1), "10.0.0.2#53");
	ck_assert_str_eq(server(2), "10.0.0.3#53");
	ck_assert_str_eq(server(3), "::1#53");
	ck_assert_str_eq(server(4), "none");
	ck_assert_str_eq(server(-1), "none");
	ck_assert_int_eq(evdns_base_get_nameserver_addr(dns, 3, (struct sockaddr *)&out, 4), 28);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_nameserver_sockaddr_add__other_families_are_refused)
{
	struct sockaddr_storage local = {.ss_family = AF_UNIX};

	set_up_peer(_i);
	dns = evdns_base_new(base, 0);
	keep_log();

	ck_assert_int_eq(
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&local, sizeof(local), 0),
	    -1);

	ck_assert_int_eq(evdns_base_count_nameservers(dns), 0);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_get_nameserver_fd__a_socket_of_the_server)
{
	set_up_peer(_i);
	use_peer(0);

	ck_assert_int_ge(evdns_base_get_nameserver_fd(dns, 0), 0);
	ck_assert_int_eq(evdns_base_get_nameserver_fd(dns, 1), -1);
	ck_assert_int_eq(evdns_base_get_nameserver_fd(dns, -1), -1);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_clear_nameservers_and_suspend__requests_wait_for_resume)
{
	struct dns_seen before = {0}, meanwhile = {0};

	set_up_peer(_i);
	use_peer(0);
	evdns_base_set_option(dns, "timeout", "30");
	peer.reply = dns_peer_silent;
	evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &before);
	dns_run(base, 10);
	peer.reply = dns_peer_by_name;

	ck_assert_int_eq(evdns_base_clear_nameservers_and_suspend(dns), 0);
	ck_assert_int_eq(evdns_base_count_nameservers(dns), 0);
	evdns_base_resolve_ipv4(dns, "2-2.test", 0, dns_see, &meanwhile);
	evdns_base_nameserver_ip_add(dns, peer.address);
	dns_run(base, 1000);
	ck_assert_int_eq(before.calls + meanwhile.calls, 0);
	ck_assert_int_eq(evdns_base_resume(dns), 0);
	dns_await(base, &before);
	dns_await(base, &meanwhile);

	ck_assert_int_eq(before.result, DNS_ERR_NONE);
	ck_assert_int_eq(meanwhile.result, DNS_ERR_NONE);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_clear_nameservers_and_suspend__requests_end_at_their_deadline)
{
	struct dns_seen seen = {0};

	set_up_peer(_i);
	use_peer(0);
	evdns_base_clear_nameservers_and_suspend(dns);

	evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &seen);
	dns_await(base, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_TIMEOUT);
	ck_assert_int_eq(evdns_base_resume(dns), 0);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resume__without_a_server)
{
	struct dns_seen seen = {0};

	set_up_peer(_i);
	use_peer(0);
	evdns_base_clear_nameservers_and_suspend(dns);
	evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &seen);
	evdns_base_resume(dns);
	dns_run(base, 10);
	ck_assert_int_eq(seen.calls, 0);

	evdns_base_nameserver_ip_add(dns, peer.address);
	dns_await(base, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	tear_down();
}

/* ---- Options -------------------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_base_set_option__results)
{
	set_up_peer(_i);
	dns = evdns_base_new(base, 0);

	ck_assert_int_eq(evdns_base_set_option(dns, "timeout", "3.5"), 0);
	ck_assert_int_eq(evdns_base_set_option(dns, "timeout:", "3"), 0);
	ck_assert_int_eq(evdns_base_set_option(dns, "timeout", "x"), -1);
	ck_assert_int_eq(evdns_base_set_option(dns, "no-such-option", "x"), 0);
	ck_assert_int_eq(evdns_base_set_option(dns, "use-vc", NULL), 0);
	ck_assert_int_eq(evdns_base_set_option(dns, "edns-udp-size", "1400"), 0);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_set_option__timeout_and_attempts_are_the_deadline)
{
	int64_t before;

	set_up_peer(_i);
	use_peer(0);
	evdns_base_set_option(dns, "timeout", "2");
	evdns_base_set_option(dns, "attempts", "4");
	before = levin_sim_now_ns(simulation_under_test());

	ck_assert_int_eq(look_up("q-q.test").result, DNS_ERR_TIMEOUT);

	ck_assert_int_eq(
	    (levin_sim_now_ns(simulation_under_test()) - before + 500000000) / 1000000000, 8);
	ck_assert_int_eq(peer.queries, 4);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_set_option__max_inflight)
{
	struct dns_seen seen[10] = {{0}};

	set_up_peer(_i);
	use_peer(0);
	evdns_base_set_option(dns, "max-inflight", "3");

	for (int i = 0; i < 10; i++)
		evdns_base_resolve_ipv4(dns, "q-q.test", 0, dns_see, &seen[i]);
	dns_run(base, 100);
	ck_assert_int_eq(peer.queries, 3);
	evdns_base_set_option(dns, "max-inflight", "7");
	dns_run(base, 100);

	ck_assert_int_eq(peer.queries, 7);
	tear_down();
}

/* ---- Ends ----------------------------------------------------------------------------- */

/* With one slot: one is sent, one is cancelled, the others wait. */
TEST_IN_SIMULATION(evdns_base_free__failing_ends_every_request_once_from_the_loop)
{
	struct dns_seen seen[6] = {{0}}, cancelled = {0};

	set_up_peer(_i);
	use_peer(0);
	evdns_base_set_option(dns, "max-inflight", "1");
	for (int i = 0; i < 6; i++)
		evdns_base_resolve_ipv4(dns, "q-q.test", 0, dns_see, &seen[i]);
	dns_run(base, 10);
	evdns_cancel_request(dns, evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &cancelled));

	evdns_base_free(dns, 1);
	dns = NULL;
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(seen[i].calls, 0);
	dns_run(base, 60000);

	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(seen[i].calls, 1);
		ck_assert_int_eq(seen[i].result, DNS_ERR_SHUTDOWN);
	}
	ck_assert_int_eq(cancelled.calls, 1);
	ck_assert_int_eq(cancelled.result, DNS_ERR_CANCEL);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_free__not_failing_drops_requests)
{
	struct dns_seen seen[3] = {{0}}, cancelled = {0};

	set_up_peer(_i);
	use_peer(0);
	evdns_base_resolve_ipv4(dns, "q-q.test", 0, dns_see, &seen[0]);
	evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &seen[1]);
	evdns_cancel_request(dns, evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &cancelled));

	evdns_base_free(dns, 0);
	dns = NULL;
	dns_run(base, 60000);

	ck_assert_int_eq(seen[0].calls + seen[1].calls, 0);
	ck_assert_int_eq(cancelled.calls, 1);
	tear_down();
}

/* The loop does not run again: callbacks that are due are not called, and nothing leaks. */
TEST_IN_SIMULATION(event_base_free__after_evdns_base_free)
{
	struct dns_seen seen[3] = {{0}};
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC};

	set_up_peer(_i);
	use_peer(0);
	evdns_base_resolve_ipv4(dns, "q-q.test", 0, dns_see, &seen[0]);
	evdns_base_resolve_ipv4(dns, "localhost", 0, dns_see, &seen[1]);
	evdns_getaddrinfo(dns, "q-q.test", NULL, &hints, dns_see_list, &seen[2]);
	dns_peer_close(&peer);

	evdns_base_free(dns, 1);
	event_base_free(base);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(seen[i].calls, 0);
}

TEST_IN_SIMULATION(evdns_base_free__null)
{
	set_up_peer(_i);

	evdns_base_free(NULL, 1);

	tear_down();
}

TEST_IN_SIMULATION(evdns_base_new__two_on_one_event_base)
{
	struct evdns_base *first;

	set_up_peer(_i);
	use_peer(0);
	first = dns;
	use_peer(0);

	ck_assert_int_eq(look_up("1-1.test").result, DNS_ERR_NONE);
	evdns_base_free(first, 0);
	ck_assert_int_eq(look_up("1-1.test").result, DNS_ERR_NONE);
	tear_down();
}

/* ---- What keeps the loop running ------------------------------------------------------ */

TEST_IN_SIMULATION(EVDNS_BASE_DISABLE_WHEN_INACTIVE__idle_resolver_lets_the_loop_end)
{
	struct dns_seen seen = {0};
	int result;

	set_up_peer(_i);
	use_peer(EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	event_del(peer.ev);

	ck_assert_int_eq(event_base_dispatch(base), 1);
	/* No server replies: it has failed then, and is not asked without a request. */
	evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &seen);
	result = event_base_dispatch(base);

	ck_assert_int_eq(result, 1);
	ck_assert_int_eq(seen.calls, 1);
	tear_down();
}

static void
see_list_and_stop_peer(int error, struct evutil_addrinfo *list, void *arg)
{
	dns_see_list(error, list, arg);
	event_del(peer.ev);
}

/* When the first family replied, the time that the second one has left began. */
TEST_IN_SIMULATION(EVDNS_BASE_DISABLE_WHEN_INACTIVE__reply_of_both_families_lets_the_loop_end)
{
	struct evutil_addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct dns_seen seen = {0};
	int64_t start_ns;

	set_up_peer(_i);
	use_peer(EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	start_ns = levin_sim_now_ns(simulation_under_test());

	evdns_getaddrinfo(dns, "1-1.test", "80", &hints, see_list_and_stop_peer, &seen);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(seen.text, "10.0.0.1 2001:db8::1");
	ck_assert_int_lt(levin_sim_now_ns(simulation_under_test()) - start_ns, 1000000000);
	tear_down();
}

TEST_IN_SIMULATION(EVDNS_BASE_DISABLE_WHEN_INACTIVE__servers_of_resolv_conf)
{
	set_up_peer(_i);
	event_del(peer.ev);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.1\n");
	dns = evdns_base_new(
	    base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	ck_assert_int_eq(event_base_dispatch(base), 1);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_new__keeps_the_loop_running)
{
	set_up_peer(_i);
	event_del(peer.ev);
	use_peer(0);

	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	tear_down();
}
