/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers, bufferevents and listeners used in a way that cannot be right: each time one line in
 * the log, and an error.  In debug mode that is so for those that are freed, too.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

static struct event_base *base;
static struct bufferevent *bev;
static struct bufferevent *pair[2];
static struct evbuffer *buffer;

static void
set_up(void)
{
	base = event_base_new();
	buffer = evbuffer_new();
	evbuffer_add(buffer, "hello", 5);
	bev = bufferevent_socket_new(base, -1, 0);
	ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
	keep_log();
	errno = 0;
}

static void
tear_down(void)
{
	evbuffer_free(buffer);
	bufferevent_free(bev);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
	event_base_free(base);
}

/* One warning since the last one, and EINVAL. */
static void
expect_line(const char *text)
{
	ck_assert_msg(was_logged(text), "no warning says \"%s\"", text);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	ck_assert_int_eq(errno, EINVAL);
	keep_log();
	errno = 0;
}

static void
expect_silence(void)
{
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 0);
}

/* ---- Buffers ------------------------------------------------------------------------------- */

TEST(evbuffer_reserve_space__and_others_log_misuse)
{
	struct evbuffer_iovec piece;
	struct evbuffer_ptr place = {.pos = -1};
	char bytes[4] = "";

	set_up();

	ck_assert_int_eq(evbuffer_reserve_space(buffer, -1, &piece, 1), -1);
	expect_line("evbuffer_reserve_space: ");
	ck_assert_int_eq(evbuffer_reserve_space(buffer, 1, &piece, 0), -1);
	expect_line("evbuffer_reserve_space: ");
	piece = (struct evbuffer_iovec){bytes, sizeof(bytes)};
	ck_assert_int_eq(evbuffer_commit_space(buffer, &piece, 1), -1);
	expect_line("evbuffer_commit_space: ");
	ck_assert_int_eq(evbuffer_commit_space(buffer, &piece, -1), 0);
	ck_assert_int_eq(evbuffer_copyout_from(buffer, &place, bytes, 1), -1);
	expect_line("evbuffer_copyout_from: ");
	ck_assert_int_eq(evbuffer_ptr_set(buffer, &place, 1, (enum evbuffer_ptr_how)7), -1);
	expect_line("evbuffer_ptr_set: ");
	ck_assert_int_eq(place.pos, -1);
	ck_assert_int_eq(evbuffer_defer_callbacks(buffer, NULL), -1);
	expect_line("evbuffer_defer_callbacks: ");
	tear_down();
}

TEST(evbuffer_add__more_bytes_than_a_size_can_hold)
{
	set_up();

	ck_assert_int_eq(evbuffer_add(buffer, "x", SIZE_MAX), -1);
	ck_assert(was_logged("5 bytes and "));
	ck_assert(was_logged(" more are too many"));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	ck_assert_int_eq(evbuffer_prepend(buffer, "x", (size_t)EV_SSIZE_MAX), -1);
	ck_assert_int_eq(evbuffer_expand(buffer, (size_t)EV_SSIZE_MAX), -1);
	ck_assert_int_eq(evbuffer_add_reference(buffer, "x", SIZE_MAX, NULL, NULL), -1);
	ck_assert_int_eq(bufferevent_write(bev, "x", SIZE_MAX), -1);

	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 5);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 5);
	tear_down();
}

TEST(evbuffer_search__from_an_invalid_position)
{
	struct evbuffer_ptr nowhere;
	struct evbuffer_iovec piece;

	set_up();
	nowhere = evbuffer_search(buffer, "x", 1, NULL);
	ck_assert_int_eq(nowhere.pos, -1);

	ck_assert_int_eq(evbuffer_search(buffer, "h", 1, &nowhere).pos, -1);
	ck_assert_int_eq(evbuffer_search_eol(buffer, &nowhere, NULL, EVBUFFER_EOL_ANY).pos, -1);
	ck_assert_int_eq(evbuffer_ptr_set(buffer, &nowhere, 0, EVBUFFER_PTR_ADD), -1);
	ck_assert_int_eq(evbuffer_peek(buffer, 1, &nowhere, &piece, 1), 0);

	expect_silence();
	tear_down();
}

TEST(evbuffer_peek__without_iovecs_counts_the_extents)
{
	set_up();
	evbuffer_add_reference(buffer, "one", 3, NULL, NULL);
	evbuffer_add_reference(buffer, "two", 3, NULL, NULL);

	ck_assert_int_eq(evbuffer_peek(buffer, -1, NULL, NULL, 0), 3);
	tear_down();
}

TEST(evbuffer_add_file__of_other_descriptors)
{
	int ends[2];
	int directory = open("/", O_RDONLY);
	int device = open("/dev/null", O_RDONLY);

	set_up();
	ck_assert_int_eq(pipe(ends), 0);

	ck_assert_int_eq(evbuffer_add_file(buffer, ends[0], 0, -1), -1);
	ck_assert_int_eq(errno, ESPIPE);
	ck_assert_int_eq(evbuffer_add_file(buffer, device, 0, -1), -1);
	ck_assert_int_eq(errno, ESPIPE);
	ck_assert_int_eq(evbuffer_add_file(buffer, directory, 0, -1), -1);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_int_eq(evbuffer_add_file(buffer, -1, 0, -1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(evbuffer_add_file(buffer, directory, 0, -2), -1);
	ck_assert_int_eq(errno, EINVAL);

	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 5);
	ck_assert(was_logged("evbuffer_file_segment_new: descriptor "));
	close(ends[0]);
	close(ends[1]);
	close(device);
	close(directory);
	tear_down();
}

TEST(evbuffer_add_file_segment__part_outside_of_the_segment)
{
	int file = open("/proc/self/exe", O_RDONLY);
	struct evbuffer_file_segment *segment;

	set_up();
	segment = evbuffer_file_segment_new(file, 0, 10, EVBUF_FS_CLOSE_ON_FREE);
	ck_assert_ptr_nonnull(segment);

	ck_assert_int_eq(evbuffer_add_file_segment(buffer, segment, 5, 6), -1);
	expect_line("evbuffer_add_file_segment: ");
	ck_assert_int_eq(evbuffer_add_file_segment(buffer, segment, -1, 1), -1);
	expect_line("evbuffer_add_file_segment: ");
	evbuffer_file_segment_free(segment);
	tear_down();
}

TEST(evbuffer_freeze__failures_are_not_logged)
{
	char byte;

	set_up();
	evbuffer_freeze(buffer, 0);
	evbuffer_freeze(buffer, 1);

	ck_assert_int_eq(evbuffer_add(buffer, "x", 1), -1);
	ck_assert_int_eq(evbuffer_remove(buffer, &byte, 1), -1);
	ck_assert_int_eq(evbuffer_drain(buffer, 1), -1);
	ck_assert_int_eq(evbuffer_add(bufferevent_get_input(bev), "x", 1), -1);
	expect_silence();

	event_enable_debug_logging(EVENT_DBG_ALL);
	ck_assert_int_eq(evbuffer_add(buffer, "x", 1), -1);
	event_enable_debug_logging(EVENT_DBG_NONE);
	ck_assert_int_eq(logged_count(EVENT_LOG_DEBUG), 1);
	tear_down();
}

/* ---- Bufferevents --------------------------------------------------------------------------- */

TEST(bufferevent_socket_new__without_a_base)
{
	struct bufferevent *none[2];

	set_up();

	ck_assert_ptr_null(bufferevent_socket_new(NULL, -1, 0));
	expect_line("needs an event_base");
	ck_assert_int_eq(bufferevent_pair_new(NULL, 0, none), -1);
	expect_line("needs an event_base");
	ck_assert_ptr_null(bufferevent_filter_new(NULL, NULL, NULL, 0, NULL, NULL));
	expect_line("bufferevent_filter_new: ");
	ck_assert_ptr_null(bufferevent_socket_new(base, -1, BEV_OPT_UNLOCK_CALLBACKS));
	expect_line("UNLOCK_CALLBACKS requires DEFER_CALLBACKS");
	ck_assert_int_eq(bufferevent_base_set(NULL, bev), -1);
	expect_line("bufferevent_base_set: ");
	tear_down();
}

TEST(bufferevent_socket_connect__of_other_bufferevents)
{
	const struct sockaddr_in address = {.sin_family = AF_INET};
	const struct sockaddr *any = (const struct sockaddr *)(const void *)&address;

	set_up();

	ck_assert_int_eq(bufferevent_socket_connect(pair[0], any, sizeof(address)), -1);
	expect_line("bufferevent_socket_connect: ");
	ck_assert_int_eq(
	    bufferevent_socket_connect_hostname(pair[0], NULL, AF_INET, "localhost", 80), -1);
	expect_line("bufferevent_socket_connect_hostname");
	ck_assert_int_eq(bufferevent_base_set(base, pair[0]), -1);
	expect_line("bufferevent_base_set: ");
	ck_assert_int_eq(bufferevent_priority_set(pair[0], 0), -1);
	expect_line("bufferevent_priority_set: ");
	ck_assert_int_eq(bufferevent_setfd(pair[0], 0), -1);
	expect_line("bufferevent_setfd: ");
	ck_assert_int_eq(bufferevent_replacefd(pair[0], 0), -1);
	expect_line("bufferevent_replacefd: ");
	tear_down();
}

TEST(bufferevent_getfd__other_kinds_are_not_logged)
{
	set_up();

	ck_assert_int_eq(bufferevent_getfd(pair[0]), -1);
	ck_assert_ptr_null(bufferevent_get_underlying(bev));
	ck_assert_ptr_null(bufferevent_pair_get_partner(bev));
	ck_assert_int_eq(bufferevent_getwatermark(bev, EV_READ | EV_WRITE, NULL, NULL), -1);
	ck_assert_int_eq(bufferevent_socket_get_dns_error(pair[0]), 0);

	expect_silence();
	tear_down();
}

TEST(bufferevent_socket_connect_hostname__port_out_of_range)
{
	const int wrong_ports[] = {-1, 0, 65536};

	set_up();

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(bufferevent_socket_connect_hostname(
				     bev, NULL, AF_INET, "localhost", wrong_ports[i]),
		    -1);
		expect_line("no such port");
	}
	ck_assert_int_eq(
	    bufferevent_socket_connect_hostname(bev, NULL, AF_UNIX, "localhost", 80), -1);
	expect_line("no addresses of this family");
	ck_assert_int_eq(bufferevent_priority_set(bev, 1), -1);
	expect_line("no such priority");
	ck_assert_int_eq(bufferevent_priority_set(bev, -1), -1);
	expect_line("no such priority");
	tear_down();
}

TEST(ev_token_bucket_cfg_new__rates_out_of_range)
{
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(9, 9, 9, 9, NULL);
	struct bufferevent_rate_limit_group *group;

	set_up();
	group = bufferevent_rate_limit_group_new(base, cfg);

	ck_assert_ptr_null(ev_token_bucket_cfg_new(0, 0, 0, 0, NULL));
	expect_line("ev_token_bucket_cfg_new: ");
	ck_assert_ptr_null(bufferevent_rate_limit_group_new(NULL, cfg));
	expect_line("bufferevent_rate_limit_group_new: ");
	ck_assert_int_eq(bufferevent_rate_limit_group_set_cfg(group, NULL), -1);
	expect_line("bufferevent_rate_limit_group_set_cfg: ");
	ck_assert_int_eq(bufferevent_rate_limit_group_set_min_share(group, SIZE_MAX), -1);
	expect_line("bufferevent_rate_limit_group_set_min_share: ");
	ck_assert_int_eq(bufferevent_decrement_read_limit(bev, 1), -1);
	expect_line("bufferevent_decrement_read_limit: ");
	ck_assert_int_eq(bufferevent_decrement_write_limit(bev, 1), -1);
	expect_line("bufferevent_decrement_write_limit: ");
	bufferevent_rate_limit_group_free(group);
	ev_token_bucket_cfg_free(cfg);
	tear_down();
}

static void
free_twice(struct bufferevent *freed, void *arg)
{
	(void)arg;
	bufferevent_free(freed);
	errno = 0;
	bufferevent_free(freed);
	expect_line("bufferevent_free: the bufferevent is freed");
	spell_text("twice");
}

TEST(evbuffer_free__and_others_of_null)
{
	set_up();

	evbuffer_free(NULL);
	evbuffer_file_segment_free(NULL);
	bufferevent_free(NULL);
	bufferevent_rate_limit_group_free(NULL);
	evconnlistener_free(NULL);
	event_free(NULL);

	expect_silence();
	tear_down();
}

TEST(bufferevent_free__twice_in_a_callback)
{
	set_up();
	bufferevent_setcb(pair[0], free_twice, NULL, NULL, NULL);
	bufferevent_enable(pair[0], EV_READ);
	write_text(pair[1], "x");
	step(base);
	ck_assert_str_eq(spelled(), "twice");

	ck_assert_ptr_null(bufferevent_pair_get_partner(pair[1]));
	pair[0] = bufferevent_socket_new(base, -1, 0);
	tear_down();
}

TEST(bufferevent_free__drops_references_of_incref)
{
	set_up();
	bufferevent_incref(pair[0]);

	bufferevent_free(pair[0]);
	bufferevent_free(pair[0]);

	expect_silence();
	pair[0] = bufferevent_socket_new(base, -1, 0);
	tear_down();
}

/* ---- Listeners ------------------------------------------------------------------------------ */

static struct evconnlistener *
local_listener(evconnlistener_cb callback)
{
	const struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return evconnlistener_new_bind(base, callback, NULL, LEV_OPT_CLOSE_ON_FREE, -1,
	    (const struct sockaddr *)(const void *)&address, sizeof(address));
}

TEST(evconnlistener_new__without_a_base_or_backlog)
{
	const struct sockaddr_in address = {.sin_family = AF_INET};
	const struct sockaddr *any = (const struct sockaddr *)(const void *)&address;

	set_up();

	ck_assert_ptr_null(evconnlistener_new(NULL, NULL, NULL, 0, -1, -1));
	expect_line("evconnlistener_new: ");
	ck_assert_ptr_null(evconnlistener_new_bind(NULL, NULL, NULL, 0, -1, any, sizeof(address)));
	expect_line("evconnlistener_new_bind: ");
	ck_assert_ptr_null(evconnlistener_new_bind(base, NULL, NULL, 0, 0, any, sizeof(address)));
	expect_line("evconnlistener_new_bind: ");
	ck_assert_ptr_null(evconnlistener_new_bind(base, NULL, NULL, 0, -1, any, -1));
	expect_line("evconnlistener_new_bind: ");
	tear_down();
}

static void
free_listener_twice(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int size, void *arg)
{
	(void)peer;
	(void)size;
	(void)arg;
	evutil_closesocket(fd);
	evconnlistener_free(listener);
	errno = 0;
	evconnlistener_free(listener);
	expect_line("evconnlistener_free: the listener is freed");
	spell_text("twice");
}

static int
connect_to(struct evconnlistener *listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr *any = (struct sockaddr *)(void *)&address;

	ck_assert_int_eq(getsockname(evconnlistener_get_fd(listener), any, &size), 0);
	ck_assert_int_eq(connect(fd, any, size), 0);
	return fd;
}

TEST(evconnlistener_free__twice_in_a_callback)
{
	struct evconnlistener *listener;
	int fd;

	set_up();
	listener = local_listener(free_listener_twice);
	ck_assert_ptr_nonnull(listener);
	fd = connect_to(listener);
	keep_log();

	step(base);

	ck_assert_str_eq(spelled(), "twice");
	close(fd);
	tear_down();
}

/* ---- Debug mode ------------------------------------------------------------------------------ */

TEST(debug_mode__finds_freed_bufferevents)
{
	struct bufferevent *freed;
	char byte;

	event_enable_debug_mode();
	set_up();
	freed = bufferevent_socket_new(base, -1, 0);
	bufferevent_free(freed);

	ck_assert_int_eq(bufferevent_enable(freed, EV_READ), -1);
	expect_line("bufferevent_enable: bufferevent ");
	ck_assert_int_eq(bufferevent_disable(freed, EV_READ), -1);
	expect_line("bufferevent_disable: bufferevent ");
	ck_assert_int_eq(bufferevent_write(freed, "x", 1), -1);
	expect_line("bufferevent_write: bufferevent ");
	ck_assert_uint_eq(bufferevent_read(freed, &byte, 1), 0);
	expect_line("bufferevent_read: bufferevent ");
	ck_assert_ptr_null(bufferevent_get_input(freed));
	expect_line("bufferevent_get_input: bufferevent ");
	ck_assert_ptr_null(bufferevent_get_output(freed));
	expect_line("bufferevent_get_output: bufferevent ");
	ck_assert_ptr_null(bufferevent_get_base(freed));
	expect_line("bufferevent_get_base: bufferevent ");
	ck_assert_int_eq(bufferevent_getfd(freed), -1);
	expect_line("bufferevent_getfd: bufferevent ");
	bufferevent_setcb(freed, NULL, NULL, NULL, NULL);
	expect_line("bufferevent_setcb: bufferevent ");
	bufferevent_lock(freed);
	expect_line("bufferevent_lock: bufferevent ");
	ck_assert_int_eq(bufferevent_set_rate_limit(freed, NULL), -1);
	expect_line("bufferevent_set_rate_limit: bufferevent ");
	ck_assert_int_eq(bufferevent_get_read_limit(freed), -1);
	expect_line("bufferevent_get_read_limit: bufferevent ");
	ck_assert_int_eq(bufferevent_socket_connect(freed, NULL, 0), -1);
	expect_line("bufferevent_socket_connect: bufferevent ");
	ck_assert_int_eq(bufferevent_priority_set(freed, 0), -1);
	expect_line("bufferevent_priority_set: bufferevent ");
	ck_assert_ptr_null(bufferevent_filter_new(freed, NULL, NULL, 0, NULL, NULL));
	expect_line("bufferevent_filter_new: bufferevent ");
	ck_assert_ptr_null(bufferevent_pair_get_partner(freed));
	expect_line("bufferevent_pair_get_partner: bufferevent ");
	bufferevent_free(freed);
	expect_line("bufferevent_free: bufferevent ");
	tear_down();
}

static void
use_after_free(struct bufferevent *freed, void *arg)
{
	(void)arg;
	bufferevent_free(freed);
	errno = 0;
	ck_assert_int_eq(bufferevent_write(freed, "x", 1), -1);
	expect_line("bufferevent_write: bufferevent ");
	spell_text("told");
}

TEST(debug_mode__finds_bufferevents_freed_in_a_callback)
{
	event_enable_debug_mode();
	set_up();
	bufferevent_setcb(pair[0], use_after_free, NULL, NULL, NULL);
	bufferevent_enable(pair[0], EV_READ);
	write_text(pair[1], "x");

	step(base);

	ck_assert_str_eq(spelled(), "told");
	pair[0] = bufferevent_socket_new(base, -1, 0);
	tear_down();
}

TEST(debug_mode__allows_referenced_bufferevents)
{
	event_enable_debug_mode();
	set_up();
	bufferevent_incref(pair[0]);
	bufferevent_free(pair[0]);

	ck_assert_uint_eq(input_size(pair[0]), 0);
	ck_assert_int_eq(bufferevent_decref(pair[0]), 1);

	expect_silence();
	ck_assert_ptr_null(bufferevent_get_input(pair[0]));
	expect_line("bufferevent_get_input: bufferevent ");
	pair[0] = bufferevent_socket_new(base, -1, 0);
	tear_down();
}

TEST(debug_mode__finds_freed_listeners)
{
	struct evconnlistener *listener;

	event_enable_debug_mode();
	set_up();
	listener = local_listener(free_listener_twice);
	ck_assert_ptr_nonnull(listener);
	evconnlistener_free(listener);
	errno = 0;

	ck_assert_int_eq(evconnlistener_enable(listener), -1);
	expect_line("evconnlistener_enable: listener ");
	ck_assert_int_eq(evconnlistener_disable(listener), -1);
	expect_line("evconnlistener_disable: listener ");
	ck_assert_int_eq(evconnlistener_get_fd(listener), -1);
	expect_line("evconnlistener_get_fd: listener ");
	ck_assert_ptr_null(evconnlistener_get_base(listener));
	expect_line("evconnlistener_get_base: listener ");
	evconnlistener_set_cb(listener, NULL, NULL);
	expect_line("evconnlistener_set_cb: listener ");
	evconnlistener_set_error_cb(listener, NULL);
	expect_line("evconnlistener_set_error_cb: listener ");
	evconnlistener_free(listener);
	expect_line("evconnlistener_free: listener ");
	tear_down();
}
