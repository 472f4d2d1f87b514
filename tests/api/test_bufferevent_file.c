/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files in the output of bufferevents: sent by the kernel, or read where it cannot.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

enum { FILE_SIZE = 300000 };

static const struct backend_under_test *backend;
static struct event_base *base;
static unsigned char contents[FILE_SIZE];

/* A descriptor of its own, which the buffer closes. */
static int
open_file(void)
{
	FILE *file = tmpfile();
	int fd;

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < FILE_SIZE; i++)
		contents[i] = (unsigned char)(i * 7 + i / 1000);
	ck_assert_uint_eq(fwrite(contents, 1, FILE_SIZE, file), FILE_SIZE);
	ck_assert_int_eq(fflush(file), 0);
	fd = dup(fileno(file));
	ck_assert_int_ge(fd, 0);
	fclose(file);
	return fd;
}

/* Adds a file, and sees to it that all of it comes out at the other end. */
static void
send_file(struct bufferevent *from, struct bufferevent *to)
{
	struct evbuffer *input = bufferevent_get_input(to);

	bufferevent_setwatermark(to, EV_READ, FILE_SIZE, 0);
	bufferevent_enable(to, EV_READ);
	ck_assert_int_eq(evbuffer_add_file(bufferevent_get_output(from), open_file(), 0, -1), 0);
	while (evbuffer_get_length(input) < FILE_SIZE)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(evbuffer_get_length(input), FILE_SIZE);
	ck_assert_mem_eq(evbuffer_pullup(input, -1), contents, FILE_SIZE);
	bufferevent_free(from);
	bufferevent_free(to);
	event_base_free(base);
}

TEST_EVERYWHERE(evbuffer_add_file__output_of_a_socket)
{
	evutil_socket_t ends[2];

	backend = backend_under_test(_i);
	base = base_on(backend);
	open_pair(backend, ends);
	send_file(bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE),
	    bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE));
}

TEST_EVERYWHERE(evbuffer_add_file__output_of_a_pair)
{
	struct bufferevent *pair[2];

	backend = backend_under_test(_i);
	base = base_on(backend);
	ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
	send_file(pair[0], pair[1]);
}

/* The bytes that are there go, then the end is reported once; the loop does not spin. */
TEST_EVERYWHERE(evbuffer_add_file__longer_than_the_file)
{
	evutil_socket_t ends[2];
	struct bufferevent *bev;
	struct evwatch *watch;
	int turned;

	backend = backend_under_test(_i);
	base = base_on(backend);
	open_pair(backend, ends);
	bev = stream_on(base, ends[0], 0);
	bufferevent_setcb(bev, NULL, NULL, spell_event, word(""));
	if (evbuffer_add_file(bufferevent_get_output(bev), open_file(), FILE_SIZE - 5, 10) == 0) {
		watch = count_turns(base, &turned);
		ck_assert_str_eq(next_spelled(base), ">eof ");
		run_for_ms(base, 20);

		ck_assert_int_le(turned, 50);
		ck_assert_str_eq(spelled(), "");
		ck_assert_int_eq(bufferevent_get_enabled(bev), 0);
		ck_assert_int_eq(take(ends[1]), 5);
		evwatch_free(watch);
	}
	bufferevent_free(bev);
	event_base_free(base);
	close_pair(ends);
}
