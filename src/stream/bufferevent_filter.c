/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filters: bufferevents on top of another one, whose functions change the bytes on their way.
 *
 * The input of the stream below goes through the input function into the input of the filter,
 * the output of the filter through the output function into the output below.  Both at once:
 * bytes wait only for a full buffer, or for a direction that is disabled or suspended.
 */
#include <errno.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "base/memory.h"
#include "buffer/buffer_move.h"
#include "loop/base.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/stacked.h"
#include "stream/timeouts.h"

/* Callbacks may keep a direction busy for ever: after so many rounds the loop has its turn. */
#define ROUNDS_MAX 16

/* A function is called so often in a row without changing either buffer. */
#define IDLE_CALLS_MAX 100

/* The limit for a function that may add any number of bytes. */
#define NO_LIMIT (-1)

enum side { SIDE_INPUT, SIDE_OUTPUT, SIDES };

struct filter_side {
	bufferevent_filter_cb function; /* NULL moves bytes as they are */
	bool is_running;                /* pump_locked is on the stack */
	bool in_function;
	bool again; /* something changed meanwhile */
	bool moved; /* by a flush inside a callback, which is to be called again for that */
};

/* Everything is protected by the lock. */
struct filter {
	struct stacked stacked;
	struct filter_side sides[SIDES];
	void (*free_context)(void *context);
	void *context;
	struct event_callback later;
	bool is_scheduled;
};

static struct filter *
of_stream(struct stream *stream)
{
	return container_of(stream, struct filter, stacked.stream);
}

static void
have_locks_locked(struct evbuffer *from, struct evbuffer *to) ASSUMES(from->lock, to->lock)
{
	(void)from;
	(void)to;
}

/* ---- Limits --------------------------------------------------------------------------------- */

static ev_ssize_t
limit_of(size_t space)
{
	return space > (size_t)EV_SSIZE_MAX ? NO_LIMIT : (ev_ssize_t)space;
}

static ev_ssize_t
input_limit_locked(struct filter *filter) REQUIRES(filter->stacked.stream.input.lock)
{
	if (!lvn_stream_reads_locked(&filter->stacked.stream))
		return 0;
	return limit_of(lvn_stream_input_space_locked(&filter->stacked.stream));
}

static ev_ssize_t
output_limit_locked(struct filter *filter) REQUIRES(filter->stacked.stream.input.lock)
{
	size_t high = filter->stacked.below->bev.wm_write.high;
	size_t size = filter->stacked.below->output.size;

	if (!lvn_stream_writes_locked(&filter->stacked.stream))
		return 0;
	if (!high)
		return NO_LIMIT;
	return size < high ? limit_of(high - size) : 0;
}

/* How many bytes the function may add.  `forced` ignores directions and watermarks. */
static ev_ssize_t
limit_locked(struct filter *filter, enum side side, bool forced)
    REQUIRES(filter->stacked.stream.input.lock)
{
	if ((filter->stacked.stream.flags | filter->stacked.below->flags) & STREAM_IS_FREED)
		return 0;
	if (forced)
		return NO_LIMIT;
	return side == SIDE_INPUT ? input_limit_locked(filter) : output_limit_locked(filter);
}

/* ---- The functions ---------------------------------------------------------------------------- */

static short
direction_of(enum side side)
{
	return side == SIDE_INPUT ? EV_READ : EV_WRITE;
}

static struct evbuffer *
source_of(struct filter *filter, enum side side)
{
	return side == SIDE_INPUT ? &filter->stacked.below->input : &filter->stacked.stream.output;
}

static struct evbuffer *
target_of(struct filter *filter, enum side side)
{
	return side == SIDE_INPUT ? &filter->stacked.stream.input : &filter->stacked.below->output;
}

static enum bufferevent_filter_result
move_locked(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit)
    REQUIRES(from->lock, to->lock)
{
	size_t size = limit == NO_LIMIT || (size_t)limit > from->size ? from->size : (size_t)limit;
	size_t moved = 0;

	if (size == 0)
		return BEV_NEED_MORE;
	return lvn_buffer_move_some_locked(to, from, size, &moved) < 0 ? BEV_ERROR : BEV_OK;
}

/* The function may take bytes from and add to buffers at ends that are frozen for the program. */
static enum bufferevent_filter_result
call_locked(struct filter *filter, enum side side, ev_ssize_t limit,
    enum bufferevent_flush_mode mode) REQUIRES(filter->stacked.stream.input.lock)
{
	struct evbuffer *from = source_of(filter, side);
	struct evbuffer *to = target_of(filter, side);
	enum bufferevent_filter_result result;

	have_locks_locked(from, to);
	if (!filter->sides[side].function)
		return move_locked(from, to, limit);
	if (side == SIDE_INPUT)
		lvn_buffer_unfreeze_locked(to, FROZEN_BACK);
	else
		lvn_buffer_unfreeze_locked(from, FROZEN_FRONT);
	filter->sides[side].in_function = true;
	result = filter->sides[side].function(from, to, limit, mode, filter->context);
	filter->sides[side].in_function = false;
	if (side == SIDE_INPUT)
		lvn_buffer_freeze_locked(to, FROZEN_BACK);
	else
		lvn_buffer_freeze_locked(from, FROZEN_FRONT);
	return result;
}

static void
fail_locked(struct filter *filter, enum side side) REQUIRES(filter->stacked.stream.input.lock)
{
	short what = side == SIDE_INPUT ? BEV_EVENT_READING : BEV_EVENT_WRITING;

	(void)lvn_stream_disable_locked(&filter->stacked.stream, direction_of(side));
	errno = EPROTO;
	lvn_deliver_event_locked(&filter->stacked.stream, (short)(what | BEV_EVENT_ERROR), 0);
}

enum run_end {
	RUN_EMPTY,   /* the function would do nothing more */
	RUN_BLOCKED, /* it may have more to do later */
	RUN_FAILED,
};

/*
 * Calls the function until it makes no more progress.  With a flush mode it is called also
 * without input, for bytes that it has kept back.
 */
static enum run_end
run_locked(struct filter *filter, enum side side, enum bufferevent_flush_mode mode, bool forced,
    bool *any_out) REQUIRES(filter->stacked.stream.input.lock)
{
	struct evbuffer *from = source_of(filter, side);
	struct evbuffer *to = target_of(filter, side);
	bool must_call = mode != BEV_NORMAL;
	int idle = 0;

	while (from->size > 0 || must_call) {
		ev_ssize_t limit = limit_locked(filter, side, forced);
		size_t before = from->size;
		size_t to_before = to->size;
		enum bufferevent_filter_result result;
		bool moved;

		if (limit == 0)
			return RUN_BLOCKED;
		result = call_locked(filter, side, limit, mode);
		if (result == BEV_ERROR)
			return RUN_FAILED;
		if (result == BEV_NEED_MORE)
			return RUN_EMPTY;
		moved = from->size != before || to->size != to_before;
		*any_out |= moved || before > 0;
		idle = moved ? 0 : idle + 1;
		if (idle > IDLE_CALLS_MAX)
			return RUN_EMPTY;
		/* It added all it was allowed to, and may have more. */
		must_call = mode == BEV_FINISHED && limit != NO_LIMIT &&
			    to->size >= to_before + (size_t)limit;
	}
	return RUN_EMPTY;
}

/* ---- Later -------------------------------------------------------------------------------------- */

static void
schedule_locked(struct filter *filter) REQUIRES(filter->stacked.stream.input.lock)
{
	if (filter->is_scheduled || (filter->stacked.stream.flags & STREAM_IS_FREED))
		return;
	filter->is_scheduled = true;
	lvn_callback_schedule(filter->stacked.stream.bev.ev_base, &filter->later);
}

/* ---- Input and output ---------------------------------------------------------------------------- */

static void
report_ending_locked(struct filter *filter) REQUIRES(filter->stacked.stream.input.lock)
{
	short what = filter->stacked.ending;

	filter->stacked.ending = 0;
	errno = filter->stacked.ending_error;
	lvn_deliver_event_locked(&filter->stacked.stream, what, 0);
}

/* Returns whether anything was moved. */
static bool
round_locked(struct filter *filter, enum side side, enum bufferevent_flush_mode mode, bool forced)
    REQUIRES(filter->stacked.stream.input.lock)
{
	bool any = filter->sides[side].moved;
	enum run_end end;

	filter->sides[side].moved = false;
	if (side == SIDE_INPUT && filter->stacked.ending)
		mode = BEV_FINISHED;
	end = run_locked(filter, side, mode, forced, &any);
	if (any) {
		lvn_timeouts_restart_locked(&filter->stacked.stream, direction_of(side));
		if (side == SIDE_INPUT)
			lvn_deliver_read_locked(&filter->stacked.stream, 0);
		else
			lvn_deliver_write_locked(&filter->stacked.stream, 0);
	}
	if (end == RUN_FAILED)
		fail_locked(filter, side);
	if (side == SIDE_INPUT && end != RUN_BLOCKED && filter->stacked.ending)
		report_ending_locked(filter);
	return any;
}

/*
 * A flush inside one of the filter's callbacks: at once, because what is flushed after it comes
 * behind these bytes.  The filter's function does not call itself.
 */
static bool
flush_nested_locked(struct filter *filter, enum side side, enum bufferevent_flush_mode mode,
    bool forced) REQUIRES(filter->stacked.stream.input.lock)
{
	struct filter_side *self = &filter->sides[side];

	if (mode == BEV_NORMAL || self->in_function)
		return false;
	if (run_locked(filter, side, mode, forced, &self->moved) == RUN_FAILED)
		fail_locked(filter, side);
	return self->moved;
}

/*
 * Moves what can be moved.  Buffers change by that, and their changes lead here again.  Returns
 * whether anything was moved.
 */
static bool
pump_locked(struct filter *filter, enum side side, enum bufferevent_flush_mode mode, bool forced)
    REQUIRES(filter->stacked.stream.input.lock)
{
	struct filter_side *self = &filter->sides[side];
	bool any = false;
	int rounds = 0;

	if (self->is_running) {
		self->again = true;
		return flush_nested_locked(filter, side, mode, forced);
	}
	self->is_running = true;
	do {
		self->again = false;
		any |= round_locked(filter, side, mode, forced);
		mode = BEV_NORMAL;
		forced = false;
	} while (self->again && ++rounds < ROUNDS_MAX);
	self->is_running = false;
	if (self->again)
		schedule_locked(filter);
	return any;
}

static void
on_later(struct event_callback *callback, void *arg)
{
	struct filter *filter = arg;

	(void)callback;
	lvn_stream_enter(&filter->stacked.stream);
	filter->is_scheduled = false;
	pump_locked(filter, SIDE_INPUT, BEV_NORMAL, false);
	pump_locked(filter, SIDE_OUTPUT, BEV_NORMAL, false);
	lvn_stream_leave(&filter->stacked.stream);
}

/* ---- What the stream below calls -------------------------------------------------------------------- */

static void
pump_for_below(struct filter *filter, enum side side)
{
	if (!lvn_stacked_enter(&filter->stacked))
		return;
	lvn_stacked_has_locks_locked(&filter->stacked);
	pump_locked(filter, side, BEV_NORMAL, false);
	lvn_stream_leave(&filter->stacked.stream);
}

static void
on_read_below(struct bufferevent *below, void *arg)
{
	(void)below;
	pump_for_below(arg, SIDE_INPUT);
}

static void
on_written_below(struct bufferevent *below, void *arg)
{
	(void)below;
	pump_for_below(arg, SIDE_OUTPUT);
}

/*
 * The end of the input is reported behind the last byte.  It waits while the filter does not
 * read, unless there are no bytes to wait for.
 */
static void
end_input_locked(struct filter *filter, short what, int error)
    REQUIRES(filter->stacked.stream.input.lock)
{
	filter->stacked.ending = what;
	filter->stacked.ending_error = error;
	pump_locked(filter, SIDE_INPUT, BEV_FINISHED, filter->stacked.below->input.size == 0);
}

static void
on_event_below(struct bufferevent *below, short what, void *arg)
{
	const short over = BEV_EVENT_EOF | BEV_EVENT_ERROR;
	int error = errno;
	struct filter *filter = arg;

	(void)below;
	if (!lvn_stacked_enter(&filter->stacked))
		return;
	lvn_stacked_has_locks_locked(&filter->stacked);
	if ((what & BEV_EVENT_READING) && (what & over) && !filter->stacked.ending) {
		end_input_locked(filter, what, error);
	} else {
		errno = error;
		lvn_deliver_event_locked(&filter->stacked.stream, what, 0);
	}
	lvn_stream_leave(&filter->stacked.stream);
}

/* ---- What a stream does -------------------------------------------------------------------------- */

/* Bytes that were left waiting move later: the caller of bufferevent_enable expects no callbacks. */
static int
enable(struct stream *stream, short events)
{
	struct filter *filter = of_stream(stream);
	bool waits = false;
	int rc = 0;

	lvn_stacked_has_locks_locked(&filter->stacked);
	if (events & EV_READ) {
		rc = lvn_stacked_resume_locked(&filter->stacked);
		waits = source_of(filter, SIDE_INPUT)->size > 0 || filter->stacked.ending;
	}
	if (events & EV_WRITE)
		waits |= source_of(filter, SIDE_OUTPUT)->size > 0;
	if (waits)
		schedule_locked(filter);
	return rc;
}

static int
disable(struct stream *stream, short events)
{
	struct filter *filter = of_stream(stream);

	if (events & EV_READ)
		lvn_stacked_suspend_locked(&filter->stacked);
	return 0;
}

/* Output first and down the stack, then input up the stack.  The stream below reports the end. */
static int
flush(struct stream *stream, short events, enum bufferevent_flush_mode mode)
{
	struct filter *filter = of_stream(stream);
	bool any = false;
	int rc;

	lvn_stacked_has_locks_locked(&filter->stacked);
	if (events & EV_WRITE)
		any = pump_locked(filter, SIDE_OUTPUT, mode, mode != BEV_NORMAL);
	rc = lvn_stacked_flush_locked(&filter->stacked, events, mode);
	if (events & EV_READ)
		any |= pump_locked(filter, SIDE_INPUT, mode, mode != BEV_NORMAL);
	return any || rc > 0;
}

static void
on_output(struct stream *stream)
{
	struct filter *filter = of_stream(stream);

	lvn_stacked_has_locks_locked(&filter->stacked);
	pump_locked(filter, SIDE_OUTPUT, BEV_NORMAL, false);
	lvn_timeouts_update_locked(&filter->stacked.stream, EV_WRITE);
}

static void
on_input_drained(struct stream *stream)
{
	struct filter *filter = of_stream(stream);

	lvn_stacked_has_locks_locked(&filter->stacked);
	pump_locked(filter, SIDE_INPUT, BEV_NORMAL, false);
}

static void
detach(struct stream *stream)
{
	struct filter *filter = of_stream(stream);

	/* If it cannot be cancelled it has begun, and will find that the filter is freed. */
	if (filter->is_scheduled && lvn_callback_unschedule(stream->bev.ev_base, &filter->later))
		filter->is_scheduled = false;
	lvn_stacked_detach(stream);
}

static void
destroy(struct stream *stream)
{
	struct filter *filter = of_stream(stream);

	if (filter->free_context)
		filter->free_context(filter->context);
	lvn_stacked_destroy(stream);
}

static const struct bufferevent_ops filter_ops = {
    .name = "filter",
    .enable = enable,
    .disable = disable,
    .flush = flush,
    .on_output = on_output,
    .on_input_drained = on_input_drained,
    .get_fd = lvn_stacked_get_fd,
    .set_fd = lvn_stacked_set_fd,
    .get_below = lvn_stacked_get_below,
    .detach = detach,
    .destroy = destroy,
};

/* ---- For programs -------------------------------------------------------------------------- */

/* A filter without functions that is not on top of anything yet.  Returns 0 or -errno. */
static int
new_filter_locked(struct stream *below, int options, struct filter **filter_out)
    REQUIRES(below->input.lock)
{
	struct filter *filter = lvn_calloc(1, sizeof(*filter));
	struct event_base *base = below->bev.ev_base;
	int rc;

	if (!filter)
		return -ENOMEM;
	rc = lvn_stream_init(&filter->stacked.stream, base, &filter_ops, options, below);
	if (rc < 0) {
		lvn_free(filter);
		return rc;
	}
	lvn_stream_init_timers(&filter->stacked.stream);
	lvn_callback_init(&filter->later, on_later, filter, base->active.count / 2);
	*filter_out = filter;
	return 0;
}

struct bufferevent *
bufferevent_filter_new(struct bufferevent *underlying, bufferevent_filter_cb input_filter,
    bufferevent_filter_cb output_filter, int options, void (*free_context)(void *), void *ctx)
{
	static const struct stacked_callbacks callbacks = {
	    on_read_below, on_written_below, on_event_below};
	struct filter *filter = NULL;
	struct stream *below;
	int rc;

	if (!underlying) {
		lvn_log_misuse(__func__, "no underlying bufferevent");
		return NULL;
	}
	if (lvn_stream_is_gone(underlying, __func__))
		return NULL;
	below = lvn_stream_of(underlying);
	lvn_stream_enter(below);
	rc = new_filter_locked(below, options, &filter);
	if (rc == 0) {
		filter->sides[SIDE_INPUT].function = input_filter;
		filter->sides[SIDE_OUTPUT].function = output_filter;
		filter->free_context = free_context;
		filter->context = ctx;
		lvn_stacked_take_over_locked(&filter->stacked, below, &callbacks);
	}
	lvn_stream_leave(below);
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	return &filter->stacked.stream.bev;
}
