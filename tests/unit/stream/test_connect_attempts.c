/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/connect_attempts.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <inttypes.h>
#include <levin/bufferevent.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/addrinfo.h"
#include "base/resolver_hook.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

/*
 * Addresses are texts such as "6a": the family and a letter, which says the host and the port.
 * What happens is spelled: "a@250 " is an attempt that begins after 250 ms, and the letters of
 * stream_kit.h are callbacks of the stream.
 */

/* ---- A resolver whose results the test gives -------------------------------------------------- */

static struct {
	resolver_done_fn *done;
	void *arg;
	int cancelled;
} request;

static void
finish_lookup(int error, struct addrinfo *list, bool more)
{
	resolver_done_fn *done = request.done;

	if (!more)
		request.done = NULL;
	done(error, list, more, request.arg);
}

/* With these results, as if they were in its cache, and "" for none. */
static const char *known_addresses = "";
static struct addrinfo *list_of(const char *addresses);

static void *
start(void *resolver, const char *node, const char *service, const struct addrinfo *hints,
    resolver_done_fn *done, void *arg)
{
	(void)resolver;
	(void)node;
	(void)service;
	(void)hints;
	ck_assert(!request.done);
	request.done = done;
	request.arg = arg;
	if (*known_addresses)
		finish_lookup(0, list_of(known_addresses), true);
	return &request;
}

static void
cancel(void *cancelled)
{
	ck_assert_ptr_eq(cancelled, &request);
	request.cancelled++;
	finish_lookup(EVUTIL_EAI_CANCEL, NULL, false);
}

static const struct resolver_hook hook = {.start = start, .cancel = cancel};

/* ---- Addresses --------------------------------------------------------------------------------- */

enum { FIRST_PORT = 1000, FAMILY_X = 77, ADDRESS_SIZE = 64 };

static const char *
address_text(const char *name, char text[ADDRESS_SIZE])
{
	int number = name[1] - 'a' + 1;

	(void)snprintf(text, ADDRESS_SIZE, name[0] == '6' ? "[2001:db8::%d]:%d" : "192.0.2.%d:%d",
	    number, FIRST_PORT + number);
	return text;
}

static socklen_t
read_address(const char *name, struct sockaddr_storage *address_out)
{
	char text[ADDRESS_SIZE];
	int size = sizeof(*address_out);

	memset(address_out, 0, sizeof(*address_out));
	ck_assert_int_eq(evutil_parse_sockaddr_port(
			     address_text(name, text), (struct sockaddr *)address_out, &size),
	    0);
	/* There is no socket of this family. */
	if (name[0] == 'x')
		address_out->ss_family = FAMILY_X;
	return (socklen_t)size;
}

static struct addrinfo *
list_of(const char *addresses)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
	struct addrinfo *list = NULL;

	for (const char *at = addresses; *at; at += 2 + (at[2] == ' ')) {
		struct sockaddr_storage address;
		socklen_t size = read_address(at, &address);
		struct addrinfo *one = lvn_addrinfo_new((struct sockaddr *)&address, size, &hints);

		ck_assert_ptr_nonnull(one);
		list = lvn_addrinfo_join(list, one);
	}
	return list;
}

static struct levin_sim *sim;
static struct event_base *base;
static struct bufferevent *bev;
static int64_t start_ns;

/* A host that does not listen refuses. */
static int
listen_at(const char *name)
{
	char text[ADDRESS_SIZE];
	int fd;

	fd = levin_sim_listener_at(sim, address_text(name, text), 10);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
set_link(const char *name, const struct levin_sim_link *link)
{
	char host[32];

	(void)snprintf(
	    host, sizeof(host), name[0] == '6' ? "2001:db8::%d" : "192.0.2.%d", name[1] - 'a' + 1);
	ck_assert_int_eq(levin_sim_set_link(sim, NULL, host, link), 0);
}

static void
silence(const char *names)
{
	for (const char *at = names; *at; at += 2 + (at[2] == ' '))
		set_link(at, &(struct levin_sim_link){.is_down = 1});
}

static void
slow_down(const char *name, int ms)
{
	int64_t latency_ns = (int64_t)ms * 1000000;

	set_link(name,
	    &(struct levin_sim_link){.latency_min_ns = latency_ns, .latency_max_ns = latency_ns});
}

static void
spell_attempt(const char *line, void *arg)
{
	int64_t now_ns;
	int fd, port;
	char text[32];

	(void)arg;
	if (sscanf(line, "%" SCNd64 " connect #%d %d", &now_ns, &fd, &port) != 3)
		return;
	(void)snprintf(text, sizeof(text), "%c@%" PRId64 " ", 'a' + port - FIRST_PORT - 1,
	    (now_ns - start_ns) / 1000000);
	spell_text(text);
}

/* ---- Cases ------------------------------------------------------------------------------------- */

static size_t descriptors_before;

static void
set_up(int i, int options)
{
	base = base_on(backend_under_test(i));
	sim = simulation_under_test();
	lvn_resolver_hook_set(&hook);
	start_ns = levin_sim_now_ns(sim);
	levin_sim_set_trace(sim, spell_attempt, NULL);
	bev = stream_on(base, -1, BEV_OPT_CLOSE_ON_FREE | options);
	bufferevent_setcb(bev, spell_read_and_drain, spell_written, spell_event, word(""));
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ), 0);
	write_text(bev, "hello");
}

static void
look_up(void)
{
	descriptors_before = levin_sim_count_descriptors(sim);
	ck_assert_int_eq(bufferevent_socket_connect_hostname(
			     bev, word("resolver"), AF_UNSPEC, "some.name", 1234),
	    0);
}

static void
resolve(const char *addresses)
{
	finish_lookup(0, list_of(addresses), false);
}

static void
resolve_some(const char *addresses)
{
	finish_lookup(0, list_of(addresses), true);
}

static void
wait_ms(int ms)
{
	run_for_ms(base, ms);
}

/* Descriptors beside those that were there. */
static int
attempts_count(void)
{
	return (int)(levin_sim_count_descriptors(sim) - descriptors_before);
}

static void
tear_down(void)
{
	bufferevent_free(bev);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	ck_assert_int_eq(attempts_count(), 0);
	ck_assert(request.done == NULL);
	lvn_resolver_hook_set(NULL);
}

TEST_IN_SIMULATION(connect_attempts__next_address_after_a_refusal)
{
	char data[8];
	int listener, peer;

	set_up(_i, 0);
	listener = listen_at("4b");
	look_up();

	resolve("4a 4b 4c");
	wait_ms(10);

	ck_assert_str_eq(spelled(), "a@0 b@0 !up w0 ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	ck_assert_int_eq(attempts_count(), 1);
	peer = levin_sim_accept(listener);
	ck_assert_int_eq(levin_sim_read(peer, data, sizeof(data)), 5);
	ck_assert_int_eq(levin_sim_write(peer, "hi", 2), 2);
	wait_ms(10);
	ck_assert_str_eq(spelled(), "r2 ");
	levin_sim_close(peer);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__families_take_turns)
{
	set_up(_i, 0);
	silence("4a 4b 6c 6d");
	look_up();

	/* The first family is that of the first address. */
	resolve("4a 4b 6c 6d");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "a@0 c@250 b@500 d@750 ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__slow_address_is_not_abandoned)
{
	set_up(_i, 0);
	slow_down("6a", 300);
	silence("4b");
	listen_at("6a");
	look_up();

	resolve("6a 4b");
	wait_ms(299);
	ck_assert_str_eq(spelled(), "a@0 b@250 ");
	ck_assert_int_eq(attempts_count(), 2);
	wait_ms(10);

	ck_assert_str_eq(spelled(), "!up w0 ");
	ck_assert_int_eq(attempts_count(), 1);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__failure_ends_the_delay)
{
	set_up(_i, 0);
	slow_down("6a", 100);
	silence("4b 6c");
	look_up();

	resolve("6a 4b 6c");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "a@0 b@100 c@350 ");
	tear_down();
}

static int last_error;

static void
note_error(struct bufferevent *stream, short what, void *name)
{
	last_error = errno;
	spell_event(stream, what, name);
}

TEST_IN_SIMULATION(connect_attempts__fails_with_the_last_error)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, note_error, word(""));
	slow_down("4b", 400);
	look_up();

	/* No socket at once, and after 250 ms; refused after 400. */
	resolve("xa 4b xc");
	wait_ms(399);
	ck_assert_str_eq(spelled(), "b@0 ");
	wait_ms(10);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(last_error, ECONNREFUSED);
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_READ | EV_WRITE);
	ck_assert_uint_eq(output_size(bev), 5);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__failure_is_reported_by_the_loop)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, note_error, word(""));
	look_up();

	resolve("xa xb");
	ck_assert_str_eq(spelled(), "");
	turn(base);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(last_error, EAFNOSUPPORT);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__six_at_once)
{
	set_up(_i, 0);
	silence("4a 4b 4c 4d 4e 4f 4g 4h");
	look_up();

	resolve("4a 4b 4c 4d 4e 4f 4g 4h");
	wait_ms(1400);
	ck_assert_str_eq(spelled(), "a@0 b@250 c@500 d@750 e@1000 f@1250 ");
	ck_assert_int_eq(attempts_count(), 6);
	wait_ms(500);

	ck_assert_str_eq(spelled(), "g@1500 h@1750 ");
	ck_assert_int_eq(attempts_count(), 6);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__all_fail_in_the_end)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, note_error, word(""));
	silence("4a 4b 4c 4d 4e 4f 4g 4h");
	look_up();

	resolve("4a 4b 4c 4d 4e 4f 4g 4h");
	(void)spelled();
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "b@250 c@500 d@750 e@1000 f@1250 g@1500 h@1750 !err ");
	ck_assert_int_eq(last_error, ETIMEDOUT);
	ck_assert_int_eq(attempts_count(), 0);
	tear_down();
}

/* The C library's resolver has three of each address if no type of socket is asked for. */
TEST_IN_SIMULATION(connect_attempts__repeated_address_is_tried_once)
{
	set_up(_i, 0);
	look_up();

	resolve("4a 4a 4b 4b 4a");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "a@0 b@0 !err ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__one_address_connects_as_by_address)
{
	set_up(_i, 0);
	slow_down("4a", 100);
	look_up();

	resolve("4a 4a");

	ck_assert_int_ge(bufferevent_getfd(bev), 0);
	wait_ms(1000);
	ck_assert_str_eq(spelled(), "a@0 !err ");
	ck_assert_int_ge(bufferevent_getfd(bev), 0);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__descriptor_of_the_program_takes_the_first_address)
{
	int fd;

	set_up(_i, 0);
	look_up();
	fd = levin_sim_socket(sim, AF_INET, SOCK_STREAM);
	ck_assert_int_eq(bufferevent_setfd(bev, fd), 0);

	resolve_some("4a 4b");
	resolve("4a 4b");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "a@0 !err ");
	ck_assert_int_eq(bufferevent_getfd(bev), fd);
	tear_down();
}

TEST_IN_SIMULATION(levin_bufferevent_set_first_address_only__waits_for_both_families)
{
	set_up(_i, 0);
	ck_assert_int_eq(levin_bufferevent_set_first_address_only(bev, 1), 0);
	listen_at("4a");
	look_up();

	resolve_some("6b");
	wait_ms(1000);
	ck_assert_str_eq(spelled(), "");
	resolve("4a 6b");
	wait_ms(10);

	ck_assert_str_eq(spelled(), "a@1000 !up w0 ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__descriptor_of_the_program_comes_during_the_resolution_delay)
{
	set_up(_i, 0);
	look_up();
	resolve_some("4a 4b");
	ck_assert_int_eq(bufferevent_setfd(bev, levin_sim_socket(sim, AF_INET, SOCK_STREAM)), 0);

	wait_ms(100);
	ck_assert_str_eq(spelled(), "");
	resolve("4a 4b");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "a@100 !err ");
	tear_down();
}

/* ---- Addresses that come one family after the other -------------------------------------------- */

TEST_IN_SIMULATION(connect_attempts__second_family_is_awaited_for_50_ms)
{
	set_up(_i, 0);
	silence("4a 4b");
	look_up();

	resolve_some("4a 4b");
	wait_ms(200);
	ck_assert_str_eq(spelled(), "a@50 ");
	wait_ms(1000);
	ck_assert_str_eq(spelled(), "b@300 ");
	resolve("4a 4b");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__no_delay_without_memory_for_its_timer)
{
	struct addrinfo *list = list_of("4a 4b");

	set_up(_i, 0);
	silence("4a 4b");
	look_up();

	ck_assert_int_eq(levin_sim_fail_allocations(sim, 1, 0), 0);
	finish_lookup(0, list, true);
	ck_assert_int_eq(levin_sim_fail_allocations(sim, 0, 0), 0);
	wait_ms(10);

	ck_assert_str_eq(spelled(), "a@0 ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__second_family_comes_in_time)
{
	set_up(_i, 0);
	silence("4a 6b");
	look_up();

	resolve_some("4a");
	wait_ms(40);
	ck_assert_str_eq(spelled(), "");
	resolve("6b 4a");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "b@40 a@290 ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__lookup_without_second_family_ends_the_delay)
{
	set_up(_i, 0);
	silence("4a 4b");
	look_up();

	resolve_some("4a 4b");
	wait_ms(10);
	resolve("4a 4b");
	wait_ms(100);

	ck_assert_str_eq(spelled(), "a@10 ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__addresses_of_version_6_are_tried_at_once)
{
	set_up(_i, 0);
	silence("6a 4b 6c");
	look_up();

	resolve_some("6a 6c");
	wait_ms(10);
	resolve("4b 6a 6c");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "a@0 b@250 c@500 ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__late_family_is_tried_at_once_if_250_ms_have_passed)
{
	set_up(_i, 0);
	silence("6a 4b");
	look_up();

	resolve_some("6a");
	wait_ms(400);
	resolve("6a 4b");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "a@0 b@400 ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__late_family_after_all_have_failed)
{
	set_up(_i, 0);
	listen_at("4b");
	look_up();

	resolve_some("6a");
	wait_ms(100);
	ck_assert_str_eq(spelled(), "a@0 ");
	ck_assert_int_eq(attempts_count(), 0);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	resolve("4b 6a");
	wait_ms(100);

	ck_assert_str_eq(spelled(), "b@100 !up w0 ");
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__fails_when_no_family_is_left)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, note_error, word(""));
	look_up();

	resolve_some("6a");
	wait_ms(100);
	ck_assert_str_eq(spelled(), "a@0 ");
	resolve("6a");
	ck_assert_str_eq(spelled(), "");
	turn(base);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(last_error, ECONNREFUSED);
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__addresses_outlive_a_lookup_that_fails)
{
	set_up(_i, 0);
	listen_at("4a");
	look_up();

	resolve_some("4a");
	finish_lookup(EVUTIL_EAI_CANCEL, NULL, false);
	wait_ms(10);

	ck_assert_str_eq(spelled(), "a@0 !up w0 ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__connection_cancels_the_lookup)
{
	set_up(_i, 0);
	listen_at("6a");
	look_up();

	resolve_some("6a");
	wait_ms(10);

	ck_assert_str_eq(spelled(), "a@0 !up w0 ");
	ck_assert_int_eq(request.cancelled, 1);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__lookup_of_a_stream_with_a_lock_is_ignored)
{
	if (!backend_under_test(_i)->threads)
		return;
	set_up(_i, BEV_OPT_THREADSAFE);
	listen_at("6a");
	look_up();

	resolve_some("6a");
	wait_ms(10);
	ck_assert_str_eq(spelled(), "a@0 !up w0 ");
	resolve_some("6a 4b");
	resolve("6a 4b");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "");
	ck_assert_int_eq(request.cancelled, 0);
	tear_down();
}

TEST_IN_SIMULATION(connect_attempts__addresses_inside_the_call)
{
	known_addresses = "6a";
	set_up(_i, 0);
	silence("6a 4b");

	look_up();
	wait_ms(10);
	resolve("6a 4b");
	wait_ms(500);

	ck_assert_str_eq(spelled(), "a@0 b@250 ");
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_socket_get_dns_error__no_address_at_all)
{
	set_up(_i, 0);
	look_up();

	finish_lookup(0, NULL, false);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), EVUTIL_EAI_NODATA);
	tear_down();
}

/* ---- The end while addresses are awaited or tried ---------------------------------------------- */

TEST_IN_SIMULATION(bufferevent_free__during_the_resolution_delay)
{
	set_up(_i, 0);
	look_up();
	resolve_some("4a");
	wait_ms(10);

	bufferevent_free(bev);

	ck_assert_int_eq(request.cancelled, 1);
	bev = stream_on(base, -1, 0);
	wait_ms(1000);
	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_free__during_attempts_and_the_lookup)
{
	set_up(_i, 0);
	silence("6a 6b");
	look_up();
	resolve_some("6a 6b");
	wait_ms(300);
	ck_assert_int_eq(attempts_count(), 2);

	bufferevent_free(bev);

	ck_assert_int_eq(attempts_count(), 0);
	ck_assert_int_eq(request.cancelled, 1);
	bev = stream_on(base, -1, 0);
	ck_assert_str_eq(spelled(), "a@0 b@250 ");
	wait_ms(1000);
	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_free__result_of_a_stream_with_a_lock_comes_later)
{
	if (!backend_under_test(_i)->threads)
		return;
	set_up(_i, BEV_OPT_THREADSAFE);
	silence("6a");
	look_up();
	resolve_some("6a");
	wait_ms(10);

	bufferevent_free(bev);
	bev = stream_on(base, -1, 0);
	ck_assert_int_eq(attempts_count(), 0);
	resolve_some("6a");
	resolve("6a 4b");
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "a@0 ");
	ck_assert_int_eq(request.cancelled, 0);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_free__during_the_resolution_delay_with_another_reference)
{
	set_up(_i, backend_under_test(_i)->threads ? BEV_OPT_THREADSAFE : 0);
	silence("4a");
	look_up();
	resolve_some("4a");
	bufferevent_incref(bev);

	bufferevent_free(bev);
	wait_ms(1000);

	ck_assert_str_eq(spelled(), "");
	if (request.done)
		resolve("4a 6b");
	ck_assert_int_eq(bufferevent_decref(bev), 1);
	bev = stream_on(base, -1, 0);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_set_timeouts__late_stream_fails_when_it_is_enabled)
{
	set_up(_i, 0);
	ck_assert_int_eq(bufferevent_set_timeouts(bev, NULL, MS(500)), 0);
	look_up();
	resolve_some("6a");
	wait_ms(600);
	ck_assert_str_eq(spelled(), "a@0 >late ");

	resolve("6a");
	wait_ms(100);
	ck_assert_str_eq(spelled(), "");
	ck_assert_int_eq(bufferevent_enable(bev, EV_WRITE), 0);
	wait_ms(100);

	ck_assert_str_eq(spelled(), "!err ");
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_setfd__ends_attempts_but_not_a_lookup)
{
	set_up(_i, 0);
	silence("6a 4b");
	look_up();
	ck_assert_int_eq(bufferevent_setfd(bev, -1), 0);
	resolve_some("6a");
	wait_ms(10);
	ck_assert_str_eq(spelled(), "a@0 ");

	ck_assert_int_eq(bufferevent_replacefd(bev, -1), 0);

	ck_assert_int_eq(attempts_count(), 0);
	ck_assert_int_eq(request.cancelled, 1);
	wait_ms(1000);
	ck_assert_str_eq(spelled(), "");
	tear_down();
}
