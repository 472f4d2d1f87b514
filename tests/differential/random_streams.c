/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seeded sequences of calls on two ends of a connection, each a stack of filters on a socket
 * or on one half of a pair: writes, reads, drains, watermarks, limits, flushes, directions
 * switched on and off, ends freed.
 *
 * After each step the loop runs until it comes to rest, and the state is compared: how much
 * has arrived and waits, and what callbacks have been called in between, but not how often
 * or in which order.  What is read must be what the other end wrote, and in the end all of
 * it has arrived; a sequence where it does not is given up, with a line that says WRONG.
 *
 * What the reference gets wrong or leaves open is kept out; see the comments at "kept out".
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "kit.h"
#include "sequence.h"

#define LAYERS    2
#define SENT_MAX  60000
#define PIECE_MAX 3000

struct end {
	const char *name;
	struct end *other;
	struct bufferevent *top; /* NULL once freed */
	struct bufferevent *bottom;
	size_t sent, received;
	size_t low; /* mark of reading */
	bool limited;
	/* At the last state, and since. */
	size_t passed_on, arrived;
	bool called_read, called_written;
	short heard;
};

static struct {
	struct event_base *base;
	struct end ends[2];
	struct ev_token_bucket_cfg *limit;
	bool on_sockets;
	bool has_high_marks;
	int layers;
	unsigned char keys[LAYERS];
	size_t chunks[LAYERS];
} world;

static unsigned char
byte_at(const struct end *sender, size_t at)
{
	size_t x = at * 2654435761u + (sender == &world.ends[1] ? 77 : 0);

	return (unsigned char)(x >> 7 ^ x >> 15);
}

/* --- callbacks ------------------------------------------------------------------------ */

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	expect(bev == end->top, "a callback after free");
	end->called_read = true;
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	expect(bev == end->top, "a callback after free");
	end->called_written = true;
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct end *end = arg;

	expect(bev == end->top, "a callback after free");
	end->heard |= what;
}

/* --- a stack -------------------------------------------------------------------------- */

/* The same in both directions: bytes are changed by a key, so many at a time. */
static enum bufferevent_filter_result
pass(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit, enum bufferevent_flush_mode mode,
    void *context)
{
	size_t layer = (size_t)((unsigned char *)context - world.keys);
	size_t size = world.chunks[layer];
	unsigned char bytes[PIECE_MAX];
	int got;

	(void)mode;
	if (limit >= 0 && (size_t)limit < size)
		size = (size_t)limit;
	got = evbuffer_remove(from, bytes, size);
	if (got <= 0)
		return BEV_NEED_MORE;
	for (int i = 0; i < got; i++)
		bytes[i] ^= world.keys[layer];
	return evbuffer_add(to, bytes, (size_t)got) < 0 ? BEV_ERROR : BEV_OK;
}

static void
raise_stack(struct end *end, struct bufferevent *bottom, int options)
{
	end->bottom = end->top = bottom;
	for (int i = 0; i < world.layers; i++)
		end->top = bufferevent_filter_new(
		    end->top, pass, pass, options | BEV_OPT_CLOSE_ON_FREE, NULL, &world.keys[i]);
	bufferevent_setcb(end->top, on_read, on_written, on_event, end);
	bufferevent_enable(end->top, EV_READ | EV_WRITE);
}

static void
connect_ends(void)
{
	int options = chance(3) ? BEV_OPT_DEFER_CALLBACKS : 0;
	struct bufferevent *bottoms[2];
	int fds[2];

	if (world.on_sockets) {
		kit_socketpair(fds);
		for (int i = 0; i < 2; i++)
			bottoms[i] = bufferevent_socket_new(
			    world.base, fds[i], options | BEV_OPT_CLOSE_ON_FREE);
	} else {
		bufferevent_pair_new(world.base, options, bottoms);
	}
	for (int i = 0; i < 2; i++)
		raise_stack(&world.ends[i], bottoms[i], options);
}

/* --- steps ---------------------------------------------------------------------------- */

static void
write_some(struct end *end)
{
	unsigned char bytes[PIECE_MAX];
	size_t size = chance(4) ? below(PIECE_MAX) : below(100);

	if (end->sent + size > SENT_MAX)
		return;
	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_at(end, end->sent + i);
	end->sent += size;
	note("%s writes %zu: %d", end->name, size, bufferevent_write(end->top, bytes, size));
}

static size_t
read_at_most(struct end *end, size_t most)
{
	unsigned char bytes[PIECE_MAX];
	size_t size = bufferevent_read(end->top, bytes, most < PIECE_MAX ? most : PIECE_MAX);

	for (size_t i = 0; i < size; i++)
		expect(bytes[i] == byte_at(end->other, end->received + i), "bytes");
	end->received += size;
	expect(end->received <= end->other->sent, "more bytes than were sent");
	return size;
}

static void
read_some(struct end *end)
{
	size_t most = chance(2) ? PIECE_MAX : below(200);

	note("%s reads %zu", end->name, read_at_most(end, most));
}

/*
 * Kept out: what waits below a filter when a direction is enabled, the reference leaves there;
 * only reading from sockets goes on.
 */
static void
switch_direction(struct end *end)
{
	short direction = world.layers > 0 || chance(2) ? EV_READ : EV_WRITE;

	if (world.layers > 0 && !world.on_sockets)
		return;
	if (chance(2)) {
		note("%s enables %s: %d", end->name, bits(direction),
		    bufferevent_enable(end->top, direction));
	} else {
		note("%s disables %s: %d", end->name, bits(direction),
		    bufferevent_disable(end->top, direction));
	}
}

/* Kept out: high marks of filters, pairs and limited streams, at which the reference spins. */
static void
set_mark(struct end *end)
{
	size_t low = chance(2) ? 0 : below(50);
	size_t high = !world.has_high_marks || chance(2) ? 0 : low + 1 + below(400);

	note("%s reads between %zu and %zu", end->name, low, high);
	end->low = low;
	bufferevent_setwatermark(end->top, EV_READ, low, high);
}

static void
flush(struct end *end)
{
	static const short directions[] = {EV_WRITE, EV_READ | EV_WRITE};
	enum bufferevent_flush_mode mode = chance(2) ? BEV_NORMAL : BEV_FLUSH;
	short direction = directions[below(2)];

	note("%s flushes %s, %d", end->name, bits(direction), mode);
	bufferevent_flush(end->top, direction, mode);
}

static void
set_limit(struct end *end)
{
	if (!world.on_sockets || world.has_high_marks)
		return;
	end->limited = !end->limited;
	note("%s %s limited", end->name, end->limited ? "is" : "is not");
	bufferevent_set_rate_limit(end->bottom, end->limited ? world.limit : NULL);
}

static void
free_end(struct end *end)
{
	note("%s is freed", end->name);
	bufferevent_free(end->top);
	end->top = NULL;
}

static void
pass_time(struct end *end)
{
	(void)end;
	note("100 ms pass");
	virtual_advance_us(100000);
}

static const struct {
	void (*play)(struct end *);
	int weight;
} plays[] = {
    {write_some, 12},
    {read_some, 10},
    {switch_direction, 4},
    {set_mark, 4},
    {flush, 2},
    {set_limit, 2},
    {pass_time, 2},
};
#define PLAYS (sizeof(plays) / sizeof(plays[0]))

/* --- the state ------------------------------------------------------------------------ */

/* So many turns, whether or not there is anything left to do: the reference spins at times. */
static void
rest(void)
{
	for (int i = 0; i < 20; i++) {
		event_base_loopexit(world.base, NULL);
		event_base_loop(world.base, EVLOOP_NONBLOCK);
	}
}

/* Kept out: the reference calls back at times when no byte has moved, or below the low mark. */
static void
note_end(struct end *end)
{
	size_t in = evbuffer_get_length(bufferevent_get_input(end->top));
	size_t out = evbuffer_get_length(bufferevent_get_output(end->top));
	bool read = end->called_read && end->received + in > end->arrived && in >= end->low;
	bool written = end->called_written && end->sent - out > end->passed_on;

	note("  %s: in %zu, out %zu, enabled %s,%s%s heard 0x%x", end->name, in, out,
	    bits(bufferevent_get_enabled(end->top)), read ? " read" : "", written ? " written" : "",
	    (unsigned)end->heard);
	end->arrived = end->received + in;
	end->passed_on = end->sent - out;
	end->called_read = end->called_written = false;
	end->heard = 0;
}

static void
note_state(void)
{
	rest();
	for (int i = 0; i < 2; i++)
		if (world.ends[i].top)
			note_end(&world.ends[i]);
}

/* --- a sequence ----------------------------------------------------------------------- */

static void
step(void)
{
	struct end *end = &world.ends[below(2)];
	int ticket = 0;
	size_t i = 0;

	for (size_t k = 0; k < PLAYS; k++)
		ticket += plays[k].weight;
	ticket = (int)below((size_t)ticket);
	while (ticket >= plays[i].weight)
		ticket -= plays[i++].weight;
	plays[i].play(end);
	note_state();
}

/* Everything is let go: what was sent arrives. */
static void
let_all_arrive(void)
{
	note("all goes");
	for (int i = 0; i < 2; i++) {
		struct end *end = &world.ends[i];

		bufferevent_set_rate_limit(end->bottom, NULL);
		end->low = 0;
		bufferevent_setwatermark(end->top, EV_READ, 0, 0);
		bufferevent_enable(end->top, EV_READ | EV_WRITE);
	}
	for (int i = 0; i < 60; i++) {
		virtual_advance_us(100000);
		rest();
		for (int k = 0; k < 2; k++)
			while (read_at_most(&world.ends[k], PIECE_MAX) > 0)
				;
	}
	for (int i = 0; i < 2; i++)
		expect(world.ends[i].received == world.ends[i].other->sent, "not all has arrived");
	note_state();
}

static void
play(uint64_t seed)
{
	size_t steps = 5 + below(40);

	(void)seed;
	memset(&world, 0, sizeof(world));
	kit_restart_descriptors();
	virtual_restart();
	world.base = kit_base();
	world.limit = ev_token_bucket_cfg_new(500, 1000, 500, 1000, NULL);
	world.on_sockets = chance(2);
	world.layers = (int)below(LAYERS + 1);
	world.has_high_marks = world.on_sockets && world.layers == 0 && chance(2);
	for (int i = 0; i < LAYERS; i++) {
		world.keys[i] = (unsigned char)below(256);
		world.chunks[i] = 1 + below(chance(2) ? 10 : PIECE_MAX);
	}
	world.ends[0] = (struct end){.name = "near", .other = &world.ends[1]};
	world.ends[1] = (struct end){.name = "far", .other = &world.ends[0]};
	connect_ends();
	note("%s, %d layers", world.on_sockets ? "sockets" : "pair", world.layers);
	for (size_t i = 0; i < steps; i++)
		step();
	let_all_arrive();
	free_end(&world.ends[below(2)]);
	note_state();
	for (int i = 0; i < 2; i++)
		if (world.ends[i].top)
			free_end(&world.ends[i]);
	rest();
	ev_token_bucket_cfg_free(world.limit);
	event_base_free(world.base);
	kit_close_descriptors();
}

int
main(int argc, char **argv)
{
	return play_sequences(argc, argv, play);
}
