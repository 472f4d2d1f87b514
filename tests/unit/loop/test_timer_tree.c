/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_tree.h"

#include <errno.h>

#include "unit/loop/timer_kit.h"

#define MOST 60000

static struct timer_tree tree;
static struct event *events;
static timer_sequence last_sequence;
static uint64_t state;

static void
set_up(void)
{
	lvn_timer_tree_init(&tree);
	events = new_events(MOST);
	last_sequence = 0;
	state = 11;
}

static void
tear_down(void)
{
	lvn_memory_set_fault(NULL, NULL);
	lvn_timer_tree_clear(&tree);
	free(events);
}

static int
insert(size_t at, int64_t deadline_ns)
{
	set_key(&events[at], deadline_ns, ++last_sequence);
	return lvn_timer_tree_insert(&tree, &events[at]);
}

/* Events 0 and 1 make the first leaf: nothing below deadline 0 fits into the tree. */
static void
plant(void)
{
	struct timer_entry entries[2] = {{0, &events[0]}, {1, &events[1]}};

	set_key(&events[0], 0, ++last_sequence);
	set_key(&events[1], 1, ++last_sequence);
	ck_assert_int_eq(lvn_timer_tree_reserve(&tree), 0);
	lvn_timer_tree_graft(&tree, entries, 2);
}

/* Takes all leaves; they must come in order, and each must be before the next. */
static size_t
take_all(void)
{
	struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY];
	struct timer_entry spare[LVN_TIMER_LEAF_CAPACITY];
	struct timer_key last = {INT64_MIN, 0};
	size_t taken = 0;

	while (tree.root) {
		size_t count;

		HOLDS(!lvn_timer_tree_take_stranded(&tree));
		count = lvn_timer_tree_take_first(&tree, entries);
		lvn_timer_run_sort(entries, spare, count);
		if (count > 0) {
			HOLDS(lvn_timer_before(last, lvn_timer_key(entries[0].ev)));
			last = lvn_timer_key(entries[count - 1].ev);
		}
		taken += count;
	}
	ck_assert_uint_eq(tree.count, 0);
	ck_assert_uint_eq(tree.leaf_count, 0);
	return taken;
}

START_TEST(an_empty_tree_starts_after_everything)
{
	ck_assert(lvn_timer_tree_starts_after(&tree, (struct timer_key){INT64_MAX, 5}));
	plant();
	ck_assert(lvn_timer_tree_starts_after(&tree, (struct timer_key){-1, 9}));
	ck_assert(!lvn_timer_tree_starts_after(&tree, (struct timer_key){0, 9}));
}
END_TEST

static int64_t
random_deadline(void)
{
	return (int64_t)random_below(&state, 1000000000);
}

static int64_t
rising_deadline(void)
{
	return (int64_t)last_sequence;
}

static int64_t
falling_deadline(void)
{
	return MOST - (int64_t)last_sequence;
}

static int64_t
the_same_deadline(void)
{
	return 5;
}

static int64_t
last_deadline(void)
{
	return INT64_MAX;
}

static int64_t (*const deadlines[])(void) = {
    random_deadline, rising_deadline, falling_deadline, the_same_deadline, last_deadline};
#define KINDS (int)(sizeof(deadlines) / sizeof(deadlines[0]))

START_TEST(what_was_inserted_comes_out_in_order)
{
	plant();
	for (size_t i = 2; i < MOST; i++) {
		HOLDS(insert(i, deadlines[_i]()) == 0);
		if (i % 9973 == 0)
			check_tree(&tree);
	}
	check_tree(&tree);

	ck_assert_uint_gt(tree.height, 1);
	ck_assert_uint_eq(take_all(), MOST);
}
END_TEST

START_TEST(what_was_removed_does_not_come)
{
	plant();
	for (size_t i = 2; i < MOST; i++)
		insert(i, deadlines[_i]());
	for (size_t i = 0; i < MOST; i++) {
		if (i % 100 != 0)
			lvn_timer_tree_remove(&tree, &events[i * 7919 % MOST]);
		if (i % 9973 == 0)
			check_tree(&tree);
	}
	check_tree(&tree);

	ck_assert_uint_eq(tree.count, MOST / 100);
	ck_assert_uint_eq(take_all(), MOST / 100);
}
END_TEST

START_TEST(removing_most_gives_leaves_back_to_the_pool)
{
	plant();
	for (size_t i = 2; i < MOST; i++)
		insert(i, random_deadline());
	for (size_t i = 1000; i < MOST; i++)
		lvn_timer_tree_remove(&tree, &events[i]);

	check_tree(&tree);
	ck_assert_uint_lt(tree.leaf_count, 40);
	ck_assert_uint_gt(tree.leaves.spare, MOST / LVN_TIMER_LEAF_CAPACITY * 9 / 10);
	ck_assert_uint_eq(take_all(), 1000);
}
END_TEST

START_TEST(the_last_leaf_can_be_all_holes)
{
	plant();
	lvn_timer_tree_remove(&tree, &events[0]);
	lvn_timer_tree_remove(&tree, &events[1]);

	check_tree(&tree);
	ck_assert_uint_eq(tree.count, 0);
	ck_assert_uint_eq(take_all(), 0);
	ck_assert_ptr_null(tree.root);
}
END_TEST

START_TEST(leaves_can_be_grafted_before_all_others)
{
	struct timer_entry entries[3];

	plant();
	for (size_t i = 0; i < 3000; i += 3) {
		for (size_t j = 0; j < 3; j++) {
			set_key(
			    &events[100 + i + j], (int64_t)j - (int64_t)i - 10, ++last_sequence);
			entries[j].ev = &events[100 + i + j];
			entries[j].filed_ns = lvn_timer_filed_ns(entries[j].ev);
		}
		HOLDS(lvn_timer_tree_reserve(&tree) == 0);
		lvn_timer_tree_graft(&tree, entries, 3);
	}

	check_tree(&tree);
	ck_assert_uint_gt(tree.height, 1);
	ck_assert_uint_eq(take_all(), 3002);
}
END_TEST

/* With the first so many allocations good, as many as were accepted come out. */
START_TEST(without_memory_nothing_is_lost)
{
	struct failing_allocations failing = {.passing = (unsigned long)_i};
	size_t accepted = 2;
	size_t came = 0;
	int refused = 0;

	plant();
	lvn_memory_set_fault(fails_after_some, &failing);
	for (size_t i = 2; i < 3000; i++) {
		int rc = insert(i, random_deadline());

		HOLDS(rc == 0 || rc == -ENOMEM);
		accepted += rc == 0;
		refused += rc != 0;
	}
	check_tree(&tree);
	ck_assert_uint_eq(tree.count, accepted);
	ck_assert_int_gt(refused, 0);

	while (lvn_timer_tree_take_stranded(&tree))
		came++;
	ck_assert_uint_eq(came + take_all(), accepted);
}
END_TEST

static int
count_to_limit(struct event *ev, void *context)
{
	(void)ev;
	return --*(int *)context == 0 ? 77 : 0;
}

START_TEST(a_visit_sees_all_and_can_be_stopped)
{
	int limit;

	plant();
	for (size_t i = 2; i < 50030; i++)
		insert(i, random_deadline());
	for (size_t i = 0; i < 30; i++)
		lvn_timer_tree_remove(&tree, &events[i * 100]);

	for (int stop = 1; stop < 50000; stop += 9999) {
		limit = stop;
		HOLDS(lvn_timer_tree_each(&tree, count_to_limit, &limit) == 77);
	}
	limit = 100000;
	ck_assert_int_eq(lvn_timer_tree_each(&tree, count_to_limit, &limit), 0);
	ck_assert_int_eq(limit, 50000);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("timer_tree");
	TCase *cases = tcase_create("tree");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, suite_patience(20));
	tcase_add_test(cases, an_empty_tree_starts_after_everything);
	tcase_add_loop_test(cases, what_was_inserted_comes_out_in_order, 0, KINDS);
	tcase_add_loop_test(cases, what_was_removed_does_not_come, 0, KINDS);
	tcase_add_test(cases, removing_most_gives_leaves_back_to_the_pool);
	tcase_add_test(cases, the_last_leaf_can_be_all_holes);
	tcase_add_test(cases, leaves_can_be_grafted_before_all_others);
	tcase_add_loop_test(cases, without_memory_nothing_is_lost, 0, 20);
	tcase_add_test(cases, a_visit_sees_all_and_can_be_stopped);
	suite_add_tcase(suite, cases);
	return suite;
}
