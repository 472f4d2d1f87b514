/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents that connect to names with several addresses, in a simulated world: what a program
 * may do meanwhile.  Hosts are letters: "a" has the address 192.0.2.1 or 2001:db8::1, and so on.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <levin/bufferevent.h>
#include <levin/sim.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

enum { PORT = 80 };

static struct levin_sim *sim;
static struct event_base *base;
static struct bufferevent *bev;
static size_t descriptors_before;
static int64_t start_ns;
static int last_error;

static void
note_event(struct bufferevent *stream, short what, void *name)
{
	last_error = errno;
	spell_event(stream, what, name);
}

static struct bufferevent *
new_stream(int options)
{
	struct bufferevent *stream = stream_on(base, -1, options);

	bufferevent_setcb(stream, spell_read_and_drain, spell_written, note_event, word(""));
	ck_assert_int_eq(bufferevent_enable(stream, EV_READ), 0);
	write_text(stream, "hello");
	return stream;
}

/* The hosts have IPv6 and IPv4 addresses by turns. */
static void
host_address(char host, char text[32])
{
	int number = host - 'a' + 1;

	(void)snprintf(text, 32, number % 2 ? "2001:db8::%d" : "192.0.2.%d", number);
}

/* A host that does not listen refuses. */
static void
listen_at(char host)
{
	char address[32], text[48];

	host_address(host, address);
	(void)snprintf(
	    text, sizeof(text), strchr(address, ':') ? "[%s]:%d" : "%s:%d", address, PORT);
	ck_assert_int_ge(levin_sim_listener_at(sim, text, 10), 0);
}

static void
silence(const char *hosts)
{
	const struct levin_sim_link down = {.is_down = 1};
	char address[32];

	for (; *hosts; hosts++) {
		host_address(*hosts, address);
		ck_assert_int_eq(levin_sim_set_link(sim, NULL, address, &down), 0);
	}
}

/* The name has the addresses of these hosts. */
static void
name_hosts(const char *hosts)
{
	char text[1000] = "";
	char address[32];

	for (; *hosts; hosts++) {
		host_address(*hosts, address);
		strcat(strcat(text, address), " some.name\n");
	}
	ck_assert_int_eq(levin_sim_set_file(sim, "/etc/hosts", text), 0);
}

static void
set_up(int i, int options)
{
	base = base_on(backend_under_test(i));
	sim = simulation_under_test();
	bev = new_stream(BEV_OPT_CLOSE_ON_FREE | options);
	start_ns = levin_sim_now_ns(sim);
}

static int
connect_by_name(void)
{
	return bufferevent_socket_connect_hostname(bev, NULL, AF_UNSPEC, "some.name", PORT);
}

static void
begin(const char *hosts)
{
	name_hosts(hosts);
	descriptors_before = levin_sim_count_descriptors(sim);
	ck_assert_int_eq(connect_by_name(), 0);
}

static int
count_attempts(void)
{
	return (int)(levin_sim_count_descriptors(sim) - descriptors_before);
}

static int
passed_ms(void)
{
	return (int)((levin_sim_now_ns(sim) - start_ns) / 1000000);
}

static void
tear_down(void)
{
	bufferevent_free(bev);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	ck_assert_int_eq(count_attempts(), 0);
}

/* ---- The descriptor ----------------------------------------------------------------------------- */

TEST_IN_SIMULATION(bufferevent_getfd__is_that_of_the_oldest_attempt)
{
	evutil_socket_t first;
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	set_up(_i, 0);
	silence("ac");
	listen_at('c');
	begin("ac");

	first = bufferevent_getfd(bev);
	ck_assert_int_ge(first, 0);
	run_for_ms(base, 300);
	ck_assert_int_eq(bufferevent_getfd(bev), first);
	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "2001:db8::3", NULL), 0);
	ck_assert_str_eq(next_spelled(base), "!up w0 ");

	ck_assert_int_ne(bufferevent_getfd(bev), first);
	ck_assert_int_eq(
	    levin_sim_getpeername(bufferevent_getfd(bev), (struct sockaddr *)&address, &size), 0);
	ck_assert_int_eq(count_attempts(), 1);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_setfd__ends_the_attempts)
{
	int ends[2];
	evutil_socket_t first;

	set_up(_i, 0);
	silence("ac");
	begin("ac");
	run_for_ms(base, 300);
	first = bufferevent_getfd(bev);
	ck_assert_int_eq(levin_sim_socketpair(sim, ends), 0);

	ck_assert_int_eq(bufferevent_setfd(bev, ends[0]), 0);

	/* What getfd had returned is the program's now. */
	ck_assert_int_eq(count_attempts(), 3);
	ck_assert_int_eq(evutil_closesocket(first), 0);
	run_for_ms(base, 1000);
	ck_assert_str_eq(spelled(), "w0 ");
	levin_sim_close(ends[1]);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_replacefd__closes_all_attempts)
{
	set_up(_i, 0);
	silence("ac");
	begin("ac");
	run_for_ms(base, 300);

	ck_assert_int_eq(bufferevent_replacefd(bev, -1), 0);

	ck_assert_int_eq(count_attempts(), 0);
	run_for_ms(base, 1000);
	ck_assert_str_eq(spelled(), "");
	/* It can connect again. */
	ck_assert_int_eq(connect_by_name(), 0);
	ck_assert_int_eq(count_attempts(), 1);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_free__leaves_the_descriptor_to_its_owner)
{
	evutil_socket_t first;

	set_up(_i, 0);
	bufferevent_free(bev);
	bev = new_stream(0);
	silence("ac");
	begin("ac");
	run_for_ms(base, 300);
	first = bufferevent_getfd(bev);

	bufferevent_free(bev);

	ck_assert_int_eq(count_attempts(), 1);
	ck_assert_int_eq(evutil_closesocket(first), 0);
	bev = new_stream(BEV_OPT_CLOSE_ON_FREE);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_decref__last_one_ends_the_attempts)
{
	set_up(_i, 0);
	silence("ac");
	begin("ac");
	bufferevent_incref(bev);
	bufferevent_free(bev);
	run_for_ms(base, 1000);
	ck_assert_int_eq(count_attempts(), 1);

	ck_assert_int_eq(bufferevent_decref(bev), 1);

	ck_assert_int_eq(count_attempts(), 0);
	ck_assert_str_eq(spelled(), "");
	bev = new_stream(BEV_OPT_CLOSE_ON_FREE);
	tear_down();
}

/* ---- What cannot be done ------------------------------------------------------------------------ */

TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__fails_during_attempts)
{
	struct event_base *other;

	set_up(_i, 0);
	other = base_on(backend_under_test(_i));
	silence("ac");
	begin("ac");

	ck_assert_int_eq(connect_by_name(), -1);
	ck_assert_int_eq(bufferevent_socket_connect(bev, NULL, 0), -1);
	ck_assert_int_eq(bufferevent_base_set(other, bev), -1);

	run_for_ms(base, 300);
	ck_assert_int_eq(count_attempts(), 2);
	ck_assert_str_eq(spelled(), "");
	tear_down();
	event_base_free(other);
}

TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__again_after_all_have_failed)
{
	set_up(_i, 0);
	begin("abc");
	ck_assert_str_eq(next_spelled(base), "!err ");
	ck_assert_int_eq(last_error, ECONNREFUSED);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	listen_at('b');
	descriptors_before++;

	ck_assert_int_eq(connect_by_name(), 0);

	ck_assert_str_eq(next_spelled(base), "!up w0 ");
	tear_down();
}

TEST_IN_SIMULATION(levin_bufferevent_set_first_address_only__on_and_off)
{
	evutil_socket_t fd;

	set_up(_i, 0);
	listen_at('b');
	ck_assert_int_eq(levin_bufferevent_set_first_address_only(bev, 1), 0);
	begin("ab");
	fd = bufferevent_getfd(bev);
	ck_assert_str_eq(next_spelled(base), "!err ");
	ck_assert_int_eq(last_error, ECONNREFUSED);
	ck_assert_int_eq(bufferevent_getfd(bev), fd);
	ck_assert_int_eq(bufferevent_replacefd(bev, -1), 0);

	ck_assert_int_eq(levin_bufferevent_set_first_address_only(bev, 0), 0);
	ck_assert_int_eq(connect_by_name(), 0);

	ck_assert_str_eq(next_spelled(base), "!up w0 ");
	tear_down();
}

TEST_IN_SIMULATION(levin_bufferevent_set_first_address_only__of_other_bufferevents)
{
	struct bufferevent *pair[2];

	set_up(_i, 0);
	keep_log();
	ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
	descriptors_before = levin_sim_count_descriptors(sim);

	errno = 0;
	ck_assert_int_eq(levin_bufferevent_set_first_address_only(pair[0], 1), -1);

	ck_assert_int_eq(errno, EINVAL);
	ck_assert(was_logged("does not connect"));
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
	tear_down();
}

/* ---- Directions and timeouts --------------------------------------------------------------------- */

TEST_IN_SIMULATION(bufferevent_disable__does_not_hide_a_connection_by_name)
{
	set_up(_i, 0);
	listen_at('b');
	begin("ab");
	bufferevent_disable(bev, EV_READ | EV_WRITE);

	run_for_ms(base, 10);

	ck_assert_str_eq(spelled(), "!up ");
	ck_assert_uint_eq(output_size(bev), 5);
	bufferevent_enable(bev, EV_WRITE);
	run_for_ms(base, 10);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_set_timeouts__cover_all_attempts)
{
	set_up(_i, 0);
	silence("abcdefgh");
	ck_assert_int_eq(bufferevent_set_timeouts(bev, NULL, MS(3000)), 0);
	begin("abcdefgh");

	ck_assert_str_eq(next_spelled(base), ">late ");

	ck_assert_int_eq(passed_ms(), 3000);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_READ);
	/* Nothing is waited for any more. */
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(passed_ms(), 3000);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_enable__goes_on_after_a_timeout)
{
	set_up(_i, 0);
	silence("abc");
	listen_at('d');
	ck_assert_int_eq(bufferevent_set_timeouts(bev, NULL, MS(600)), 0);
	begin("abcd");
	ck_assert_str_eq(next_spelled(base), ">late ");
	ck_assert_int_eq(count_attempts(), 3);
	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "192.0.2.2", NULL), 0);

	ck_assert_int_eq(bufferevent_enable(bev, EV_WRITE), 0);

	ck_assert_str_eq(next_spelled(base), "!up w0 ");
	ck_assert_int_eq(count_attempts(), 1);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_enable__reports_what_failed_after_a_timeout)
{
	set_up(_i, 0);
	silence("ab");
	ck_assert_int_eq(bufferevent_set_timeouts(bev, NULL, MS(600)), 0);
	begin("ab");
	ck_assert_str_eq(next_spelled(base), ">late ");
	run_for_ms(base, 100000);
	ck_assert_str_eq(spelled(), "");

	ck_assert_int_eq(bufferevent_enable(bev, EV_WRITE), 0);

	ck_assert_str_eq(next_spelled(base), "!err ");
	ck_assert_int_eq(last_error, ETIMEDOUT);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_set_timeouts__for_writing_while_that_is_disabled)
{
	set_up(_i, 0);
	silence("ab");
	ck_assert_int_eq(bufferevent_disable(bev, EV_WRITE), 0);
	ck_assert_int_eq(bufferevent_set_timeouts(bev, NULL, MS(600)), 0);
	begin("ab");

	ck_assert_str_eq(next_spelled(base), ">late ");

	ck_assert_int_eq(passed_ms(), 600);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_set_timeouts__for_reading_end_the_attempts_too)
{
	set_up(_i, 0);
	silence("abcd");
	ck_assert_int_eq(bufferevent_set_timeouts(bev, MS(600), MS(1000)), 0);
	begin("abcd");

	ck_assert_str_eq(next_spelled(base), "<late ");

	ck_assert_int_eq(passed_ms(), 600);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_str_eq(spelled(), "");
	ck_assert_int_eq(passed_ms(), 600);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_set_timeouts__not_after_all_attempts_have_failed)
{
	set_up(_i, 0);
	ck_assert_int_eq(bufferevent_set_timeouts(bev, MS(1000), MS(1000)), 0);
	begin("ab");

	run_for_ms(base, 5000);

	ck_assert_str_eq(spelled(), "!err ");
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_set_rate_limit__does_not_hinder_connecting)
{
	struct ev_token_bucket_cfg *limit;

	set_up(_i, 0);
	limit = ev_token_bucket_cfg_new(1, 1, 1, 1, MS(1000));
	ck_assert_ptr_nonnull(limit);
	ck_assert_int_eq(bufferevent_set_rate_limit(bev, limit), 0);
	ck_assert_int_eq(bufferevent_decrement_write_limit(bev, 10), 0);
	ck_assert_int_eq(bufferevent_decrement_read_limit(bev, 10), 0);
	silence("a");
	listen_at('b');
	begin("ab");

	ck_assert_str_eq(next_spelled(base), "!up ");

	ck_assert_int_eq(passed_ms(), 250);
	ck_assert_uint_eq(output_size(bev), 5);
	tear_down();
	ev_token_bucket_cfg_free(limit);
}

/* Less urgent events are not called while this one is there. */
static void
spend_a_ms(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	levin_sim_spend(sim, 1000000);
	ck_assert_int_lt(passed_ms(), 300);
}

TEST_IN_SIMULATION(bufferevent_priority_set__holds_for_attempts)
{
	struct event *busy;
	int ends[2];

	set_up(_i, 0);
	ck_assert_int_eq(event_base_priority_init(base, 3), 0);
	ck_assert_int_eq(bufferevent_priority_set(bev, 0), 0);
	ck_assert_int_eq(levin_sim_socketpair(sim, ends), 0);
	ck_assert_int_eq(levin_sim_write(ends[1], "x", 1), 1);
	busy = event_new(base, ends[0], EV_READ | EV_PERSIST, spend_a_ms, NULL);
	ck_assert_int_eq(event_priority_set(busy, 0), 0);
	ck_assert_int_eq(event_add(busy, NULL), 0);
	silence("a");
	listen_at('b');
	begin("ab");

	ck_assert_str_eq(next_spelled(base), "!up w0 ");

	event_free(busy);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_priority_set__during_attempts)
{
	set_up(_i, 0);
	ck_assert_int_eq(event_base_priority_init(base, 3), 0);
	ck_assert_int_eq(bufferevent_priority_set(bev, 2), 0);
	listen_at('b');
	begin("ab");
	ck_assert_int_eq(bufferevent_priority_set(bev, 1), 0);

	run_for_ms(base, 10);

	ck_assert_str_eq(spelled(), "!up w0 ");
	ck_assert_int_eq(bufferevent_get_priority(bev), 1);
	tear_down();
}

/* ---- Callbacks ------------------------------------------------------------------------------------ */

static void
free_it(struct bufferevent *stream, short what, void *name)
{
	spell_event(stream, what, name);
	bufferevent_free(stream);
	bev = new_stream(BEV_OPT_CLOSE_ON_FREE);
}

TEST_IN_SIMULATION(bufferevent_free__inside_callback_of_a_connection_by_name)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, free_it, word(""));
	silence("c");
	listen_at('b');
	begin("ab");

	run_for_ms(base, 1000);

	ck_assert_str_eq(spelled(), "!up ");
	ck_assert_int_eq(count_attempts(), 0);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_free__inside_callback_of_failed_attempts)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, free_it, word(""));
	begin("ab");

	run_for_ms(base, 1000);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(count_attempts(), 0);
	tear_down();
}

static void
free_in_finalizer(struct event *ev, void *arg)
{
	(void)ev;
	(void)arg;
	bufferevent_free(bev);
}

TEST_IN_SIMULATION(bufferevent_free__of_attempts_inside_event_base_free)
{
	struct event *ev;

	set_up(_i, 0);
	keep_log();
	silence("ace");
	begin("ace");
	run_for_ms(base, 300);
	ck_assert_int_eq(count_attempts(), 2);
	ev = event_new(base, -1, 0, spell, word(""));
	ck_assert_int_eq(event_free_finalize(0, ev, free_in_finalizer), 0);

	event_base_free(base);

	ck_assert_int_eq(count_attempts(), 0);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 0);
}

static void
try_again(struct bufferevent *stream, short what, void *name)
{
	spell_event(stream, what, name);
	if (!(what & BEV_EVENT_ERROR))
		return;
	listen_at('d');
	descriptors_before++;
	name_hosts("cd");
	ck_assert_int_eq(connect_by_name(), 0);
}

TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__inside_callback_of_failed_attempts)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, try_again, word(""));
	begin("ab");

	run_for_ms(base, 1000);

	ck_assert_str_eq(spelled(), "!err !up ");
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__callbacks_are_deferred)
{
	static const int options[] = {BEV_OPT_DEFER_CALLBACKS,
	    BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS | BEV_OPT_THREADSAFE};

	set_up(_i, options[_i % 2]);
	silence("a");
	listen_at('b');
	begin("ab");

	ck_assert_str_eq(next_spelled(base), "!up w0 ");
	ck_assert_int_eq(passed_ms(), 250);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_filter_new__on_top_of_attempts)
{
	set_up(_i, 0);
	evbuffer_drain(bufferevent_get_output(bev), 5);
	silence("a");
	listen_at('b');
	begin("ab");
	bev = bufferevent_filter_new(bev, shift_down, shift_up, BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
	ck_assert_ptr_nonnull(bev);
	bufferevent_setcb(bev, NULL, spell_written, spell_event, word("f"));
	write_text(bev, "hello");
	ck_assert_int_ge(bufferevent_getfd(bev), 0);

	run_for_ms(base, 300);

	ck_assert_str_eq(spelled(), "fw0 f!up ");
	ck_assert_uint_eq(output_size(bufferevent_get_underlying(bev)), 0);
	tear_down();
}

/* ---- What runs out ---------------------------------------------------------------------------------- */

TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__without_descriptors_for_a_second_attempt)
{
	struct levin_sim_options few = {0};

	set_up(_i, 0);
	silence("ac");
	name_hosts("ac");
	few.descriptor_limit = (unsigned)levin_sim_count_descriptors(sim) + 1;
	ck_assert_int_eq(levin_sim_set_options(sim, &few), 0);
	begin("ac");
	run_for_ms(base, 700);
	ck_assert_int_eq(count_attempts(), 1);

	/* It is tried again. */
	ck_assert_int_eq(levin_sim_set_options(sim, NULL), 0);
	run_for_ms(base, 100);

	ck_assert_int_eq(count_attempts(), 2);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__without_descriptors_at_all)
{
	struct levin_sim_options none = {0};

	set_up(_i, 0);
	listen_at('c');
	none.descriptor_limit = (unsigned)levin_sim_count_descriptors(sim);
	ck_assert_int_eq(levin_sim_set_options(sim, &none), 0);
	begin("ab");

	ck_assert_str_eq(next_spelled(base), "!err ");

	ck_assert_int_eq(last_error, EMFILE);
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_socket_get_dns_error__no_memory_for_the_lookup)
{
	set_up(_i, 0);
	begin("a");
	ck_assert_str_eq(next_spelled(base), "!err ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);

	ck_assert_int_eq(levin_sim_fail_allocations(sim, 1, 0), 0);
	ck_assert_int_eq(connect_by_name(), -1);
	ck_assert_int_eq(levin_sim_fail_allocations(sim, 0, 0), 0);

	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), EVUTIL_EAI_MEMORY);
	tear_down();
}

/* Whatever fails, there is one report, and nothing is left. */
TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__without_memory_now_and_then)
{
	const char *seen;

	set_up(_i, 0);
	silence("a");
	listen_at('d');
	name_hosts("abcd");
	descriptors_before = levin_sim_count_descriptors(sim);
	for (unsigned every = 1; every < 40; every++) {
		bufferevent_free(bev);
		event_base_loop(base, EVLOOP_NONBLOCK);
		bev = stream_on(base, -1, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_setcb(bev, NULL, NULL, note_event, word(""));
		ck_assert_int_eq(levin_sim_fail_allocations(sim, every, 0), 0);
		if (connect_by_name() < 0) {
			ck_assert_int_eq(levin_sim_fail_allocations(sim, 0, 0), 0);
			ck_assert_str_eq(spelled(), "");
			continue;
		}
		seen = next_spelled(base);
		ck_assert_int_eq(levin_sim_fail_allocations(sim, 0, 0), 0);
		ck_assert_msg(strcmp(seen, "!up ") == 0 || strcmp(seen, "!err ") == 0, "%s", seen);
		run_for_ms(base, 1000);
		ck_assert_str_eq(spelled(), "");
	}
	tear_down();
}
