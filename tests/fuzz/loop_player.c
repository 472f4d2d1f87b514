/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/loop_player.h"

#include <event2/event.h>
#include <event2/watch.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/loop_lanes.h"
#include "fuzz/loop_play.h"

#define CALLS_MOST 400 /* callbacks of one play; then it comes to its end */
#define TURNS_MOST 400
#define ALL_BITS   ((short)(EV_TIMEOUT | EV_READ | EV_WRITE | EV_SIGNAL | EV_CLOSED))

/* ---- choosing ----------------------------------------------------------------------- */

/* A seat for a new event, or -1. */
static int
free_seat(const struct player *player)
{
	for (int i = 0; i < MODEL_EVENTS; i++) {
		if (player->model.events[i].kind == MODEL_UNUSED)
			return i;
	}
	return -1;
}

/* An event that the program holds, or -1. */
static int
some_event(struct player *player)
{
	int first = (int)choose(&player->choices, MODEL_EVENTS);

	for (int i = 0; i < MODEL_EVENTS; i++) {
		int at = (first + i) % MODEL_EVENTS;

		if (player->seats[at].event && player->model.events[at].kind != MODEL_UNUSED)
			return at;
	}
	return -1;
}

/* Few and small, so that deadlines coincide; MODEL_NONE is none. */
static int64_t
some_timeout_ns(struct player *player)
{
	static const int64_t spans_us[] = {0, 10, 20, 30, 50, 100, 1000, 2000000};
	unsigned at = choose(&player->choices, 10);

	return at < 8 ? spans_us[at] * US : MODEL_NONE;
}

/* The timeval of a span; some of them are marked as common. */
static const struct timeval *
timeval_of(struct player *player, int64_t span_ns, struct timeval *room)
{
	if (span_ns == MODEL_NONE)
		return NULL;
	if (choose_rarely(&player->choices, 2)) {
		for (int i = 0; i < 3; i++) {
			if (span_ns == (i + 1) * 10 * US)
				return player->common[i];
		}
	}
	room->tv_sec = (time_t)(span_ns / 1000000000);
	room->tv_usec = (suseconds_t)(span_ns / US % 1000000);
	return room;
}

/* The first lanes are level-triggered, the last one edge-triggered, the one before both. */
static short
some_edge(struct player *player, int lane)
{
	if (player->keeps_duplicates)
		return 0;
	if (lane == MODEL_LANES - 1)
		return EV_ET;
	return lane == MODEL_LANES - 2 && choose_rarely(&player->choices, 2) ? EV_ET : 0;
}

/* Sets up what the model knows of a new event; what event_assign is to be given. */
static evutil_socket_t
choose_kind(struct player *player, struct model_event *event)
{
	struct choices *choices = &player->choices;
	static const short lane_wants[] = {
	    EV_READ, EV_READ, EV_WRITE, EV_READ | EV_WRITE, EV_CLOSED, EV_READ | EV_CLOSED};
	short persist = choose_rarely(choices, 2) ? EV_PERSIST : 0;

	*event = (struct model_event){.priority = player->model.priorities / 2};
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
		event->kind = MODEL_LANE;
		event->source = (int)choose(choices, MODEL_LANES);
		event->wants = lane_wants[choose(choices, 6)] | persist;
		event->wants |= some_edge(player, event->source);
		return player->lanes[event->source].inner;
	}
}

/* ---- callbacks ---------------------------------------------------------------------- */

static void play_steps(struct player *player, unsigned most);

static void
play_in_callback(struct player *player)
{
	if (player->play.fault[0] || player->model.fault[0])
		player->ending = true;
	if (++player->play.callbacks >= CALLS_MOST || player->ending) {
		player->ending = true;
		model_break(&player->model);
		event_base_loopbreak(player->base);
		return;
	}
	play_steps(player, 3);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct seat *seat = arg;
	struct player *player = seat->player;
	int at = seat->at;
	struct model_event *event = &player->model.events[at];
	bool once = event->once;

	(void)fd;
	play_tell(player, "callback %d told %#x", at, (unsigned)what);
	model_called(&player->model, at, what, play_now_ns(player));
	if (once)
		event->once = false;
	play_in_callback(player);
	if (once)
		event->kind = MODEL_UNUSED;
	model_returned(&player->model, at);
}

static void
on_finalized(struct event *ev, void *arg)
{
	struct seat *seat = arg;
	struct player *player = seat->player;
	bool frees_itself = seat->frees_itself;

	play_tell(player, "finalizer %d", seat->at);
	if (player->in_loop)
		model_finalized(&player->model, seat->at);
	player->model.events[seat->at].kind = MODEL_UNUSED;
	player->model.events[seat->at].active = false;
	seat->event = NULL;
	if (!frees_itself)
		event_free(ev);
	if (player->in_loop)
		play_in_callback(player);
	model_returned(&player->model, seat->at);
}

static void
on_arranged(void *arg)
{
	struct player *player = arg;

	player->model.to_come--;
	play_tell(player, "the world moves");
	if (player->ending)
		return;
	lanes_move_world(player);
	play_steps(player, 2);
}

static void
on_prepare(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	struct player *player = arg;
	struct timeval timeout = {0, 0};
	int64_t budget_ns = MODEL_NONE;

	(void)watch;
	if (evwatch_prepare_get_timeout(info, &timeout))
		budget_ns = timeout.tv_sec * 1000000 * US + timeout.tv_usec * US;
	play_tell(player, "turn, waits for %" PRId64, budget_ns);
	model_turn(&player->model, budget_ns, play_now_ns(player));
	if (++player->turns >= TURNS_MOST || player->model.fault[0]) {
		player->ending = true;
		model_break(&player->model);
		event_base_loopbreak(player->base);
	}
}

static void
on_check(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *arg)
{
	struct player *player = arg;

	(void)watch;
	(void)info;
	play_tell(player, "woken");
	model_woken(&player->model, play_now_ns(player));
}

/* ---- the program's calls ------------------------------------------------------------ */

/*
 * What is put on a descriptor while the loop waits may be heard of after this wait or the
 * next one.  The model knows of no such freedom.
 */
static bool
would_be_vague(const struct player *player, const struct model_event *event)
{
	return player->model.phase == MODEL_WAITING && event->kind == MODEL_LANE &&
	       !event->inserted;
}

static void
call_add(struct player *player, int at)
{
	int64_t span_ns = some_timeout_ns(player);
	struct timeval room;
	int expected;

	if (would_be_vague(player, &player->model.events[at]))
		return;
	play_tell(player, "add %d in %" PRId64, at, span_ns);
	expected = model_add(&player->model, at, span_ns, play_now_ns(player));
	play_compare(player, "add", at,
	    event_add(player->seats[at].event, timeval_of(player, span_ns, &room)), expected);
}

static void
call_new(struct player *player)
{
	int at = free_seat(player);
	struct model_event event;
	evutil_socket_t fd;

	if (at < 0)
		return;
	fd = choose_kind(player, &event);
	play_tell(player, "new %d: source %d wants %#x", at, event.source, (unsigned)event.wants);
	player->seats[at].event =
	    event_new(player->base, fd, event.wants, on_event, &player->seats[at]);
	play_compare(player, "new", at, player->seats[at].event != NULL, true);
	if (!player->seats[at].event)
		return;
	player->model.events[at] = event;
	if (choose(&player->choices, 3))
		call_add(player, at);
}

static void
call_once(struct player *player)
{
	int at = free_seat(player);
	int64_t span_ns = some_timeout_ns(player);
	struct model_event event;
	struct timeval room;
	evutil_socket_t fd;
	int expected = 0;
	short wants;

	if (at < 0)
		return;
	fd = choose_kind(player, &event);
	if (event.kind == MODEL_SIGNAL || would_be_vague(player, &event))
		return;
	event.wants &= ~(EV_PERSIST | EV_ET);
	event.once = true;
	wants = event.kind == MODEL_TIMER ? EV_TIMEOUT : event.wants;
	play_tell(player, "once %d: source %d wants %#x in %" PRId64, at, event.source,
	    (unsigned)wants, span_ns);
	player->model.events[at] = event;
	player->seats[at].event = NULL;
	if (event.kind == MODEL_TIMER && span_ns <= 0)
		model_active(&player->model, at, EV_TIMEOUT, 1);
	else
		expected = model_add(&player->model, at, span_ns, play_now_ns(player));
	if (expected < 0)
		player->model.events[at].kind = MODEL_UNUSED;
	play_compare(player, "once", at,
	    event_base_once(player->base, fd, wants, on_event, &player->seats[at],
		timeval_of(player, span_ns, &room)),
	    expected);
}

static void
call_exit(struct player *player)
{
	int at = free_seat(player);
	int64_t span_ns = some_timeout_ns(player);
	struct timeval room;

	if (at < 0)
		return;
	play_tell(player, "exit %d in %" PRId64, at, span_ns);
	player->seats[at].event = NULL;
	model_exit(&player->model, at, span_ns, play_now_ns(player));
	play_compare(player, "loopexit", at,
	    event_base_loopexit(player->base, timeval_of(player, span_ns, &room)), 0);
}

static void
call_del(struct player *player, int at)
{
	struct event *ev = player->seats[at].event;

	play_tell(player, "del %d", at);
	model_del(&player->model, at);
	if (choose_rarely(&player->choices, 4))
		play_compare(player, "del_noblock", at, event_del_noblock(ev), 0);
	else
		play_compare(player, "del", at, event_del(ev), 0);
}

static void
call_active(struct player *player, int at)
{
	static const short results[] = {EV_READ, EV_WRITE, EV_TIMEOUT, EV_SIGNAL, 0x40};
	short what = results[choose(&player->choices, 5)];
	int calls = 1 + (int)choose(&player->choices, 3);

	play_tell(player, "active %d with %#x, %d calls", at, (unsigned)what, calls);
	model_active(&player->model, at, what, calls);
	event_active(player->seats[at].event, what, (short)calls);
}

static void
call_priority_set(struct player *player, int at)
{
	int priority = (int)choose(&player->choices, 5) - 1;
	int expected;

	play_tell(player, "priority %d of %d", priority, at);
	expected = model_set_priority(&player->model, at, priority);
	play_compare(player, "priority_set", at,
	    event_priority_set(player->seats[at].event, priority), expected);
}

static void
call_finalize(struct player *player, int at)
{
	struct seat *seat = &player->seats[at];
	bool frees = choose_rarely(&player->choices, 2);

	play_tell(player, "finalize %d", at);
	if (!player->model.events[at].finalizing)
		seat->frees_itself = frees;
	model_finalize(&player->model, at);
	if (frees)
		play_compare(player, "free_finalize", at,
		    event_free_finalize(0, seat->event, on_finalized), 0);
	else
		play_compare(
		    player, "finalize", at, event_finalize(0, seat->event, on_finalized), 0);
}

static void
call_free(struct player *player, int at)
{
	if (player->model.events[at].finalizing)
		return;
	play_tell(player, "free %d", at);
	model_del(&player->model, at);
	player->model.events[at].kind = MODEL_UNUSED;
	event_free(player->seats[at].event);
	player->seats[at].event = NULL;
}

static void
call_questions(struct player *player)
{
	for (int i = 0; i < MODEL_EVENTS; i++) {
		const struct model_event *event = &player->model.events[i];
		const struct event *ev = player->seats[i].event;

		if (!ev || event->kind == MODEL_UNUSED)
			continue;
		play_compare(player, "priority", i, event_get_priority(ev), event->priority);
		/* What waits to be finalized keeps the bits of its last callback. */
		if (!event->finalizing)
			play_compare(player, "pending", i, event_pending(ev, ALL_BITS, NULL),
			    model_pending(&player->model, i) & ALL_BITS);
	}
	play_compare(player, "added", -1,
	    event_base_get_num_events(player->base, EVENT_BASE_COUNT_ADDED),
	    model_count_added(&player->model));
	play_compare(player, "active", -1,
	    event_base_get_num_events(player->base, EVENT_BASE_COUNT_ACTIVE),
	    model_count_active(&player->model));
}

static bool
is_on_lane(const struct player *player, int at, int lane)
{
	const struct model_event *event = &player->model.events[at];

	return event->kind == MODEL_LANE && event->source == lane && !event->finalizing;
}

/* A descriptor is closed after its events were deleted, and its number is used again. */
static void
call_reopen(struct player *player)
{
	int lane = (int)choose(&player->choices, MODEL_LANES);
	int number = player->lanes[lane].inner;

	if (player->model.phase == MODEL_WAITING)
		return;
	for (int i = 0; i < MODEL_EVENTS; i++) {
		/* Those of event_base_once cannot be deleted. */
		if (is_on_lane(player, i, lane) && !player->seats[i].event)
			return;
	}
	for (int i = 0; i < MODEL_EVENTS; i++) {
		if (is_on_lane(player, i, lane))
			call_del(player, i);
	}
	lanes_reopen(player, lane);
	for (int i = 0; i < MODEL_EVENTS && player->lanes[lane].inner != number; i++) {
		if (is_on_lane(player, i, lane))
			call_free(player, i);
	}
}

static void
call_on_event(struct player *player)
{
	int at = some_event(player);

	if (at < 0)
		return;
	switch (choose(&player->choices, 16)) {
	case 0:
		call_finalize(player, at);
		break;
	case 1:
		call_free(player, at);
		break;
	case 2:
	case 3:
		call_del(player, at);
		break;
	case 4:
	case 5:
		call_active(player, at);
		break;
	case 6:
		play_tell(player, "remove timer %d", at);
		model_remove_timer(&player->model, at);
		play_compare(
		    player, "remove_timer", at, event_remove_timer(player->seats[at].event), 0);
		break;
	case 7:
		call_priority_set(player, at);
		break;
	default:
		call_add(player, at);
		break;
	}
}

static void
call_active_by_source(struct player *player)
{
	static const short results[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE, EV_CLOSED};
	short what = results[choose(&player->choices, 4)];
	int source = (int)choose(&player->choices, MODEL_LANES + MODEL_SIGNALS);

	if (source < MODEL_LANES) {
		play_tell(player, "active by lane %d with %#x", source, (unsigned)what);
		model_active_by_source(&player->model, MODEL_LANE, source, what);
		event_base_active_by_fd(player->base, player->lanes[source].inner, what);
		return;
	}
	source -= MODEL_LANES;
	play_tell(player, "active by signal %d", source);
	model_active_by_source(&player->model, MODEL_SIGNAL, source, EV_SIGNAL);
	event_base_active_by_signal(player->base, signal_numbers[source]);
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
call_foreach(struct player *player)
{
	int expected = 0;
	int count = 0;

	for (int i = 0; i < MODEL_EVENTS; i++) {
		const struct model_event *event = &player->model.events[i];

		expected += event->inserted || event->timed || event->active;
	}
	play_compare(player, "foreach_event", -1,
	    event_base_foreach_event(player->base, count_one, &count), 0);
	play_compare(player, "a walk", -1, count, expected);
}

static void
call_spend(struct player *player)
{
	int64_t span_ns = (int64_t)choose(&player->choices, 40) * US;

	play_tell(player, "spends %" PRId64, span_ns);
	levin_sim_spend(player->sim, span_ns);
}

static void
call_at(struct player *player)
{
	int64_t delay_ns = (int64_t)choose(&player->choices, 60) * US;

	if (player->model.to_come > 20)
		return;
	player->model.to_come++;
	play_compare(player, "at", -1, levin_sim_at(player->sim, delay_ns, on_arranged, player), 0);
}

static void
call_stopping(struct player *player)
{
	switch (choose(&player->choices, 4)) {
	case 0:
		/* During a wait, one callback may run or none before the loop looks again. */
		if (player->model.phase == MODEL_WAITING)
			break;
		play_tell(player, "continue");
		model_continue(&player->model);
		play_compare(player, "loopcontinue", -1, event_base_loopcontinue(player->base), 0);
		break;
	case 1:
		play_tell(player, "break");
		model_break(&player->model);
		play_compare(player, "loopbreak", -1, event_base_loopbreak(player->base), 0);
		break;
	default:
		call_exit(player);
		break;
	}
}

static void
play_step(struct player *player)
{
	player->play.calls++;
	switch (choose(&player->choices, 24)) {
	case 0:
		return;
	case 1:
	case 2:
	case 3:
		call_new(player);
		break;
	case 4:
		call_once(player);
		break;
	case 5:
	case 6:
	case 7:
		lanes_move_world(player);
		break;
	case 8:
		call_spend(player);
		break;
	case 9:
		call_at(player);
		break;
	case 10:
		if (choose_rarely(&player->choices, 3))
			call_stopping(player);
		break;
	case 11:
		play_tell(player, "update cache");
		model_update_cache(&player->model, play_now_ns(player));
		play_compare(
		    player, "update_cache_time", -1, event_base_update_cache_time(player->base), 0);
		break;
	case 12:
		call_active_by_source(player);
		break;
	case 13:
		call_foreach(player);
		break;
	case 14:
		call_reopen(player);
		break;
	case 15:
		call_questions(player);
		break;
	default:
		call_on_event(player);
		break;
	}
}

static void
play_steps(struct player *player, unsigned most)
{
	unsigned count = choose(&player->choices, most + 1);

	for (unsigned i = 0; i < count && !player->ending; i++)
		play_step(player);
}

static void
play_loop(struct player *player)
{
	static const int flags[] = {0, 0, EVLOOP_ONCE, EVLOOP_ONCE, EVLOOP_NONBLOCK,
	    EVLOOP_NO_EXIT_ON_EMPTY, EVLOOP_ONCE | EVLOOP_NONBLOCK,
	    EVLOOP_NO_EXIT_ON_EMPTY | EVLOOP_ONCE};
	int chosen = flags[choose(&player->choices, 8)];
	int result;

	play_tell(player, "loop %#x", (unsigned)chosen);
	model_loop_begin(&player->model, chosen);
	player->in_loop = true;
	result = event_base_loop(player->base, chosen);
	player->in_loop = false;
	play_tell(player, "loop answers %d", result);
	model_loop_end(&player->model, result);
	play_compare(player, "got_exit", -1, event_base_got_exit(player->base),
	    player->model.exit_requested);
	play_compare(player, "got_break", -1, event_base_got_break(player->base),
	    player->model.break_requested);
}

/* ---- a play ------------------------------------------------------------------------- */

static struct event_base *
open_base(struct player *player)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (choose_rarely(&player->choices, 4)) {
		player->model.call_limit = 1 + (int)choose(&player->choices, 3);
		player->model.limit_priority = (int)choose(&player->choices, 3);
		event_config_set_max_dispatch_interval(
		    config, NULL, player->model.call_limit, player->model.limit_priority);
	}
	if (choose_rarely(&player->choices, 4)) {
		player->model.caches_time = false;
		event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
	}
	base = levin_sim_base_new(player->sim, config);
	event_config_free(config);
	return base;
}

static void
begin(struct player *player)
{
	struct choices *choices = &player->choices;
	struct levin_sim_options weather = {
	    .capacity = LANE_CAPACITY,
	    .reorder_permille = 500 * choose(choices, 2),
	    .lateness_max_ns = 7 * US * choose(choices, 2),
	    .early_return_permille = 100 * choose(choices, 2),
	};

	player->keeps_duplicates = choose_rarely(choices, 4);
	model_init(&player->model, 1 + (int)choose(choices, 3));
	player->model.refuses_mixture = play_is_debugging();
	player->sim = levin_sim_new(choose(choices, 256), &weather);
	player->base = open_base(player);
	event_base_priority_init(player->base, player->model.priorities);
	lanes_open(player);
	for (int i = 0; i < MODEL_EVENTS; i++)
		player->seats[i] = (struct seat){.player = player, .at = i};
	for (int i = 0; i < 3; i++) {
		struct timeval span = {0, (i + 1) * 10};

		player->common[i] = event_base_init_common_timeout(player->base, &span);
	}
	evwatch_prepare_new(player->base, on_prepare, player);
	evwatch_check_new(player->base, on_check, player);
}

/* What is being finalized stays, and must be finalized by event_base_free. */
static void
end(struct player *player)
{
	for (int i = 0; i < MODEL_EVENTS; i++) {
		if (player->seats[i].event && player->model.events[i].kind != MODEL_UNUSED)
			call_free(player, i);
	}
	event_base_free(player->base);
	for (int i = 0; i < MODEL_EVENTS; i++)
		play_compare(player, "finalizing", i, player->seats[i].event != NULL, false);
	player->play.trace = levin_sim_trace_hash(player->sim);
	levin_sim_free(player->sim);
}

struct play
loop_player_play(struct choices choices)
{
	struct player player = {.choices = choices};
	unsigned rounds;

	begin(&player);
	rounds = 1 + choose(&player.choices, 8);
	for (unsigned i = 0; i < rounds && !player.ending; i++) {
		play_steps(&player, 30);
		play_loop(&player);
		if (player.model.fault[0] || player.play.fault[0])
			player.ending = true;
	}
	if (player.model.fault[0] && !player.play.fault[0])
		memcpy(player.play.fault, player.model.fault, sizeof(player.model.fault));
	end(&player);
	return player.play;
}
