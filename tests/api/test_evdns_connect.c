/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents that connect to names, with a resolver and a name server in the simulated world.
 */
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <levin/sim.h>
#include <string.h>
#include <unistd.h>

#include "support/dns_case.h"

static int listener;

static void
set_up_listener(int i)
{
	set_up(i);
	listener = levin_sim_listener(simulation_under_test(), 7000, 1000);
}

static void
tear_down_listener(void)
{
	tear_down();
	levin_sim_close(listener);
}

struct connecting {
	int calls;
	short what;
	int dns_error;
	bool frees_all; /* the bufferevent and the resolver */
};

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connecting *connecting = arg;

	connecting->calls++;
	connecting->what = what;
	connecting->dns_error = bufferevent_socket_get_dns_error(bev);
	if (!connecting->frees_all)
		return;
	bufferevent_free(bev);
	evdns_base_free(dns, 1);
	dns = NULL;
}

static struct bufferevent *
connect_to(const char *name, int family, int options, struct connecting *connecting)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE | options);

	memset(connecting, 0, sizeof(*connecting));
	bufferevent_setcb(bev, NULL, NULL, on_event, connecting);
	ck_assert_int_eq(bufferevent_socket_connect_hostname(bev, dns, family, name, 7000), 0);
	return bev;
}

static void
await(const struct connecting *connecting)
{
	for (int i = 0; i < 1000000 && connecting->calls == 0; i++)
		dns_run(base, 1);
	ck_assert_int_eq(connecting->calls, 1);
}

static const int options[] = {0, BEV_OPT_DEFER_CALLBACKS, BEV_OPT_THREADSAFE,
    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__name_of_a_server)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};

	set_up_listener(_i);
	for (size_t i = 0; i < OPTIONS; i++) {
		for (int f = 0; f < 3; f++) {
			struct connecting connecting;
			struct bufferevent *bev =
			    connect_to("1-1.test", families[f], options[i], &connecting);

			await(&connecting);
			ck_assert_int_eq(connecting.what, BEV_EVENT_CONNECTED);
			ck_assert_int_eq(connecting.dns_error, 0);
			bufferevent_free(bev);
		}
	}
	tear_down_listener();
}

TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__one_family_is_enough)
{
	static const char *const names[] = {"1-n.test", "n-1.test", "1-q.test", "q-1.test"};

	set_up_listener(_i);
	for (int i = 0; i < 4; i++) {
		struct connecting connecting;
		struct bufferevent *bev = connect_to(names[i], AF_UNSPEC, 0, &connecting);

		await(&connecting);
		ck_assert_int_eq(connecting.what, BEV_EVENT_CONNECTED);
		bufferevent_free(bev);
	}
	tear_down_listener();
}

/* The other family is not awaited, but for 50 ms. */
TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__does_not_wait_for_a_silent_family)
{
	static const char *const names[] = {"1-q.test", "q-1.test"};

	set_up_listener(_i);
	for (int i = 0; i < 2; i++) {
		int64_t begin_ns = levin_sim_now_ns(simulation_under_test());
		struct connecting connecting;
		struct bufferevent *bev = connect_to(names[i], AF_UNSPEC, 0, &connecting);

		await(&connecting);
		ck_assert_int_eq(connecting.what, BEV_EVENT_CONNECTED);
		ck_assert_int_lt(levin_sim_now_ns(simulation_under_test()) - begin_ns, 60000000);
		bufferevent_free(bev);
	}
	tear_down_listener();
}

/* The first address is silent and two others refuse. */
TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__tries_addresses_of_both_families)
{
	const struct levin_sim_link down = {.is_down = 1}, refusing = {.refuse_permille = 1000};
	struct levin_sim *sim = simulation_under_test();

	set_up_listener(_i);
	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "2001:db8::1", &down), 0);
	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "2001:db8::2", &refusing), 0);
	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "10.0.0.1", &refusing), 0);
	for (size_t i = 0; i < OPTIONS; i++) {
		struct connecting connecting;
		struct bufferevent *bev =
		    connect_to("2-2.test", AF_UNSPEC, options[i], &connecting);

		await(&connecting);
		ck_assert_int_eq(connecting.what, BEV_EVENT_CONNECTED);
		ck_assert_int_eq(connecting.dns_error, 0);
		bufferevent_free(bev);
	}
	tear_down_listener();
}

/* The program is told why. */
TEST_IN_SIMULATION(bufferevent_socket_get_dns_error__of_each_failure)
{
	static const struct {
		const char *name;
		int error;
	} cases[] = {
	    {"x-x.test", EVUTIL_EAI_NONAME},
	    {"n-n.test", EVUTIL_EAI_NODATA},
	    {"s-s.test", EVUTIL_EAI_AGAIN},
	    {"q-q.test", EVUTIL_EAI_AGAIN},
	    {"r-r.test", EVUTIL_EAI_FAIL},
	    {"a..b", EVUTIL_EAI_FAIL},
	};

	set_up_listener(_i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t k = 0; k < OPTIONS; k++) {
			struct connecting connecting;
			struct bufferevent *bev =
			    connect_to(cases[i].name, AF_UNSPEC, options[k], &connecting);

			await(&connecting);
			ck_assert_int_eq(connecting.what, BEV_EVENT_ERROR);
			ck_assert_int_eq(connecting.dns_error, cases[i].error);
			bufferevent_free(bev);
		}
	}
	tear_down_listener();
}

TEST_IN_SIMULATION(bufferevent_free__while_its_name_is_looked_up)
{
	static const char *const names[] = {"1-1.test", "1-q.test", "q-1.test", "q-q.test"};

	set_up_listener(_i);
	for (int i = 0; i < 4; i++) {
		for (size_t k = 0; k < OPTIONS; k++) {
			for (int ms = 0; ms < 3; ms++) {
				struct connecting connecting;
				struct bufferevent *bev =
				    connect_to(names[i], AF_UNSPEC, options[k], &connecting);

				dns_run(base, ms);
				bufferevent_free(bev);
				dns_run(base, 100);
				ck_assert_int_le(connecting.calls, 1);
			}
		}
	}
	tear_down_listener();
}

TEST_IN_SIMULATION(evdns_base_free__while_names_are_looked_up)
{
	set_up_listener(_i);
	for (size_t k = 0; k < OPTIONS; k++) {
		for (int fail = 0; fail < 2; fail++) {
			struct connecting connecting;
			struct bufferevent *bev =
			    connect_to("q-q.test", AF_UNSPEC, options[k], &connecting);

			dns_run(base, 10);
			evdns_base_free(dns, fail);
			dns_run(base, 100);
			ck_assert_int_eq(connecting.calls, 1);
			ck_assert_int_eq(connecting.what, BEV_EVENT_ERROR);
			ck_assert_int_eq(connecting.dns_error, EVUTIL_EAI_FAIL);
			bufferevent_free(bev);
			dns_run(base, 100);
			dns = evdns_base_new(base, 0);
			evdns_base_nameserver_ip_add(dns, peer.address);
		}
	}
	tear_down_listener();
}

TEST_IN_SIMULATION(evdns_base_free__in_the_callback_of_a_failed_connection)
{
	struct connecting connecting;

	set_up_listener(_i);
	connect_to("x-x.test", AF_UNSPEC, 0, &connecting);
	connecting.frees_all = true;

	await(&connecting);
	dns_run(base, 1000);

	ck_assert_int_eq(connecting.calls, 1);
	tear_down_listener();
}
