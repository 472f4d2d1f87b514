/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/fd_map.h"
#include "support/suite.h"

/* ---- A backend that writes down what it is told ---- */

struct fake {
	char calls[512]; /* "5:0>2 " is descriptor 5, from 0 to EV_READ */
	int refuse;      /* the error of the next updates, 0 for none */
};

static int
fake_update(void *self, int fd, short had, short wants, uint32_t *state)
{
	struct fake *fake = self;
	size_t used = strlen(fake->calls);

	snprintf(fake->calls + used, sizeof(fake->calls) - used, "%d:%d>%d ", fd, had, wants);
	if (fake->refuse && wants)
		return -fake->refuse;
	if (!had)
		++*state;
	return 0;
}

static const struct backend_ops fake_ops = {.name = "fake", .update = fake_update};
static const struct backend_ops far_ops = {
    .name = "far", .update = fake_update, .first_fd = 0x40000000};

static struct fake fake;
static struct fd_map map;
static struct ready_list ready;

static void
set_up(void)
{
	lvn_fd_map_init(&map, &fake_ops, &fake);
}

static void
tear_down(void)
{
	lvn_fd_map_clear(&map);
	lvn_ready_list_clear(&ready);
}

/* What the backend was told since the last call. */
static const char *
told(void)
{
	static char text[sizeof(fake.calls)];

	memcpy(text, fake.calls, sizeof(text));
	fake.calls[0] = '\0';
	return text;
}

static struct event
on(int fd, short events)
{
	return (struct event){.ev_fd = fd, .ev_events = events};
}

static void
flush(void)
{
	lvn_fd_map_flush(&map, &ready);
}

static struct fd_entry *
reported(int fd, short what)
{
	struct ready_fd report = {fd, lvn_fd_map_entry(&map, fd)->state, what};

	return lvn_fd_map_reported(&map, &report);
}

static void
ignore_line(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

/* ---- Telling ---- */

TEST(fd_map__new_descriptor_is_registered_at_once)
{
	struct event reader = on(5, EV_READ);

	set_up();
	ck_assert_ptr_null(lvn_fd_map_entry(&map, 5));

	ck_assert_int_eq(lvn_fd_map_add(&map, &reader), 0);

	ck_assert_str_eq(told(), "5:0>2 ");
	ck_assert_ptr_eq(lvn_fd_map_entry(&map, 5)->first, &reader);
	flush();
	ck_assert_str_eq(told(), "");
	tear_down();
}

TEST(fd_map__changes_between_two_waits_are_one_call)
{
	struct event reader = on(5, EV_READ), writer = on(5, EV_WRITE), closer = on(5, EV_CLOSED);

	set_up();
	lvn_fd_map_add(&map, &reader);
	told();

	lvn_fd_map_add(&map, &writer);
	lvn_fd_map_add(&map, &closer);
	lvn_fd_map_del(&map, &closer);
	ck_assert_str_eq(told(), "");
	flush();
	ck_assert_str_eq(told(), "5:2>6 ");

	lvn_fd_map_del(&map, &writer);
	lvn_fd_map_add(&map, &writer);
	flush();
	ck_assert_str_eq(told(), "");

	lvn_fd_map_del(&map, &reader);
	lvn_fd_map_del(&map, &writer);
	flush();
	ck_assert_str_eq(told(), "5:6>0 ");
	tear_down();
}

TEST(fd_map__events_of_equal_wishes_change_nothing)
{
	struct event events[3] = {on(5, EV_READ), on(5, EV_READ), on(5, EV_READ)};

	set_up();
	for (int i = 0; i < 3; i++)
		lvn_fd_map_add(&map, &events[i]);
	lvn_fd_map_del(&map, &events[1]);
	lvn_fd_map_del(&map, &events[0]);
	flush();

	ck_assert_str_eq(told(), "5:0>2 ");
	ck_assert_int_eq(lvn_fd_map_entry(&map, 5)->readers, 1);
	tear_down();
}

TEST(fd_map__descriptor_left_and_wanted_again_is_verified)
{
	struct event reader = on(5, EV_READ);

	set_up();
	lvn_fd_map_add(&map, &reader);
	told();

	lvn_fd_map_del(&map, &reader);
	lvn_fd_map_add(&map, &reader);
	ck_assert_str_eq(told(), "");
	/* It may have been closed and opened in between: reports are not trusted until then. */
	ck_assert_ptr_null(reported(5, EV_READ));
	flush();

	ck_assert_str_eq(told(), "5:2>2 ");
	ck_assert_ptr_nonnull(reported(5, EV_READ));
	flush();
	ck_assert_str_eq(told(), "");
	tear_down();
}

TEST(fd_map__edge_is_asked_for_if_all_events_want_one)
{
	struct event edge = on(5, EV_READ | EV_ET), other = on(5, EV_READ | EV_ET);
	struct event level = on(5, EV_READ);

	set_up();
	lvn_fd_map_add(&map, &edge);
	ck_assert_str_eq(told(), "5:0>34 ");
	lvn_fd_map_add(&map, &other);
	lvn_fd_map_add(&map, &level);
	flush();
	ck_assert_str_eq(told(), "5:34>2 ");
	lvn_fd_map_del(&map, &other);
	flush();
	ck_assert_str_eq(told(), "");
	lvn_fd_map_del(&map, &level);
	flush();
	ck_assert_str_eq(told(), "5:2>34 ");
	tear_down();
}

TEST(fd_map__mixed_edges_are_refused_on_request)
{
	struct event edge = on(5, EV_READ | EV_ET), level = on(5, EV_READ);

	set_up();
	lvn_log_set_callback(ignore_line);
	map.refuses_mixed_edges = true;
	lvn_fd_map_add(&map, &edge);

	ck_assert_int_eq(lvn_fd_map_add(&map, &level), -EINVAL);
	lvn_fd_map_del(&map, &edge);
	ck_assert_int_eq(lvn_fd_map_add(&map, &level), 0);
	ck_assert_int_eq(lvn_fd_map_add(&map, &edge), -EINVAL);
	tear_down();
}

/* ---- Refusals ---- */

TEST(fd_map__refused_new_descriptor_is_as_if_never_added)
{
	struct event reader = on(5, EV_READ);

	set_up();
	fake.refuse = EBADF;
	ck_assert_int_eq(lvn_fd_map_add(&map, &reader), -EBADF);
	ck_assert_ptr_null(lvn_fd_map_entry(&map, 5)->first);
	told();
	flush();
	ck_assert_str_eq(told(), "");

	fake.refuse = 0;
	ck_assert_int_eq(lvn_fd_map_add(&map, &reader), 0);
	ck_assert_str_eq(told(), "5:0>2 ");
	tear_down();
}

TEST(fd_map__change_that_is_refused_for_good_is_reported_once)
{
	struct event reader = on(5, EV_READ), writer = on(5, EV_WRITE);

	set_up();
	lvn_fd_map_add(&map, &reader);
	lvn_fd_map_add(&map, &writer);
	fake.refuse = EBADF;
	flush();

	ck_assert_uint_eq(ready.count, 1);
	ck_assert_int_eq(ready.slots[0].fd, 5);
	ck_assert_int_eq(ready.slots[0].what, EV_READ | EV_WRITE);
	ck_assert_ptr_nonnull(lvn_fd_map_reported(&map, &ready.slots[0]));
	told();
	ready.count = 0;
	flush();
	ck_assert_uint_eq(ready.count, 0);
	ck_assert_str_eq(told(), "");

	/* The next change is a new beginning. */
	fake.refuse = 0;
	lvn_fd_map_del(&map, &writer);
	lvn_fd_map_add(&map, &writer);
	flush();
	ck_assert_str_eq(told(), "5:0>6 ");
	tear_down();
}

TEST_RANGE(fd_map__change_that_is_refused_for_now_is_tried_again, 0, 2)
{
	static const int errors[] = {ENOMEM, ENOSPC};
	struct event reader = on(5, EV_READ), writer = on(5, EV_WRITE), third = on(9, EV_READ);

	set_up();
	lvn_fd_map_add(&map, &reader);
	lvn_fd_map_add(&map, &third);
	lvn_fd_map_add(&map, &writer);
	lvn_fd_map_del(&map, &third);
	told();
	fake.refuse = errors[_i];
	flush();
	ck_assert_str_eq(told(), "5:2>6 9:2>0 ");
	ck_assert_uint_eq(ready.count, 1);
	ready.count = 0;
	flush();
	ck_assert_str_eq(told(), "5:0>6 ");
	ck_assert_uint_eq(ready.count, 0);

	fake.refuse = 0;
	flush();
	ck_assert_str_eq(told(), "5:0>6 ");
	flush();
	ck_assert_str_eq(told(), "");
	tear_down();
}

TEST(fd_map__too_many_events_of_a_descriptor_are_refused)
{
	static struct event events[UINT16_MAX + 1];

	set_up();
	lvn_log_set_callback(ignore_line);
	for (int i = 0; i < UINT16_MAX; i++) {
		events[i] = on(5, EV_READ);
		if (lvn_fd_map_add(&map, &events[i]) != 0)
			ck_abort();
	}
	events[UINT16_MAX] = on(5, EV_READ);

	ck_assert_int_eq(lvn_fd_map_add(&map, &events[UINT16_MAX]), -EINVAL);

	lvn_fd_map_del(&map, &events[7]);
	ck_assert_int_eq(lvn_fd_map_add(&map, &events[UINT16_MAX]), 0);
	tear_down();
}

/* ---- Numbers ---- */

TEST(fd_map__events_stay_linked_while_the_map_grows)
{
	struct event first = on(3, EV_READ), second = on(3, EV_WRITE), far = on(5000, EV_READ);

	set_up();
	lvn_fd_map_add(&map, &first);
	lvn_fd_map_add(&map, &second);
	ck_assert_int_eq(lvn_fd_map_add(&map, &far), 0);
	ck_assert_uint_gt(map.capacity, 5000);

	lvn_fd_map_del(&map, &second);
	ck_assert_ptr_eq(lvn_fd_map_entry(&map, 3)->first, &first);
	lvn_fd_map_del(&map, &first);
	ck_assert_ptr_null(lvn_fd_map_entry(&map, 3)->first);
	ck_assert_ptr_eq(lvn_fd_map_entry(&map, 5000)->first, &far);
	tear_down();
}

TEST(fd_map__great_number_is_trusted_if_it_is_open)
{
	struct event reader = on(1000000000, EV_READ);

	set_up();
	ck_assert_int_eq(lvn_fd_map_add(&map, &reader), -EBADF);
	reader.ev_fd = -1;
	ck_assert_int_eq(lvn_fd_map_add(&map, &reader), -EBADF);
	ck_assert_uint_eq(map.capacity, 0);
	ck_assert_ptr_null(lvn_fd_map_entry(&map, -1));
	tear_down();
}

TEST(fd_map__numbers_of_another_kernel_begin_elsewhere)
{
	struct event reader = on(0x40000003, EV_READ), real = on(3, EV_READ);

	lvn_fd_map_init(&map, &far_ops, &fake);
	ck_assert_int_eq(lvn_fd_map_add(&map, &reader), 0);
	ck_assert_int_eq(lvn_fd_map_add(&map, &real), -EBADF);

	ck_assert_str_eq(told(), "1073741827:0>2 ");
	ck_assert_uint_le(map.capacity, 64);
	ck_assert_ptr_null(lvn_fd_map_entry(&map, 3));
	/* Those of a second simulation. */
	reader = on(0x40010003, EV_READ);
	ck_assert_int_eq(lvn_fd_map_add(&map, &reader), 0);
	tear_down();
}

static int allocations_left;

static bool
has_none_left(void *unused)
{
	(void)unused;
	return allocations_left-- <= 0;
}

TEST(fd_map__without_memory_the_map_stays_as_it_was)
{
	struct event near = on(3, EV_READ), far = on(500, EV_READ);

	set_up();
	lvn_fd_map_add(&map, &near);
	told();
	lvn_memory_set_fault(has_none_left, NULL);
	for (int i = 0; i < 2; i++) {
		allocations_left = i;
		ck_assert_int_eq(lvn_fd_map_add(&map, &far), -ENOMEM);
		ck_assert_str_eq(told(), "");
		ck_assert_uint_lt(map.capacity, 500);
	}
	allocations_left = 2;
	ck_assert_int_eq(lvn_fd_map_add(&map, &far), 0);
	lvn_memory_set_fault(NULL, NULL);
	ck_assert_ptr_eq(lvn_fd_map_entry(&map, 3)->first, &near);
	tear_down();
}

/* ---- Reports ---- */

TEST(lvn_fd_map_reported__notes_a_stale_registration)
{
	struct event reader = on(5, EV_READ);
	struct ready_fd unknown = {9999, 0, EV_READ}, stale = {5, 77, EV_READ};

	set_up();
	lvn_fd_map_add(&map, &reader);
	ck_assert_ptr_nonnull(reported(5, EV_READ));
	ck_assert(!map.has_stale);

	ck_assert_ptr_null(lvn_fd_map_reported(&map, &stale));
	ck_assert(map.has_stale);
	map.has_stale = false;
	ck_assert_ptr_null(lvn_fd_map_reported(&map, &unknown));
	ck_assert(map.has_stale);

	/* From now on removals cannot wait until somebody else has the file. */
	told();
	lvn_fd_map_del(&map, &reader);
	ck_assert_str_eq(told(), "5:2>0 ");
	tear_down();
}

TEST(lvn_fd_map_reported__ignores_what_is_wanted_no_longer)
{
	struct event reader = on(5, EV_READ), writer = on(5, EV_WRITE);

	set_up();
	lvn_fd_map_add(&map, &reader);
	lvn_fd_map_add(&map, &writer);
	flush();
	lvn_fd_map_del(&map, &reader);
	told();

	ck_assert_ptr_null(reported(5, EV_READ));
	flush();

	ck_assert_str_eq(told(), "5:6>4 ");
	ck_assert(!map.has_stale);
	tear_down();
}

/* ---- A new backend ---- */

TEST(fd_map__new_backend_gets_every_registration)
{
	struct event reader = on(5, EV_READ), writer = on(7, EV_WRITE), gone = on(6, EV_READ);
	struct fake fresh = {.calls = ""};

	set_up();
	lvn_fd_map_add(&map, &reader);
	lvn_fd_map_add(&map, &writer);
	lvn_fd_map_add(&map, &gone);
	lvn_fd_map_del(&map, &gone);
	map.has_stale = true;
	told();

	lvn_fd_map_register_all(&map, &fresh, &ready);

	ck_assert_str_eq(fresh.calls, "5:0>2 7:0>4 ");
	ck_assert_str_eq(told(), "");
	ck_assert(!map.has_stale);
	flush();
	ck_assert_str_eq(fresh.calls, "5:0>2 7:0>4 ");

	fresh.refuse = EMFILE;
	lvn_fd_map_register_all(&map, &fresh, &ready);
	ck_assert_uint_eq(ready.count, 2);
	tear_down();
}

static int
note_visit(struct event *ev, void *context)
{
	char *trace = context;

	snprintf(trace + strlen(trace), 16, "%d ", ev->ev_events);
	return ev->ev_events == EV_CLOSED ? 9 : 0;
}

TEST(fd_map__events_are_visited_by_descriptor_newest_first)
{
	struct event a = on(7, EV_READ), b = on(3, EV_READ | EV_WRITE), c = on(7, EV_WRITE);
	struct event last = on(8, EV_CLOSED), never = on(9, EV_READ);
	char trace[64] = "";

	set_up();
	lvn_fd_map_add(&map, &a);
	lvn_fd_map_add(&map, &b);
	lvn_fd_map_add(&map, &c);
	ck_assert_int_eq(lvn_fd_map_each(&map, note_visit, trace), 0);
	ck_assert_str_eq(trace, "6 4 2 ");
	lvn_fd_map_add(&map, &last);
	lvn_fd_map_add(&map, &never);
	trace[0] = '\0';

	ck_assert_int_eq(lvn_fd_map_each(&map, note_visit, trace), 9);

	ck_assert_str_eq(trace, "6 4 2 128 ");
	tear_down();
}
