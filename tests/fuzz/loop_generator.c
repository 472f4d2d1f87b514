/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/loop_generator.h"

#include <event2/event.h>
#include <event2/watch.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/loop_connections.h"
#include "fuzz/loop_run.h"

#define CALLS_MOST 400 /* callbacks of one run; then it ends */
#define TURNS_MOST 400
#define ALL_BITS   ((short)(EV_TIMEOUT | EV_READ | EV_WRITE | EV_SIGNAL | EV_CLOSED))

/* ---- choosing ----------------------------------------------------------------------- */

/* A slot for a new event, or -1. */
static int
free_slot(const struct generator *generator)
{
	for (int i = 0; i < MODEL_EVENTS; i++) {
		if (generator->model.events[i].kind == MODEL_UNUSED)
			return i;
	}
	return -1;
}

/* An event that the program holds, or -1. */
static int
some_event(struct generator *generator)
{
	int first = (int)choose(&generator->choices, MODEL_EVENTS);

	for (int i = 0; i < MODEL_EVENTS; i++) {
		int at = (first + i) % MODEL_EVENTS;

		if (generator->slots[at].event && generator->model.events[at].kind != MODEL_UNUSED)
			return at;
	}
	return -1;
}

/* Few and small, so that deadlines coincide; MODEL_NONE is none. */
static int64_t
some_timeout_ns(struct generator *generator)
{
	static const int64_t durations_us[] = {0, 10, 20, 30, 50, 100, 1000, 2000000};
	unsigned at = choose(&generator->choices, 10);

	return at < 8 ? durations_us[at] * US : MODEL_NONE;
}

/* The timeval of a duration; some of them are marked as common. */
static const struct timeval *
timeval_of(struct generator *generator, int64_t duration_ns, struct timeval *storage)
{
	if (duration_ns == MODEL_NONE)
		return NULL;
	if (choose_rarely(&generator->choices, 2)) {
		for (int i = 0; i < 3; i++) {
			if (duration_ns == (i + 1) * 10 * US)
				return generator->common[i];
		}
	}
	storage->tv_sec = (time_t)(duration_ns / 1000000000);
	storage->tv_usec = (suseconds_t)(duration_ns / US % 1000000);
	return storage;
}

/* The first connections are level-triggered, the last one edge-triggered, the one before both. */
static short
some_edge(struct generator *generator, int connection)
{
	if (generator->keeps_duplicates)
		return 0;
	if (connection == MODEL_CONNECTIONS - 1)
		return EV_ET;
	return connection == MODEL_CONNECTIONS - 2 && choose_rarely(&generator->choices, 2) ? EV_ET
											    : 0;
}

/* Sets up what the model knows of a new event; what event_assign is to be given. */
static evutil_socket_t
choose_kind(struct generator *generator, struct model_event *event)
{
	struct choices *choices = &generator->choices;
	static const short connection_wants[] = {
	    EV_READ, EV_READ, EV_WRITE, EV_READ | EV_WRITE, EV_CLOSED, EV_READ | EV_CLOSED};
	short persist = choose_rarely(choices, 2) ? EV_PERSIST : 0;

	*event = (struct model_event){.priority = generator->model.priorities / 2};
	switch (choose(choices, 4)) {
	case 0:
		event->kind = MODEL_TIMER;
		event->wants = persist;
		return -1;
	case 1:
		event->kind = MODEL_SIGNAL;
		event->source = (int)choose(choices, MODEL_SIGNALS);
		event->wants = EV_SIGNAL | persist;
		return signal_numbers[event->source];
	default:
		event->kind = MODEL_CONNECTION;
		event->source = (int)choose(choices, MODEL_CONNECTIONS);
		event->wants = connection_wants[choose(choices, 6)] | persist;
		event->wants |= some_edge(generator, event->source);
		return generator->connections[event->source].inner;
	}
}

/* ---- callbacks ---------------------------------------------------------------------- */

static void run_operations(struct generator *generator, unsigned most);

static void
run_in_callback(struct generator *generator)
{
	if (generator->result.fault[0] || generator->model.fault[0])
		generator->ending = true;
	if (++generator->result.callbacks >= CALLS_MOST || generator->ending) {
		generator->ending = true;
		model_break(&generator->model);
		event_base_loopbreak(generator->base);
		return;
	}
	run_operations(generator, 3);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct slot *slot = arg;
	struct generator *generator = slot->generator;
	int at = slot->at;
	struct model_event *event = &generator->model.events[at];
	bool once = event->once;

	(void)fd;
	generator_log(generator, "callback %d receives %#x", at, (unsigned)what);
	model_called(&generator->model, at, what, generator_now_ns(generator));
	if (once)
		event->once = false;
	run_in_callback(generator);
	if (once)
		event->kind = MODEL_UNUSED;
	model_returned(&generator->model, at);
}

static void
on_finalized(struct event *ev, void *arg)
{
	struct slot *slot = arg;
	struct generator *generator = slot->generator;
	bool frees_itself = slot->frees_itself;

	generator_log(generator, "finalizer %d", slot->at);
	if (generator->in_loop)
		model_finalized(&generator->model, slot->at);
	generator->model.events[slot->at].kind = MODEL_UNUSED;
	generator->model.events[slot->at].active = false;
	slot->event = NULL;
	if (!frees_itself)
		event_free(ev);
	if (generator->in_loop)
		run_in_callback(generator);
	model_returned(&generator->model, slot->at);
}

static void
on_arranged(void *arg)
{
	struct generator *generator = arg;

	generator->model.to_come--;
	generator_log(generator, "the world moves");
	if (generator->ending)
		return;
	connections_move_world(generator);
	run_operations(generator, 2);
}

static void
on_prepare(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	struct generator *generator = arg;
	struct timeval timeout = {0, 0};
	int64_t budget_ns = MODEL_NONE;

	(void)watch;
	if (evwatch_prepare_get_timeout(info, &timeout))
		budget_ns = timeout.tv_sec * 1000000 * US + timeout.tv_usec * US;
	generator_log(generator, "turn, waits for %" PRId64, budget_ns);
	model_turn(&generator->model, budget_ns, generator_now_ns(generator));
	if (++generator->turns >= TURNS_MOST || generator->model.fault[0]) {
		generator->ending = true;
		model_break(&generator->model);
		event_base_loopbreak(generator->base);
	}
}

static void
on_check(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *arg)
{
	struct generator *generator = arg;

	(void)watch;
	(void)info;
	generator_log(generator, "woken");
	model_woken(&generator->model, generator_now_ns(generator));
}

/* ---- the program's calls ------------------------------------------------------------ */

/*
 * What is put on a descriptor while the loop waits may be reported after this wait or the
 * next one.  The model knows of no such freedom.
 */
static bool
would_be_vague(const struct generator *generator, const struct model_event *event)
{
	return generator->model.phase == MODEL_WAITING && event->kind == MODEL_CONNECTION &&
	       !event->inserted;
}

static void
call_add(struct generator *generator, int at)
{
	int64_t duration_ns = some_timeout_ns(generator);
	struct timeval storage;
	int expected;

	if (would_be_vague(generator, &generator->model.events[at]))
		return;
	generator_log(generator, "add %d in %" PRId64, at, duration_ns);
	expected = model_add(&generator->model, at, duration_ns, generator_now_ns(generator));
	generator_compare(generator, "add", at,
	    event_add(generator->slots[at].event, timeval_of(generator, duration_ns, &storage)),
	    expected);
}

static void
call_new(struct generator *generator)
{
	int at = free_slot(generator);
	struct model_event event;
	evutil_socket_t fd;

	if (at < 0)
		return;
	fd = choose_kind(generator, &event);
	generator_log(
	    generator, "new %d: source %d wants %#x", at, event.source, (unsigned)event.wants);
	generator->slots[at].event =
	    event_new(generator->base, fd, event.wants, on_event, &generator->slots[at]);
	generator_compare(generator, "new", at, generator->slots[at].event != NULL, true);
	if (!generator->slots[at].event)
		return;
	generator->model.events[at] = event;
	if (choose(&generator->choices, 3))
		call_add(generator, at);
}

static void
call_once(struct generator *generator)
{
	int at = free_slot(generator);
	int64_t duration_ns = some_timeout_ns(generator);
	struct model_event event;
	struct timeval storage;
	evutil_socket_t fd;
	int expected = 0;
	short wants;

	if (at < 0)
		return;
	fd = choose_kind(generator, &event);
	if (event.kind == MODEL_SIGNAL || would_be_vague(generator, &event))
		return;
	event.wants &= ~(EV_PERSIST | EV_ET);
	event.once = true;
	wants = event.kind == MODEL_TIMER ? EV_TIMEOUT : event.wants;
	generator_log(generator, "once %d: source %d wants %#x in %" PRId64, at, event.source,
	    (unsigned)wants, duration_ns);
	generator->model.events[at] = event;
	generator->slots[at].event = NULL;
	if (event.kind == MODEL_TIMER && duration_ns <= 0)
		model_active(&generator->model, at, EV_TIMEOUT, 1);
	else
		expected =
		    model_add(&generator->model, at, duration_ns, generator_now_ns(generator));
	if (expected < 0)
		generator->model.events[at].kind = MODEL_UNUSED;
	generator_compare(generator, "once", at,
	    event_base_once(generator->base, fd, wants, on_event, &generator->slots[at],
		timeval_of(generator, duration_ns, &storage)),
	    expected);
}

static void
call_exit(struct generator *generator)
{
	int at = free_slot(generator);
	int64_t duration_ns = some_timeout_ns(generator);
	struct timeval storage;

	if (at < 0)
		return;
	generator_log(generator, "exit %d in %" PRId64, at, duration_ns);
	generator->slots[at].event = NULL;
	model_exit(&generator->model, at, duration_ns, generator_now_ns(generator));
	generator_compare(generator, "loopexit", at,
	    event_base_loopexit(generator->base, timeval_of(generator, duration_ns, &storage)), 0);
}

static void
call_del(struct generator *generator, int at)
{
	struct event *ev = generator->slots[at].event;

	generator_log(generator, "del %d", at);
	model_del(&generator->model, at);
	if (choose_rarely(&generator->choices, 4))
		generator_compare(generator, "del_noblock", at, event_del_noblock(ev), 0);
	else
		generator_compare(generator, "del", at, event_del(ev), 0);
}

static void
call_active(struct generator *generator, int at)
{
	static const short results[] = {EV_READ, EV_WRITE, EV_TIMEOUT, EV_SIGNAL, 0x40};
	short what = results[choose(&generator->choices, 5)];
	int calls = 1 + (int)choose(&generator->choices, 3);

	generator_log(generator, "active %d with %#x, %d calls", at, (unsigned)what, calls);
	model_active(&generator->model, at, what, calls);
	event_active(generator->slots[at].event, what, (short)calls);
}

static void
call_priority_set(struct generator *generator, int at)
{
	int priority = (int)choose(&generator->choices, 5) - 1;
	int expected;

	generator_log(generator, "priority %d of %d", priority, at);
	expected = model_set_priority(&generator->model, at, priority);
	generator_compare(generator, "priority_set", at,
	    event_priority_set(generator->slots[at].event, priority), expected);
}

static void
call_finalize(struct generator *generator, int at)
{
	struct slot *slot = &generator->slots[at];
	bool frees = choose_rarely(&generator->choices, 2);

	generator_log(generator, "finalize %d", at);
	if (!generator->model.events[at].finalizing)
		slot->frees_itself = frees;
	model_finalize(&generator->model, at);
	if (frees)
		generator_compare(generator, "free_finalize", at,
		    event_free_finalize(0, slot->event, on_finalized), 0);
	else
		generator_compare(
		    generator, "finalize", at, event_finalize(0, slot->event, on_finalized), 0);
}

static void
call_free(struct generator *generator, int at)
{
	if (generator->model.events[at].finalizing)
		return;
	generator_log(generator, "free %d", at);
	model_del(&generator->model, at);
	generator->model.events[at].kind = MODEL_UNUSED;
	event_free(generator->slots[at].event);
	generator->slots[at].event = NULL;
}

static void
call_questions(struct generator *generator)
{
	for (int i = 0; i < MODEL_EVENTS; i++) {
		const struct model_event *event = &generator->model.events[i];
		const struct event *ev = generator->slots[i].event;

		if (!ev || event->kind == MODEL_UNUSED)
			continue;
		generator_compare(
		    generator, "priority", i, event_get_priority(ev), event->priority);
		/* What waits to be finalized keeps the bits of its last callback. */
		if (!event->finalizing)
			generator_compare(generator, "pending", i,
			    event_pending(ev, ALL_BITS, NULL),
			    model_pending(&generator->model, i) & ALL_BITS);
	}
	generator_compare(generator, "added", -1,
	    event_base_get_num_events(generator->base, EVENT_BASE_COUNT_ADDED),
	    model_count_added(&generator->model));
	generator_compare(generator, "active", -1,
	    event_base_get_num_events(generator->base, EVENT_BASE_COUNT_ACTIVE),
	    model_count_active(&generator->model));
}

static bool
is_on_connection(const struct generator *generator, int at, int connection)
{
	const struct model_event *event = &generator->model.events[at];

	return event->kind == MODEL_CONNECTION && event->source == connection && !event->finalizing;
}

/* A descriptor is closed after its events were deleted, and its number is used again. */
static void
call_reopen(struct generator *generator)
{
	int connection = (int)choose(&generator->choices, MODEL_CONNECTIONS);
	int number = generator->connections[connection].inner;

	if (generator->model.phase == MODEL_WAITING)
		return;
	for (int i = 0; i < MODEL_EVENTS; i++) {
		/* Those of event_base_once cannot be deleted. */
		if (is_on_connection(generator, i, connection) && !generator->slots[i].event)
			return;
	}
	for (int i = 0; i < MODEL_EVENTS; i++) {
		if (is_on_connection(generator, i, connection))
			call_del(generator, i);
	}
	connections_reopen(generator, connection);
	for (int i = 0; i < MODEL_EVENTS && generator->connections[connection].inner != number;
	     i++) {
		if (is_on_connection(generator, i, connection))
			call_free(generator, i);
	}
}

static void
call_on_event(struct generator *generator)
{
	int at = some_event(generator);

	if (at < 0)
		return;
	switch (choose(&generator->choices, 16)) {
	case 0:
		call_finalize(generator, at);
		break;
	case 1:
		call_free(generator, at);
		break;
	case 2:
	case 3:
		call_del(generator, at);
		break;
	case 4:
	case 5:
		call_active(generator, at);
		break;
	case 6:
		generator_log(generator, "remove timer %d", at);
		model_remove_timer(&generator->model, at);
		generator_compare(generator, "remove_timer", at,
		    event_remove_timer(generator->slots[at].event), 0);
		break;
	case 7:
		call_priority_set(generator, at);
		break;
	default:
		call_add(generator, at);
		break;
	}
}

static void
call_active_by_source(struct generator *generator)
{
	static const short results[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE, EV_CLOSED};
	short what = results[choose(&generator->choices, 4)];
	int source = (int)choose(&generator->choices, MODEL_CONNECTIONS + MODEL_SIGNALS);

	if (source < MODEL_CONNECTIONS) {
		generator_log(
		    generator, "active by connection %d with %#x", source, (unsigned)what);
		model_active_by_source(&generator->model, MODEL_CONNECTION, source, what);
		event_base_active_by_fd(
		    generator->base, generator->connections[source].inner, what);
		return;
	}
	source -= MODEL_CONNECTIONS;
	generator_log(generator, "active by signal %d", source);
	model_active_by_source(&generator->model, MODEL_SIGNAL, source, EV_SIGNAL);
	event_base_active_by_signal(generator->base, signal_numbers[source]);
}

static int
count_one(const struct event_base *base, const struct event *ev, void *arg)
{
	(void)base;
	(void)ev;
	++*(int *)arg;
	return 0;
}

static void
call_foreach(struct generator *generator)
{
	int expected = 0;
	int count = 0;

	for (int i = 0; i < MODEL_EVENTS; i++) {
		const struct model_event *event = &generator->model.events[i];

		expected += event->inserted || event->timed || event->active;
	}
	generator_compare(generator, "foreach_event", -1,
	    event_base_foreach_event(generator->base, count_one, &count), 0);
	generator_compare(generator, "a walk", -1, count, expected);
}

static void
call_spend(struct generator *generator)
{
	int64_t duration_ns = (int64_t)choose(&generator->choices, 40) * US;

	generator_log(generator, "spends %" PRId64, duration_ns);
	levin_sim_spend(generator->sim, duration_ns);
}

static void
call_at(struct generator *generator)
{
	int64_t delay_ns = (int64_t)choose(&generator->choices, 60) * US;

	if (generator->model.to_come > 20)
		return;
	generator->model.to_come++;
	generator_compare(
	    generator, "at", -1, levin_sim_at(generator->sim, delay_ns, on_arranged, generator), 0);
}

static void
call_stopping(struct generator *generator)
{
	switch (choose(&generator->choices, 4)) {
	case 0:
		/* During a wait, one callback may run or none before the loop looks again. */
		if (generator->model.phase == MODEL_WAITING)
			break;
		generator_log(generator, "continue");
		model_continue(&generator->model);
		generator_compare(
		    generator, "loopcontinue", -1, event_base_loopcontinue(generator->base), 0);
		break;
	case 1:
		generator_log(generator, "break");
		model_break(&generator->model);
		generator_compare(
		    generator, "loopbreak", -1, event_base_loopbreak(generator->base), 0);
		break;
	default:
		call_exit(generator);
		break;
	}
}

static void
run_operation(struct generator *generator)
{
	generator->result.calls++;
	switch (choose(&generator->choices, 24)) {
	case 0:
		return;
	case 1:
	case 2:
	case 3:
		call_new(generator);
		break;
	case 4:
		call_once(generator);
		break;
	case 5:
	case 6:
	case 7:
		connections_move_world(generator);
		break;
	case 8:
		call_spend(generator);
		break;
	case 9:
		call_at(generator);
		break;
	case 10:
		if (choose_rarely(&generator->choices, 3))
			call_stopping(generator);
		break;
	case 11:
		generator_log(generator, "update cache");
		model_update_cache(&generator->model, generator_now_ns(generator));
		generator_compare(generator, "update_cache_time", -1,
		    event_base_update_cache_time(generator->base), 0);
		break;
	case 12:
		call_active_by_source(generator);
		break;
	case 13:
		call_foreach(generator);
		break;
	case 14:
		call_reopen(generator);
		break;
	case 15:
		call_questions(generator);
		break;
	default:
		call_on_event(generator);
		break;
	}
}

static void
run_operations(struct generator *generator, unsigned most)
{
	unsigned count = choose(&generator->choices, most + 1);

	for (unsigned i = 0; i < count && !generator->ending; i++)
		run_operation(generator);
}

static void
run_loop(struct generator *generator)
{
	static const int flags[] = {0, 0, EVLOOP_ONCE, EVLOOP_ONCE, EVLOOP_NONBLOCK,
	    EVLOOP_NO_EXIT_ON_EMPTY, EVLOOP_ONCE | EVLOOP_NONBLOCK,
	    EVLOOP_NO_EXIT_ON_EMPTY | EVLOOP_ONCE};
	int chosen = flags[choose(&generator->choices, 8)];
	int result;

	generator_log(generator, "loop %#x", (unsigned)chosen);
	model_loop_begin(&generator->model, chosen);
	generator->in_loop = true;
	result = event_base_loop(generator->base, chosen);
	generator->in_loop = false;
	generator_log(generator, "loop returns %d", result);
	model_loop_end(&generator->model, result);
	generator_compare(generator, "got_exit", -1, event_base_got_exit(generator->base),
	    generator->model.exit_requested);
	generator_compare(generator, "got_break", -1, event_base_got_break(generator->base),
	    generator->model.break_requested);
}

/* ---- a run -------------------------------------------------------------------------- */

static struct event_base *
open_base(struct generator *generator)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (choose_rarely(&generator->choices, 4)) {
		generator->model.call_limit = 1 + (int)choose(&generator->choices, 3);
		generator->model.limit_priority = (int)choose(&generator->choices, 3);
		event_config_set_max_dispatch_interval(
		    config, NULL, generator->model.call_limit, generator->model.limit_priority);
	}
	if (choose_rarely(&generator->choices, 4)) {
		generator->model.caches_time = false;
		event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
	}
	base = levin_sim_base_new(generator->sim, config);
	event_config_free(config);
	return base;
}

static void
begin(struct generator *generator)
{
	struct choices *choices = &generator->choices;
	struct levin_sim_options weather = {
	    .capacity = CONNECTION_CAPACITY,
	    .reorder_permille = 500 * choose(choices, 2),
	    .lateness_max_ns = 7 * US * choose(choices, 2),
	    .early_return_permille = 100 * choose(choices, 2),
	};

	generator->keeps_duplicates = choose_rarely(choices, 4);
	model_init(&generator->model, 1 + (int)choose(choices, 3));
	generator->model.refuses_mixture = generator_is_debugging();
	generator->sim = levin_sim_new(choose(choices, 256), &weather);
	generator->base = open_base(generator);
	event_base_priority_init(generator->base, generator->model.priorities);
	connections_open(generator);
	for (int i = 0; i < MODEL_EVENTS; i++)
		generator->slots[i] = (struct slot){.generator = generator, .at = i};
	for (int i = 0; i < 3; i++) {
		struct timeval duration = {0, (i + 1) * 10};

		generator->common[i] = event_base_init_common_timeout(generator->base, &duration);
	}
	evwatch_prepare_new(generator->base, on_prepare, generator);
	evwatch_check_new(generator->base, on_check, generator);
}

/* What is being finalized stays, and must be finalized by event_base_free. */
static void
end(struct generator *generator)
{
	for (int i = 0; i < MODEL_EVENTS; i++) {
		if (generator->slots[i].event && generator->model.events[i].kind != MODEL_UNUSED)
			call_free(generator, i);
	}
	event_base_free(generator->base);
	for (int i = 0; i < MODEL_EVENTS; i++)
		generator_compare(
		    generator, "finalizing", i, generator->slots[i].event != NULL, false);
	generator->result.trace = levin_sim_trace_hash(generator->sim);
	levin_sim_free(generator->sim);
}

struct loop_result
loop_generator_run(struct choices choices)
{
	struct generator generator = {.choices = choices};
	unsigned rounds;

	begin(&generator);
	rounds = 1 + choose(&generator.choices, 8);
	for (unsigned i = 0; i < rounds && !generator.ending; i++) {
		run_operations(&generator, 30);
		run_loop(&generator);
		if (generator.model.fault[0] || generator.result.fault[0])
			generator.ending = true;
	}
	if (generator.model.fault[0] && !generator.result.fault[0])
		memcpy(
		    generator.result.fault, generator.model.fault, sizeof(generator.model.fault));
	end(&generator);
	return generator.result;
}
