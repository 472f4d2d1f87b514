/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/conversation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/short_memory.h"

/* Long enough for the slowest world: waiting costs nothing. */
enum { PATIENCE_S = 10000 };

/* Output is filled up to the first, and again below the second. */
enum { OUTPUT_MOST = 256 * 1024, OUTPUT_LEAST = 32 * 1024 };
enum { PATTERN_SIZE = 65521, TURNS_MAX = 20000 };

struct conversation;

struct side {
	struct conversation *talk;
	const struct side_plan *plan;
	struct side_result *result;
	int index;
	struct bufferevent *bev; /* NULL once freed */
	struct event *read_more; /* for a reader that takes a few bytes at a time */
	size_t added;
	bool has_asked; /* for another handshake */
};

struct conversation {
	const struct conversation_plan *plan;
	struct conversation_result *result;
	struct levin_sim *sim;
	struct event_base *base;
	struct relay relay;
	struct side sides[2];
	bool freed_early;
};

static void __attribute__((format(printf, 2, 3)))
fault(struct conversation *talk, const char *format, ...)
{
	va_list args;

	if (talk->result->fault[0])
		return;
	va_start(args, format);
	vsnprintf(talk->result->fault, sizeof(talk->result->fault), format, args);
	va_end(args);
	if (talk->base)
		event_base_loopbreak(talk->base);
}

/* ---- the bytes: each side's stream is a pattern that does not fit itself when shifted */

static const unsigned char *
pattern(int side, size_t at, size_t *left_out)
{
	static unsigned char bytes[2][PATTERN_SIZE];
	size_t start = at % PATTERN_SIZE;

	if (!bytes[0][1]) {
		uint32_t state = 12345;

		for (size_t i = 0; i < 2 * PATTERN_SIZE; i++) {
			state = state * 1103515245 + 12345;
			bytes[i / PATTERN_SIZE][i % PATTERN_SIZE] =
			    (unsigned char)(state >> 16 | 1);
		}
	}
	*left_out = PATTERN_SIZE - start;
	return bytes[side] + start;
}

static size_t
other_size(const struct side *side)
{
	return side->talk->sides[!side->index].plan->size;
}

static void
add_output(struct side *side)
{
	struct evbuffer *output = bufferevent_get_output(side->bev);

	while (side->added < side->plan->size && evbuffer_get_length(output) < OUTPUT_MOST) {
		size_t left;
		const unsigned char *bytes = pattern(side->index, side->added, &left);
		size_t size = side->plan->piece;

		if (size > left)
			size = left;
		if (size > side->plan->size - side->added)
			size = side->plan->size - side->added;
		if (bufferevent_write(side->bev, bytes, size) < 0 &&
		    (!short_memory_has_failed() || bufferevent_write(side->bev, bytes, size) < 0)) {
			fault(side->talk, "bufferevent_write failed");
			return;
		}
		side->added += size;
	}
}

static void
check_input(struct side *side, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		size_t left;
		const unsigned char *expected =
		    pattern(!side->index, side->result->received, &left);

		if (left > size)
			left = size;
		if (memcmp(bytes, expected, left) != 0)
			fault(side->talk, "side %d: wrong bytes at %zu", side->index,
			    side->result->received);
		side->result->received += left;
		bytes += left;
		size -= left;
	}
	if (side->result->received > other_size(side))
		fault(side->talk, "side %d: more bytes than were sent", side->index);
}

/* ---- freeing */

static void
free_stream(struct side *side)
{
	struct bufferevent *bev = side->bev;

	side->bev = NULL;
	if (side->read_more)
		event_free(side->read_more);
	side->read_more = NULL;
	if (bev)
		bufferevent_free(bev);
}

/* Whether the plan frees now, inside this callback. */
static bool
frees(struct side *side, enum free_when when)
{
	if (side->plan->free_when != when)
		return false;
	side->talk->freed_early = true;
	free_stream(side);
	if (side->plan->frees_both)
		free_stream(&side->talk->sides[!side->index]);
	return true;
}

/* ---- another handshake */

/* A server of mbedTLS cannot have records of the client between its request and the answer to it. */
static size_t
receives_before_asking(const struct side *side)
{
	bool is_alone = side->index == SERVER && !side->plan->maker->takes_data_when_asking;

	return is_alone ? other_size(side) : other_size(side) / 2;
}

/* The peer may have gone, or the memory. */
static void
must_have_begun(struct side *side, int rc)
{
	const struct conversation *talk = side->talk;

	if (rc != 0 && talk->plan->fault == RELAY_NO_FAULT && !talk->freed_early &&
	    !short_memory_has_failed())
		fault(side->talk, "side %d: no other handshake", side->index);
}

static void
ask_in_time(struct side *side)
{
	const struct conversation_plan *plan = side->talk->plan;
	const struct tls_maker *maker = side->plan->maker;

	if (plan->asking != side->index || side->has_asked ||
	    side->result->received < receives_before_asking(side))
		return;
	side->has_asked = true;
	if (plan->asks_below)
		must_have_begun(side, maker->renegotiate(bufferevent_get_underlying(side->bev)));
	must_have_begun(side, maker->renegotiate(side->bev));
}

/* The client, or who knows that the other handshake is over. */
static int
leaving_side(const struct conversation_plan *plan)
{
	return plan->asking == ASKS_SERVER ? SERVER : CLIENT;
}

/* Both have all: one goes, and the other one must hear of it. */
static void
end_if_complete(struct conversation *talk)
{
	int asking = talk->plan->asking;

	if (asking != ASKS_NOBODY && !talk->result->sides[asking].renegotiated)
		return;
	for (int i = 0; i < 2; i++) {
		if (talk->sides[i].result->received < other_size(&talk->sides[i]))
			return;
	}
	talk->result->is_complete = true;
	free_stream(&talk->sides[leaving_side(talk->plan)]);
}

/* ---- callbacks */

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct side *side = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t size = evbuffer_get_length(input);

	if (!side->result->connected)
		fault(side->talk, "side %d: bytes before the connection", side->index);
	if (side->plan->most_read > 0 && size > side->plan->most_read) {
		struct timeval now = {0, 0};

		size = side->plan->most_read;
		short_memory_pause();
		event_add(side->read_more, &now);
		short_memory_resume();
	}
	while (size > 0) {
		struct evbuffer_iovec extent;

		if (evbuffer_peek(input, (ssize_t)size, NULL, &extent, 1) < 1)
			break;
		if (extent.iov_len > size)
			extent.iov_len = size;
		check_input(side, extent.iov_base, extent.iov_len);
		evbuffer_drain(input, extent.iov_len);
		size -= extent.iov_len;
	}
	if (frees(side, FREE_WHEN_READ))
		return;
	ask_in_time(side);
	end_if_complete(side->talk);
}

static void
on_read_more(evutil_socket_t fd, short what, void *arg)
{
	struct side *side = arg;

	(void)fd;
	(void)what;
	if (evbuffer_get_length(bufferevent_get_input(side->bev)) > 0)
		on_read(side->bev, side);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct side *side = arg;

	(void)bev;
	if (!frees(side, FREE_WHEN_WRITTEN))
		add_output(side);
}

static void
on_connected(struct side *side, short what)
{
	if (what != BEV_EVENT_CONNECTED)
		fault(side->talk, "side %d: connected comes as 0x%x", side->index, what);
	if (side->has_asked && !side->result->renegotiated) {
		side->result->renegotiated = true;
		end_if_complete(side->talk);
		return;
	}
	if (side->result->connected)
		fault(side->talk, "side %d is connected twice", side->index);
	side->result->connected = true;
	if (frees(side, FREE_WHEN_CONNECTED))
		return;
	add_output(side);
	ask_in_time(side);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct side *side = arg;
	const char *text;

	if (what & BEV_EVENT_CONNECTED) {
		on_connected(side, what);
		return;
	}
	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) ||
	    !(what & (BEV_EVENT_READING | BEV_EVENT_WRITING)))
		fault(side->talk, "side %d: event 0x%x", side->index, what);
	text = side->plan->maker->error_text(bev);
	if (text)
		snprintf(side->result->error, sizeof(side->result->error), "%s", text);
	side->result->end = what;
	/* A reader that takes a few bytes at a time still has the last ones. */
	side->result->received += evbuffer_get_length(bufferevent_get_input(bev));
	free_stream(side);
}

/* ---- set up */

static void
real_pair(evutil_socket_t ends[2])
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	    connect(ends[0], (struct sockaddr *)&address, size) < 0)
		abort();
	ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	for (int i = 0; i < 2; i++)
		evutil_make_socket_nonblocking(ends[i]);
}

static void
open_pair(struct conversation *talk, evutil_socket_t ends[2])
{
	if (talk->plan->is_real)
		real_pair(ends);
	else if (levin_sim_socketpair(talk->sim, ends) < 0)
		abort();
}

/* What is below a stream that could not be made is still the caller's. */
static struct bufferevent *
make_on(const struct side_plan *plan, const struct tls_order *order)
{
	struct bufferevent *bev = plan->maker->make(order);

	if (bev)
		return bev;
	if (order->below)
		bufferevent_free(order->below);
	else
		evutil_closesocket(order->fd);
	return NULL;
}

/* The stream itself, on as much below it as the plan says. */
static struct bufferevent *
make_stream(struct conversation *talk, int index, evutil_socket_t fd)
{
	const struct side_plan *plan = &talk->plan->sides[index];
	struct tls_order order = {
	    .base = talk->base,
	    .fd = fd,
	    .is_client = index == CLIENT,
	    .version = talk->plan->version,
	    .options = plan->options | BEV_OPT_CLOSE_ON_FREE,
	    .allow_dirty = plan->allow_dirty,
	    .batch = plan->batch,
	};
	struct bufferevent *bev;

	if (plan->over_stream) {
		order.below = bufferevent_socket_new(talk->base, fd, order.options);
		if (!order.below) {
			evutil_closesocket(fd);
			return NULL;
		}
	}
	bev = make_on(plan, &order);
	if (!bev || !talk->plan->tls_in_tls)
		return bev;
	order.below = bev;
	return make_on(plan, &order);
}

static void
open_side(struct conversation *talk, int index, evutil_socket_t fd)
{
	struct side *side = &talk->sides[index];
	struct timeval patience = {PATIENCE_S, 0};

	side->bev = make_stream(talk, index, fd);
	if (!side->bev) {
		if (!short_memory_has_failed())
			fault(talk, "side %d: no stream", index);
		return;
	}
	short_memory_pause();
	side->read_more = event_new(talk->base, -1, 0, on_read_more, side);
	short_memory_resume();
	bufferevent_setcb(side->bev, on_read, on_written, on_event, side);
	bufferevent_setwatermark(side->bev, EV_WRITE, OUTPUT_LEAST, 0);
	bufferevent_setwatermark(side->bev, EV_READ, 0, side->plan->high_mark);
	bufferevent_set_timeouts(side->bev, &patience, &patience);
	bufferevent_enable(side->bev, EV_READ | EV_WRITE);
	/* A part waits before the handshake. */
	if (index == CLIENT)
		add_output(side);
}

static void
open_all(struct conversation *talk)
{
	evutil_socket_t near[2], far[2];

	/* Only streams run out of memory. */
	short_memory_pause();
	if (!talk->plan->is_real)
		talk->sim = levin_sim_new(talk->plan->seed, &talk->plan->world);
	talk->base = talk->sim ? levin_sim_base_new(talk->sim, NULL) : event_base_new();
	if (!talk->base)
		abort();
	for (int i = 0; i < 2; i++)
		talk->sides[i] = (struct side){.talk = talk,
		    .index = i,
		    .plan = &talk->plan->sides[i],
		    .result = &talk->result->sides[i]};
	open_pair(talk, near);
	open_pair(talk, far);
	relay_init(&talk->relay, near[1], far[1]);
	for (int i = 0; i < 2; i++)
		talk->relay.ways[i].step = talk->plan->step ? talk->plan->step : RELAY_STEP_MAX;
	talk->relay.ways[!talk->plan->fault_to].fault = talk->plan->fault;
	talk->relay.ways[!talk->plan->fault_to].fault_at = talk->plan->fault_at;
	relay_start(&talk->relay, talk->base);
	short_memory_resume();
	open_side(talk, CLIENT, near[0]);
	open_side(talk, SERVER, far[0]);
}

/* ---- what must be true in the end */

/* Freeing a stream sends close_notify only if that need not wait. */
static bool
can_say_goodbye(const struct conversation_plan *plan)
{
	return !plan->world.spurious_eagain_permille && !plan->world.short_write_permille;
}

/* What is wrong with the end that the receiver of a cut stream sees, or NULL. */
static const char *
judge_cut(const struct side_plan *plan, short end)
{
	if (end & BEV_EVENT_EOF && !plan->allow_dirty)
		return "a cut passes as a clean end";
	if (end == (BEV_EVENT_ERROR | BEV_EVENT_READING) && plan->allow_dirty)
		return "a cut is an error although it is allowed";
	return NULL;
}

/* The same for any side and fault. */
static const char *
judge_end(const struct conversation_plan *plan, int index, short end)
{
	bool is_receiver = plan->fault_to == index;

	switch (plan->fault) {
	case RELAY_NO_FAULT:
		if (index != leaving_side(plan) && can_say_goodbye(plan) &&
		    end != (BEV_EVENT_EOF | BEV_EVENT_READING))
			return "the end is not clean";
		break;
	case RELAY_END:
		return is_receiver ? judge_cut(&plan->sides[index], end) : NULL;
	case RELAY_RESET:
		if (end & BEV_EVENT_EOF && !plan->sides[index].allow_dirty)
			return "a reset passes as a clean end";
		break;
	case RELAY_STALL:
		if (is_receiver && !(end & BEV_EVENT_TIMEOUT))
			return "no timeout";
		break;
	}
	return NULL;
}

static void
check_end(struct conversation *talk, int index)
{
	const struct side_result *result = &talk->result->sides[index];
	const char *wrong = judge_end(talk->plan, index, result->end);

	if (wrong)
		fault(talk, "side %d: %s: 0x%x %s", index, wrong, result->end, result->error);
	if (result->end == 0 && !(index == leaving_side(talk->plan) && talk->result->is_complete))
		fault(talk, "side %d has not heard of the end", index);
}

static void
check_result(struct conversation *talk)
{
	for (int i = 0; i < 2; i++) {
		if (talk->result->sides[i].received > other_size(&talk->sides[i]))
			fault(talk, "side %d: more bytes than were sent", i);
	}
	if (talk->freed_early || short_memory_has_failed())
		return;
	if (talk->plan->fault == RELAY_NO_FAULT && !talk->result->is_complete)
		fault(talk, "not complete: %zu and %zu received", talk->result->sides[0].received,
		    talk->result->sides[1].received);
	/* Where all has come before the fault, one side has freed its stream in peace. */
	for (int i = 0; i < 2; i++) {
		if (!talk->result->is_complete || talk->plan->fault == RELAY_NO_FAULT)
			check_end(talk, i);
	}
}

static int
turn_limit(const struct conversation_plan *plan)
{
	size_t size = plan->sides[0].size + plan->sides[1].size + 16384;
	size_t step = plan->step ? plan->step : 512;

	for (int i = 0; i < 2; i++) {
		if (plan->sides[i].most_read && plan->sides[i].most_read < step)
			step = plan->sides[i].most_read;
	}
	/* Eagain, short reads and writes, and early returns have their turns as well. */
	return TURNS_MAX + (int)(100 * size / step);
}

static void
run_loop(struct conversation *talk)
{
	int limit = turn_limit(talk->plan);
	int rc = 0;

	while (rc == 0 && !talk->result->fault[0] && (talk->sides[0].bev || talk->sides[1].bev)) {
		rc = event_base_loop(talk->base, EVLOOP_ONCE);
		if (++talk->result->turns > limit)
			fault(talk, "the loop does not come to rest");
	}
	if (talk->sides[0].bev || talk->sides[1].bev)
		fault(talk, "the loop has ended (%d) before the conversation", rc);
}

/* What streams leave behind is freed by later turns. */
static void
close_all(struct conversation *talk)
{
	for (int i = 0; i < 2; i++)
		free_stream(&talk->sides[i]);
	for (int i = 0; i < 2; i++)
		talk->result->sides[i].carried = talk->relay.ways[!i].carried;
	relay_close(&talk->relay);
	for (int i = 0; i < 8; i++)
		event_base_loop(talk->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	if (talk->sim) {
		if (levin_sim_count_descriptors(talk->sim) != 0)
			fault(talk, "%zu descriptors are left",
			    levin_sim_count_descriptors(talk->sim));
		talk->result->trace = levin_sim_trace_hash(talk->sim);
	}
	event_base_free(talk->base);
	talk->base = NULL;
	if (talk->sim)
		levin_sim_free(talk->sim);
	for (unsigned i = 0; i < tls_maker_count; i++) {
		if (tls_makers[i]->count_alive() != 0)
			fault(talk, "%d sessions are left", tls_makers[i]->count_alive());
	}
}

struct conversation_result
conversation_run(const struct conversation_plan *plan)
{
	struct conversation_result result = {.turns = 0};
	struct conversation talk = {.plan = plan, .result = &result};

	open_all(&talk);
	run_loop(&talk);
	if (!result.fault[0])
		check_result(&talk);
	close_all(&talk);
	return result;
}
