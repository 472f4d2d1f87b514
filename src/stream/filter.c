/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is read below goes through the input function into our input, our output through the
 * output function into the output below.  Both at once when there is something: only a full
 * buffer, or a direction that does not go on, lets bytes wait.
 */
#include "stream/filter.h"

#include <errno.h>

#include "base/memory.h"
#include "buffer/buffer_move.h"
#include "loop/deferred.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/lifetime.h"
#include "stream/timeouts.h"

/* Callbacks may keep a direction going for ever; so often, and then the loop has its turn. */
#define ROUNDS_MAX 16

/* Calls that neither take nor give anything that can be seen.  More of them get nowhere. */
#define IDLE_CALLS_MAX 100

/* The limit of a function that may give any number. */
#define NO_LIMIT (-1)

enum side { SIDE_INPUT, SIDE_OUTPUT, SIDES };

struct filter_side {
	bufferevent_filter_cb function; /* NULL leaves bytes as they are */
	bool is_running;                /* whoever comes here meanwhile sets `again` */
	bool again;
};

/*
 * Invariants:
 *   1. both streams have the same lock
 *   2. `below` is held until the filter is destroyed
 *   3. `below` is SUSPENDED_BY_FILTER while our reading does not go on
 *   4. is_scheduled  =>  a reference is held for `later`
 *
 * Everything is protected by the lock.
 */
struct filter {
	struct stream stream;
	struct stream *below;
	struct filter_side sides[SIDES];
	void (*free_context)(void *context);
	void *context;
	struct event_callback later;
	bool is_scheduled;
	short ending;     /* BEV_EVENT_ bits to be told when the input is through; 0: none */
	int ending_error; /* errno for them */
};

static struct filter *
of_stream(struct stream *stream)
{
	return container_of(stream, struct filter, stream);
}

/* ---- How much may go on --------------------------------------------------------------------- */

/* 0: nothing. */
static ev_ssize_t
limit_of(size_t room)
{
	return room > (size_t)EV_SSIZE_MAX ? NO_LIMIT : (ev_ssize_t)room;
}

static ev_ssize_t
input_limit_locked(struct filter *filter) NO_LOCK_ANALYSIS
{
	if (!lvn_stream_reads_locked(&filter->stream))
		return 0;
	return limit_of(lvn_stream_input_room_locked(&filter->stream));
}

static ev_ssize_t
output_limit_locked(struct filter *filter) NO_LOCK_ANALYSIS
{
	size_t high = filter->below->bev.wm_write.high;
	size_t size = filter->below->output.size;

	if (!lvn_stream_writes_locked(&filter->stream))
		return 0;
	if (!high)
		return NO_LIMIT;
	return size < high ? limit_of(high - size) : 0;
}

/* `forced`: the user wants it, whatever the directions and watermarks say. */
static ev_ssize_t
limit_locked(struct filter *filter, enum side side, bool forced) NO_LOCK_ANALYSIS
{
	if ((filter->stream.flags | filter->below->flags) & STREAM_IS_FREED)
		return 0;
	if (forced)
		return NO_LIMIT;
	return side == SIDE_INPUT ? input_limit_locked(filter) : output_limit_locked(filter);
}

/* ---- The functions ---------------------------------------------------------------------------- */

static struct evbuffer *
source_of(struct filter *filter, enum side side)
{
	return side == SIDE_INPUT ? &filter->below->input : &filter->stream.output;
}

static struct evbuffer *
target_of(struct filter *filter, enum side side)
{
	return side == SIDE_INPUT ? &filter->stream.input : &filter->below->output;
}

static enum bufferevent_filter_result
move_locked(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit) NO_LOCK_ANALYSIS
{
	size_t size = limit == NO_LIMIT || (size_t)limit > from->size ? from->size : (size_t)limit;
	size_t moved = 0;

	if (size == 0)
		return BEV_NEED_MORE;
	return lvn_buffer_move_some_locked(to, from, size, &moved) < 0 ? BEV_ERROR : BEV_OK;
}

/* The function works where users must not: at our own ends of our buffers. */
static enum bufferevent_filter_result
call_locked(struct filter *filter, enum side side, ev_ssize_t limit,
    enum bufferevent_flush_mode mode) NO_LOCK_ANALYSIS
{
	struct evbuffer *from = source_of(filter, side);
	struct evbuffer *to = target_of(filter, side);
	enum bufferevent_filter_result result;

	if (!filter->sides[side].function)
		return move_locked(from, to, limit);
	if (side == SIDE_INPUT)
		lvn_buffer_unfreeze_locked(to, FROZEN_BACK);
	else
		lvn_buffer_unfreeze_locked(from, FROZEN_FRONT);
	result = filter->sides[side].function(from, to, limit, mode, filter->context);
	if (side == SIDE_INPUT)
		lvn_buffer_freeze_locked(to, FROZEN_BACK);
	else
		lvn_buffer_freeze_locked(from, FROZEN_FRONT);
	return result;
}

static void
fail_locked(struct filter *filter, enum side side) NO_LOCK_ANALYSIS
{
	short direction = side == SIDE_INPUT ? EV_READ : EV_WRITE;
	short what = side == SIDE_INPUT ? BEV_EVENT_READING : BEV_EVENT_WRITING;

	(void)lvn_stream_disable_locked(&filter->stream, direction);
	errno = EPROTO;
	lvn_deliver_event_locked(&filter->stream, (short)(what | BEV_EVENT_ERROR), 0);
}

enum run_end {
	RUN_EMPTY,   /* the function has no use for another call */
	RUN_BLOCKED, /* there may be more */
	RUN_FAILED,
};

/*
 * Calls the function as long as that gets anywhere.  Where bytes are to be held back no longer
 * it is called although there is no more input.
 */
static enum run_end
run_locked(struct filter *filter, enum side side, enum bufferevent_flush_mode mode, bool forced,
    bool *any_out) NO_LOCK_ANALYSIS
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
		/* It gave all it was allowed to: there may be more of it. */
		must_call = mode == BEV_FINISHED && limit != NO_LIMIT &&
			    to->size >= to_before + (size_t)limit;
	}
	return RUN_EMPTY;
}

/* ---- Going on later ----------------------------------------------------------------------------- */

static void
schedule_locked(struct filter *filter) NO_LOCK_ANALYSIS
{
	if (filter->is_scheduled || (filter->stream.flags & STREAM_IS_FREED))
		return;
	filter->is_scheduled = true;
	lvn_lifetime_hold_locked(&filter->stream);
	lvn_deferred_schedule(filter->stream.bev.ev_base, &filter->later);
}

/* ---- Input and output ---------------------------------------------------------------------------- */

static void
tell_ending_locked(struct filter *filter) NO_LOCK_ANALYSIS
{
	short what = filter->ending;

	filter->ending = 0;
	errno = filter->ending_error;
	lvn_deliver_event_locked(&filter->stream, what, 0);
}

/* Whether anything was moved. */
static bool
read_round_locked(
    struct filter *filter, enum bufferevent_flush_mode mode, bool forced) NO_LOCK_ANALYSIS
{
	enum run_end end;
	bool any = false;

	if (filter->ending)
		mode = BEV_FINISHED;
	end = run_locked(filter, SIDE_INPUT, mode, forced, &any);
	if (any) {
		lvn_timeouts_restart_read_locked(&filter->stream);
		lvn_deliver_read_locked(&filter->stream, 0);
	}
	if (end == RUN_FAILED)
		fail_locked(filter, SIDE_INPUT);
	if (end != RUN_BLOCKED && filter->ending)
		tell_ending_locked(filter);
	return any;
}

static bool
write_round_locked(
    struct filter *filter, enum bufferevent_flush_mode mode, bool forced) NO_LOCK_ANALYSIS
{
	enum run_end end;
	bool any = false;

	end = run_locked(filter, SIDE_OUTPUT, mode, forced, &any);
	if (any) {
		lvn_timeouts_restart_write_locked(&filter->stream);
		lvn_deliver_write_locked(&filter->stream, 0);
	}
	if (end == RUN_FAILED)
		fail_locked(filter, SIDE_OUTPUT);
	return any;
}

/*
 * The only way in: what is done here makes buffers change, and that leads here again.  Whether
 * anything was moved.
 */
static bool
pump_locked(struct filter *filter, enum side side, enum bufferevent_flush_mode mode,
    bool forced) NO_LOCK_ANALYSIS
{
	struct filter_side *self = &filter->sides[side];
	bool any = false;
	int rounds = 0;

	if (self->is_running) {
		self->again = true;
		return false;
	}
	self->is_running = true;
	do {
		self->again = false;
		any |= side == SIDE_INPUT ? read_round_locked(filter, mode, forced)
					  : write_round_locked(filter, mode, forced);
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
	lvn_stream_enter(&filter->stream);
	filter->is_scheduled = false;
	pump_locked(filter, SIDE_INPUT, BEV_NORMAL, false);
	pump_locked(filter, SIDE_OUTPUT, BEV_NORMAL, false);
	lvn_lifetime_release_and_leave(&filter->stream);
}

/* ---- What the stream below calls -------------------------------------------------------------------- */

/*
 * The stream below has no lock meanwhile if it unlocks callbacks: the filter may have been freed
 * by another thread, and then nobody may hold it any more.  Its memory stays while this runs.
 */
static bool
enter_and_hold(struct filter *filter) NO_LOCK_ANALYSIS
{
	lvn_stream_enter(&filter->stream);
	if (LVN_UNLIKELY(filter->stream.flags & STREAM_IS_FREED)) {
		lvn_stream_leave(&filter->stream);
		return false;
	}
	lvn_lifetime_hold_locked(&filter->stream);
	return true;
}

static void
on_read_below(struct bufferevent *below, void *arg) NO_LOCK_ANALYSIS
{
	struct filter *filter = arg;

	(void)below;
	if (!enter_and_hold(filter))
		return;
	pump_locked(filter, SIDE_INPUT, BEV_NORMAL, false);
	lvn_lifetime_release_and_leave(&filter->stream);
}

static void
on_written_below(struct bufferevent *below, void *arg) NO_LOCK_ANALYSIS
{
	struct filter *filter = arg;

	(void)below;
	if (!enter_and_hold(filter))
		return;
	pump_locked(filter, SIDE_OUTPUT, BEV_NORMAL, false);
	lvn_lifetime_release_and_leave(&filter->stream);
}

/*
 * The end of the input is told behind the last byte.  Nothing is forced upon a user who does
 * not read; but where nothing waits the end comes at once.
 */
static void
end_input_locked(struct filter *filter, short what, int error) NO_LOCK_ANALYSIS
{
	filter->ending = what;
	filter->ending_error = error;
	pump_locked(filter, SIDE_INPUT, BEV_FINISHED, filter->below->input.size == 0);
}

static void
on_event_below(struct bufferevent *below, short what, void *arg) NO_LOCK_ANALYSIS
{
	const short over = BEV_EVENT_EOF | BEV_EVENT_ERROR;
	int error = errno;
	struct filter *filter = arg;

	(void)below;
	if (!enter_and_hold(filter))
		return;
	if ((what & BEV_EVENT_READING) && (what & over) && !filter->ending) {
		end_input_locked(filter, what, error);
	} else {
		errno = error;
		lvn_deliver_event_locked(&filter->stream, what, 0);
	}
	lvn_lifetime_release_and_leave(&filter->stream);
}

/* ---- What a stream does -------------------------------------------------------------------------- */

/* What was left waiting goes on soon: whoever enables a direction expects no callbacks now. */
static int
enable(struct stream *stream, short events) NO_LOCK_ANALYSIS
{
	struct filter *filter = of_stream(stream);
	bool waits = false;
	int rc = 0;

	if (events & EV_READ) {
		rc = lvn_stream_unsuspend_read_locked(filter->below, SUSPENDED_BY_FILTER);
		waits = source_of(filter, SIDE_INPUT)->size > 0 || filter->ending;
	}
	if (events & EV_WRITE)
		waits |= source_of(filter, SIDE_OUTPUT)->size > 0;
	if (waits)
		schedule_locked(filter);
	return rc < 0 ? rc : lvn_timeouts_adjust_locked(stream);
}

static int
disable(struct stream *stream, short events) NO_LOCK_ANALYSIS
{
	if (events & EV_READ)
		lvn_stream_suspend_read_locked(of_stream(stream)->below, SUSPENDED_BY_FILTER);
	return lvn_timeouts_adjust_locked(stream);
}

/* Down the stack what is written, up what is read; an end is told once for both. */
static int
flush(struct stream *stream, short events, enum bufferevent_flush_mode mode)
{
	struct filter *filter = of_stream(stream);
	struct stream *below = filter->below;
	bool any = false;
	int rc;

	if (events & EV_WRITE)
		any = pump_locked(filter, SIDE_OUTPUT, mode, mode != BEV_NORMAL);
	if (below->flags & STREAM_IS_FREED)
		return any;
	rc = below->bev.be_ops->flush(below, events, mode);
	if (events & EV_READ)
		any |= pump_locked(filter, SIDE_INPUT, mode, mode != BEV_NORMAL);
	return any || rc > 0;
}

static void
on_output(struct stream *stream) NO_LOCK_ANALYSIS
{
	pump_locked(of_stream(stream), SIDE_OUTPUT, BEV_NORMAL, false);
	lvn_timeouts_restart_write_locked(stream);
}

static void
on_input_drained(struct stream *stream) NO_LOCK_ANALYSIS
{
	pump_locked(of_stream(stream), SIDE_INPUT, BEV_NORMAL, false);
}

static evutil_socket_t
get_fd(struct stream *stream)
{
	struct stream *below = of_stream(stream)->below;

	return below->bev.be_ops->get_fd ? below->bev.be_ops->get_fd(below) : -1;
}

static int
set_fd(struct stream *stream, evutil_socket_t fd, bool closes_old)
{
	struct stream *below = of_stream(stream)->below;

	return below->bev.be_ops->set_fd ? below->bev.be_ops->set_fd(below, fd, closes_old)
					 : -EINVAL;
}

static struct bufferevent *
get_underlying(struct stream *stream)
{
	return &of_stream(stream)->below->bev;
}

static void
cancel_later_locked(struct filter *filter) NO_LOCK_ANALYSIS
{
	/* Else it has begun, and gives its reference up itself. */
	if (filter->is_scheduled &&
	    lvn_deferred_cancel(filter->stream.bev.ev_base, &filter->later)) {
		filter->is_scheduled = false;
		lvn_lifetime_unhold_locked(&filter->stream);
	}
}

/* The stream below is its user's again, who finds it as the filter had it: reading, and able to. */
static void
let_go(struct stream *stream) NO_LOCK_ANALYSIS
{
	struct filter *filter = of_stream(stream);
	struct stream *below = filter->below;

	cancel_later_locked(filter);
	if (below->flags & STREAM_IS_FREED)
		return;
	below->bev.readcb = NULL;
	below->bev.writecb = NULL;
	below->bev.errorcb = NULL;
	below->bev.cbarg = NULL;
	if (stream->options & BEV_OPT_CLOSE_ON_FREE) {
		lvn_stream_enter(below);
		lvn_lifetime_free_and_leave(below);
		return;
	}
	(void)lvn_stream_unsuspend_read_locked(below, SUSPENDED_BY_FILTER);
}

static void
destroy(struct stream *stream)
{
	struct filter *filter = of_stream(stream);
	struct stream *below = filter->below;

	if (filter->free_context)
		filter->free_context(filter->context);
	lvn_stream_enter(below);
	lvn_lifetime_release_and_leave(below);
}

static const struct bufferevent_ops filter_ops = {
    .name = "filter",
    .enable = enable,
    .disable = disable,
    .flush = flush,
    .adjust_timeouts = lvn_timeouts_adjust_locked,
    .on_output = on_output,
    .on_input_drained = on_input_drained,
    .get_fd = get_fd,
    .set_fd = set_fd,
    .get_underlying = get_underlying,
    .unlink = let_go,
    .destroy = destroy,
};

/* ---- Making ---------------------------------------------------------------------------------------- */

/* Nothing is read before the filter is. */
static void
take_over_locked(struct filter *filter, struct stream *below) NO_LOCK_ANALYSIS
{
	filter->below = below;
	lvn_lifetime_hold_locked(below);
	below->bev.readcb = on_read_below;
	below->bev.writecb = on_written_below;
	below->bev.errorcb = on_event_below;
	below->bev.cbarg = filter;
	lvn_stream_suspend_read_locked(below, SUSPENDED_BY_FILTER);
	(void)lvn_stream_enable_locked(below, EV_READ | EV_WRITE);
}

int
lvn_filter_new_locked(struct stream *below, const struct filter_functions *functions, int options,
    struct stream **stream_out)
{
	struct filter *filter = lvn_calloc(1, sizeof(*filter));
	int rc;

	if (!filter)
		return -ENOMEM;
	rc = lvn_stream_init(&filter->stream, below->bev.ev_base, &filter_ops, options, below);
	if (rc < 0) {
		lvn_free(filter);
		return rc;
	}
	lvn_timeouts_init(&filter->stream);
	lvn_deferred_init(&filter->later, below->bev.ev_base, on_later, filter);
	filter->sides[SIDE_INPUT].function = functions->input;
	filter->sides[SIDE_OUTPUT].function = functions->output;
	filter->free_context = functions->free_context;
	filter->context = functions->context;
	take_over_locked(filter, below);
	*stream_out = &filter->stream;
	return 0;
}
