/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS streams while memory and system calls fail, those of OpenSSL too: the bytes arrive, or an
 * error is reported, and nothing is left.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "torture/torture.h"
#include "unit/tls/tls_ends.h"

enum { BULK = 40000 };

static SSL_CTX *context;

struct side {
	struct event_base *base;
	struct bufferevent *bev;
	size_t got;
	bool has_failed;
	int *over; /* counts both sides */
};

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct side *side = arg;
	struct evbuffer *input = bufferevent_get_input(bev);

	side->got += evbuffer_get_length(input);
	evbuffer_drain(input, SIZE_MAX);
	if (side->got == BULK && ++*side->over == 2)
		event_base_loopbreak(side->base);
}

/* The other side may go on waiting: it is told by an error, or by nothing. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct side *side = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		return;
	EXPECT(faults_injected() != NULL);
	side->has_failed = true;
	event_base_loopbreak(side->base);
}

static struct bufferevent *
try_end(struct event_base *base, evutil_socket_t fd, bool on_top, enum bufferevent_ssl_state state)
{
	struct bufferevent *below, *bev;

	if (!on_top) {
		TRY_NEW(bev, bufferevent_openssl_socket_new(
				 base, fd, tls_ssl(context), state, BEV_OPT_CLOSE_ON_FREE));
		return bev;
	}
	TRY_NEW(below, bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE));
	TRY_NEW(bev, bufferevent_openssl_filter_new(
			 base, below, tls_ssl(context), state, BEV_OPT_CLOSE_ON_FREE));
	return bev;
}

static void
open_side(struct side *side, struct bufferevent *bev)
{
	static char data[BULK];

	side->bev = bev;
	bufferevent_setcb(bev, on_read, NULL, on_event, side);
	TRY(bufferevent_enable(bev, EV_READ));
	TRY(bufferevent_write(bev, data, sizeof(data)));
}

static void
through_tls(const struct configuration *configuration, bool on_top)
{
	struct event_base *base = torture_base(configuration);
	int over = 0;
	struct side client = {.base = base, .over = &over};
	struct side server = {.base = base, .over = &over};
	evutil_socket_t ends[2];

	torture_open_pair(configuration, ends);
	open_side(&client, try_end(base, ends[0], on_top, BUFFEREVENT_SSL_CONNECTING));
	open_side(&server, try_end(base, ends[1], on_top, BUFFEREVENT_SSL_ACCEPTING));
	while (over < 2 && !client.has_failed && !server.has_failed)
		if (event_base_loop(base, EVLOOP_ONCE) != 0)
			break;

	EXPECT(over == 2 || faults_injected() != NULL);
	bufferevent_free(client.bev);
	bufferevent_free(server.bev);
	event_base_free(base);
}

static void
over_sockets(const struct configuration *configuration)
{
	through_tls(configuration, false);
}

static void
on_top_of_streams(const struct configuration *configuration)
{
	through_tls(configuration, true);
}

/* What OpenSSL makes once in a process is no part of a run. */
static void
prepare(torture_program_fn *program, const struct configuration *configuration)
{
	signal(SIGPIPE, SIG_IGN);
	backend_prepare_process(configuration->backend);
	context = tls_context(TLS1_3_VERSION);
	program(configuration);
}

TEST_ON_BACKENDS(tls__arrives_or_fails_over_a_socket)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	faults_take_memory();
	prepare(over_sockets, &configuration);
	torture(over_sockets, &configuration);
	SSL_CTX_free(context);
}

TEST_ON_BACKENDS(tls__arrives_or_fails_on_top_of_a_stream)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	faults_take_memory();
	prepare(on_top_of_streams, &configuration);
	torture(on_top_of_streams, &configuration);
	SSL_CTX_free(context);
}

/* ---- Memory of OpenSSL -------------------------------------------------------------------------- */

static unsigned long fail_at, asked;
static long live;

static bool
must_fail(void)
{
	return fail_at > 0 && ++asked == fail_at;
}

static void *
take_of_openssl(size_t size, const char *file, int line)
{
	void *block = must_fail() ? NULL : malloc(size);

	(void)file;
	(void)line;
	if (block)
		live++;
	return block;
}

static void *
resize_of_openssl(void *block, size_t size, const char *file, int line)
{
	void *other = must_fail() ? NULL : realloc(block, size);

	(void)file;
	(void)line;
	if (other && !block)
		live++;
	return other;
}

static void
free_of_openssl(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	if (block)
		live--;
	free(block);
}

static void
note_event(struct bufferevent *bev, short what, void *arg)
{
	struct side *side = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		return;
	side->has_failed = true;
	event_base_loopbreak(side->base);
}

/* Returns whether both have received all. */
static bool
run_while_openssl_fails(const struct configuration *configuration, bool on_top)
{
	static char data[BULK];
	struct event_base *base = torture_base(configuration);
	int over = 0;
	struct side sides[2] = {{.base = base, .over = &over}, {.base = base, .over = &over}};
	evutil_socket_t ends[2];
	SSL *sessions[2] = {SSL_new(context), SSL_new(context)};

	torture_open_pair(configuration, ends);
	for (int i = 0; i < 2; i++) {
		struct bufferevent *below = NULL;
		enum bufferevent_ssl_state state =
		    i == 0 ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING;

		if (on_top)
			below = bufferevent_socket_new(base, ends[i], BEV_OPT_CLOSE_ON_FREE);
		if (sessions[i] && on_top)
			sides[i].bev = bufferevent_openssl_filter_new(
			    base, below, sessions[i], state, BEV_OPT_CLOSE_ON_FREE);
		else if (sessions[i])
			sides[i].bev = bufferevent_openssl_socket_new(
			    base, ends[i], sessions[i], state, BEV_OPT_CLOSE_ON_FREE);
		if (sides[i].bev) {
			bufferevent_setcb(sides[i].bev, on_read, NULL, note_event, &sides[i]);
			bufferevent_enable(sides[i].bev, EV_READ);
			bufferevent_write(sides[i].bev, data, sizeof(data));
		} else {
			sides[i].has_failed = true;
			if (below)
				bufferevent_free(below);
			else
				torture_close(ends[i]);
		}
	}
	while (over < 2 && !sides[0].has_failed && !sides[1].has_failed)
		if (event_base_loop(base, EVLOOP_ONCE) != 0)
			break;
	fail_at = 0;
	for (int i = 0; i < 2; i++)
		if (sides[i].bev)
			bufferevent_free(sides[i].bev);
	event_base_free(base);
	return over == 2;
}

/* Tickets and errors keep what they have; the number of blocks must not grow with the runs. */
TEST_RANGE(tls__arrives_or_fails_without_memory_of_openssl, 0, 2)
{
	struct configuration configuration = {.backend = backend_under_test(0)};
	unsigned long last = 0;
	long before, after;
	bool arrived = false;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(
	    CRYPTO_set_mem_functions(take_of_openssl, resize_of_openssl, free_of_openssl), 1);
	backend_prepare_process(configuration.backend);
	context = tls_context(TLS1_3_VERSION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	for (int i = 0; i < 3; i++)
		ck_assert(run_while_openssl_fails(&configuration, _i));

	before = live;
	for (unsigned long n = 1; asked >= last; n += n < 400 ? 1 : 7) {
		asked = 0;
		last = fail_at = n;
		arrived = run_while_openssl_fails(&configuration, _i);
		ERR_clear_error();
	}
	after = live;

	ck_assert(arrived);
	ck_assert_uint_gt(last, 400);
	ck_assert_msg(after - before < 20, "%ld blocks of OpenSSL are left", after - before);
	SSL_CTX_free(context);
}
