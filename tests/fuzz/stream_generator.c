/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/stream_generator.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/buffer_limit.h"
#include "fuzz/sim_choices.h"
#include "fuzz/stream_filters.h"
#include "fuzz/stream_network.h"

enum {
	FILTERS_MAX = 5,
	BYTES_MAX = 20000,
	ACTIONS_MAX = 150,
	INSIDE_MAX = 3,
	SETTLING_MAX = 20000, /* turns without a byte that has arrived */
};

/* ---- The world of one seed ------------------------------------------------------------------ */

struct end {
	const char *name;
	struct end *other;
	struct bufferevent *top; /* NULL once freed */
	struct bufferevent *bottom;
	size_t to_send;
	size_t sent; /* handed to the top */
	size_t received;
	bool is_reading; /* taking input leads to more, and to a nested read callback */
	bool eof;
	bool failed;      /* the connection broke */
	bool free_inside; /* the next callback frees it */
};

enum phase { ACTING, SETTLING, ENDING, OVER };

static struct {
	uint64_t seed;
	struct choices choices;
	struct levin_sim *sim;
	struct event_base *base;
	struct event *timer;
	struct ev_token_bucket_cfg *limit;
	struct bufferevent_rate_limit_group *group;
	struct filter_settings filters[FILTERS_MAX];
	int filters_count;
	bool on_sockets;
	bool is_connected; /* both have descriptors */
	int listener;
	bool may_break;
	enum phase phase;
	int actions;
	int inside; /* depth of nested actions */
	int settled_for;
	struct end ends[2];
	long contexts;   /* of filters that exist */
	long references; /* bytes whose cleanup function has not been called */
	char fault[STREAM_FAULT_SIZE];
} world;

static bool is_verbose;

static void act(struct end *end);
static void act_inside(struct end *end);
static void act_inside_any(void);

#define LOG(...)                             \
	do {                                 \
		if (is_verbose) {            \
			printf(__VA_ARGS__); \
			putchar('\n');       \
		}                            \
	} while (0)

static size_t
pick(size_t bound)
{
	return choose_in(world.sim, &world.choices, bound);
}

static bool
chance(unsigned percent)
{
	return pick(100) < percent;
}

static void
end_run(void)
{
	world.phase = OVER;
	event_base_loopbreak(world.base);
}

static void
fault(const char *what, const struct end *end)
{
	if (!world.fault[0])
		snprintf(world.fault, sizeof(world.fault), "%s: %s (sent %zu, received %zu of %zu)",
		    end ? end->name : "both", what, end ? end->sent : 0, end ? end->received : 0,
		    end ? end->other->to_send : 0);
	end_run();
}

/* ---- What is sent ------------------------------------------------------------------------------- */

static unsigned char
byte_at(const struct end *sender, size_t at)
{
	uint64_t x = at / 8 + 1 + world.seed * 2 + (sender == &world.ends[1]);

	x *= UINT64_C(0x9e3779b97f4a7c15);
	x ^= x >> 29;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned char)(x >> (at % 8 * 8));
}

/* Of referenced bytes. */
static void
clean_up(const void *bytes, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	free((void *)(uintptr_t)bytes);
	world.references--;
	act_inside_any();
}

static int
add_reference(struct evbuffer *output, const void *bytes, size_t size)
{
	void *copy = malloc(size + 1);

	memcpy(copy, bytes, size);
	world.references++;
	return evbuffer_add_reference(output, copy, size, clean_up, NULL);
}

static int
write_by_some_way(struct bufferevent *bev, const void *bytes, size_t size)
{
	struct evbuffer *buffer;
	int rc;

	if (chance(60))
		return bufferevent_write(bev, bytes, size);
	if (chance(50))
		return add_reference(bufferevent_get_output(bev), bytes, size);
	if (chance(50))
		return evbuffer_add(bufferevent_get_output(bev), bytes, size);
	buffer = evbuffer_new();
	evbuffer_add(buffer, bytes, size);
	rc = bufferevent_write_buffer(bev, buffer);
	evbuffer_free(buffer);
	return rc;
}

static size_t
read_by_some_way(struct bufferevent *bev, void *bytes, size_t size)
{
	struct evbuffer *buffer;
	int got;

	if (chance(70))
		return bufferevent_read(bev, bytes, size);
	buffer = evbuffer_new();
	got = evbuffer_remove_buffer(bufferevent_get_input(bev), buffer, size);
	evbuffer_remove(buffer, bytes, size);
	evbuffer_free(buffer);
	return got < 0 ? 0 : (size_t)got;
}

static void
send_some(struct end *end, size_t most)
{
	unsigned char bytes[4096];
	size_t size = end->to_send - end->sent;

	if (size > most)
		size = most;
	if (size > sizeof(bytes))
		size = sizeof(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_at(end, end->sent + i);
	end->sent += size;
	LOG("  %s writes %zu", end->name, size);
	if (write_by_some_way(end->top, bytes, size) < 0 && end->top)
		fault("cannot write", end);
}

static void
receive_some(struct end *end, size_t most)
{
	unsigned char bytes[4096];
	size_t size = most < sizeof(bytes) ? most : sizeof(bytes);

	if (end->is_reading)
		return;
	end->is_reading = true;
	size = read_by_some_way(end->top, bytes, size);
	end->is_reading = false;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != byte_at(end->other, end->received + i)) {
			fault("another byte than was sent", end);
			return;
		}
	}
	end->received += size;
	if (size > 0)
		world.settled_for = 0;
	if (end->received > end->other->sent)
		fault("more bytes than were sent", end);
	LOG("  %s has read %zu", end->name, end->received);
}

static void
free_top(struct end *end)
{
	LOG("  %s is freed", end->name);
	bufferevent_free(end->top);
	end->top = NULL;
}

/* ---- Callbacks --------------------------------------------------------------------------------------- */

/* Callbacks of all kinds do what is done outside of them, to either end, and free both. */
static void
act_inside(struct end *end)
{
	struct end *whose = chance(50) ? end : end->other;

	if (world.phase == ACTING && world.inside < INSIDE_MAX && whose->top && chance(10))
		act(whose);
}

static void
free_inside(void)
{
	if (!chance(2) || !chance(10))
		return;
	for (int i = 0; i < 2; i++) {
		if (world.ends[i].top && chance(60))
			free_top(&world.ends[i]);
	}
}

static void
act_inside_any(void)
{
	if (world.phase != ACTING || world.inside >= INSIDE_MAX)
		return;
	free_inside();
	act_inside(&world.ends[pick(2)]);
}

static void
on_buffer_changed(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)info;
	(void)arg;
	act_inside_any();
}

static void
count_context(void *settings)
{
	(void)settings;
	world.contexts--;
	act_inside_any();
}

/* True if the end is gone. */
static bool
is_freed_inside(struct end *end)
{
	if (!end->free_inside || world.phase != ACTING)
		return false;
	free_top(end);
	return true;
}

static bool
is_stale(struct bufferevent *bev, struct end *end)
{
	if (bev == end->top)
		return false;
	fault("a callback after free", end);
	return true;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	if (is_stale(bev, end) || is_freed_inside(end))
		return;
	if (world.phase != ACTING)
		receive_some(end, SIZE_MAX);
	else if (chance(70))
		receive_some(end, pick(300));
	act_inside(end);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	if (is_stale(bev, end) || is_freed_inside(end))
		return;
	if (world.phase == ACTING && chance(30))
		send_some(end, pick(1000));
	act_inside(end);
}

/* The left end, by a name. */
static void
on_connected(struct end *end)
{
	if (world.is_connected)
		fault("it is connected again", end);
	world.is_connected = true;
	if (end->other->top)
		bufferevent_setfd(end->other->bottom,
		    stream_network_accept(world.listener, bufferevent_getfd(end->bottom)));
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct end *end = arg;

	LOG("  %s hears %x", end->name, what);
	if (is_stale(bev, end))
		return;
	if (what & BEV_EVENT_CONNECTED)
		on_connected(end);
	if (what & BEV_EVENT_EOF) {
		if (end->eof)
			fault("the end comes twice", end);
		end->eof = true;
	}
	if (what & BEV_EVENT_ERROR) {
		if (!world.may_break && end->other->top)
			fault("an error", end);
		end->failed = true;
	}
	if (!is_freed_inside(end))
		act_inside_any();
}

/* ---- What ends do at random ---------------------------------------------------------------------------- */

static void
set_marks(struct end *end, bool none)
{
	struct bufferevent *bev = end->top;

	/* Each filter down to the bottom.  A callback may free all of them. */
	while (bev) {
		size_t high = none || chance(30) ? 0 : 1 + pick(500);

		bufferevent_setwatermark(bev, EV_READ, 0, high);
		if (!end->top)
			return;
		high = none || chance(30) ? 0 : 1 + pick(500);
		bufferevent_setwatermark(bev, EV_WRITE, 0, high);
		bev = end->top ? bufferevent_get_underlying(bev) : NULL;
	}
}

static void
change_limits(struct end *end)
{
	bufferevent_set_rate_limit(end->bottom, chance(50) ? world.limit : NULL);
	if (end->top)
		bufferevent_add_to_rate_limit_group(end->bottom, chance(50) ? world.group : NULL);
}

/* The event callback is always set: the end and a broken connection must not be missed. */
static void
set_callbacks(struct end *end, unsigned percent)
{
	bufferevent_setcb(end->top, chance(percent) ? on_read : NULL,
	    chance(percent) ? on_written : NULL, on_event, end);
}

/* The same connection by another descriptor. */
static void
change_descriptor(struct end *end)
{
	evutil_socket_t old = bufferevent_getfd(end->bottom);

	if (!world.on_sockets || !world.is_connected)
		return;
	LOG("  %s has another descriptor", end->name);
	if (chance(50)) {
		bufferevent_replacefd(end->bottom, levin_sim_dup(old));
	} else {
		bufferevent_setfd(end->bottom, levin_sim_dup(old));
		levin_sim_close(old);
	}
}

static void
change_timeouts(struct end *end)
{
	struct timeval span = {0, 1 + (suseconds_t)pick(20000)};

	bufferevent_set_timeouts(end->top, chance(50) ? &span : NULL, chance(50) ? &span : NULL);
}

static void
change_bounds(struct end *end)
{
	bufferevent_set_max_single_read(end->bottom, pick(300));
	bufferevent_set_max_single_write(end->bottom, pick(300));
}

/* More than was asked for, or at another time. */
static void
trigger(struct end *end)
{
	static const int options[] = {0, BEV_TRIG_IGNORE_WATERMARKS, BEV_TRIG_DEFER_CALLBACKS,
	    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS};

	bufferevent_trigger(end->top, chance(50) ? EV_READ : EV_WRITE, options[pick(4)]);
}

/* A callback on one of the buffers of the stack. */
static void
watch_buffer(struct end *end)
{
	struct bufferevent *bev = end->top;

	while (bufferevent_get_underlying(bev) && chance(50))
		bev = bufferevent_get_underlying(bev);
	evbuffer_add_cb(chance(50) ? bufferevent_get_input(bev) : bufferevent_get_output(bev),
	    on_buffer_changed, end);
}

static void
flush(struct end *end, enum bufferevent_flush_mode mode)
{
	LOG("  %s flushes %d", end->name, mode);
	bufferevent_flush(end->top, chance(50) ? EV_WRITE : EV_READ | EV_WRITE, mode);
}

static void
change_direction(struct end *end)
{
	short direction = chance(50) ? EV_READ : EV_WRITE;

	/* Reading behind the end would report it again. */
	if (chance(50))
		bufferevent_enable(end->top, end->eof ? EV_WRITE : direction);
	else
		bufferevent_disable(end->top, direction);
}

static void
change_something(struct end *end)
{
	static void (*const changes[])(struct end * end) = {change_limits, change_descriptor,
	    change_timeouts, change_bounds, trigger, watch_buffer};

	if (chance(20))
		set_callbacks(end, 70);
	else
		changes[pick(sizeof(changes) / sizeof(changes[0]))](end);
}

static void
act(struct end *end)
{
	struct bufferevent *held = chance(5) ? end->top : NULL;

	if (held)
		bufferevent_incref(held);
	world.inside++;
	switch (pick(9)) {
	case 0:
	case 1:
	case 2:
		send_some(end, pick(3000));
		break;
	case 3:
		receive_some(end, pick(500));
		break;
	case 4:
	case 5:
		change_direction(end);
		break;
	case 6:
		set_marks(end, false);
		break;
	case 7:
		change_something(end);
		break;
	default:
		flush(end, chance(50) ? BEV_NORMAL : BEV_FLUSH);
		break;
	}
	world.inside--;
	if (held)
		bufferevent_decref(held);
}

static void
maybe_free(struct end *end)
{
	if (!end->top || !chance(1))
		return;
	if (chance(50))
		end->free_inside = true;
	else
		free_top(end);
}

/* ---- From acting to the end -------------------------------------------------------------------------------- */

static void
settle(struct end *end)
{
	set_callbacks(end, 100);
	set_marks(end, true);
	bufferevent_set_timeouts(end->top, NULL, NULL);
	bufferevent_set_max_single_read(end->bottom, 0);
	bufferevent_set_max_single_write(end->bottom, 0);
	bufferevent_set_rate_limit(end->bottom, NULL);
	bufferevent_remove_from_rate_limit_group(end->bottom);
	bufferevent_enable(end->top, EV_READ | EV_WRITE);
	end->free_inside = false;
}

static bool
has_failed(void)
{
	return world.ends[0].failed || world.ends[1].failed;
}

static bool
has_all(const struct end *end)
{
	return end->received == end->other->to_send;
}

/* Nothing more can arrive. */
static bool
is_alone(void)
{
	return !world.ends[0].top || !world.ends[1].top;
}

/* What filters hold back must arrive after a flush. */
static void
urge(struct end *end)
{
	send_some(end, SIZE_MAX);
	flush(end, BEV_FLUSH);
	bufferevent_flush(end->top, EV_READ, BEV_FLUSH);
	receive_some(end, SIZE_MAX);
}

/* Ends the output of one end: a pair flushes it, a socket is closed. */
static void
begin_ending(struct end *end)
{
	world.phase = ENDING;
	world.settled_for = 0;
	if (world.on_sockets)
		free_top(end);
	else
		bufferevent_flush(end->top, EV_WRITE, BEV_FINISHED);
}

static void
step_settling(void)
{
	for (int i = 0; i < 2; i++)
		urge(&world.ends[i]);
	if (world.on_sockets && !world.is_connected)
		return;
	if (has_all(&world.ends[0]) && has_all(&world.ends[1]))
		begin_ending(&world.ends[pick(2)]);
}

/* The other end gets BEV_EVENT_EOF, once. */
static void
step_ending(void)
{
	for (int i = 0; i < 2; i++) {
		if (world.ends[i].top && world.ends[i].eof)
			end_run();
	}
}

static void
check_memory(struct end *end)
{
	if (!stack_keeps_limit(end->top))
		fault("a buffer has too much memory", end);
}

static void
step(void)
{
	if (has_failed() || (is_alone() && world.phase != ENDING)) {
		end_run();
	} else if (world.phase == ACTING) {
		act(&world.ends[pick(2)]);
		maybe_free(&world.ends[pick(2)]);
		if (--world.actions > 0 || is_alone())
			return;
		LOG("settling");
		world.phase = SETTLING;
		settle(&world.ends[0]);
		settle(&world.ends[1]);
	} else if (++world.settled_for > SETTLING_MAX) {
		fault(world.phase == SETTLING ? "bytes are stuck" : "the end is stuck",
		    has_all(&world.ends[0]) ? &world.ends[1] : &world.ends[0]);
	} else if (world.phase == SETTLING) {
		step_settling();
	} else {
		step_ending();
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timeval next = {0, (suseconds_t)pick(3000)};

	(void)fd;
	(void)what;
	(void)arg;
	check_memory(&world.ends[0]);
	check_memory(&world.ends[1]);
	if (world.phase != OVER)
		step();
	if (world.phase != OVER)
		event_add(world.timer, &next);
}

/* ---- Making the world ------------------------------------------------------------------------------------------ */

static int
some_options(void)
{
	return BEV_OPT_CLOSE_ON_FREE | (chance(30) ? BEV_OPT_DEFER_CALLBACKS : 0) |
	       (chance(30) ? BEV_OPT_THREADSAFE : 0);
}

static void
build_end(struct end *end, const char *name, struct end *other)
{
	*end =
	    (struct end){.name = name, .other = other, .bottom = end->bottom, .top = end->bottom};
	end->to_send = chance(10) ? 0 : pick(BYTES_MAX);
	for (int i = 0; i < world.filters_count; i++) {
		struct filter_settings *settings = &world.filters[i];
		bool plain = settings->kind == FILTER_PLAIN;

		end->top = bufferevent_filter_new(end->top, plain ? NULL : stream_filter_in,
		    plain ? NULL : stream_filter_out, some_options(), count_context, settings);
		world.contexts++;
	}
	bufferevent_setcb(end->top, on_read, on_written, on_event, end);
	bufferevent_enable(end->top, EV_READ);
}

static void
build_bottoms(void)
{
	struct bufferevent *pair[2];
	int fds[2] = {-1, -1};

	world.on_sockets = chance(70);
	world.is_connected = chance(70);
	if (world.on_sockets && world.is_connected)
		levin_sim_socketpair(world.sim, fds);
	if (!world.on_sockets)
		bufferevent_pair_new(world.base, some_options(), pair);
	for (int i = 0; world.on_sockets && i < 2; i++)
		pair[i] = bufferevent_socket_new(world.base, fds[i], some_options());
	world.ends[0].bottom = pair[0];
	world.ends[1].bottom = pair[1];
}

static void
connect_bottoms(void)
{
	world.listener = -1;
	if (!world.on_sockets || world.is_connected)
		return;
	world.listener = stream_network_open(world.sim, pick);
	if (stream_network_connect(world.ends[0].bottom) < 0)
		fault("it does not connect", &world.ends[0]);
}

static void
build(uint64_t seed, struct choices choices)
{
	struct timeval soon = {0, 1};

	memset(&world, 0, sizeof(world));
	world.seed = seed;
	world.choices = choices;
	world.sim = levin_sim_new(seed, NULL);
	world.may_break = stream_network_choose_kernel(world.sim, pick);
	world.base = levin_sim_base_new(world.sim, NULL);
	world.timer = event_new(world.base, -1, 0, on_timer, NULL);
	world.limit = ev_token_bucket_cfg_new(1 + pick(300), 1000, 1 + pick(300), 1000,
	    &(struct timeval){0, 1000 + (suseconds_t)pick(20000)});
	world.group = bufferevent_rate_limit_group_new(world.base, world.limit);
	world.actions = 1 + (int)pick(ACTIONS_MAX);
	world.filters_count = (int)pick(FILTERS_MAX + 1);
	stream_filters_choose(world.filters, world.filters_count, pick, act_inside_any);
	build_bottoms();
	build_end(&world.ends[0], "left", &world.ends[1]);
	build_end(&world.ends[1], "right", &world.ends[0]);
	connect_bottoms();
	event_add(world.timer, &soon);
}

static uint64_t
tear_down(void)
{
	uint64_t trace = levin_sim_trace_hash(world.sim);

	for (int i = 0; i < 2; i++) {
		if (world.ends[i].top)
			free_top(&world.ends[i]);
	}
	bufferevent_rate_limit_group_free(world.group);
	event_free(world.timer);
	event_base_free(world.base);
	if (world.listener >= 0)
		levin_sim_close(world.listener);
	ev_token_bucket_cfg_free(world.limit);
	if (levin_sim_count_descriptors(world.sim) != 0 && !world.fault[0])
		fault("a descriptor is left", NULL);
	levin_sim_free(world.sim);
	if (world.contexts != 0 && !world.fault[0])
		snprintf(world.fault, sizeof(world.fault), "%ld contexts are left", world.contexts);
	if (world.references != 0 && !world.fault[0])
		snprintf(
		    world.fault, sizeof(world.fault), "%ld references are left", world.references);
	return trace;
}

static enum stream_outcome
outcome(void)
{
	if (has_failed())
		return STREAM_BROKE;
	return world.ends[0].eof || world.ends[1].eof ? STREAM_ENDED : STREAM_WAS_FREED;
}

void
stream_generator_set_verbose(bool verbose)
{
	is_verbose = verbose;
}

struct stream_run
stream_generator_run(uint64_t seed, struct choices choices)
{
	struct stream_run run = {.seed = seed};

	build(seed, choices);
	if (event_base_dispatch(world.base) < 0 && !world.fault[0])
		snprintf(world.fault, sizeof(world.fault), "the loop has ended by itself");
	run.bytes = world.ends[0].received + world.ends[1].received;
	run.outcome = outcome();
	run.trace = tear_down();
	memcpy(run.fault, world.fault, sizeof(run.fault));
	return run;
}
