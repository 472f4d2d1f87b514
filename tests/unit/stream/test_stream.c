/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/direction.h"
#include "stream/stream.h"

#include <errno.h>
#include <event2/thread.h>
#include <string.h>

#include "stream/deliver.h"
#include "unit/stream/fake_stream.h"

/* ---- Making ------------------------------------------------------------------------------ */

/* Beside the public structure; an idle connection has no more. */
TEST(stream__is_small)
{
	ck_assert_uint_le(
	    sizeof(struct stream) - sizeof(struct bufferevent), 2 * sizeof(struct evbuffer) + 32);
}

TEST(stream_init__freezes_the_ends_that_are_its_own)
{
	struct stream *stream = fake_stream(0, NULL);

	ck_assert_ptr_eq(stream->bev.input, &stream->input);
	ck_assert_ptr_eq(stream->bev.output, &stream->output);
	ck_assert_int_ne(stream->input.checks & FROZEN_BACK, 0);
	ck_assert_int_ne(stream->output.checks & FROZEN_FRONT, 0);
	ck_assert_uint_eq(stream->references, 1);
	ck_assert_int_eq(stream->bev.enabled, EV_WRITE);
	ck_assert_ptr_null(stream->input.lock->handle);
	ck_assert_ptr_eq(stream->input.lock, stream->input.lock);
	end_fake(stream);
}

TEST(on_output__is_called_for_output_that_grows)
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

TEST(stream_init__refuses_unlocked_callbacks_that_are_not_deferred)
{
	struct stream stream = {.references = 0};

	keep_log();
	base = event_base_new();
	ck_assert_int_eq(
	    lvn_stream_init(&stream, base, &fake_ops, BEV_OPT_UNLOCK_CALLBACKS, NULL), -EINVAL);
	ck_assert_int_eq(lvn_stream_init(&stream, NULL, &fake_ops, 0, NULL), -EINVAL);
	end_fake(NULL);
}

#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
TEST(stream_init__siblings_share_a_lock)
{
	struct stream *first, *second;

	evthread_use_pthreads();
	first = fake_stream(BEV_OPT_THREADSAFE, NULL);
	second = fake_stream(0, first);
	ck_assert_ptr_nonnull(first->input.lock->handle);
	ck_assert_ptr_eq(first->input.lock, second->input.lock);
	ck_assert_ptr_eq(first->output.lock, second->input.lock);

	bufferevent_free(&first->bev);
	evbuffer_add(second->bev.output, "x", 1);

	end_fake(second);
}
#endif

/* ---- Lifetime ---------------------------------------------------------------------------- */

TEST(stream_free__detaches_and_closes_at_once_and_the_loop_destroys)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_free_and_leave(stream);

	ck_assert_str_eq(spelled(), "-r-wtc");
	turn(base);
	ck_assert_str_eq(spelled(), "d");
	end_fake(NULL);
}

TEST(stream_free__is_completed_by_event_base_free)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_free_and_leave(stream);
	spelled();
	event_base_free(base);
	base = NULL;

	ck_assert_str_eq(spelled(), "d");
}

TEST(stream_reference__delays_the_end_but_not_detach_and_close)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_reference_locked(stream);
	lvn_stream_free_and_leave(stream);
	turn(base);
	ck_assert_str_eq(spelled(), "-r-wtc");

	ck_assert(lvn_stream_unreference_and_leave(stream));

	ck_assert_str_eq(spelled(), "");
	turn(base);
	ck_assert_str_eq(spelled(), "d");
	end_fake(NULL);
}

TEST(stream_share__delays_close)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_share_locked(stream);
	lvn_stream_share_locked(stream);
	lvn_stream_free_and_leave(stream);
	ck_assert_str_eq(spelled(), "-r-wt");

	ck_assert(!lvn_stream_unshare_and_leave(stream));
	ck_assert_str_eq(spelled(), "");
	ck_assert(lvn_stream_unshare_and_leave(stream));

	ck_assert_str_eq(spelled(), "c");
	turn(base);
	ck_assert_str_eq(spelled(), "d");
	end_fake(NULL);
}

TEST(stream_free__cancels_deferred_callbacks)
{
	struct stream *stream = fake_stream(BEV_OPT_DEFER_CALLBACKS, NULL);

	lvn_deliver_read_locked(stream, 0);

	lvn_stream_free_and_leave(stream);

	ck_assert_str_eq(spelled(), "-r-wtc");
	turn(base);
	ck_assert_str_eq(spelled(), "d");
	end_fake(NULL);
}

static void
free_from_within(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *stream)
{
	(void)buffer;
	(void)info;
	bufferevent_free(stream);
	spell_text("f");
}

TEST(stream_free__inside_buffer_callback)
{
	struct stream *stream = fake_stream(0, NULL);

	evbuffer_add_cb(stream->bev.output, free_from_within, &stream->bev);
	evbuffer_add(stream->bev.output, "x", 1);

	ck_assert_str_eq(spelled(), "o-r-wtcf");
	turn(base);
	ck_assert_str_eq(spelled(), "d");
	end_fake(NULL);
}

TEST(stream_free__inside_deferred_buffer_callback)
{
	struct stream *stream = fake_stream(0, NULL);

	evbuffer_defer_callbacks(stream->bev.output, base);
	evbuffer_add_cb(stream->bev.output, free_from_within, &stream->bev);
	evbuffer_add(stream->bev.output, "x", 1);
	ck_assert_str_eq(spelled(), "o");

	turn(base);

	ck_assert_str_eq(spelled(), "-r-wtcfd");
	end_fake(NULL);
}
