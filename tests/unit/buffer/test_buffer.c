/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer.h"

#include <event2/buffer.h>

#include "buffer/buffer_io.h"
#include "buffer/buffer_move.h"
#include "unit/buffer/buffer_kit.h"

/* An object as a stream is one: buffers in its own memory, and a log of what changed. */
struct owner {
	struct evbuffer buffer;
	size_t old_size, added, removed;
	int changes;
	size_t takes; /* bytes that it takes away by itself when there is a change */
};

static void
note_change(struct evbuffer *buffer, size_t old_size, size_t added, size_t removed, void *arg)
{
	struct owner *owner = arg;

	ck_assert_ptr_eq(buffer, &owner->buffer);
	owner->old_size = old_size;
	owner->added = added;
	owner->removed = removed;
	owner->changes++;
	if (owner->takes > 0) {
		size_t size = owner->takes;

		owner->takes = 0;
		lvn_buffer_drain_locked(buffer, size);
	}
}

static const struct buffer_owner_ops ops = {
    .place = offsetof(struct owner, buffer), .on_change = note_change};

static struct owner owner;

static void
set_up(void)
{
	memset(&owner, 0, sizeof(owner));
	lvn_buffer_init(&owner.buffer);
	lvn_buffer_set_owner(&owner.buffer, &ops);
}

static void
tear_down(void)
{
	lvn_buffer_clear(&owner.buffer);
}

START_TEST(an_embedded_buffer_is_small)
{
	ck_assert_uint_le(sizeof(struct evbuffer), 64);
}
END_TEST

START_TEST(an_owner_is_told_of_each_change)
{
	add_text(&owner.buffer, "0123456789");
	ck_assert_uint_eq(owner.old_size, 0);
	ck_assert_uint_eq(owner.added, 10);
	ck_assert_uint_eq(owner.removed, 0);
	lvn_buffer_drain_locked(&owner.buffer, 3);

	ck_assert_uint_eq(owner.old_size, 10);
	ck_assert_uint_eq(owner.added, 0);
	ck_assert_uint_eq(owner.removed, 3);
	ck_assert_int_eq(owner.changes, 2);
}
END_TEST

START_TEST(an_owner_is_told_through_public_functions_as_well)
{
	char out[4];

	evbuffer_add(&owner.buffer, "0123456789", 10);
	evbuffer_prepend(&owner.buffer, "ab", 2);
	evbuffer_remove(&owner.buffer, out, 4);
	evbuffer_drain(&owner.buffer, 1);
	evbuffer_drain(&owner.buffer, 100);

	ck_assert_int_eq(owner.changes, 5);
	ck_assert_uint_eq(owner.removed, 7);
}
END_TEST

START_TEST(an_owner_may_change_the_buffer_when_it_is_told)
{
	owner.takes = 4;
	add_text(&owner.buffer, "0123456789");

	ck_assert_int_eq(owner.changes, 2);
	check_content(&owner.buffer, "456789");
}
END_TEST

START_TEST(an_owner_that_has_gone_is_not_told)
{
	lvn_buffer_set_owner(&owner.buffer, NULL);

	add_text(&owner.buffer, "text");

	ck_assert_int_eq(owner.changes, 0);
}
END_TEST

START_TEST(a_frozen_end_is_only_frozen_for_public_functions)
{
	char out[4];

	lvn_buffer_freeze_locked(&owner.buffer, FROZEN_BACK);
	ck_assert_int_eq(evbuffer_add(&owner.buffer, "x", 1), -1);
	add_text(&owner.buffer, "text");
	lvn_buffer_unfreeze_locked(&owner.buffer, FROZEN_BACK);
	lvn_buffer_freeze_locked(&owner.buffer, FROZEN_FRONT);
	ck_assert_int_eq(evbuffer_remove(&owner.buffer, out, 4), -1);
	ck_assert_int_eq(evbuffer_drain(&owner.buffer, 4), -1);

	ck_assert_int_eq(lvn_buffer_remove_locked(&owner.buffer, out, 4), 4);
}
END_TEST

START_TEST(a_line_that_there_is_no_memory_for_stays)
{
	size_t size = 77;

	add_text(&owner.buffer, "line\nrest");
	fail_allocations_after(0);
	ck_assert_ptr_null(evbuffer_readln(&owner.buffer, &size, EVBUFFER_EOL_LF));
	ck_assert_ptr_null(evbuffer_readln(&owner.buffer, &size, EVBUFFER_EOL_ANY));
	fail_allocations_after(-1);

	ck_assert_uint_eq(size, 0);
	check_content(&owner.buffer, "line\nrest");
}
END_TEST

START_TEST(an_embedded_buffer_is_not_freed_by_programs)
{
	add_text(&owner.buffer, "text");

	evbuffer_free(&owner.buffer);

	check_content(&owner.buffer, "text");
}
END_TEST

START_TEST(a_shared_lock_is_the_owners)
{
	struct lock lock;

	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	lvn_buffer_share_lock(&owner.buffer, &lock);

	ck_assert(lvn_buffer_has_lock(&owner.buffer));
	ck_assert_int_eq(evbuffer_enable_locking(&owner.buffer, NULL), -1);
	evbuffer_add(&owner.buffer, "text", 4);
	ck_assert_uint_eq(evbuffer_get_length(&owner.buffer), 4);
	lvn_lock_clear(&lock);
}
END_TEST

START_TEST(chains_are_put_before_the_room_that_was_made)
{
	struct evbuffer *buffer = &owner.buffer;

	ck_assert_int_eq(evbuffer_expand(buffer, 100), 0);
	lvn_buffer_append_chain_locked(buffer, lvn_chain_new_reference("one", 0, 3, NULL, NULL));
	lvn_buffer_append_chain_locked(buffer, lvn_chain_new_reference("two", 0, 3, NULL, NULL));

	check_content(buffer, "onetwo");
	ck_assert_int_eq(count_chains(buffer), 3);
	lvn_buffer_drop_spares_locked(buffer);
	ck_assert_int_eq(count_chains(buffer), 2);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("buffer");
	TCase *cases = tcase_create("buffer");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, an_embedded_buffer_is_small);
	tcase_add_test(cases, an_owner_is_told_of_each_change);
	tcase_add_test(cases, an_owner_is_told_through_public_functions_as_well);
	tcase_add_test(cases, an_owner_may_change_the_buffer_when_it_is_told);
	tcase_add_test(cases, an_owner_that_has_gone_is_not_told);
	tcase_add_test(cases, a_frozen_end_is_only_frozen_for_public_functions);
	tcase_add_test(cases, a_line_that_there_is_no_memory_for_stays);
	tcase_add_test(cases, an_embedded_buffer_is_not_freed_by_programs);
	tcase_add_test(cases, a_shared_lock_is_the_owners);
	tcase_add_test(cases, chains_are_put_before_the_room_that_was_made);
	suite_add_tcase(suite, cases);
	return suite;
}
