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
    .offset = offsetof(struct owner, buffer), .on_change = note_change};

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

TEST_FIXTURE(set_up, tear_down);

TEST(buffer__embedded_one_is_small)
{
	ck_assert_uint_le(sizeof(struct evbuffer), 56);
}

TEST(buffer_owner__notified_of_each_change)
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

TEST(buffer_owner__notified_by_public_functions)
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

TEST(buffer_owner__may_change_the_buffer)
{
	owner.takes = 4;
	add_text(&owner.buffer, "0123456789");

	ck_assert_int_eq(owner.changes, 2);
	check_content(&owner.buffer, "456789");
}

static void
count_call(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *calls)
{
	(void)buffer;
	(void)info;
	++*(int *)calls;
}

TEST(buffer_owner__is_notified_beside_callbacks)
{
	int calls = 0;

	ck_assert_ptr_nonnull(evbuffer_add_cb(&owner.buffer, count_call, &calls));
	add_text(&owner.buffer, "text");
	ck_assert_int_eq(evbuffer_remove_cb(&owner.buffer, count_call, &calls), 0);
	lvn_buffer_drain_locked(&owner.buffer, 4);

	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(owner.changes, 2);
}

static void
add_more(const void *data, size_t size, void *buffer)
{
	(void)data;
	(void)size;
	evbuffer_add(buffer, "more", 4);
}

TEST(buffer_owner__not_notified_after_clear)
{
	evbuffer_add_reference(&owner.buffer, "text", 4, add_more, &owner.buffer);
	owner.changes = 0;

	lvn_buffer_clear(&owner.buffer);

	ck_assert_int_eq(owner.changes, 0);
	check_content(&owner.buffer, "more");
}

TEST(buffer__frozen_ends_are_open_to_internals)
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

TEST(buffer__readln_without_memory_keeps_the_line)
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

TEST(buffer__embedded_one_refuses_evbuffer_free)
{
	add_text(&owner.buffer, "text");

	evbuffer_free(&owner.buffer);

	check_content(&owner.buffer, "text");
}

TEST(buffer__shared_lock_stays_with_its_owner)
{
	struct lock lock;

	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	lvn_buffer_share_lock(&owner.buffer, &lock);

	ck_assert_int_eq(evbuffer_enable_locking(&owner.buffer, NULL), -1);
	evbuffer_add(&owner.buffer, "text", 4);
	ck_assert_uint_eq(evbuffer_get_length(&owner.buffer), 4);
	lvn_lock_clear(&lock);
}

TEST(append__takes_the_place_of_reserved_space)
{
	struct evbuffer *buffer = &owner.buffer;
	struct chain *two = lvn_chain_new_reference("two", 0, 3, NULL, NULL);

	add_extent(buffer, "one");
	ck_assert_int_eq(evbuffer_expand(buffer, 100), 0);
	ck_assert_int_eq(count_chains(buffer), 2);
	lvn_buffer_append_locked(buffer, two, two, 3, 0);

	check_content(buffer, "onetwo");
	ck_assert_int_eq(count_chains(buffer), 2);
}

/* ---- Random operations ------------------------------------------------------------------ */

enum { RANDOM_BUFFERS = 3, RANDOM_STEPS = 400, RANDOM_SEEDS = 1000 };

static uint32_t chance;
static struct evbuffer *random_buffers[RANDOM_BUFFERS];
static char random_bytes[100000];
static int depth;

static size_t
below(size_t bound)
{
	chance = chance * 1664525 + 1013904223;
	return (chance >> 8) % bound;
}

static size_t
random_size(void)
{
	static const size_t bounds[] = {3, 100, 3000, 20000, 100000};

	return below(bounds[below(LVN_COUNT_OF(bounds))]);
}

static void act(void);

/* Enters again, and frees the buffer now and then: there is a new one in its place. */
static void
act_inside(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)info;
	(void)arg;
	if (depth >= 3 || below(3) > 0)
		return;
	depth++;
	if (below(10) > 0) {
		act();
	} else {
		for (int i = 0; i < RANDOM_BUFFERS; i++) {
			if (random_buffers[i] != buffer)
				continue;
			random_buffers[i] = evbuffer_new();
			evbuffer_free(buffer);
		}
	}
	depth--;
}

static void
clean_inside(const void *data, size_t size, void *arg)
{
	(void)data;
	(void)size;
	(void)arg;
	act_inside(random_buffers[below(RANDOM_BUFFERS)], NULL, NULL);
}

static void
add_somehow(struct evbuffer *buffer)
{
	struct evbuffer_iovec extents[2];
	size_t size = random_size();
	int count;

	switch (below(5)) {
	case 0:
		evbuffer_add_reference(buffer, random_bytes, size, clean_inside, NULL);
		break;
	case 1:
		evbuffer_prepend(buffer, random_bytes, size);
		break;
	case 2:
		count = evbuffer_reserve_space(buffer, (ev_ssize_t)size + 1, extents, 2);
		if (count < 1 || below(4) == 0)
			break;
		extents[0].iov_len = below(extents[0].iov_len + 1);
		evbuffer_commit_space(buffer, extents, 1);
		break;
	default:
		evbuffer_add(buffer, random_bytes, size);
		break;
	}
}

static void
act(void)
{
	struct evbuffer *buffer = random_buffers[below(RANDOM_BUFFERS)];
	struct evbuffer *other = random_buffers[below(RANDOM_BUFFERS)];

	switch (below(12)) {
	case 0:
		evbuffer_add_buffer(buffer, other);
		break;
	case 1:
		evbuffer_prepend_buffer(buffer, other);
		break;
	case 2:
		evbuffer_remove_buffer(other, buffer, random_size());
		break;
	case 3:
		if (evbuffer_get_length(other) < sizeof(random_bytes))
			evbuffer_add_buffer_reference(buffer, other);
		break;
	case 4:
		evbuffer_pullup(buffer, (ev_ssize_t)random_size());
		break;
	case 5:
		evbuffer_add_cb(buffer, act_inside, NULL);
		break;
	case 6:
	case 7:
	case 8:
		evbuffer_drain(buffer, random_size());
		break;
	default:
		add_somehow(buffer);
		break;
	}
}

/* Whatever callbacks and cleanup functions do: among others, how much memory is held. */
TEST(buffer__random_operations_hold_the_invariants)
{
	for (uint32_t seed = 0; seed < RANDOM_SEEDS; seed++) {
		chance = seed;
		for (int i = 0; i < RANDOM_BUFFERS; i++)
			random_buffers[i] = evbuffer_new();
		for (int step = 0; step < RANDOM_STEPS; step++) {
			act();
			for (int i = 0; i < RANDOM_BUFFERS; i++)
				check_invariants(random_buffers[i]);
		}
		depth = 3;
		for (int i = 0; i < RANDOM_BUFFERS; i++)
			evbuffer_free(random_buffers[i]);
		depth = 0;
	}
}
