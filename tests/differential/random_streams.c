/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seeded sequences of calls on the client and the server of a connection, each a stack of
 * filters on a socket or on one half of a pair: writes, reads, drains, watermarks, limits,
 * flushes, directions enabled and disabled.  At the end a callback frees one of them or both.
 *
 * After each step the loop runs until nothing is left to do, and the state is compared: how
 * much has arrived and waits, and which callbacks were called in between, but not how often
 * or in which order.  What is read must be what the other end wrote, and in the end all of
 * it has arrived; a sequence where it has not ends with a line that says WRONG.
 *
 * What the reference gets wrong is left out; see the comments at "Left out".
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "kit.h"
#include "sequence.h"

#define FILTERS       2
#define SENT_MAX      60000
#define SIZE_MAX_ONCE 3000 /* of one call */
#define TENTHS_MAX    9

enum { FREE_ITSELF = 1, FREE_OTHER = 2 };

struct end {
	const char *name;
	struct end *other;
	struct bufferevent *top; /* NULL once freed */
	struct bufferevent *bottom;
	size_t sent, received;
	unsigned frees; /* FREE_ bits: what the next callback of the end frees */
	size_t low;     /* watermark of reading */
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
	int tenths; /* of a second that have passed */
	int filters;
	unsigned char keys[FILTERS];
	size_t chunks[FILTERS];
} world;

static unsigned char
byte_at(const struct end *sender, size_t at)
{
	size_t x = at * 2654435761u + (sender == &world.ends[1] ? 77 : 0);

	return (unsigned char)(x >> 7 ^ x >> 15);
}

static void
free_end(struct end *end)
{
	note("%s is freed", end->name);
	bufferevent_free(end->top);
	end->top = NULL;
}

/* --- callbacks ------------------------------------------------------------------------ */

static void
free_inside(struct end *end)
{
	unsigned frees = end->frees;

	end->frees = 0;
	if ((frees & FREE_OTHER) && end->other->top)
		free_end(end->other);
	if (frees & FREE_ITSELF)
		free_end(end);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	expect(bev == end->top, "a callback after free");
	end->called_read = true;
	free_inside(end);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	expect(bev == end->top, "a callback after free");
	end->called_written = true;
	free_inside(end);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct end *end = arg;

	expect(bev == end->top, "a callback after free");
	end->heard |= what;
	free_inside(end);
}

/* --- a stack -------------------------------------------------------------------------- */

/* The same in both directions: bytes are changed by a key, so many at a time. */
static enum bufferevent_filter_result
pass(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit, enum bufferevent_flush_mode mode,
    void *context)
{
	size_t filter = (size_t)((unsigned char *)context - world.keys);
	size_t size = world.chunks[filter];
	unsigned char bytes[SIZE_MAX_ONCE];
	int got;

	(void)mode;
	if (limit >= 0 && (size_t)limit < size)
		size = (size_t)limit;
	got = evbuffer_remove(from, bytes, size);
	if (got <= 0)
		return BEV_NEED_MORE;
	for (int i = 0; i < got; i++)
		bytes[i] ^= world.keys[filter];
	return evbuffer_add(to, bytes, (size_t)got) < 0 ? BEV_ERROR : BEV_OK;
}

static void
build_stack(struct end *end, struct bufferevent *bottom, int options)
{
	end->bottom = end->top = bottom;
	for (int i = 0; i < world.filters; i++)
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
		build_stack(&world.ends[i], bottoms[i], options);
}

/* --- steps ---------------------------------------------------------------------------- */

static void
write_some(struct end *end)
{
	unsigned char bytes[SIZE_MAX_ONCE];
	size_t size = chance(4) ? below(SIZE_MAX_ONCE) : below(100);

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
	unsigned char bytes[SIZE_MAX_ONCE];
	size_t size =
	    bufferevent_read(end->top, bytes, most < SIZE_MAX_ONCE ? most : SIZE_MAX_ONCE);

	for (size_t i = 0; i < size; i++)
		expect(bytes[i] == byte_at(end->other, end->received + i), "bytes");
	end->received += size;
	expect(end->received <= end->other->sent, "more bytes than were sent");
	return size;
}

static void
read_some(struct end *end)
{
	size_t most = chance(2) ? SIZE_MAX_ONCE : below(200);

	note("%s reads %zu", end->name, read_at_most(end, most));
}

/*
 * Left out: what waits below a filter when a direction is enabled, the reference leaves there;
 * only reading from sockets goes on.
 */
static void
switch_direction(struct end *end)
{
	short direction = world.filters > 0 || chance(2) ? EV_READ : EV_WRITE;

	if (world.filters > 0 && !world.on_sockets)
		return;
	if (chance(2)) {
		note("%s enables %s: %d", end->name, bits(direction),
		    bufferevent_enable(end->top, direction));
	} else {
		note("%s disables %s: %d", end->name, bits(direction),
		    bufferevent_disable(end->top, direction));
	}
}

/* Left out: high marks of filters, pairs and limited streams, at which the reference spins. */
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

/* Left out: the end of a tick, which is a second.  The reference lets a stream wait longer. */
static void
pass_time(struct end *end)
{
	(void)end;
	if (world.tenths == TENTHS_MAX)
		return;
	world.tenths++;
	note("100 ms pass");
	virtual_advance_us(100000);
}

static const struct {
	void (*run)(struct end *);
	int weight;
} operations[] = {
    {write_some, 12},
    {read_some, 10},
    {switch_direction, 4},
    {set_mark, 4},
    {flush, 2},
    {set_limit, 2},
    {pass_time, 2},
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

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

/* Left out: the reference calls back at times when no byte has moved, or below the low mark. */
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

	for (size_t k = 0; k < OPERATIONS; k++)
		ticket += operations[k].weight;
	ticket = (int)below((size_t)ticket);
	while (ticket >= operations[i].weight)
		ticket -= operations[i++].weight;
	operations[i].run(end);
	note_state();
}

/* Without limits and watermarks all that was sent arrives. */
static void
receive_all(void)
{
	note("without limits");
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
			while (read_at_most(&world.ends[k], SIZE_MAX_ONCE) > 0)
				;
	}
	for (int i = 0; i < 2; i++)
		expect(world.ends[i].received == world.ends[i].other->sent, "not all has arrived");
	note_state();
}

/*
 * One end is freed, or a callback of it frees the ends: the read callback when the other end
 * writes, or the write callback.
 *
 * Left out: whether a filter's output leaves the socket below before that is closed, when the
 * write callback frees the filter; and in which directions the other end hears that the socket
 * was closed.
 */
static void
free_some(void)
{
	struct end *end = &world.ends[below(2)];
	unsigned frees = below(4);

	if (frees == 0) {
		free_end(end);
	} else {
		end->frees = frees;
		write_some(world.filters == 0 && chance(2) ? end : end->other);
		rest();
		end->heard &= BEV_EVENT_READING;
		end->other->heard &= BEV_EVENT_READING;
		note_state();
		end->frees = 0;
		if (end->other->top)
			free_end(end->other);
	}
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
	world.filters = (int)below(FILTERS + 1);
	world.has_high_marks = world.on_sockets && world.filters == 0 && chance(2);
	for (int i = 0; i < FILTERS; i++) {
		world.keys[i] = (unsigned char)below(256);
		world.chunks[i] = 1 + below(chance(2) ? 10 : SIZE_MAX_ONCE);
	}
	world.ends[0] = (struct end){.name = "client", .other = &world.ends[1]};
	world.ends[1] = (struct end){.name = "server", .other = &world.ends[0]};
	connect_ends();
	note("%s, %d filters", world.on_sockets ? "sockets" : "pair", world.filters);
	for (size_t i = 0; i < steps; i++)
		step();
	receive_all();
	free_some();
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
