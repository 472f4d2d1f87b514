/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "loop/event_fields.h"
#include "loop/inbox.h"
#include "support/suite.h"

static struct inbox inbox;

/* Opens everything that has come; answers how many, and the bits of the last. */
static int
open_all(short *what_out)
{
	struct event *ev = lvn_inbox_take_events(&inbox);
	int count = 0;

	while (ev) {
		struct event *next;

		*what_out = lvn_inbox_open(ev, &next);
		count++;
		ev = next;
	}
	return count;
}

#if LVN_EVENT_IS_WIDE
TEST(inbox__events_come_out_oldest_first_with_what_was_asked)
{
	struct event events[3] = {{.ev_fd = 0}, {.ev_fd = 1}, {.ev_fd = 2}};
	struct event *ev;

	ck_assert(!lvn_inbox_has_pending(&inbox));
	for (int i = 0; i < 3; i++)
		ck_assert(lvn_inbox_push_event(&inbox, &events[i], EV_READ << i));
	ck_assert(lvn_inbox_has_pending(&inbox));

	ev = lvn_inbox_take_events(&inbox);
	for (int i = 0; i < 3; i++) {
		struct event *next;

		ck_assert_ptr_eq(ev, &events[i]);
		ck_assert_int_eq(lvn_inbox_open(ev, &next), EV_READ << i);
		ev = next;
	}
	ck_assert_ptr_null(ev);
	ck_assert_ptr_null(lvn_inbox_take_events(&inbox));
}

TEST(inbox__event_asked_for_twice_is_in_the_list_once)
{
	struct event ev = {.ev_fd = 0};
	short what;

	lvn_inbox_push_event(&inbox, &ev, EV_READ);
	lvn_inbox_push_event(&inbox, &ev, EV_WRITE);
	lvn_inbox_push_event(&inbox, &ev, 0);

	ck_assert_int_eq(open_all(&what), 1);
	ck_assert_int_eq(what, EV_READ | EV_WRITE);

	lvn_inbox_push_event(&inbox, &ev, 0);
	ck_assert_int_eq(open_all(&what), 1);
	ck_assert_int_eq(what, 0);
}

TEST(inbox__opened_event_may_come_again_before_the_list_is_read_to_its_end)
{
	struct event first = {.ev_fd = 0}, second = {.ev_fd = 1};
	struct event *ev, *next;
	short what;

	lvn_inbox_push_event(&inbox, &first, EV_READ);
	lvn_inbox_push_event(&inbox, &second, EV_READ);
	ev = lvn_inbox_take_events(&inbox);
	ck_assert_int_eq(lvn_inbox_open(ev, &next), EV_READ);
	ck_assert_ptr_eq(next, &second);

	lvn_inbox_push_event(&inbox, &first, EV_WRITE);
	ck_assert_int_eq(lvn_inbox_open(next, &next), EV_READ);
	ck_assert_ptr_null(next);

	ck_assert_int_eq(open_all(&what), 1);
	ck_assert_int_eq(what, EV_WRITE);
}

TEST(inbox__refuses_signals_and_other_bits)
{
	struct event ev = {.ev_fd = 0}, on_signal = {.ev_events = EV_SIGNAL};

	ck_assert(!lvn_inbox_push_event(&inbox, &on_signal, EV_SIGNAL));
	ck_assert(!lvn_inbox_push_event(&inbox, &ev, 0x100));
	ck_assert(!lvn_inbox_push_event(&inbox, &ev, EV_FINALIZE));
	ck_assert(lvn_inbox_push_event(&inbox, &ev, 0xff & ~EV_FINALIZE));
}
#else
TEST(inbox__narrow_event_goes_through_the_lock)
{
	struct event ev = {.ev_fd = 0};
	short what;

	ck_assert(!lvn_inbox_push_event(&inbox, &ev, EV_READ));
	ck_assert_int_eq(open_all(&what), 0);
}
#endif

TEST(inbox__posts_come_out_oldest_first)
{
	struct post posts[3];
	struct post *post;

	for (int i = 0; i < 3; i++)
		lvn_inbox_push_post(&inbox, &posts[i]);
	ck_assert(lvn_inbox_has_pending_for_sleeper(&inbox));
	lvn_inbox_clear_pending(&inbox);
	ck_assert(!lvn_inbox_has_pending(&inbox));

	post = lvn_inbox_take_posts(&inbox);
	for (int i = 0; i < 3; i++, post = post->next)
		ck_assert_ptr_eq(post, &posts[i]);
	ck_assert_ptr_null(post);
	ck_assert_ptr_null(lvn_inbox_take_posts(&inbox));
}

/* ---- Threads ---- */

enum { THREADS = 3, ROUNDS = 20000 };

static struct post posts[THREADS][ROUNDS];

static void *
push_posts(void *arg)
{
	int number = (int)(intptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		posts[number][i].arg = (void *)(intptr_t)i;
		posts[number][i].fn = (void (*)(void *))0;
		posts[number][i].callback.evcb_pri = (unsigned char)number;
		lvn_inbox_push_post(&inbox, &posts[number][i]);
	}
	return NULL;
}

TEST(inbox__posts_of_many_threads_keep_each_threads_order)
{
	pthread_t threads[THREADS];
	intptr_t next[THREADS] = {0};
	int count = 0;
	bool right = true;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, push_posts, (void *)(intptr_t)i);
	while (count < THREADS * ROUNDS) {
		struct post *post;

		lvn_inbox_clear_pending(&inbox);
		for (post = lvn_inbox_take_posts(&inbox); post; post = post->next) {
			right &= (intptr_t)post->arg == next[post->callback.evcb_pri]++;
			count++;
		}
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	ck_assert(right);
	ck_assert_ptr_null(lvn_inbox_take_posts(&inbox));
}

#if LVN_EVENT_IS_WIDE
static struct event shared[4];
static atomic_bool answered[4][THREADS];
static atomic_int finished;

/* Each thread has a bit of its own and asks again only when it was heard. */
static void *
ask_again_and_again(void *arg)
{
	int number = (int)(intptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		int at = i % 4;

		atomic_store(&answered[at][number], false);
		lvn_inbox_push_event(&inbox, &shared[at], 1 << number);
		while (!atomic_load(&answered[at][number]))
			sched_yield();
	}
	atomic_fetch_add(&finished, 1);
	return NULL;
}

static void
answer(struct event *ev, short what)
{
	for (int i = 0; i < THREADS; i++)
		if (what & 1 << i)
			atomic_store(&answered[ev - shared][i], true);
}

TEST(inbox__no_bit_of_any_thread_is_lost)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, ask_again_and_again, (void *)(intptr_t)i);
	while (atomic_load(&finished) < THREADS) {
		struct event *ev = lvn_inbox_take_events(&inbox);

		if (!ev)
			sched_yield();
		while (ev) {
			struct event *next;

			answer(ev, lvn_inbox_open(ev, &next));
			ev = next;
		}
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	ck_assert_ptr_null(lvn_inbox_take_events(&inbox));
}
#endif
