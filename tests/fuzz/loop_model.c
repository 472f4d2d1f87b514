/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/loop_model.h"

#include <event2/event.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ON_CONNECTION ((short)(EV_READ | EV_WRITE | EV_CLOSED))
#define NOBODY        (-1)

static void fault(struct model *model, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Only the first one counts: it leads to others. */
static void
fault(struct model *model, const char *format, ...)
{
	va_list arguments;

	if (model->fault[0])
		return;
	va_start(arguments, format);
	vsnprintf(model->fault, sizeof(model->fault), format, arguments);
	va_end(arguments);
}

void
model_init(struct model *model, int priorities)
{
	memset(model, 0, sizeof(*model));
	model->priorities = priorities;
	model->caches_time = true;
	model->cached_ns = MODEL_NONE;
	model->priority = -1;
	model->current = NOBODY;
	for (int i = 0; i < MODEL_CONNECTIONS; i++)
		model->connections[i].ready = EV_WRITE;
}

/* ---- questions ---------------------------------------------------------------------- */

/* Timeouts count from here: in callbacks, from the time that the loop has remembered. */
static int64_t
base_time(const struct model *model, int64_t now_ns)
{
	return model->cached_ns == MODEL_NONE ? now_ns : model->cached_ns;
}

static bool
renews_its_timeout(const struct model_event *event)
{
	return (event->wants & EV_PERSIST) && event->kind != MODEL_SIGNAL;
}

int
model_count_active(const struct model *model)
{
	int count = 0;

	for (int i = 0; i < MODEL_EVENTS; i++)
		count += model->events[i].active;
	return count;
}

int
model_count_added(const struct model *model)
{
	int count = 0;

	for (int i = 0; i < MODEL_EVENTS; i++)
		count +=
		    model->events[i].inserted + model->events[i].timed + model->events[i].active;
	return count;
}

static bool
has_work(const struct model *model)
{
	return model_count_added(model) > 0;
}

short
model_pending(const struct model *model, int at)
{
	const struct model_event *event = &model->events[at];
	short bits = 0;

	if (event->inserted)
		bits |= event->wants & (short)(ON_CONNECTION | EV_SIGNAL);
	if (event->active)
		bits |= event->result;
	if (event->timed)
		bits |= EV_TIMEOUT;
	return bits;
}

/* The most urgent priority with something active, or -1. */
static int
most_urgent(const struct model *model)
{
	int priority = INT_MAX;

	for (int i = 0; i < MODEL_EVENTS; i++) {
		if (model->events[i].active && model->events[i].priority < priority)
			priority = model->events[i].priority;
	}
	return priority == INT_MAX ? -1 : priority;
}

/* An event whose callback may come next, or NOBODY. */
static int
next_to_call(const struct model *model)
{
	int next = NOBODY;

	for (int i = 0; i < MODEL_EVENTS; i++) {
		const struct model_event *event = &model->events[i];

		if (event->active && event->priority == model->priority &&
		    (next < 0 || event->rank < model->events[next].rank))
			next = i;
	}
	return next;
}

/* The event whose timeout comes first, or NOBODY. */
static int
next_timed(const struct model *model)
{
	int first = NOBODY;

	for (int i = 0; i < MODEL_EVENTS; i++) {
		const struct model_event *event = &model->events[i];
		const struct model_event *best = &model->events[first < 0 ? 0 : first];

		if (event->timed &&
		    (first < 0 || event->deadline_ns < best->deadline_ns ||
			(event->deadline_ns == best->deadline_ns && event->added < best->added)))
			first = i;
	}
	return first;
}

/* What the events of a connection want together; EV_ET if all of them do. */
static short
wanted_of(const struct model *model, int connection)
{
	short wants = 0;
	bool all_edges = true;

	for (int i = 0; i < MODEL_EVENTS; i++) {
		const struct model_event *event = &model->events[i];

		if (event->kind != MODEL_CONNECTION || event->source != connection ||
		    !event->inserted)
			continue;
		wants |= event->wants & ON_CONNECTION;
		all_edges = all_edges && (event->wants & EV_ET);
	}
	return wants && all_edges ? wants | EV_ET : wants;
}

/* ---- calls of the program ----------------------------------------------------------- */

static void
set_timeout(struct model *model, struct model_event *event, int64_t deadline_ns)
{
	event->timed = true;
	event->deadline_ns = deadline_ns;
	event->added = ++model->last_added;
}

static void
take_out(struct model *model, struct model_event *event)
{
	event->inserted = false;
	if (event->kind == MODEL_CONNECTION && wanted_of(model, event->source) == 0)
		model->connections[event->source].left = true;
}

static void
activate(struct model *model, struct model_event *event, short what, int calls, uint64_t rank)
{
	if (event->finalizing)
		return;
	if (event->active) {
		event->result |= what;
		return;
	}
	event->active = true;
	event->result = what;
	event->calls = event->kind == MODEL_SIGNAL ? calls : 1;
	event->rank = rank;
	if (event->priority < model->priority)
		model->rescan = true;
}

static bool
is_mixture(const struct model *model, const struct model_event *event)
{
	for (int i = 0; i < MODEL_EVENTS; i++) {
		const struct model_event *other = &model->events[i];

		if (event->kind == MODEL_CONNECTION && other->kind == MODEL_CONNECTION &&
		    other->inserted && other->source == event->source &&
		    ((other->wants ^ event->wants) & EV_ET))
			return true;
	}
	return false;
}

/* Another timeout takes the activation by the old one back. */
static void
forget_timeout(struct model *model, int at)
{
	struct model_event *event = &model->events[at];

	if (!event->active || !(event->result & EV_TIMEOUT))
		return;
	event->result &= (short)~EV_TIMEOUT;
	if (event->result != 0)
		return;
	event->active = false;
	if (model->current == at && event->kind == MODEL_SIGNAL)
		model->calls_left = 0;
}

int
model_add(struct model *model, int at, int64_t timeout_ns, int64_t now_ns)
{
	struct model_event *event = &model->events[at];

	if (event->finalizing)
		return -1;
	if ((event->wants & (ON_CONNECTION | EV_SIGNAL)) && !event->inserted &&
	    (!event->active || (timeout_ns != MODEL_NONE && event->result == EV_TIMEOUT))) {
		if (model->refuses_mixture && is_mixture(model, event))
			return -1;
		event->inserted = true;
	}
	if (timeout_ns == MODEL_NONE)
		return 0;
	set_timeout(model, event, base_time(model, now_ns) + timeout_ns);
	if (renews_its_timeout(event))
		event->interval_ns = timeout_ns;
	forget_timeout(model, at);
	return 0;
}

void
model_del(struct model *model, int at)
{
	struct model_event *event = &model->events[at];

	if (event->finalizing)
		return;
	take_out(model, event);
	event->timed = false;
	event->active = false;
	if (model->current == at)
		model->calls_left = 0;
}

void
model_active(struct model *model, int at, short what, int calls)
{
	activate(model, &model->events[at], what, calls, ++model->last_rank);
}

void
model_remove_timer(struct model *model, int at)
{
	struct model_event *event = &model->events[at];

	if (!event->timed)
		return;
	event->timed = false;
	event->interval_ns = 0;
}

int
model_set_priority(struct model *model, int at, int priority)
{
	struct model_event *event = &model->events[at];

	if (event->active || priority < 0 || priority >= model->priorities)
		return -1;
	event->priority = priority;
	return 0;
}

void
model_finalize(struct model *model, int at)
{
	struct model_event *event = &model->events[at];

	if (event->finalizing)
		return;
	model_del(model, at);
	activate(model, event, 0, 1, ++model->last_rank);
	event->finalizing = true;
}

void
model_exit(struct model *model, int at, int64_t timeout_ns, int64_t now_ns)
{
	struct model_event *event = &model->events[at];

	*event = (struct model_event){
	    .kind = MODEL_EXIT, .once = true, .priority = model->priorities / 2};
	if (timeout_ns == MODEL_NONE || timeout_ns == 0)
		model_active(model, at, EV_TIMEOUT, 1);
	else
		set_timeout(model, event, base_time(model, now_ns) + timeout_ns);
}

void
model_break(struct model *model)
{
	model->break_requested = true;
}

void
model_continue(struct model *model)
{
	model->rescan = true;
}

void
model_update_cache(struct model *model, int64_t now_ns)
{
	if (model->phase != MODEL_IDLE && model->caches_time)
		model->cached_ns = now_ns;
}

void
model_active_by_source(struct model *model, enum model_kind kind, int source, short what)
{
	uint64_t rank = ++model->last_rank;

	for (int i = 0; i < MODEL_EVENTS; i++) {
		struct model_event *event = &model->events[i];
		short bits = event->wants & what;

		if (event->kind == kind && event->source == source && event->inserted && bits)
			activate(model, event, bits, 1, rank);
	}
}

void
model_connection(struct model *model, int connection, short bits, short ready)
{
	model->connections[connection].ready = ready;
	if (model->connections[connection].watched & bits)
		model->connections[connection].edge = true;
}

void
model_reopen(struct model *model, int connection)
{
	model->connections[connection].ready = EV_WRITE;
	model->connections[connection].left = true;
}

/* ---- what the loop does ------------------------------------------------------------- */

static bool
call_limit_reached(const struct model *model)
{
	return model->call_limit > 0 && model->priority >= model->limit_priority &&
	       model->ran >= model->call_limit;
}

static void
count_call(struct model *model)
{
	model->ran++;
	if (model->break_requested || model->rescan || call_limit_reached(model))
		model->stopped = true;
}

/* Runs the hidden events whose turn it is. */
static void
run_hidden(struct model *model)
{
	for (int i = 0; i < MODEL_EVENTS && !model->stopped; i++) {
		struct model_event *event = &model->events[i];

		if (event->kind != MODEL_EXIT || !event->active ||
		    event->priority != model->priority ||
		    event->rank != model->events[next_to_call(model)].rank)
			continue;
		event->kind = MODEL_UNUSED;
		event->active = false;
		model->exit_requested = true;
		count_call(model);
		i = -1;
	}
}

/* No callback of this turn is to come any more. */
static void
end_calls(struct model *model)
{
	if (model->phase != MODEL_CALLING)
		return;
	run_hidden(model);
	if (model->calls_left > 0)
		fault(model, "event %d: %d calls are missing", model->current, model->calls_left);
	if (!model->stopped && next_to_call(model) != NOBODY)
		fault(model, "event %d: its callback is missing", next_to_call(model));
	model->priority = -1;
	model->calls_left = 0;
}

/* Whether the loop had to end after this turn, because of its flags. */
static bool
turn_ends_loop(const struct model *model)
{
	if (model->phase != MODEL_CALLING)
		return false;
	if (model->ran == 0)
		return model->flags & EVLOOP_NONBLOCK;
	return (model->flags & EVLOOP_ONCE) && model_count_active(model) == 0;
}

static bool
is_stopping(const struct model *model)
{
	return model->exit_requested || model->break_requested;
}

static bool
is_done(const struct model *model)
{
	return !(model->flags & EVLOOP_NO_EXIT_ON_EMPTY) && !has_work(model);
}

void
model_loop_begin(struct model *model, int flags)
{
	model->phase = MODEL_TOP;
	model->flags = flags;
	model->exit_requested = false;
	model->break_requested = false;
}

/* The kernel gets to know what is wanted from now on. */
static void
watch_connections(struct model *model)
{
	for (int i = 0; i < MODEL_CONNECTIONS; i++) {
		struct model_connection *connection = &model->connections[i];
		short wanted = wanted_of(model, i);

		if (wanted && (wanted != connection->watched || connection->left))
			connection->edge = true;
		connection->watched = wanted;
		connection->left = false;
	}
}

void
model_turn(struct model *model, int64_t budget_ns, int64_t now_ns)
{
	int64_t expected_ns = MODEL_NONE;
	int timed;

	end_calls(model);
	if (model->phase == MODEL_IDLE)
		fault(model, "a turn without a loop");
	if (turn_ends_loop(model) || is_stopping(model) || is_done(model))
		fault(model, "a turn that is too much");
	timed = next_timed(model);
	if (timed >= 0) {
		expected_ns = model->events[timed].deadline_ns - now_ns;
		expected_ns = expected_ns > 0 ? expected_ns : 0;
	}
	if ((model->flags & EVLOOP_NONBLOCK) || model_count_active(model) > 0)
		expected_ns = 0;
	if ((budget_ns < 0) != (expected_ns < 0) || budget_ns / 1000 != expected_ns / 1000)
		fault(model, "a wait of %lld ns instead of %lld", (long long)budget_ns,
		    (long long)expected_ns);
	watch_connections(model);
	model->budget_ns = expected_ns;
	model->cached_ns = MODEL_NONE;
	model->rescan = false;
	model->phase = MODEL_WAITING;
}

/* What the kernel would report for the event now; 0 is nothing. */
static short
report_of(const struct model *model, const struct model_event *event)
{
	const struct model_connection *connection = &model->connections[event->source];
	short bits;

	if (!event->inserted)
		return 0;
	if (event->kind == MODEL_SIGNAL)
		return model->arrived[event->source] > 0 ? EV_SIGNAL : 0;
	if (event->kind != MODEL_CONNECTION || ((connection->watched & EV_ET) && !connection->edge))
		return 0;
	bits = connection->ready & event->wants & ON_CONNECTION;
	return bits ? bits | (event->wants & EV_ET) : 0;
}

static bool
has_something_to_report(const struct model *model)
{
	for (int i = 0; i < MODEL_EVENTS; i++) {
		if (report_of(model, &model->events[i]))
			return true;
	}
	return false;
}

/* What the kernel reports: all of it at one rank. */
static void
activate_reported(struct model *model)
{
	uint64_t rank = ++model->last_rank;

	for (int i = 0; i < MODEL_EVENTS; i++) {
		struct model_event *event = &model->events[i];
		short what = report_of(model, event);

		if (!what)
			continue;
		activate(model, event, what,
		    event->kind == MODEL_SIGNAL ? model->arrived[event->source] : 1, rank);
	}
	for (int i = 0; i < MODEL_CONNECTIONS; i++) {
		if (model->connections[i].ready & model->connections[i].watched)
			model->connections[i].edge = false;
	}
	memset(model->arrived, 0, sizeof(model->arrived));
}

/* A timeout deletes the event; what has been reported in the same turn is not lost. */
static void
expire(struct model *model, struct model_event *event)
{
	short what = EV_TIMEOUT | (event->active ? event->result : 0);
	int calls = event->active ? event->calls : 1;

	event->timed = false;
	event->active = false;
	take_out(model, event);
	activate(model, event, what, calls, ++model->last_rank);
}

void
model_woken(struct model *model, int64_t now_ns)
{
	int timed;

	if (model->phase != MODEL_WAITING)
		fault(model, "an end of a wait that had not begun");
	if (model->caches_time)
		model->cached_ns = now_ns;
	model->phase = MODEL_CALLING;
	model->ran = 0;
	activate_reported(model);
	/* Told to break while it waited: the callbacks are for the next loop. */
	model->stopped = model->break_requested;
	if (model->stopped)
		return;
	while ((timed = next_timed(model)) >= 0 && model->events[timed].deadline_ns <= now_ns)
		expire(model, &model->events[timed]);
	model->priority = most_urgent(model);
}

/* The callback or finalizer of an event begins: was it its turn? */
static void
begin_call(struct model *model, int at)
{
	struct model_event *event = &model->events[at];

	if (model->phase != MODEL_CALLING) {
		fault(model, "event %d: a callback outside the loop's calls", at);
		return;
	}
	run_hidden(model);
	if (model->calls_left > 0)
		fault(model, "event %d: a callback while %d calls for event %d are missing", at,
		    model->calls_left, model->current);
	else if (model->stopped)
		fault(model, "event %d: a callback after the last one of the turn", at);
	else if (!event->active)
		fault(model, "event %d: a callback though it is not active", at);
	else if (event->priority != model->priority)
		fault(model, "event %d: a callback of priority %d among those of %d", at,
		    event->priority, model->priority);
	else if (event->rank != model->events[next_to_call(model)].rank)
		fault(
		    model, "event %d: a callback before that of event %d", at, next_to_call(model));
	event->active = false;
	model->current = at;
}

/* A persistent event with a timeout is added again before its callback. */
static void
renew_timeout(struct model *model, struct model_event *event, int64_t now_ns)
{
	int64_t from_ns = event->result & EV_TIMEOUT ? event->deadline_ns : now_ns;
	int64_t deadline_ns = from_ns + event->interval_ns;

	if (deadline_ns < now_ns)
		deadline_ns = now_ns + event->interval_ns;
	if ((event->wants & ON_CONNECTION) && !(model->refuses_mixture && is_mixture(model, event)))
		event->inserted = true;
	set_timeout(model, event, deadline_ns);
}

void
model_called(struct model *model, int at, short what, int64_t now_ns)
{
	struct model_event *event = &model->events[at];

	if (model->calls_left > 0 && model->current == at) {
		model->calls_left--;
		return;
	}
	begin_call(model, at);
	if (what != event->result)
		fault(model, "event %d: receives %#x instead of %#x", at, (unsigned)what,
		    (unsigned)event->result);
	if (event->finalizing)
		fault(model, "event %d: a callback though it is being finalized", at);
	if (renews_its_timeout(event)) {
		if (event->interval_ns != 0)
			renew_timeout(model, event, base_time(model, now_ns));
	} else if (!(event->wants & EV_PERSIST)) {
		take_out(model, event);
		event->timed = false;
	}
	model->calls_left = event->calls - 1;
}

void
model_returned(struct model *model, int at)
{
	if (model->break_requested)
		model->calls_left = 0;
	if (model->calls_left == 0 && model->current == at)
		count_call(model);
}

void
model_finalized(struct model *model, int at)
{
	if (!model->events[at].finalizing)
		fault(model, "event %d: a finalizer that nobody asked for", at);
	begin_call(model, at);
	model->calls_left = 0;
}

void
model_loop_end(struct model *model, int result)
{
	bool hangs = model->phase == MODEL_WAITING && model->budget_ns == MODEL_NONE &&
		     model->to_come == 0 && !has_something_to_report(model);
	int expected;

	end_calls(model);
	if (hangs)
		expected = -1;
	else if (turn_ends_loop(model) || is_stopping(model))
		expected = 0;
	else
		expected = 1;
	if (result != expected)
		fault(model, "the loop returns %d instead of %d", result, expected);
	if (expected == 1 && !is_done(model))
		fault(model, "the loop has ended without a reason");
	model->phase = MODEL_IDLE;
	model->cached_ns = MODEL_NONE;
}
