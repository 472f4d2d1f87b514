/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timers/timers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "unit/loop/timers/timer_kit.h"

#define SECOND INT64_C(1000000000)
#define YEAR   (INT64_C(31557600) * SECOND)

/* ---- a model: what is pending, and what must come first ---- */

struct expected {
	int64_t deadline_ns;
	uint64_t order;
	bool is_pending;
};

struct model {
	struct timers timers;
	struct event *events;
	struct expected *expected;
	size_t size;
	size_t pending;
	uint64_t last_order;
	uint64_t random;
	int64_t now_ns;
};

static void
start_model(struct model *model, size_t size, uint64_t seed)
{
	lvn_timers_init(&model->timers);
	model->events = new_events(size);
	model->expected = calloc(size, sizeof(*model->expected));
	ck_assert_ptr_nonnull(model->expected);
	model->size = size;
	model->pending = 0;
	model->last_order = 0;
	model->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	model->now_ns = 0;
}

static void
end_model(struct model *model)
{
	lvn_timers_clear(&model->timers);
	free(model->events);
	free(model->expected);
}

/* The event that must be popped first, or NULL. */
static struct expected *
first_expected(const struct model *model)
{
	struct expected *first = NULL;

	for (size_t i = 0; i < model->size; i++) {
		struct expected *one = &model->expected[i];

		if (one->is_pending &&
		    (!first || one->deadline_ns < first->deadline_ns ||
			(one->deadline_ns == first->deadline_ns && one->order < first->order)))
			first = one;
	}
	return first;
}

static int
set_timer(struct model *model, size_t at, int64_t deadline_ns, int64_t duration_ns)
{
	struct expected *one = &model->expected[at];
	int rc;

	if (one->is_pending)
		rc = lvn_timers_move(&model->timers, &model->events[at], deadline_ns, duration_ns);
	else
		rc = lvn_timers_add(&model->timers, &model->events[at], deadline_ns, duration_ns);
	if (rc == 0) {
		model->pending += !one->is_pending;
		*one = (struct expected){deadline_ns, ++model->last_order, true};
	}
	return rc;
}

static void
unset_timer(struct model *model, size_t at)
{
	lvn_timers_remove(&model->timers, &model->events[at]);
	model->expected[at].is_pending = false;
	model->pending--;
	/* It may be freed now: nothing may look at it any more. */
	memset(&model->events[at], 0xff, sizeof(model->events[at]));
}

static void
pop_and_compare(struct model *model)
{
	struct expected *first = first_expected(model);
	struct event *ev = lvn_timers_pop(&model->timers, model->now_ns);

	if (!first || first->deadline_ns > model->now_ns) {
		HOLDS(!ev);
		return;
	}
	HOLDS(ev == &model->events[first - model->expected]);
	HOLDS(lvn_event_deadline(ev) == first->deadline_ns);
	first->is_pending = false;
	model->pending--;
	memset(ev, 0xff, sizeof(*ev));
}

static void
compare_next(struct model *model)
{
	struct expected *first = first_expected(model);
	int64_t deadline_ns = -1;

	HOLDS(lvn_timers_next(&model->timers, &deadline_ns) == (first != NULL));
	if (first)
		HOLDS(deadline_ns == first->deadline_ns);
	HOLDS(lvn_timers_count(&model->timers) == model->pending);
}

static int
tick_off(struct event *ev, void *context)
{
	struct model *model = context;
	struct expected *one = &model->expected[ev - model->events];

	HOLDS(one->is_pending);
	one->is_pending = false;
	model->pending--;
	return 0;
}

static void
compare_each(struct model *model)
{
	struct expected *before = calloc(model->size, sizeof(*before));
	size_t pending = model->pending;

	HOLDS(before != NULL);
	memcpy(before, model->expected, model->size * sizeof(*before));
	HOLDS(lvn_timers_each(&model->timers, tick_off, model) == 0);
	HOLDS(model->pending == 0);
	memcpy(model->expected, before, model->size * sizeof(*before));
	model->pending = pending;
	free(before);
}

/* ---- kinds of deadlines ---- */

static int64_t
some_duration(struct model *model)
{
	return (int64_t)random_below(&model->random, 60 * (uint64_t)SECOND);
}

static int64_t
few_different(struct model *model)
{
	return (int64_t)random_below(&model->random, 40);
}

static int64_t
common_or_not(struct model *model)
{
	static const int64_t common[] = {SECOND, 5 * SECOND, 30 * SECOND, 75 * SECOND / 10};

	if (random_below(&model->random, 4) == 0)
		return some_duration(model);
	return common[random_below(&model->random, 4)];
}

static int64_t
of_any_size(struct model *model)
{
	return (int64_t)(next_random(&model->random) >> random_below(&model->random, 56));
}

static int64_t
extremes(struct model *model)
{
	static const int64_t ends[] = {INT64_MIN, INT64_MAX, INT64_MAX - 1, -1, 0, 1};

	if (random_below(&model->random, 2) == 0)
		return (int64_t)next_random(&model->random) - (INT64_C(1) << 55);
	return ends[random_below(&model->random, 6)];
}

static int64_t
of_years(struct model *model)
{
	return (int64_t)random_below(&model->random, 40) * YEAR +
	       (int64_t)random_below(&model->random, 1000);
}

static int64_t (*const kinds[])(struct model *model) = {
    some_duration, few_different, common_or_not, of_any_size, extremes, of_years};
#define KINDS (int)(sizeof(kinds) / sizeof(kinds[0]))

static int64_t
later_by(const struct model *model, int64_t duration_ns)
{
	return duration_ns > INT64_MAX - model->now_ns ? INT64_MAX : model->now_ns + duration_ns;
}

/* Time goes to the next deadline or a little on, and what is due comes. */
static void
let_time_pass(struct model *model)
{
	struct expected *first = first_expected(model);

	if (first && first->deadline_ns > model->now_ns)
		model->now_ns = first->deadline_ns;
	if (random_below(&model->random, 2) == 0)
		model->now_ns = later_by(model, (int64_t)random_below(&model->random, SECOND));
	for (size_t i = 0; i < 8; i++)
		pop_and_compare(model);
}

static void
do_something(struct model *model, int64_t (*kind)(struct model *model), unsigned adding)
{
	size_t at = (size_t)random_below(&model->random, model->size);
	uint64_t what = random_below(&model->random, 100);
	int64_t duration_ns = kind(model);

	if (what < adding)
		set_timer(model, at, later_by(model, duration_ns), duration_ns);
	else if (what < 85 && model->expected[at].is_pending)
		unset_timer(model, at);
	else if (what < 90)
		compare_next(model);
	else
		let_time_pass(model);
}

static void
run_model(int kind, size_t size, unsigned steps, uint64_t seed)
{
	static struct model model;

	start_model(&model, size, seed);
	for (unsigned step = 0; step < steps; step++) {
		/* Sometimes mostly growing, sometimes mostly shrinking. */
		do_something(&model, kinds[kind], step / 4000 % 2 ? 30 : 75);
		if (step % 997 == 0) {
			check_timers(&model.timers);
			compare_each(&model);
		}
	}
	model.now_ns = INT64_MAX;
	while (model.pending > 0)
		pop_and_compare(&model);
	pop_and_compare(&model);
	check_timers(&model.timers);
	end_model(&model);
}

TEST_RANGE(timers__random_operations_agree_with_a_sorted_array, 0, KINDS)
{
	run_model(_i, 800, 100000, 7 + (uint64_t)_i);
}

TEST_RANGE(timers__few_events_agree_with_a_sorted_array, 0, 40)
{
	run_model(_i % KINDS, 1 + (size_t)_i * 9, 8000, 1000 + (uint64_t)_i);
}

static struct failing_allocations failing;

static bool
fails_now_and_then(void *context)
{
	return random_below(context, 3) != 0;
}

TEST_RANGE(timers__lose_nothing_when_memory_runs_out, 0, KINDS)
{
	static struct model model;
	uint64_t luck = 99 + (uint64_t)_i;

	start_model(&model, 800, 31 + (uint64_t)_i);
	lvn_memory_set_fault(fails_now_and_then, &luck);
	for (unsigned step = 0; step < 50000; step++) {
		do_something(&model, kinds[_i], 75);
		if (step % 997 == 0)
			check_timers(&model.timers);
	}
	lvn_memory_set_fault(NULL, NULL);

	model.now_ns = INT64_MAX;
	while (model.pending > 0)
		pop_and_compare(&model);
	end_model(&model);
}

/* ---- one behaviour each ---- */

static struct timers timers;

static void
set_up(void)
{
	lvn_timers_init(&timers);
}

static void
tear_down(void)
{
	lvn_memory_set_fault(NULL, NULL);
	lvn_timers_clear(&timers);
}

TEST_FIXTURE(set_up, tear_down);

TEST(timers_next__without_events)
{
	int64_t deadline_ns = 5;

	ck_assert(!lvn_timers_next(&timers, &deadline_ns));
	ck_assert_int_eq(deadline_ns, 5);
	ck_assert_ptr_null(lvn_timers_pop(&timers, INT64_MAX));
	ck_assert_uint_eq(lvn_timers_count(&timers), 0);
}

TEST(timers_pop__equal_deadlines_in_order_of_adding)
{
	struct event *events = new_events(1000);

	for (int i = 0; i < 1000; i++)
		HOLDS(lvn_timers_add(&timers, &events[i], 70, i % 7 * 10) == 0);

	for (int i = 0; i < 1000; i++)
		HOLDS(lvn_timers_pop(&timers, 70) == &events[i]);
	free(events);
}

TEST(timers_move__the_same_deadline_counts_as_added_now)
{
	struct event *events = new_events(3);

	for (int i = 0; i < 3; i++)
		lvn_timers_add(&timers, &events[i], 70, i);
	ck_assert_int_eq(lvn_timers_move(&timers, &events[0], 70, 0), 0);

	ck_assert_ptr_eq(lvn_timers_pop(&timers, 70), &events[1]);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 70), &events[2]);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 70), &events[0]);
	free(events);
}

TEST(timers_pop__later_events_stay)
{
	struct event *events = new_events(2);

	lvn_timers_add(&timers, &events[0], 100, 1);
	lvn_timers_add(&timers, &events[1], 101, 2);

	ck_assert_ptr_null(lvn_timers_pop(&timers, 99));
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 100), &events[0]);
	ck_assert_ptr_null(lvn_timers_pop(&timers, 100));
	ck_assert_uint_eq(lvn_timers_count(&timers), 1);
	free(events);
}

TEST(timers_next__exact_after_a_later_deadline)
{
	struct event *events = new_events(2);
	int64_t deadline_ns;

	lvn_timers_add(&timers, &events[0], 100, 1);
	lvn_timers_add(&timers, &events[1], 300, 2);
	ck_assert_int_eq(lvn_timers_move(&timers, &events[0], 200, 3), 0);

	ck_assert(lvn_timers_next(&timers, &deadline_ns));
	ck_assert_int_eq(deadline_ns, 200);
	ck_assert_ptr_null(lvn_timers_pop(&timers, 199));
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 200), &events[0]);
	free(events);
}

TEST(timers_move__later_and_then_earlier)
{
	struct event *events = new_events(2);

	lvn_timers_add(&timers, &events[0], 100, 1);
	lvn_timers_add(&timers, &events[1], 150, 2);
	lvn_timers_move(&timers, &events[0], 500, 3);
	lvn_timers_move(&timers, &events[0], 90, 4);

	ck_assert_ptr_eq(lvn_timers_pop(&timers, 90), &events[0]);
	ck_assert_ptr_null(lvn_timers_pop(&timers, 90));
	free(events);
}

TEST(timers_move__all_to_one_later_deadline)
{
	enum { COUNT = 20000 };
	struct event *events = new_events(COUNT);
	int64_t deadline_ns = 0;
	unsigned early = 0;

	for (int i = 0; i < COUNT; i++)
		lvn_timers_add(&timers, &events[i], 1000 + i, i);
	for (int i = 0; i < COUNT; i++)
		HOLDS(lvn_timers_move(&timers, &events[i], SECOND, -1 - i) == 0);
	ck_assert_ptr_null(lvn_timers_pop(&timers, SECOND - 1));
	while (lvn_timers_next(&timers, &deadline_ns) && deadline_ns < SECOND)
		early++;

	ck_assert_uint_le(early, COUNT / 250);
	ck_assert_int_eq(deadline_ns, SECOND);
	for (int i = 0; i < COUNT; i++)
		HOLDS(lvn_timers_pop(&timers, SECOND) == &events[i]);
	free(events);
}

static int
compare_expected(const void *left, const void *right)
{
	const struct expected *a = left;
	const struct expected *b = right;

	if (a->deadline_ns != b->deadline_ns)
		return a->deadline_ns < b->deadline_ns ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

TEST_FIXTURE(NULL, NULL);

TEST_RANGE(timers_pop__many_events_in_order, 0, KINDS)
{
	enum { COUNT = 120000 };
	static struct model model;
	size_t kept = 0;

	start_model(&model, COUNT, 5 + (uint64_t)_i);
	for (size_t i = 0; i < COUNT; i++)
		set_timer(&model, i, kinds[_i](&model), -1 - (int64_t)i);
	for (size_t i = 0; i < COUNT; i++)
		set_timer(
		    &model, (size_t)random_below(&model.random, COUNT), kinds[_i](&model), -1);
	check_timers(&model.timers);
	for (size_t i = 0; i < COUNT; i++) {
		size_t at = (size_t)random_below(&model.random, COUNT);

		if (model.expected[at].is_pending)
			unset_timer(&model, at);
	}
	check_timers(&model.timers);

	for (size_t i = 0; i < COUNT; i++) {
		if (model.expected[i].is_pending)
			model.expected[kept++] = model.expected[i];
	}
	HOLDS(kept == lvn_timers_count(&model.timers));
	qsort(model.expected, kept, sizeof(*model.expected), compare_expected);
	for (size_t i = 0; i < kept; i++) {
		int64_t deadline_ns = model.expected[i].deadline_ns;
		struct event *ev = lvn_timers_pop(&model.timers, deadline_ns);

		for (int patience = 0; !ev && patience < 100; patience++)
			ev = lvn_timers_pop(&model.timers, deadline_ns);
		HOLDS(ev != NULL);
		HOLDS(lvn_event_deadline(ev) == deadline_ns);
		HOLDS(lvn_timer_sequence(ev) == model.expected[i].order);
	}
	HOLDS(!lvn_timers_pop(&model.timers, INT64_MAX));
	end_model(&model);
}

TEST_FIXTURE(set_up, tear_down);

/* Before each event that is due, 100 come whose deadline was put off. */
TEST(timers_pop__calls_in_a_row_file_few_stale_events_anew)
{
	enum { COUNT = 100 * 101 };
	struct event *events = new_events(COUNT);
	int popped = 0;
	int returned_nothing = 0;

	for (int i = 0; i < COUNT; i++)
		HOLDS(lvn_timers_add(&timers, &events[i], i, -1 - i) == 0);
	for (int i = 0; i < COUNT; i++)
		if (i % 101 != 100)
			HOLDS(lvn_timers_move(&timers, &events[i], SECOND + i, -1 - i) == 0);
	while (lvn_timers_pop(&timers, COUNT))
		popped++;
	ck_assert_int_eq(popped, 2);

	for (; popped < 100; returned_nothing++)
		while (lvn_timers_pop(&timers, COUNT))
			popped++;
	ck_assert_int_eq(popped, 100);
	ck_assert_int_le(returned_nothing, 40);
	ck_assert_uint_eq(lvn_timers_count(&timers), COUNT - 100);
	free(events);
}

TEST(timers_pop__extreme_deadlines_in_order)
{
	static const int64_t deadlines[] = {INT64_MAX, INT64_MIN, 0, -1, INT64_MAX, INT64_MIN};
	static const int order[] = {1, 5, 3, 2, 0, 4};
	struct event *events = new_events(6);
	int64_t deadline_ns;

	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(lvn_timers_add(&timers, &events[i], deadlines[i], i), 0);

	ck_assert(lvn_timers_next(&timers, &deadline_ns));
	ck_assert(deadline_ns == INT64_MIN);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, INT64_MIN), &events[1]);
	for (int i = 1; i < 6; i++)
		ck_assert_ptr_eq(lvn_timers_pop(&timers, INT64_MAX), &events[order[i]]);
	free(events);
}

TEST(timers_pop__sequence_numbers_wrap_around)
{
	struct event *events = new_events(400);

	timers.last_sequence = (timer_sequence)0 - 200;
	for (int i = 0; i < 400; i++)
		lvn_timers_add(&timers, &events[i], 70, i % 3);

	for (int i = 0; i < 400; i++)
		HOLDS(lvn_timers_pop(&timers, 70) == &events[i]);
	free(events);
}

#if LVN_EVENT_IS_WIDE
TEST(timers_add__one_duration_needs_no_memory_once_it_has_a_queue)
{
	struct event *events = new_events(5000);

	for (int i = 0; i < 2; i++)
		HOLDS(lvn_timers_add(&timers, &events[i], SECOND + i, SECOND) == 0);
	failing = (struct failing_allocations){0};
	lvn_memory_set_fault(fails_after_some, &failing);
	for (int i = 2; i < 5000; i++)
		HOLDS(lvn_timers_add(&timers, &events[i], SECOND + i, SECOND) == 0);
	for (int i = 0; i < 5000; i++)
		HOLDS(lvn_timers_move(&timers, &events[i], 2 * SECOND + i, SECOND) == 0);

	ck_assert_uint_eq(failing.asked, 0);
	for (int i = 0; i < 5000; i++)
		HOLDS(lvn_timers_pop(&timers, 3 * SECOND) == &events[i]);
	free(events);
}

TEST(timers_move__later_deadline_needs_no_memory)
{
	struct event *events = new_events(5000);

	for (int i = 0; i < 5000; i++)
		lvn_timers_add(&timers, &events[i], i * 3, i);
	failing = (struct failing_allocations){0};
	lvn_memory_set_fault(fails_after_some, &failing);
	for (int i = 0; i < 5000; i++)
		HOLDS(lvn_timers_move(&timers, &events[i], 20000 + i, -1 - i) == 0);

	ck_assert_uint_eq(failing.asked, 0);
	for (int i = 0; i < 5000; i++) {
		struct event *ev = lvn_timers_pop(&timers, 30000);

		for (int patience = 0; !ev && patience < 25; patience++)
			ev = lvn_timers_pop(&timers, 30000);
		HOLDS(ev == &events[i]);
	}
	free(events);
}
#endif

TEST_FIXTURE(NULL, NULL);

/* Adds until it fails, moves until it fails, pops all; with the first `_i` allocations good. */
TEST_RANGE(timers__each_allocation_may_fail, 0, 30)
{
	static struct model model;
	bool failed = false;

	start_model(&model, 900, 3);
	failing = (struct failing_allocations){.passing = (unsigned long)_i};
	lvn_memory_set_fault(fails_after_some, &failing);
	for (size_t i = 0; i < 900; i++) {
		int64_t duration_ns = (int64_t)(i * 7919 % 900);
		int rc = set_timer(&model, i, duration_ns, duration_ns % 5 ? -1 - duration_ns : 0);

		HOLDS(rc == 0 || rc == -ENOMEM);
		failed = failed || rc != 0;
	}
	for (size_t i = 0; i < 900; i += 3) {
		int64_t duration_ns = (int64_t)(i * 104729 % 900);
		int rc = set_timer(&model, i, duration_ns, -1000 - duration_ns);

		HOLDS(rc == 0 || rc == -ENOMEM);
		failed = failed || rc != 0;
	}
	/* Without a queue there is still the heap: a failure may go unnoticed, but not all. */
	ck_assert(!failed || failing.asked > failing.passing);
	ck_assert(failed || failing.asked <= failing.passing || _i > 3);
	check_timers(&model.timers);
	model.now_ns = 1000;
	while (model.pending > 0)
		pop_and_compare(&model);
	end_model(&model);
}

TEST(timers__a_steady_load_does_not_allocate)
{
	static struct model model;

	start_model(&model, 5000, 17);
	for (unsigned step = 0; step < 60000; step++) {
		size_t at = (size_t)random_below(&model.random, 5000);

		if (step == 30000) {
			failing = (struct failing_allocations){.passing = 40};
			lvn_memory_set_fault(fails_after_some, &failing);
		}
		HOLDS(set_timer(&model, at, (int64_t)step * 1000 + some_duration(&model),
			  -1 - (int64_t)step) == 0);
		if (step % 4 == 0 && model.expected[at].is_pending)
			unset_timer(&model, at);
	}
	lvn_memory_set_fault(NULL, NULL);

	ck_assert_uint_le(failing.asked, 40);
	end_model(&model);
}

TEST_FIXTURE(set_up, tear_down);

TEST(timers__memory_is_freed_when_events_are_gone)
{
	struct event *events = new_events(50000);
	size_t most;

	lvn_memory_set_functions(counting_alloc, counting_realloc, counting_free);
	for (int i = 0; i < 50000; i++)
		lvn_timers_add(&timers, &events[i], i * 7919 % 50000, -1 - i);
	most = counted.blocks;
	for (int i = 0; i < 50000; i++)
		lvn_timers_remove(&timers, &events[i]);

	ck_assert_uint_gt(most, 10);
	ck_assert_uint_lt(counted.blocks, 4);
	lvn_timers_clear(&timers);
	ck_assert_uint_eq(counted.blocks, 0);
	free(events);
}

static int
stop_at_third(struct event *ev, void *context)
{
	int *calls = context;

	(void)ev;
	return ++*calls == 3 ? 42 : 0;
}

TEST(timers_each__can_be_stopped)
{
	struct event *events = new_events(1000);

	for (int i = 0; i < 1000; i++) {
		int calls = 0;

		lvn_timers_add(&timers, &events[i], i, i % 2 ? 5 : -i);
		HOLDS(lvn_timers_each(&timers, stop_at_third, &calls) == (i < 2 ? 0 : 42));
		ck_assert_int_eq(calls, i < 2 ? i + 1 : 3);
	}
	free(events);
}
