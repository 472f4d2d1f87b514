/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_leaf.h"

#include "unit/loop/timer_kit.h"

static struct timer_leaf leaf;
static struct event *events;

static void
set_up(void)
{
	lvn_timer_leaf_init(&leaf);
	events = new_events(2 * LVN_TIMER_LEAF_CAPACITY);
}

static void
tear_down(void)
{
	free(events);
}

/* Events from `begin` on, count of them, filed under their indexes. */
static void
append(struct timer_leaf *into, unsigned begin, unsigned count)
{
	for (unsigned i = begin; i < begin + count; i++) {
		set_key(&events[i], i, i);
		HOLDS(lvn_timer_leaf_put(into, &events[i]));
	}
}

static void
remove_event(unsigned at)
{
	*lvn_timer_slot(&events[at]) = NULL;
}

static void
check_slots(const struct timer_leaf *of)
{
	for (unsigned i = 0; i < of->node.count; i++) {
		if (of->events[i])
			HOLDS(lvn_timer_slot(of->events[i]) == &of->events[i]);
	}
}

START_TEST(compacting_closes_the_holes)
{
	append(&leaf, 0, LVN_TIMER_LEAF_CAPACITY);
	remove_event(3);
	remove_event(4);
	remove_event(LVN_TIMER_LEAF_CAPACITY - 1);

	lvn_timer_leaf_compact(&leaf);

	ck_assert_uint_eq(leaf.node.count, LVN_TIMER_LEAF_CAPACITY - 3);
	check_slots(&leaf);
	for (unsigned i = 0; i < leaf.node.count; i++)
		HOLDS(leaf.events[i] != NULL);
	lvn_timer_leaf_compact(&leaf);
	ck_assert_uint_eq(leaf.node.count, LVN_TIMER_LEAF_CAPACITY - 3);
}
END_TEST

START_TEST(a_full_leaf_takes_as_many_as_it_has_holes)
{
	unsigned free_events = LVN_TIMER_LEAF_CAPACITY;

	append(&leaf, 0, LVN_TIMER_LEAF_CAPACITY);
	for (unsigned i = 0; i < LVN_TIMER_LEAF_CAPACITY; i += 5)
		remove_event(i);
	ck_assert_uint_eq(lvn_timer_leaf_count_events(&leaf), LVN_TIMER_LEAF_CAPACITY / 5 * 4);

	for (unsigned i = 0; i < LVN_TIMER_LEAF_CAPACITY; i += 5)
		append(&leaf, free_events++, 1);

	ck_assert_uint_eq(lvn_timer_leaf_count_events(&leaf), LVN_TIMER_LEAF_CAPACITY);
	check_slots(&leaf);
	ck_assert(!lvn_timer_leaf_put(&leaf, &events[free_events]));
}
END_TEST

START_TEST(holes_far_away_are_found_by_asking_again)
{
	append(&leaf, 0, LVN_TIMER_LEAF_CAPACITY);
	remove_event(LVN_TIMER_LEAF_STEPS * 2 + 5);

	ck_assert(!lvn_timer_leaf_put(&leaf, &events[LVN_TIMER_LEAF_CAPACITY]));
	ck_assert(!lvn_timer_leaf_put(&leaf, &events[LVN_TIMER_LEAF_CAPACITY]));
	ck_assert(lvn_timer_leaf_put(&leaf, &events[LVN_TIMER_LEAF_CAPACITY]));
	check_slots(&leaf);
}
END_TEST

START_TEST(a_leaf_of_holes_compacts_to_nothing)
{
	append(&leaf, 0, 9);
	for (unsigned i = 0; i < 9; i++)
		remove_event(i);

	lvn_timer_leaf_compact(&leaf);
	ck_assert_uint_eq(leaf.node.count, 0);
}
END_TEST

START_TEST(reading_leaves_out_the_holes)
{
	struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY];

	append(&leaf, 0, 50);
	remove_event(0);
	remove_event(20);

	ck_assert_uint_eq(lvn_timer_leaf_read(&leaf, entries), 48);
	ck_assert_ptr_eq(entries[0].ev, &events[1]);
	ck_assert_int_eq(entries[0].filed_ns, 1);
	ck_assert_ptr_eq(entries[47].ev, &events[49]);
	ck_assert_int_eq(entries[47].filed_ns, 49);
}
END_TEST

START_TEST(what_was_read_can_be_written)
{
	struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY];
	static struct timer_leaf copy;
	size_t count;

	append(&leaf, 0, 50);
	remove_event(7);
	count = lvn_timer_leaf_read(&leaf, entries);
	lvn_timer_leaf_write(&copy, entries, count);

	ck_assert_uint_eq(copy.node.count, 49);
	ck_assert_ptr_eq(copy.events[7], &events[8]);
	check_slots(&copy);
}
END_TEST

START_TEST(moving_joins_two_leaves)
{
	static struct timer_leaf from;

	append(&leaf, 0, 40);
	append(&from, 40, 50);
	remove_event(10);
	remove_event(60);

	lvn_timer_leaf_move(&leaf, &from);

	ck_assert_uint_eq(from.node.count, 0);
	ck_assert_uint_eq(leaf.node.count, 89);
	check_slots(&leaf);
	ck_assert_ptr_eq(leaf.events[88], &events[89]);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("timer_leaf");
	TCase *cases = tcase_create("leaf");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, compacting_closes_the_holes);
	tcase_add_test(cases, a_full_leaf_takes_as_many_as_it_has_holes);
	tcase_add_test(cases, holes_far_away_are_found_by_asking_again);
	tcase_add_test(cases, a_leaf_of_holes_compacts_to_nothing);
	tcase_add_test(cases, reading_leaves_out_the_holes);
	tcase_add_test(cases, what_was_read_can_be_written);
	tcase_add_test(cases, moving_joins_two_leaves);
	suite_add_tcase(suite, cases);
	return suite;
}
