/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams shared between threads: one runs the loop, the others write to them, meddle with
 * them and free them.  Bytes are counted, and what was freed is never called again.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/stress_kit.h"

enum { THREADS = 3, ROUNDS = 150, PIECES = 40, PIECE = 100 };

static const int options[] = {
    BEV_OPT_THREADSAFE,
    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS,
    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS,
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static struct event_base *base;
static const struct backend_under_test *backend;
static int stream_options;

static bool
set_up(int i)
{
	backend = backend_under_test(i / OPTIONS);
	stream_options = options[i % OPTIONS];
	if (!backend->threads)
		return false;
	base = base_on(backend);
	return true;
}

/* ---- Bytes from many threads ---- */

static struct bufferevent *sender, *receiver;
static atomic_long sent;
static atomic_long received;

static void
count_received(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t size = evbuffer_get_length(input);

	(void)arg;
	ck_assert_int_eq(evbuffer_drain(input, size), 0);
	atomic_fetch_add(&received, (long)size);
}

/* What the sender does besides, from each thread. */
static void (*beside_sending)(long round);

static void
send_pieces(void)
{
	static const char piece[PIECE];

	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		for (int i = 0; i < PIECES; i++)
			ck_assert_int_eq(bufferevent_write(sender, piece, PIECE), 0);
		atomic_fetch_add(&sent, PIECES * PIECE);
		if (round % 7 == 0) {
			bufferevent_disable(sender, EV_WRITE);
			bufferevent_enable(sender, EV_WRITE);
		}
		if (round % 11 == 0) {
			bufferevent_disable(receiver, EV_READ);
			bufferevent_enable(receiver, EV_READ);
		}
		if (beside_sending)
			beside_sending(round);
	}
}

/* All of what was sent, from now on. */
static void
expect_what_threads_send(void)
{
	bufferevent_setcb(receiver, count_received, NULL, NULL, NULL);
	bufferevent_enable(receiver, EV_READ);

	stress_run(base, THREADS, send_pieces);
	while (atomic_load(&received) < atomic_load(&sent))
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_int_eq(atomic_load(&received), atomic_load(&sent));
}

TEST_SECONDS(getenv("LEVIN_STRESS_SECONDS") ? 600 : 60);

TEST_RANGE(bufferevent_write__from_all_threads, 0, stress_backends_count() * OPTIONS)
{
	evutil_socket_t ends[2];

	if (!set_up(_i))
		return;
	open_pair(backend, ends);
	sender = stream_on(base, ends[0], stream_options);
	receiver = stream_on(base, ends[1], stream_options);

	expect_what_threads_send();

	bufferevent_free(sender);
	bufferevent_free(receiver);
	event_base_free(base);
	close_pair(ends);
}

TEST_RANGE(bufferevent_pair__written_from_all_threads, 0, stress_backends_count() * OPTIONS)
{
	struct bufferevent *pair[2];

	if (!set_up(_i))
		return;
	ck_assert_int_eq(bufferevent_pair_new(base, stream_options, pair), 0);
	sender = pair[0];
	receiver = pair[1];

	expect_what_threads_send();

	bufferevent_free(sender);
	bufferevent_free(receiver);
	event_base_free(base);
}

static enum bufferevent_filter_result
pass_on(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *passed)
{
	(void)mode;
	atomic_fetch_add((atomic_long *)passed, 1);
	if (evbuffer_get_length(from) == 0)
		return BEV_NEED_MORE;
	evbuffer_remove_buffer(from, to, limit < 0 ? SIZE_MAX : (size_t)limit);
	return BEV_OK;
}

static atomic_long passed;

static struct bufferevent *
filter_on(struct bufferevent *below)
{
	struct bufferevent *filter = bufferevent_filter_new(
	    below, pass_on, pass_on, stream_options | BEV_OPT_CLOSE_ON_FREE, NULL, &passed);

	ck_assert_ptr_nonnull(filter);
	return filter;
}

/* Flushes, and looks at what is below. */
static void
flush_now_and_then(long round)
{
	if (round % 5 == 0)
		bufferevent_flush(sender, EV_WRITE, BEV_FLUSH);
	if (round % 13 == 0)
		ck_assert_ptr_nonnull(bufferevent_get_underlying(sender));
	if (round % 17 == 0)
		bufferevent_setwatermark(sender, EV_WRITE, 0, (size_t)(round % 3) * 1000);
}

TEST_RANGE(bufferevent_filter__written_from_all_threads, 0, stress_backends_count() * OPTIONS * 2)
{
	struct bufferevent *pair[2];
	evutil_socket_t ends[2];
	bool on_sockets = _i % 2;

	if (!set_up(_i / 2))
		return;
	open_pair(backend, ends);
	if (!on_sockets)
		ck_assert_int_eq(bufferevent_pair_new(base, stream_options, pair), 0);
	for (int i = 0; on_sockets && i < 2; i++)
		pair[i] = stream_on(base, ends[i], stream_options);
	sender = filter_on(filter_on(pair[0]));
	receiver = filter_on(filter_on(pair[1]));
	beside_sending = flush_now_and_then;

	expect_what_threads_send();

	ck_assert_int_gt(atomic_load(&passed), 0);
	bufferevent_free(sender);
	bufferevent_free(receiver);
	event_base_free(base);
	close_pair(ends);
}

/* ---- Limits shared by threads ---- */

static struct bufferevent_rate_limit_group *group;
static struct ev_token_bucket_cfg *limits[2];

static void
meddle_with_limits(long round)
{
	ev_uint64_t read_all, written_all;

	bufferevent_add_to_rate_limit_group(round % 2 ? sender : receiver, group);
	bufferevent_set_rate_limit(sender, round % 3 ? limits[0] : NULL);
	bufferevent_rate_limit_group_set_cfg(group, limits[round % 2]);
	bufferevent_rate_limit_group_decrement_read(group, 10);
	bufferevent_rate_limit_group_get_totals(group, &read_all, &written_all);
	(void)bufferevent_get_max_to_write(sender);
	(void)bufferevent_get_read_limit(receiver);
	if (round % 4 == 0)
		bufferevent_remove_from_rate_limit_group(round % 8 ? sender : receiver);
	if (round % 6 == 0)
		bufferevent_rate_limit_group_set_min_share(group, (size_t)(round % 100) + 1);
}

/* Generous: what is proved is that no thread waits for ever. */
TEST_RANGE(
    bufferevent_set_rate_limit__written_from_all_threads, 0, stress_backends_count() * OPTIONS)
{
	evutil_socket_t ends[2];

	if (!set_up(_i))
		return;
	open_pair(backend, ends);
	limits[0] = ev_token_bucket_cfg_new(200000, 400000, 200000, 400000, MS(2));
	limits[1] = ev_token_bucket_cfg_new(100000, 100000, 100000, 100000, MS(1));
	group = bufferevent_rate_limit_group_new(base, limits[0]);
	sender = stream_on(base, ends[0], stream_options);
	receiver = stream_on(base, ends[1], stream_options);
	beside_sending = meddle_with_limits;

	expect_what_threads_send();

	bufferevent_free(sender);
	bufferevent_free(receiver);
	bufferevent_rate_limit_group_free(group);
	event_base_free(base);
	ev_token_bucket_cfg_free(limits[0]);
	ev_token_bucket_cfg_free(limits[1]);
	close_pair(ends);
}

/* ---- Streams that come and go ---- */

/* What the callbacks of one stream touch, until it is freed. */
struct life {
	atomic_int calls;
};

static void
touch_and_echo(struct bufferevent *bev, void *life_)
{
	struct life *life = life_;

	atomic_fetch_add(&life->calls, 1);
	bufferevent_write_buffer(bev, bufferevent_get_input(bev));
}

static void
touch(struct bufferevent *bev, void *life_)
{
	struct life *life = life_;

	(void)bev;
	atomic_fetch_add(&life->calls, 1);
}

static void
touch_for_event(struct bufferevent *bev, short what, void *life)
{
	(void)what;
	touch(bev, life);
}

static evutil_socket_t to_close[THREADS][2];
static atomic_int to_close_count;

static void
close_in_the_end(const evutil_socket_t ends[2])
{
	int i = atomic_fetch_add(&to_close_count, 1);

	to_close[i][0] = ends[0];
	to_close[i][1] = ends[1];
}

/* In libevent these could wait for the callback, and it for them. */
static void
meddle(struct bufferevent *bev, struct life *life, long round)
{
	const struct timeval *span = MS(1);

	bufferevent_setcb(bev, touch_and_echo, touch, touch_for_event, life);
	bufferevent_set_timeouts(bev, round % 3 ? NULL : span, round % 5 ? NULL : span);
	bufferevent_setwatermark(bev, EV_READ, 0, (size_t)(round % 4) * 10);
	bufferevent_enable(bev, EV_READ);
	bufferevent_trigger(bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_incref(bev);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_decref(bev);
	bufferevent_trigger_event(bev, BEV_EVENT_EOF, BEV_TRIG_DEFER_CALLBACKS);
}

/*
 * Each thread has its own pair for all its streams: the loop may still take back its interest
 * in a descriptor after its stream was freed, and the thread sanitizer would see it meet another
 * one of the same number.
 */
static void
make_and_free(void)
{
	static struct life everlasting;
	evutil_socket_t ends[2];

	open_pair(backend, ends);
	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		struct bufferevent *bev = stream_on(base, ends[0], stream_options);

		put(ends[1], "hello");
		meddle(bev, &everlasting, round);
		put(ends[1], "again");
		take(ends[1]);
		if (round % 2)
			bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
		bufferevent_free(bev);
		take(ends[0]);
	}
	close_in_the_end(ends);
}

TEST_RANGE(bufferevent_free__disable_and_setcb_against_running_callback, 0,
    stress_backends_count() * OPTIONS)
{
	if (!set_up(_i))
		return;

	stress_run(base, THREADS, make_and_free);

	event_base_free(base);
	for (int i = 0; i < THREADS; i++)
		close_pair(to_close[i]);
}

/* The same to both ends of a pair with a filter on each, which are freed in every order. */
static void
make_and_free_stacks(void)
{
	static struct life everlasting;

	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		struct bufferevent *tops[2];
		int first = (int)(round % 2);

		ck_assert_int_eq(bufferevent_pair_new(base, stream_options, tops), 0);
		for (int i = 0; i < 2; i++) {
			if (round % 4 != i)
				tops[i] = filter_on(tops[i]);
			meddle(tops[i], &everlasting, round);
			write_text(tops[i], "hello");
		}
		if (round % 3 == 0)
			bufferevent_add_to_rate_limit_group(tops[first], group);
		meddle(tops[first], &everlasting, round + 1);
		bufferevent_free(tops[first]);
		write_text(tops[!first], "again");
		bufferevent_flush(tops[!first], EV_READ | EV_WRITE, BEV_FINISHED);
		bufferevent_free(tops[!first]);
	}
}

TEST_RANGE(bufferevent_filter_new__stacks_in_all_threads, 0, stress_backends_count() * OPTIONS)
{
	if (!set_up(_i))
		return;
	limits[0] = ev_token_bucket_cfg_new(20, 20, 20, 20, MS(1));
	group = bufferevent_rate_limit_group_new(base, limits[0]);

	stress_run(base, THREADS, make_and_free_stacks);

	bufferevent_rate_limit_group_free(group);
	ev_token_bucket_cfg_free(limits[0]);
	event_base_free(base);
}

/* ---- One stream, and everybody at it ---- */

static struct bufferevent *common;
static struct life common_life;

static void
meddle_with_common(void)
{
	for (long round = 0; stress_goes_on(round, ROUNDS); round++)
		meddle(common, &common_life, round);
}

TEST_RANGE(bufferevent__random_calls_from_all_threads, 0, stress_backends_count() * OPTIONS)
{
	evutil_socket_t ends[2];

	if (!set_up(_i))
		return;
	open_pair(backend, ends);
	common = stream_on(base, ends[0], stream_options);
	put(ends[1], "hello");

	stress_run(base, THREADS, meddle_with_common);

	bufferevent_setcb(common, spell_read_and_drain, NULL, NULL, word(""));
	bufferevent_set_timeouts(common, NULL, NULL);
	bufferevent_setwatermark(common, EV_READ, 0, 0);
	bufferevent_enable(common, EV_READ | EV_WRITE);
	turns(base, 2);
	spelled();
	put(ends[1], "x");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r1 ");
	bufferevent_free(common);
	event_base_free(base);
	close_pair(ends);
}

/* On a stack: each layer has everybody at it. */
static void
meddle_with_layers(void)
{
	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		struct bufferevent *bev = common;

		for (long depth = round % 3; depth > 0; depth--)
			bev = bufferevent_get_underlying(bev);
		if (bev == common) {
			meddle(bev, &common_life, round);
			bufferevent_write(bev, "x", 1);
			bufferevent_flush(bev, EV_WRITE, BEV_FLUSH);
		} else {
			bufferevent_setwatermark(bev, EV_READ, 0, (size_t)(round % 4) * 10);
			bufferevent_disable(bev, EV_WRITE);
			bufferevent_enable(bev, EV_WRITE);
		}
	}
}

TEST_RANGE(bufferevent_filter__random_calls_from_all_threads, 0, stress_backends_count() * OPTIONS)
{
	struct bufferevent *pair[2];

	if (!set_up(_i))
		return;
	ck_assert_int_eq(bufferevent_pair_new(base, stream_options, pair), 0);
	common = filter_on(filter_on(pair[0]));
	bufferevent_setcb(pair[1], count_received, NULL, NULL, NULL);
	bufferevent_enable(pair[1], EV_READ);

	stress_run(base, THREADS, meddle_with_layers);

	for (struct bufferevent *bev = common; bev; bev = bufferevent_get_underlying(bev)) {
		bufferevent_setwatermark(bev, EV_READ | EV_WRITE, 0, 0);
		bufferevent_set_timeouts(bev, NULL, NULL);
		bufferevent_enable(bev, EV_READ | EV_WRITE);
	}
	bufferevent_setcb(common, spell_read_and_drain, NULL, NULL, word(""));
	turns(base, 5);
	bufferevent_setcb(pair[1], echo, NULL, NULL, NULL);
	spelled();
	write_text(common, "x");
	turns(base, 5);
	ck_assert_str_eq(spelled(), "r1 ");
	bufferevent_free(common);
	bufferevent_free(pair[1]);
	event_base_free(base);
}

/* ---- A callback that does not return ---- */

static atomic_bool is_inside;
static int gate[2];

static void
wait_at_gate(struct bufferevent *bev, void *arg)
{
	char byte;

	(void)bev;
	(void)arg;
	atomic_store(&is_inside, true);
	ck_assert_int_eq(read(gate[0], &byte, 1), 1);
}

static void *
run_loop(void *unused)
{
	(void)unused;
	ck_assert_int_ge(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
	return NULL;
}

/* The loop's thread stands in the callback until this thread has done everything. */
TEST_RANGE(bufferevent_free__does_not_wait_for_unlocked_callback, 0, stress_backends_count())
{
	evutil_socket_t ends[2];
	struct bufferevent *bev;
	pthread_t thread;

	if (!set_up(_i * OPTIONS + 2))
		return;
	ck_assert_int_eq(pipe(gate), 0);
	open_pair(backend, ends);
	bev = stream_on(base, ends[0], stream_options);
	bufferevent_setcb(bev, wait_at_gate, NULL, NULL, NULL);
	bufferevent_enable(bev, EV_READ);
	put(ends[1], "x");
	ck_assert_int_eq(pthread_create(&thread, NULL, run_loop, NULL), 0);
	while (!atomic_load(&is_inside))
		sched_yield();

	meddle(bev, &common_life, 1);
	bufferevent_lock(bev);
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_setfd(bev, -1);
	bufferevent_unlock(bev);
	bufferevent_free(bev);

	ck_assert_int_eq(write(gate[1], "x", 1), 1);
	ck_assert_int_eq(event_base_loopbreak(base), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	event_base_free(base);
	close_pair(ends);
	close(gate[0]);
	close(gate[1]);
}
