/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random stacks of filters on pairs and sockets of the simulated kernel, one for each seed:
 * two ends that write, read, drain, stop, go on, flush, set watermarks and limits, and are
 * freed, at random.  Whatever happens, each end reads what the other one wrote, byte by byte;
 * in the end everything has arrived, and then the end of the input.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <getopt.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LAYERS_MAX = 5,
	BYTES_MAX = 20000,
	ACTIONS_MAX = 150,
	SETTLING_MAX = 20000, /* so many turns without a byte are too many */
};

/* ---- The world of one seed ------------------------------------------------------------------ */

enum layer_kind { LAYER_PLAIN, LAYER_XOR, LAYER_TWICE, LAYER_HOLDER, LAYER_KINDS };

/* The same on both sides; what one does on the way out the other undoes on the way in. */
struct layer {
	enum layer_kind kind;
	size_t chunk; /* of one call */
	unsigned char key;
};

struct end {
	const char *name;
	struct end *other;
	struct bufferevent *top; /* NULL once freed */
	struct bufferevent *bottom;
	size_t to_send;
	size_t sent; /* handed to the top */
	size_t received;
	bool is_reading; /* taking input makes more come, which is told at once */
	bool eof;
	bool failed;      /* the connection broke */
	bool free_inside; /* the next callback frees it */
};

enum phase { ACTING, SETTLING, ENDING, OVER };

static struct {
	uint64_t seed;
	struct levin_sim *sim;
	struct event_base *base;
	struct event *timer;
	struct ev_token_bucket_cfg *limit;
	struct bufferevent_rate_limit_group *group;
	struct layer layers[LAYERS_MAX];
	int layers_count;
	bool on_sockets;
	bool may_break;
	enum phase phase;
	int actions;
	int settled_for;
	struct end ends[2];
	long contexts; /* of layers that are alive */
	char fault[200];
} world;

static bool tells;

static struct {
	uint64_t bytes;
	uint64_t ended; /* in order, with all that was sent */
	uint64_t freed; /* before that */
	uint64_t broken;
} totals;

#define TELL(...)                            \
	do {                                 \
		if (tells) {                 \
			printf(__VA_ARGS__); \
			putchar('\n');       \
		}                            \
	} while (0)

static size_t
choose(size_t bound)
{
	return (size_t)levin_sim_random(world.sim, bound);
}

static bool
chance(unsigned percent)
{
	return choose(100) < percent;
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
	TELL("  %s writes %zu", end->name, size);
	if (bufferevent_write(end->top, bytes, size) < 0)
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
	size = bufferevent_read(end->top, bytes, size);
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
	TELL("  %s has read %zu", end->name, end->received);
}

static void
free_top(struct end *end)
{
	TELL("  %s is freed", end->name);
	bufferevent_free(end->top);
	end->top = NULL;
}

/* ---- Layers --------------------------------------------------------------------------------------- */

static size_t
piece_of(const struct layer *layer, struct evbuffer *from, ev_ssize_t limit)
{
	size_t size = evbuffer_get_length(from);

	if (size > layer->chunk)
		size = layer->chunk;
	if (limit >= 0 && size > (size_t)limit)
		size = (size_t)limit;
	return size;
}

static enum bufferevent_filter_result
pass(const struct layer *layer, struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit)
{
	unsigned char bytes[600];
	size_t size = piece_of(layer, from, limit);

	if (size == 0)
		return BEV_NEED_MORE;
	evbuffer_remove(from, bytes, size);
	for (size_t i = 0; i < size; i++)
		bytes[i] ^= layer->key;
	return evbuffer_add(to, bytes, size) < 0 ? BEV_ERROR : BEV_OK;
}

static enum bufferevent_filter_result
pass_twice(const struct layer *layer, struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit)
{
	unsigned char bytes[1200];
	size_t size = piece_of(layer, from, limit);

	if (size == 0)
		return BEV_NEED_MORE;
	evbuffer_remove(from, bytes, size);
	for (size_t i = size; i-- > 0;)
		bytes[2 * i] = bytes[2 * i + 1] = bytes[i];
	return evbuffer_add(to, bytes, 2 * size) < 0 ? BEV_ERROR : BEV_OK;
}

static enum bufferevent_filter_result
pass_half(const struct layer *layer, struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit)
{
	unsigned char bytes[1200];
	size_t size = piece_of(layer, from, -1) / 2;

	if (limit >= 0 && size > (size_t)limit)
		size = (size_t)limit;
	if (size == 0)
		return BEV_NEED_MORE;
	evbuffer_remove(from, bytes, 2 * size);
	for (size_t i = 0; i < size; i++) {
		if (bytes[2 * i] != bytes[2 * i + 1])
			return BEV_ERROR;
		bytes[i] = bytes[2 * i];
	}
	return evbuffer_add(to, bytes, size) < 0 ? BEV_ERROR : BEV_OK;
}

static bool
holds_back(const struct layer *layer, struct evbuffer *from, enum bufferevent_flush_mode mode)
{
	return layer->kind == LAYER_HOLDER && mode == BEV_NORMAL &&
	       evbuffer_get_length(from) < layer->chunk;
}

static enum bufferevent_filter_result
pass_out(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	const struct layer *layer = arg;

	if (holds_back(layer, from, mode))
		return BEV_NEED_MORE;
	return layer->kind == LAYER_TWICE ? pass_twice(layer, from, to, limit)
					  : pass(layer, from, to, limit);
}

static enum bufferevent_filter_result
pass_in(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	const struct layer *layer = arg;

	if (holds_back(layer, from, mode))
		return BEV_NEED_MORE;
	return layer->kind == LAYER_TWICE ? pass_half(layer, from, to, limit)
					  : pass(layer, from, to, limit);
}

static void
count_context(void *layer)
{
	(void)layer;
	world.contexts--;
}

/* ---- Callbacks --------------------------------------------------------------------------------------- */

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
		receive_some(end, choose(300));
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	if (is_stale(bev, end) || is_freed_inside(end))
		return;
	if (world.phase == ACTING && chance(30))
		send_some(end, choose(1000));
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct end *end = arg;

	TELL("  %s hears %x", end->name, what);
	if (is_stale(bev, end))
		return;
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
	(void)is_freed_inside(end);
}

/* ---- What ends do at random ---------------------------------------------------------------------------- */

static void
set_marks(struct end *end, bool none)
{
	struct bufferevent *bev = end->top;

	/* Each layer down to the bottom. */
	for (; bev; bev = bufferevent_get_underlying(bev)) {
		size_t high = none || chance(30) ? 0 : 1 + choose(500);

		bufferevent_setwatermark(bev, EV_READ, 0, high);
		high = none || chance(30) ? 0 : 1 + choose(500);
		bufferevent_setwatermark(bev, EV_WRITE, 0, high);
	}
}

static void
change_limits(struct end *end)
{
	bufferevent_set_rate_limit(end->bottom, chance(50) ? world.limit : NULL);
	bufferevent_add_to_rate_limit_group(end->bottom, chance(50) ? world.group : NULL);
}

static void
flush(struct end *end, enum bufferevent_flush_mode mode)
{
	TELL("  %s flushes %d", end->name, mode);
	bufferevent_flush(end->top, chance(50) ? EV_WRITE : EV_READ | EV_WRITE, mode);
}

static void
act(struct end *end)
{
	short direction = chance(50) ? EV_READ : EV_WRITE;

	switch (choose(9)) {
	case 0:
	case 1:
	case 2:
		send_some(end, choose(3000));
		break;
	case 3:
		receive_some(end, choose(500));
		break;
	case 4:
		bufferevent_disable(end->top, direction);
		break;
	case 5:
		bufferevent_enable(end->top, direction);
		break;
	case 6:
		set_marks(end, false);
		break;
	case 7:
		change_limits(end);
		break;
	default:
		flush(end, chance(50) ? BEV_NORMAL : BEV_FLUSH);
		break;
	}
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
	set_marks(end, true);
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

/* Nobody waits for anything any more. */
static bool
is_alone(void)
{
	return !world.ends[0].top || !world.ends[1].top;
}

/* What is held back on its way must come when it is asked for. */
static void
urge(struct end *end)
{
	send_some(end, SIZE_MAX);
	flush(end, BEV_FLUSH);
	bufferevent_flush(end->top, EV_READ, BEV_FLUSH);
	receive_some(end, SIZE_MAX);
}

/* One end goes: on a pair it says so, a socket is closed. */
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
	if (has_all(&world.ends[0]) && has_all(&world.ends[1]))
		begin_ending(&world.ends[choose(2)]);
}

/* The one that stays hears of it, once. */
static void
step_ending(void)
{
	for (int i = 0; i < 2; i++) {
		if (world.ends[i].top && world.ends[i].eof)
			end_run();
	}
}

static void
step(void)
{
	if (has_failed() || (is_alone() && world.phase != ENDING)) {
		end_run();
	} else if (world.phase == ACTING) {
		act(&world.ends[choose(2)]);
		maybe_free(&world.ends[choose(2)]);
		if (--world.actions > 0 || is_alone())
			return;
		TELL("settling");
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
	struct timeval next = {0, (suseconds_t)choose(3000)};

	(void)fd;
	(void)what;
	(void)arg;
	step();
	if (world.phase != OVER)
		event_add(world.timer, &next);
}

/* ---- Making the world ------------------------------------------------------------------------------------------ */

static unsigned
permille(unsigned most)
{
	return chance(50) ? 0 : (unsigned)choose(most);
}

static void
choose_kernel(void)
{
	struct levin_sim_options options = {0};

	options.latency_max_ns = chance(50) ? 0 : (int64_t)choose(5000000);
	options.capacity = chance(50) ? 0 : 16 + choose(2000);
	options.short_read_permille = permille(900);
	options.short_write_permille = permille(900);
	options.spurious_eagain_permille = permille(700);
	options.reorder_permille = permille(1000);
	options.hold_back_permille = permille(500);
	options.early_return_permille = permille(300);
	world.may_break = chance(10);
	options.reset_permille = world.may_break ? (unsigned)choose(20) : 0;
	levin_sim_set_options(world.sim, &options);
}

static void
choose_layers(void)
{
	world.layers_count = (int)choose(LAYERS_MAX + 1);
	for (int i = 0; i < world.layers_count; i++) {
		world.layers[i].kind = (enum layer_kind)choose(LAYER_KINDS);
		world.layers[i].chunk = 2 + choose(598);
		world.layers[i].key =
		    world.layers[i].kind == LAYER_XOR ? (unsigned char)choose(256) : 0;
	}
}

static int
options_of_layer(void)
{
	return BEV_OPT_CLOSE_ON_FREE | (chance(30) ? BEV_OPT_DEFER_CALLBACKS : 0) |
	       (chance(30) ? BEV_OPT_THREADSAFE : 0);
}

static void
build_end(struct end *end, const char *name, struct end *other)
{
	*end =
	    (struct end){.name = name, .other = other, .bottom = end->bottom, .top = end->bottom};
	end->to_send = chance(10) ? 0 : choose(BYTES_MAX);
	for (int i = 0; i < world.layers_count; i++) {
		struct layer *layer = &world.layers[i];
		bool plain = layer->kind == LAYER_PLAIN;

		end->top = bufferevent_filter_new(end->top, plain ? NULL : pass_in,
		    plain ? NULL : pass_out, options_of_layer(), count_context, layer);
		world.contexts++;
	}
	bufferevent_setcb(end->top, on_read, on_written, on_event, end);
	bufferevent_enable(end->top, EV_READ);
}

static void
build_bottoms(void)
{
	struct bufferevent *pair[2];
	int fds[2];

	world.on_sockets = chance(60);
	if (!world.on_sockets) {
		bufferevent_pair_new(world.base, options_of_layer(), pair);
	} else {
		levin_sim_socketpair(world.sim, fds);
		for (int i = 0; i < 2; i++)
			pair[i] = bufferevent_socket_new(world.base, fds[i], options_of_layer());
	}
	world.ends[0].bottom = pair[0];
	world.ends[1].bottom = pair[1];
}

static void
build(uint64_t seed)
{
	struct timeval soon = {0, 1};

	memset(&world, 0, sizeof(world));
	world.seed = seed;
	world.sim = levin_sim_new(seed, NULL);
	choose_kernel();
	world.base = levin_sim_base_new(world.sim, NULL);
	world.timer = event_new(world.base, -1, 0, on_timer, NULL);
	world.limit = ev_token_bucket_cfg_new(1 + choose(300), 1000, 1 + choose(300), 1000,
	    &(struct timeval){0, 1000 + (suseconds_t)choose(20000)});
	world.group = bufferevent_rate_limit_group_new(world.base, world.limit);
	world.actions = 1 + (int)choose(ACTIONS_MAX);
	choose_layers();
	build_bottoms();
	build_end(&world.ends[0], "left", &world.ends[1]);
	build_end(&world.ends[1], "right", &world.ends[0]);
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
	ev_token_bucket_cfg_free(world.limit);
	if (levin_sim_count_descriptors(world.sim) != 0 && !world.fault[0])
		fault("a descriptor is left", NULL);
	levin_sim_free(world.sim);
	if (world.contexts != 0 && !world.fault[0])
		snprintf(world.fault, sizeof(world.fault), "%ld contexts are left", world.contexts);
	return trace;
}

static void
count_run(void)
{
	totals.bytes += world.ends[0].received + world.ends[1].received;
	if (has_failed())
		totals.broken++;
	else if (world.ends[0].eof || world.ends[1].eof)
		totals.ended++;
	else
		totals.freed++;
}

static uint64_t
play(uint64_t seed)
{
	build(seed);
	if (event_base_dispatch(world.base) < 0 && !world.fault[0])
		snprintf(world.fault, sizeof(world.fault), "the loop has ended by itself");
	count_run();
	return tear_down();
}

/* ---- Seeds ---------------------------------------------------------------------------------------------------- */

static bool
play_seed(uint64_t seed, bool twice)
{
	uint64_t trace = play(seed);

	if (!world.fault[0] && twice && play(seed) != trace && !world.fault[0])
		snprintf(world.fault, sizeof(world.fault), "the same seed gives another run");
	if (!world.fault[0])
		return true;
	fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, world.fault);
	return false;
}

static const char usage[] = "usage: %s [options]\n"
			    "  -s, --seed N    the first seed (1)\n"
			    "  -c, --count N   how many seeds, from there on (1)\n"
			    "  -r, --repeat N  play each N-th seed twice (100)\n"
			    "  -t, --tell      print what happens\n"
			    "  -h, --help      print this\n";

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"count", required_argument, NULL, 'c'},
	    {"repeat", required_argument, NULL, 'r'},
	    {"tell", no_argument, NULL, 't'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	uint64_t seed = 1, count = 1, repeat = 100;
	int option;

	while ((option = getopt_long(argc, argv, "s:c:r:th", options, NULL)) != -1) {
		if (option == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (option == 'c')
			count = strtoull(optarg, NULL, 0);
		else if (option == 'r')
			repeat = strtoull(optarg, NULL, 0);
		else if (option == 't')
			tells = true;
		else {
			fprintf(option == 'h' ? stdout : stderr, usage, argv[0]);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
	}
	for (uint64_t i = 0; i < count; i++) {
		if (!play_seed(seed + i, repeat && i % repeat == 0))
			return EXIT_FAILURE;
	}
	printf("%" PRIu64 " seeds from %" PRIu64 ": %" PRIu64 " bytes as they were sent; %" PRIu64
	       " runs to the end, %" PRIu64 " freed, %" PRIu64 " broken\n",
	    count, seed, totals.bytes, totals.ended, totals.freed, totals.broken);
	return EXIT_SUCCESS;
}
