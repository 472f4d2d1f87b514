/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files in the output of bufferevents: left to the kernel by sockets, in memory for others.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>
#include <unistd.h>

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

static void *
first_bytes(struct bufferevent *bev)
{
	struct evbuffer_iovec extent = {NULL, 0};

	ck_assert_int_eq(evbuffer_peek(bufferevent_get_output(bev), 1, NULL, &extent, 1), 1);
	return extent.iov_base;
}

/* Adds a file, and sees to it that all of it comes out at the other end. */
static void
send_file(struct bufferevent *from, struct bufferevent *to, bool is_in_memory)
{
	struct evbuffer *input = bufferevent_get_input(to);

	bufferevent_setwatermark(to, EV_READ, FILE_SIZE, 0);
	bufferevent_enable(to, EV_READ);
	ck_assert_int_eq(evbuffer_add_file(bufferevent_get_output(from), open_file(), 0, -1), 0);
	if (!is_in_memory)
		ck_assert_ptr_null(first_bytes(from));
	while (evbuffer_get_length(input) < FILE_SIZE)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(evbuffer_get_length(input), FILE_SIZE);
	ck_assert_mem_eq(evbuffer_pullup(input, -1), contents, FILE_SIZE);
	bufferevent_free(from);
	bufferevent_free(to);
	event_base_free(base);
}

START_TEST(a_socket_leaves_a_file_to_the_kernel)
{
	evutil_socket_t ends[2];

	backend = backend_under_test(_i);
	base = base_on(backend);
	open_pair(backend, ends);
	send_file(bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE),
	    bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE), false);
}
END_TEST

START_TEST(a_pair_has_a_file_in_memory)
{
	struct bufferevent *pair[2];

	backend = backend_under_test(_i);
	base = base_on(backend);
	ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
	send_file(pair[0], pair[1], true);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("bufferevent_file");
	TCase *group = tcase_create("files");

	tcase_add_test_everywhere(group, a_socket_leaves_a_file_to_the_kernel);
	tcase_add_test_everywhere(group, a_pair_has_a_file_in_memory);
	suite_add_tcase(suite, group);
	return suite;
}
