/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rate limits of bufferevents and of groups.
 */
#include <errno.h>
#include <event2/bufferevent_struct.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "support/stream_kit.h"

enum { PAIRS = 12, PLENTY = 200000, TICK_MS = 10 };

static const struct backend_under_test *backend;
static struct event_base *base;
static struct end readers[PAIRS], writers[PAIRS];
static int pairs;

static void
start(int i, int count)
{
	static char bytes[PLENTY];

	backend = backend_under_test(i);
	base = base_on(backend);
	for (pairs = 0; pairs < count; pairs++) {
		evutil_socket_t ends[2];

		open_pair(backend, ends);
		watch_end(&readers[pairs], bufferevent_socket_new(base, ends[0],
					       BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE));
		watch_end(&writers[pairs], bufferevent_socket_new(base, ends[1],
					       BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE));
		enable_end(&readers[pairs], EV_READ);
		ck_assert_int_eq(bufferevent_write(writers[pairs].bev, bytes, PLENTY), 0);
	}
}

static void
finish_test(void)
{
	for (int i = 0; i < pairs; i++) {
		if (readers[i].bev)
			bufferevent_free(readers[i].bev);
		if (writers[i].bev)
			bufferevent_free(writers[i].bev);
	}
	event_base_free(base);
}

static int64_t
now_ms(void)
{
	struct timeval now;

	ck_assert_int_eq(event_gettime_monotonic(base, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

/* Answers how many ticks it took: more than asked for where others have the processor. */
static size_t
run_ticks(int count)
{
	int64_t start_ms = now_ms();

	ck_assert_int_eq(event_base_loopexit(base, MS(count * TICK_MS)), 0);
	ck_assert_int_ge(event_base_dispatch(base), 0);
	return (size_t)((now_ms() - start_ms) / TICK_MS);
}

/* The rate is kept to the tick; what the loop came too late for may be missing. */
static void
expect_amount(size_t amount, size_t ticks, size_t rate)
{
	ck_assert_uint_le(amount, (ticks + 2) * rate);
	ck_assert_uint_ge(amount, backend_is_simulated(backend) ? (ticks - 2) * rate : rate);
}

static struct ev_token_bucket_cfg *
limit(size_t read_rate, size_t write_rate)
{
	struct ev_token_bucket_cfg *cfg =
	    ev_token_bucket_cfg_new(read_rate, read_rate, write_rate, write_rate, MS(TICK_MS));

	ck_assert_ptr_nonnull(cfg);
	return cfg;
}

/* ---- One bufferevent ---- */

TEST_EVERYWHERE(bufferevent_set_rate_limit__limits_reading)
{
	struct ev_token_bucket_cfg *cfg = limit(100, PLENTY);
	size_t ticks;

	start(_i, 1);
	ck_assert_int_eq(bufferevent_set_rate_limit(readers[0].bev, cfg), 0);
	ticks = run_ticks(50);
	expect_amount(end_input_size(&readers[0]), ticks, 100);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}

TEST_EVERYWHERE(bufferevent_set_rate_limit__limits_writing)
{
	struct ev_token_bucket_cfg *cfg = limit(PLENTY, 100);
	size_t ticks;

	start(_i, 1);
	ck_assert_int_eq(bufferevent_set_rate_limit(writers[0].bev, cfg), 0);
	ticks = run_ticks(50);
	expect_amount(PLENTY - end_output_size(&writers[0]), ticks, 100);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}

TEST_EVERYWHERE(bufferevent_set_rate_limit__null_resumes_at_once)
{
	struct ev_token_bucket_cfg *cfg =
	    ev_token_bucket_cfg_new(1, 1, 1, 1, &(struct timeval){86400, 0});

	start(_i, 1);
	ck_assert_int_eq(bufferevent_set_rate_limit(readers[0].bev, cfg), 0);
	ck_assert_int_eq(bufferevent_set_rate_limit(writers[0].bev, cfg), 0);
	run_ticks(3);
	ck_assert_uint_le(end_input_size(&readers[0]), 2);
	ck_assert_int_eq(bufferevent_set_rate_limit(readers[0].bev, NULL), 0);
	ck_assert_int_eq(bufferevent_set_rate_limit(writers[0].bev, NULL), 0);
	for (int i = 0; i < 100 && end_input_size(&readers[0]) < PLENTY; i++)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(end_input_size(&readers[0]), PLENTY);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}

TEST_EVERYWHERE(bufferevent_get_read_limit__returns_tokens_left)
{
	struct ev_token_bucket_cfg *cfg =
	    ev_token_bucket_cfg_new(10, 30, 20, 50, &(struct timeval){100, 0});
	struct bufferevent *bev;

	start(_i, 0);
	bev = bufferevent_socket_new(base, -1, 0);
	ck_assert_int_eq(bufferevent_get_read_limit(bev), EV_SSIZE_MAX);
	ck_assert_int_eq(bufferevent_get_write_limit(bev), EV_SSIZE_MAX);
	ck_assert_int_eq(bufferevent_get_max_to_read(bev), 16384);
	ck_assert_ptr_null(bufferevent_get_token_bucket_cfg(bev));
	ck_assert_int_eq(bufferevent_decrement_read_limit(bev, 1), -1);
	ck_assert_int_eq(errno, EINVAL);

	ck_assert_int_eq(bufferevent_set_rate_limit(bev, cfg), 0);
	ck_assert_ptr_eq(bufferevent_get_token_bucket_cfg(bev), cfg);
	ck_assert_int_eq(bufferevent_get_read_limit(bev), 10);
	ck_assert_int_eq(bufferevent_get_write_limit(bev), 20);
	ck_assert_int_eq(bufferevent_get_max_to_write(bev), 20);
	ck_assert_int_eq(bufferevent_decrement_read_limit(bev, 100), 0);
	ck_assert_int_eq(bufferevent_get_read_limit(bev), -90);
	ck_assert_int_eq(bufferevent_get_max_to_read(bev), 0);
	ck_assert_int_eq(bufferevent_decrement_read_limit(bev, -200), 0);
	ck_assert_int_eq(bufferevent_get_max_to_read(bev), 110);
	ck_assert_int_eq(bufferevent_decrement_write_limit(bev, EV_SSIZE_MAX), 0);
	ck_assert_int_eq(bufferevent_decrement_write_limit(bev, EV_SSIZE_MAX), 0);
	ck_assert_int_eq(bufferevent_get_write_limit(bev), -EV_SSIZE_MAX);
	bufferevent_free(bev);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}

TEST_EVERYWHERE(bufferevent_set_max_single_read__bounds_one_call)
{
	start(_i, 1);
	ck_assert_int_eq(bufferevent_set_max_single_read(readers[0].bev, 100), 0);
	event_base_loop(base, EVLOOP_ONCE);
	for (int i = 0; i < 10 && readers[0].reads == 0; i++)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(end_input_size(&readers[0]), 100 * (size_t)readers[0].reads);
	finish_test();
}

TEST_EVERYWHERE(bufferevent_set_max_single_read__outlives_rate_limit)
{
	struct ev_token_bucket_cfg *cfg = limit(10, 10);

	start(_i, 1);
	ck_assert_int_eq(bufferevent_set_max_single_read(readers[0].bev, 3), 0);
	ck_assert_int_eq(bufferevent_set_rate_limit(readers[0].bev, cfg), 0);
	ck_assert_int_eq(bufferevent_get_max_to_read(readers[0].bev), 3);

	ck_assert_int_eq(bufferevent_set_rate_limit(readers[0].bev, NULL), 0);

	ck_assert_int_eq(bufferevent_get_max_to_read(readers[0].bev), 3);
	ck_assert_int_eq(bufferevent_set_max_single_read(readers[0].bev, 0), 0);
	ck_assert_int_eq(bufferevent_get_max_to_read(readers[0].bev), 16384);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}

/* ---- Groups ---- */

static struct bufferevent_rate_limit_group *
join_all(const struct ev_token_bucket_cfg *cfg)
{
	struct bufferevent_rate_limit_group *group = bufferevent_rate_limit_group_new(base, cfg);

	ck_assert_ptr_nonnull(group);
	for (int i = 0; i < pairs; i++)
		ck_assert_int_eq(bufferevent_add_to_rate_limit_group(readers[i].bev, group), 0);
	return group;
}

TEST_EVERYWHERE(bufferevent_add_to_rate_limit_group__no_member_starves)
{
	struct ev_token_bucket_cfg *cfg = limit(640, PLENTY);
	struct bufferevent_rate_limit_group *group;
	ev_uint64_t read = 0, written = 7;
	size_t least = SIZE_MAX, most = 0, all = 0, ticks;

	start(_i, PAIRS);
	group = join_all(cfg);
	ticks = run_ticks(50);
	for (int i = 0; i < PAIRS; i++) {
		size_t size = end_input_size(&readers[i]);

		least = size < least ? size : least;
		most = size > most ? size : most;
		all += size;
	}
	expect_amount(all, ticks, 640);
	/* A turn more or less, and the one it began with. */
	ck_assert_uint_ge(least + 2 * 64, most);
	bufferevent_rate_limit_group_get_totals(group, &read, &written);
	ck_assert_uint_eq(read, all);
	ck_assert_uint_eq(written, 0);
	bufferevent_rate_limit_group_reset_totals(group);
	bufferevent_rate_limit_group_get_totals(group, &read, NULL);
	ck_assert_uint_eq(read, 0);
	for (int i = 0; i < pairs; i++)
		ck_assert_int_eq(bufferevent_remove_from_rate_limit_group(readers[i].bev), 0);
	bufferevent_rate_limit_group_free(group);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}

TEST_EVERYWHERE(bufferevent_remove_from_rate_limit_group__resumes)
{
	struct ev_token_bucket_cfg *cfg =
	    ev_token_bucket_cfg_new(1, 1, 1, 1, &(struct timeval){86400, 0});
	struct bufferevent_rate_limit_group *group;

	start(_i, 2);
	group = join_all(cfg);
	run_ticks(3);
	ck_assert_uint_le(end_input_size(&readers[0]) + end_input_size(&readers[1]), 2);
	ck_assert_int_eq(bufferevent_remove_from_rate_limit_group(readers[0].bev), 0);
	ck_assert_int_eq(bufferevent_remove_from_rate_limit_group(readers[0].bev), 0);
	for (int i = 0; i < 100 && end_input_size(&readers[0]) < PLENTY; i++)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(end_input_size(&readers[0]), PLENTY);
	ck_assert_uint_le(end_input_size(&readers[1]), 2);
	ck_assert_int_eq(bufferevent_rate_limit_group_decrement_read(group, -1000000), 0);
	for (int i = 0; i < 100 && end_input_size(&readers[1]) < PLENTY; i++)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(end_input_size(&readers[1]), PLENTY);
	ck_assert_int_eq(bufferevent_remove_from_rate_limit_group(readers[1].bev), 0);
	bufferevent_rate_limit_group_free(group);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}

TEST_EVERYWHERE(bufferevent_rate_limit_group__members_share_tokens)
{
	struct ev_token_bucket_cfg *cfg =
	    ev_token_bucket_cfg_new(1000, 1000, 500, 500, &(struct timeval){100, 0});
	struct ev_token_bucket_cfg *small =
	    ev_token_bucket_cfg_new(5, 7, 8, 9, &(struct timeval){100, 0});
	struct bufferevent_rate_limit_group *group;

	start(_i, 4);
	for (int i = 0; i < 4; i++)
		bufferevent_disable(readers[i].bev, EV_READ);
	group = join_all(cfg);
	ck_assert_int_eq(bufferevent_add_to_rate_limit_group(readers[0].bev, group), 0);
	ck_assert_int_eq(bufferevent_rate_limit_group_get_read_limit(group), 1000);
	ck_assert_int_eq(bufferevent_rate_limit_group_get_write_limit(group), 500);
	ck_assert_int_eq(bufferevent_get_max_to_read(readers[0].bev), 250);
	ck_assert_int_eq(bufferevent_get_read_limit(readers[0].bev), EV_SSIZE_MAX);
	ck_assert_int_eq(bufferevent_rate_limit_group_set_min_share(group, 400), 0);
	ck_assert_int_eq(bufferevent_get_max_to_read(readers[0].bev), 400);
	ck_assert_int_eq(
	    bufferevent_rate_limit_group_set_min_share(group, (size_t)EV_RATE_LIMIT_MAX + 1), -1);
	ck_assert_int_eq(bufferevent_rate_limit_group_decrement_write(group, 600), 0);
	ck_assert_int_eq(bufferevent_rate_limit_group_get_write_limit(group), -100);
	ck_assert_int_eq(bufferevent_rate_limit_group_set_cfg(group, small), 0);
	ck_assert_int_eq(bufferevent_rate_limit_group_get_read_limit(group), 7);
	ck_assert_int_eq(bufferevent_rate_limit_group_set_cfg(group, NULL), -1);
	ck_assert_ptr_null(bufferevent_rate_limit_group_new(base, NULL));

	/* It goes with its last member. */
	keep_log();
	bufferevent_rate_limit_group_free(group);
	ck_assert(was_logged("still has members"));
	finish_test();
	ev_token_bucket_cfg_free(cfg);
	ev_token_bucket_cfg_free(small);
}

static void
free_all(struct end *end)
{
	(void)end;
	for (int i = 0; i < pairs; i++) {
		if (readers[i].bev)
			free_end(&readers[i]);
	}
}

TEST_EVERYWHERE(bufferevent_free__members_of_a_group_inside_callbacks)
{
	struct ev_token_bucket_cfg *cfg = limit(640, PLENTY);
	struct bufferevent_rate_limit_group *group;

	start(_i, PAIRS);
	group = join_all(cfg);
	run_ticks(2);
	readers[3].on_read = free_all;
	for (int i = 0; i < PAIRS; i++)
		writers[i].on_event = free_end_at_event;
	for (int i = 0; i < 1000 && readers[3].bev; i++)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_ptr_null(readers[3].bev);
	bufferevent_rate_limit_group_free(group);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}

/* ---- Threads ---- */

static atomic_bool over;

static void *
change_limits(void *group)
{
	struct ev_token_bucket_cfg *cfgs[2] = {limit(1000, 1000), limit(5000, 5000)};

	for (int i = 0; i < 3000; i++) {
		struct bufferevent *bev = readers[i % pairs].bev;

		bufferevent_set_rate_limit(bev, i % 3 ? cfgs[i % 2] : NULL);
		bufferevent_add_to_rate_limit_group(bev, i % 5 ? group : NULL);
		bufferevent_rate_limit_group_set_cfg(group, cfgs[i % 2]);
		bufferevent_rate_limit_group_decrement_read(group, i % 2 ? 500 : -500);
	}
	for (int i = 0; i < pairs; i++) {
		bufferevent_set_rate_limit(readers[i].bev, NULL);
		bufferevent_remove_from_rate_limit_group(readers[i].bev);
	}
	ev_token_bucket_cfg_free(cfgs[0]);
	ev_token_bucket_cfg_free(cfgs[1]);
	atomic_store(&over, true);
	/* A break before the loop has begun would be forgotten. */
	event_base_loopexit(base, NULL);
	return NULL;
}

TEST_ON_BACKENDS(bufferevent_set_rate_limit__from_another_thread)
{
	struct bufferevent_rate_limit_group *group;
	struct ev_token_bucket_cfg *cfg;
	pthread_t changer;

	if (!backend_under_test(_i)->threads)
		return;
	cfg = limit(640, PLENTY);
	start(_i, 4);
	group = bufferevent_rate_limit_group_new(base, cfg);
	ck_assert_int_eq(pthread_create(&changer, NULL, change_limits, group), 0);
	while (!atomic_load(&over))
		ck_assert_int_ge(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
	pthread_join(changer, NULL);
	for (int i = 0; i < 2000 && end_input_size(&readers[0]) < PLENTY; i++)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	ck_assert_uint_eq(end_input_size(&readers[0]), PLENTY);
	bufferevent_rate_limit_group_free(group);
	finish_test();
	ev_token_bucket_cfg_free(cfg);
}
