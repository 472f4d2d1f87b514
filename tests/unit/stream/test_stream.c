/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stream.h"

#include <errno.h>
#include <event2/thread.h>

#include "stream/stream_lock.h"
#include "unit/stream/fake_stream.h"

START_TEST(a_new_stream_has_its_buffers_frozen_for_others)
{
	struct stream *stream = fake_stream(0, NULL);

	ck_assert_ptr_eq(stream->bev.input, &stream->input);
	ck_assert_ptr_eq(stream->bev.output, &stream->output);
	ck_assert_int_ne(stream->input.attention & FROZEN_BACK, 0);
	ck_assert_int_ne(stream->output.attention & FROZEN_FRONT, 0);
	ck_assert_uint_eq(stream->references, 1);
	ck_assert_int_eq(stream->bev.enabled, EV_WRITE);
	ck_assert_int_eq(stream->lock->kind, LOCK_ABSENT);
	ck_assert_ptr_eq(stream->input.lock, stream->lock);
	end_fake(stream);
}
END_TEST

START_TEST(output_that_grows_is_told_and_output_that_goes_is_not)
{
	struct stream *stream = fake_stream(0, NULL);

	evbuffer_add(stream->bev.output, "x", 1);
	ck_assert_str_eq(spelled(), "o");
	evbuffer_unfreeze(stream->bev.output, 1);
	evbuffer_drain(stream->bev.output, 1);
	evbuffer_prepend(stream->bev.input, "x", 1);
	ck_assert_str_eq(spelled(), "");
	end_fake(stream);
}
END_TEST

START_TEST(unlocked_callbacks_must_be_deferred)
{
	struct stream stream = {.lock = NULL};

	keep_log();
	base = event_base_new();
	ck_assert_int_eq(
	    lvn_stream_init(&stream, base, &fake_ops, BEV_OPT_UNLOCK_CALLBACKS, NULL), -EINVAL);
	ck_assert_int_eq(lvn_stream_init(&stream, NULL, &fake_ops, 0, NULL), -EINVAL);
	end_fake(NULL);
}
END_TEST

#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
START_TEST(siblings_share_a_lock_that_the_last_one_ends)
{
	struct stream *first, *second;

	evthread_use_pthreads();
	first = fake_stream(BEV_OPT_THREADSAFE, NULL);
	second = fake_stream(0, first);
	ck_assert_int_ne(first->lock->kind, LOCK_ABSENT);
	ck_assert_ptr_eq(first->lock, second->lock);
	ck_assert_ptr_eq(first->output.lock, second->input.lock);

	bufferevent_free(&first->bev);
	evbuffer_add(second->bev.output, "x", 1);

	end_fake(second);
}
END_TEST
#endif

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("stream");
	TCase *group = tcase_create("stream");

	tcase_add_test(group, a_new_stream_has_its_buffers_frozen_for_others);
	tcase_add_test(group, output_that_grows_is_told_and_output_that_goes_is_not);
	tcase_add_test(group, unlocked_callbacks_must_be_deferred);
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
	tcase_add_test(group, siblings_share_a_lock_that_the_last_one_ends);
#endif
	suite_add_tcase(suite, group);
	return suite;
}
