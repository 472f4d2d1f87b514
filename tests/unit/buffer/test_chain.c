/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/chain.h"

#include "unit/buffer/buffer_kit.h"

struct cleanup {
	int calls;
	const void *data;
	size_t size;
};

static void
note_cleanup(const void *data, size_t size, void *arg)
{
	struct cleanup *cleanup = arg;

	cleanup->calls++;
	cleanup->data = data;
	cleanup->size = size;
}

TEST(chain_new__blocks_are_powers_of_two)
{
	static const size_t wanted[] = {0, 1, 976, 977, 2000, 4048, 4049, 131024, 131025, 1048576};
	size_t header = sizeof(struct chain);

	for (size_t i = 0; i < LVN_COUNT_OF(wanted); i++) {
		struct chain *chain = lvn_chain_new(wanted[i]);
		size_t block = chain->capacity + header;

		ck_assert_uint_ge(chain->capacity, wanted[i]);
		ck_assert_uint_eq(block & (block - 1), 0);
		ck_assert_uint_ge(block, 1024);
		ck_assert(block == 1024 || block / 2 < wanted[i] + header);
		lvn_chain_release(chain);
	}
}

TEST(chain_new__refuses_sizes_beyond_the_address_space)
{
	ck_assert_ptr_null(lvn_chain_new(LVN_CHAIN_MAX));
	ck_assert_ptr_null(lvn_chain_new(SIZE_MAX));
}

TEST(chain_new__without_memory)
{
	struct chain *chain = lvn_chain_new(10);

	fail_allocations_after(0);
	ck_assert_ptr_null(lvn_chain_new(10));
	ck_assert_ptr_null(lvn_chain_new(1000000));
	ck_assert_ptr_null(lvn_chain_new_reference("x", 0, 1, NULL, NULL));
	ck_assert_ptr_null(lvn_chain_new_view(chain, 0));
	fail_allocations_after(-1);

	ck_assert(!lvn_chain_is_shared(chain));
	lvn_chain_release(chain);
}

TEST(chain_new_reference__cleanup_runs_once)
{
	struct cleanup cleanup = {0};
	static const char text[] = "0123456789";
	struct chain *chain = lvn_chain_new_reference(text, 4, 3, note_cleanup, &cleanup);

	ck_assert_int_eq(memcmp(lvn_chain_data(chain), "456", 3), 0);
	ck_assert_uint_eq(lvn_chain_space(chain), 0);
	chain->offset++;
	chain->size--;
	ck_assert_int_eq(cleanup.calls, 0);
	lvn_chain_release(chain);

	ck_assert_int_eq(cleanup.calls, 1);
	ck_assert_ptr_eq(cleanup.data, text);
	ck_assert_uint_eq(cleanup.size, 7);
}

TEST(chain_new_view__keeps_its_memory)
{
	struct cleanup cleanup = {0};
	struct chain *chain = lvn_chain_new_reference("0123456789", 0, 10, note_cleanup, &cleanup);
	struct chain *view = lvn_chain_new_view(chain, 10);

	lvn_chain_release(chain);
	ck_assert_int_eq(cleanup.calls, 0);
	ck_assert_int_eq(memcmp(lvn_chain_data(view), "0123456789", 10), 0);
	lvn_chain_release(view);

	ck_assert_int_eq(cleanup.calls, 1);
}

TEST(chain_new_view__of_a_view_refers_to_the_first_chain)
{
	struct chain *chain = lvn_chain_new(10);
	struct chain *view, *further;

	memcpy(chain->memory, "0123456789", 10);
	chain->size = 10;
	view = lvn_chain_new_view(chain, 8);
	view->offset += 3;
	view->size -= 3;
	further = lvn_chain_new_view(view, 4);
	lvn_chain_release(view);

	ck_assert(lvn_chain_is_shared(chain));
	ck_assert_uint_eq(further->size, 4);
	ck_assert_int_eq(memcmp(lvn_chain_data(further), "3456", 4), 0);
	lvn_chain_release(further);

	ck_assert(!lvn_chain_is_shared(chain));
	lvn_chain_release(chain);
}

TEST(chain_is_writable__only_own_memory_that_is_not_shared)
{
	struct chain *own = lvn_chain_new(10);
	struct chain *reference = lvn_chain_new_reference("x", 0, 1, NULL, NULL);
	struct chain *view;

	ck_assert(lvn_chain_is_writable(own));
	ck_assert(!lvn_chain_is_writable(reference));
	view = lvn_chain_new_view(own, 0);
	ck_assert(!lvn_chain_is_writable(own));
	ck_assert(!lvn_chain_is_writable(view));
	lvn_chain_release(view);
	ck_assert(lvn_chain_is_writable(own));
	lvn_chain_release(reference);
	lvn_chain_release(own);
}
