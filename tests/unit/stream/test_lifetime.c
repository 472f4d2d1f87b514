/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/lifetime.h"

#include <errno.h>
#include <string.h>

#include "stream/deliver.h"
#include "unit/stream/fake_stream.h"

START_TEST(freeing_ends_a_stream_at_once)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_lifetime_free_and_leave(stream);

	ck_assert_str_eq(spelled(), "-r-wud");
	end_fake(NULL);
}
END_TEST

START_TEST(a_reference_delays_the_end_and_not_the_unlinking)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_lifetime_hold_locked(stream);
	lvn_lifetime_free_and_leave(stream);
	ck_assert_str_eq(spelled(), "-r-wu");

	ck_assert(lvn_lifetime_release_and_leave(stream));

	ck_assert_str_eq(spelled(), "d");
	end_fake(NULL);
}
END_TEST

START_TEST(what_is_deferred_holds_a_stream_until_it_is_freed)
{
	struct stream *stream = fake_stream(BEV_OPT_DEFER_CALLBACKS, NULL);

	lvn_deliver_read_locked(stream, 0);
	ck_assert_uint_eq(stream->references, 2);

	lvn_lifetime_free_and_leave(stream);

	ck_assert_str_eq(spelled(), "-r-wud");
	turn(base);
	ck_assert_str_eq(spelled(), "");
	end_fake(NULL);
}
END_TEST

START_TEST(the_loop_ends_what_must_not_end_now)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_lifetime_hold_locked(stream);
	lvn_lifetime_free_and_leave(stream);
	spelled();
	lvn_lifetime_release_later_locked(stream);
	ck_assert_str_eq(spelled(), "");

	turn(base);

	ck_assert_str_eq(spelled(), "sd");
	end_fake(NULL);
}
END_TEST

static void
free_from_within(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *stream)
{
	(void)buffer;
	(void)info;
	bufferevent_free(stream);
}

START_TEST(a_callback_of_a_buffer_that_is_deferred_may_free_its_stream)
{
	struct stream *stream = fake_stream(0, NULL);

	evbuffer_defer_callbacks(stream->bev.output, base);
	evbuffer_add_cb(stream->bev.output, free_from_within, &stream->bev);
	evbuffer_add(stream->bev.output, "x", 1);
	ck_assert_str_eq(spelled(), "o");

	turn(base);

	ck_assert_str_eq(spelled(), "-r-wud");
	end_fake(NULL);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("stream_lifetime");
	TCase *group = tcase_create("lifetime");

	tcase_add_test(group, freeing_ends_a_stream_at_once);
	tcase_add_test(group, a_reference_delays_the_end_and_not_the_unlinking);
	tcase_add_test(group, what_is_deferred_holds_a_stream_until_it_is_freed);
	tcase_add_test(group, the_loop_ends_what_must_not_end_now);
	tcase_add_test(group, a_callback_of_a_buffer_that_is_deferred_may_free_its_stream);
	suite_add_tcase(suite, group);
	return suite;
}
