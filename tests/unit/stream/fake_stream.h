/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kind of streams that only spells what it is asked: +r and +w for starting a direction, -r and
 * -w for stopping it, o for output that has grown, s after callbacks, t for detach, c for close
 * and d for destroy.
 */
#ifndef LEVIN_TESTS_UNIT_STREAM_FAKE_STREAM_H
#define LEVIN_TESTS_UNIT_STREAM_FAKE_STREAM_H

#include <event2/buffer.h>
#include <event2/event.h>

#include "base/memory.h"
#include "stream/direction.h"
#include "stream/stream.h"
#include "stream/timeouts.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

static struct event_base *base;

static inline int
fake_enable(struct stream *stream, short events)
{
	(void)stream;
	spell_text(events & EV_READ ? "+r" : "");
	spell_text(events & EV_WRITE ? "+w" : "");
	return 0;
}

static inline int
fake_disable(struct stream *stream, short events)
{
	(void)stream;
	spell_text(events & EV_READ ? "-r" : "");
	spell_text(events & EV_WRITE ? "-w" : "");
	return 0;
}

static inline void
fake_on_output(struct stream *stream)
{
	(void)stream;
	spell_text("o");
}

static inline void
fake_after_callbacks(struct stream *stream)
{
	(void)stream;
	spell_text("s");
}

static inline void
fake_detach(struct stream *stream)
{
	(void)stream;
	spell_text("t");
}

static inline void
fake_close(struct stream *stream)
{
	(void)stream;
	spell_text("c");
}

static inline void
fake_destroy(struct stream *stream)
{
	(void)stream;
	spell_text("d");
}

static const struct bufferevent_ops fake_ops = {
    .name = "fake",
    .enable = fake_enable,
    .disable = fake_disable,
    .on_output = fake_on_output,
    .after_callbacks = fake_after_callbacks,
    .detach = fake_detach,
    .close = fake_close,
    .destroy = fake_destroy,
};

static inline struct stream *
fake_stream(int options, struct stream *sibling)
{
	struct stream *stream = lvn_calloc(1, sizeof(*stream));

	if (!base)
		base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(lvn_stream_init(stream, base, &fake_ops, options, sibling), 0);
	lvn_stream_init_timers(stream);
	bufferevent_setcb(&stream->bev, spell_read, spell_written, spell_event, word(""));
	return stream;
}

/* Frees the stream and the base. */
static inline void
end_fake(struct stream *stream)
{
	if (stream)
		bufferevent_free(&stream->bev);
	event_base_free(base);
	base = NULL;
	spelled();
}

#endif
