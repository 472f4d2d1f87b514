/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * levin_post: work for a loop from any thread.
 */
#include <errno.h>
#include <event2/event.h>
#include <levin/post.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static struct seen seen;

static void
set_up(int i)
{
	backend = backend_under_test(i);
	base = base_on(backend);
}

static void
spell_posted(void *text)
{
	spell_text(text);
}

static void
break_posted(void *arg)
{
	event_base_loopbreak(arg);
}

TEST_EVERYWHERE(levin_post__what_is_posted_runs_once_in_order)
{
	set_up(_i);
	ck_assert_int_eq(levin_post(base, spell_posted, word("a")), 0);
	ck_assert_int_eq(levin_post(base, spell_posted, word("b")), 0);
	ck_assert_int_eq(levin_post(base, spell_posted, word("c")), 0);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "abc");
	event_base_free(base);
}

TEST_EVERYWHERE(levin_post__nothing_to_call_is_refused)
{
	set_up(_i);
	ck_assert_int_eq(levin_post(NULL, spell_posted, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_post(base, NULL, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	event_base_free(base);
}

TEST_EVERYWHERE(levin_post__post_counts_as_an_active_event)
{
	set_up(_i);
	event_base_priority_init(base, 3);
	levin_post(base, spell_posted, word("p"));

	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 1);
	turn(base);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 0);
	ck_assert_ptr_null(event_base_get_running_event(base));
	event_base_free(base);
}

TEST_EVERYWHERE(levin_post__what_never_ran_is_dropped_with_the_base)
{
	set_up(_i);
	levin_post(base, spell_posted, word("a"));
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 1);
	levin_post(base, spell_posted, word("b"));

	event_base_free(base);

	ck_assert_str_eq(spelled(), "");
}

static int posts_left;

static void
post_again(void *arg)
{
	spell_text("p");
	if (--posts_left > 0)
		levin_post(arg, post_again, arg);
	/* Whatever enters the base must not have the new one run in this turn. */
	event_base_get_num_events(arg, EVENT_BASE_COUNT_ACTIVE);
}

TEST_EVERYWHERE(levin_post__what_a_posted_function_posts_runs_in_the_next_turn)
{
	struct evwatch *watch;
	int turns;

	set_up(_i);
	watch = count_turns(base, &turns);
	posts_left = 4;
	levin_post(base, post_again, base);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "pppp");
	ck_assert_int_eq(turns, 4);
	evwatch_free(watch);
	event_base_free(base);
}

static void
post_letters(void *arg)
{
	levin_post(arg, spell_posted, word("a"));
	event_base_get_num_events(arg, EVENT_BASE_COUNT_ACTIVE);
	levin_post(arg, spell_posted, word("b"));
	levin_post(arg, spell_posted, word("c"));
}

TEST_EVERYWHERE(levin_post__posts_of_a_callback_keep_their_order)
{
	set_up(_i);
	levin_post(base, post_letters, base);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "abc");
	event_base_free(base);
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

TEST_EVERYWHERE(levin_post__post_without_memory_is_refused)
{
	set_up(_i);
	event_set_mem_functions(no_memory, NULL, NULL);
	ck_assert_int_eq(levin_post(base, spell_posted, word("a")), -1);
	ck_assert_int_eq(errno, ENOMEM);
	event_set_mem_functions(NULL, NULL, NULL);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "");
	event_base_free(base);
}

/* ---- From other threads ---- */

static void *
post_break(void *arg)
{
	ck_assert_int_eq(levin_post(arg, break_posted, arg), 0);
	return NULL;
}

static void
start_poster(evutil_socket_t fd, short what, void *thread)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(pthread_create(thread, NULL, post_break, base), 0);
}

/* Also where the application has not switched threads on, and on bases without locks. */
TEST_ON_BACKENDS(levin_post__post_wakes_a_loop_that_sleeps)
{
	struct event *idle;
	evutil_socket_t ends[2];
	pthread_t poster;

	set_up(_i);
	open_pair(backend, ends);
	idle = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(idle, NULL);
	for (int i = 0; i < 10; i++) {
		event_base_once(base, -1, EV_TIMEOUT, start_poster, &poster, NULL);
		ck_assert_int_eq(event_base_dispatch(base), 0);
		pthread_join(poster, NULL);
	}
	event_free(idle);
	event_base_free(base);
	close_pair(ends);
}

enum { PRODUCERS = 3, EACH = 2000 };

struct producer {
	pthread_t thread;
	int number;
	int next; /* the number of its next post that has to run */
};

static struct producer producers[PRODUCERS];
static struct item {
	struct producer *from;
	int number;
} items[PRODUCERS][EACH];
static int ran;

static void
run_item(void *arg)
{
	const struct item *item = arg;

	ck_assert_int_eq(item->number, item->from->next);
	item->from->next++;
	if (++ran == PRODUCERS * EACH)
		event_base_loopbreak(base);
}

static void *
produce(void *arg)
{
	struct producer *self = arg;

	for (int i = 0; i < EACH; i++) {
		items[self->number][i] = (struct item){self, i};
		if (levin_post(base, run_item, &items[self->number][i]) < 0)
			abort();
	}
	return NULL;
}

TEST_ON_BACKENDS(levin_post__posts_of_one_thread_keep_their_order)
{
	struct event *idle;

	set_up(_i);
	idle = keep_alive(base);
	for (int i = 0; i < PRODUCERS; i++) {
		producers[i].number = i;
		ck_assert_int_eq(
		    pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
	}

	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert_int_eq(ran, PRODUCERS * EACH);
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(producers[i].thread, NULL);
	event_free(idle);
	event_base_free(base);
}
