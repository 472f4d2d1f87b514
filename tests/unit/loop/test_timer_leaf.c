/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_leaf.h"

#include "unit/loop/timer_kit.h"

static struct timer_leaf leaf;
static struct event *events;

static void
set_up(void)
{
	leaf.node.count = 0;
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
		lvn_timer_leaf_append(into, &events[i]);
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
			ck_assert_ptr_eq(lvn_timer_slot(of->events[i]), &of->events[i]);
	}
}

START_TEST(compacting_closes_the_holes)
{
	append(&leaf, 0, LVN_TIMER_LEAF_CAPACITY);
	remove_event(3);
	remove_event(4);
	remove_event(LVN_TIMER_LEAF_CAPACITY - 1);

	ck_assert_uint_eq(lvn_timer_leaf_compact(&leaf), 3);

	ck_assert_uint_eq(leaf.node.count, LVN_TIMER_LEAF_CAPACITY - 3);
	check_slots(&leaf);
	for (unsigned i = 0; i < leaf.node.count; i++)
		ck_assert_ptr_nonnull(leaf.events[i]);
	ck_assert_uint_eq(lvn_timer_leaf_compact(&leaf), 0);
}
END_TEST

START_TEST(a_leaf_of_holes_compacts_to_nothing)
{
	append(&leaf, 0, 9);
	for (unsigned i = 0; i < 9; i++)
		remove_event(i);

	ck_assert_uint_eq(lvn_timer_leaf_compact(&leaf), 9);
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
	tcase_add_test(cases, a_leaf_of_holes_compacts_to_nothing);
	tcase_add_test(cases, reading_leaves_out_the_holes);
	tcase_add_test(cases, what_was_read_can_be_written);
	tcase_add_test(cases, moving_joins_two_leaves);
	suite_add_tcase(suite, cases);
	return suite;
}
