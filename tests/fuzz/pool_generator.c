/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/pool_generator.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/pool_world.h"
#include "fuzz/sim_choices.h"

enum {
	ACTIONS_MAX = 60,
	INSIDE_MAX = 3,
	TURN_MS_MAX = 700,
	SETTLING_S_MAX = 3000, /* of virtual time, for what is slow */
};

struct pool_world pool_world;
bool pool_is_verbose;

/* ---- Memory ----------------------------------------------------------------------------------- */

static long blocks;

static void *
count_alloc(size_t size)
{
	blocks++;
	return malloc(size);
}

static void *
count_realloc(void *block, size_t size)
{
	blocks += block ? 0 : 1;
	return realloc(block, size);
}

static void
count_free(void *block)
{
	blocks--;
	free(block);
}

void
pool_free_line(char *line)
{
	count_free(line);
}

static void
on_log(int severity, const char *text)
{
	(void)severity;
	POOL_LOG("  log: %s", text);
}

/* ---- Choices ---------------------------------------------------------------------------------- */

size_t
pool_pick(size_t bound)
{
	return choose_in(pool_world.sim, &pool_world.choices, bound);
}

bool
pool_chance(unsigned percent)
{
	return pool_pick(100) < percent;
}

void
pool_fault(const char *what, unsigned id)
{
	if (!pool_world.fault[0])
		snprintf(pool_world.fault, sizeof(pool_world.fault), "request %u: %s", id, what);
	pool_world.phase = POOL_OVER;
	event_base_loopbreak(pool_world.base);
}

int64_t
pool_now_ms(void)
{
	return levin_sim_now_ns(pool_world.sim) / 1000000;
}

static void
disturb(void)
{
	if (pool_chance(50))
		pool_serving_act();
	else
		pool_asking_act();
}

void
pool_act_inside(void)
{
	if (pool_world.phase != POOL_ACTING || pool_world.inside >= INSIDE_MAX)
		return;
	pool_world.inside++;
	if (pool_chance(10))
		pool_asking_make();
	else if (!pool_world.is_calm && pool_chance(6))
		disturb();
	pool_world.inside--;
}

/* ---- Requests --------------------------------------------------------------------------------- */

static size_t
some_size(void)
{
	return pool_chance(20) ? 0 : pool_chance(70) ? pool_pick(300) : pool_pick(POOL_BODY_MAX);
}

static void
choose_upload(struct pool_ask *ask)
{
	const char *method = ask->hop[0].method;

	if (strcmp(method, "POST") != 0 && strcmp(method, "PUT") != 0)
		return;
	ask->kind = (enum pool_upload)pool_pick(4);
	ask->upload = ask->kind == POOL_NO_UPLOAD ? 0 : some_size();
	ask->expects = (ask->kind == POOL_SIZED || ask->kind == POOL_CHUNKED) && pool_chance(20);
	ask->hop[0].has_upload = ask->kind != POOL_NO_UPLOAD;
}

static const char *
next_method(const char *method, int status)
{
	if (status == 303 && strcmp(method, "HEAD") != 0)
		return "GET";
	return (status == 301 || status == 302) && strcmp(method, "POST") == 0 ? "GET" : method;
}

static void
choose_hops(struct pool_ask *ask)
{
	static const int redirects[] = {301, 302, 303, 307, 308};
	static const int codes[] = {200, 200, 200, 206, 204, 304, 404, 500};

	ask->hops = pool_chance(30) ? 1 + (unsigned)pool_pick(POOL_HOPS_MAX) : 0;
	for (unsigned i = 0; i < ask->hops; i++) {
		struct pool_hop *hop = &ask->hop[i], *next = hop + 1;
		bool is_streamed = ask->kind == POOL_SIZED || ask->kind == POOL_CHUNKED;

		/* What was sent in pieces cannot be sent again. */
		hop->status = is_streamed && i == 0 ? 303 : redirects[pool_pick(5)];
		next->port =
		    pool_chance(50) ? hop->port : POOL_PORT + (unsigned)pool_pick(POOL_PORTS);
		next->method = next_method(hop->method, hop->status);
		next->has_upload = hop->has_upload && next->method == hop->method;
		next->has_credentials = hop->has_credentials && next->port == hop->port;
	}
	ask->hop[ask->hops].status = codes[pool_pick(8)];
}

static void
choose_trouble(struct pool_ask *ask)
{
	if (pool_world.is_calm)
		return;
	if (pool_chance(20))
		ask->trouble = (enum pool_trouble)pool_pick(POOL_TROUBLES);
	ask->has_redirect_limit = ask->hops > 1 && pool_chance(20);
	ask->has_body_limit = ask->download > 10 && pool_chance(10);
	if (pool_chance(20))
		ask->total_ms = 1 + (unsigned)pool_pick(5000);
}

struct pool_ask *
pool_ask_new(void)
{
	static const char *const methods[] = {"GET", "GET", "POST", "PUT", "HEAD", "DELETE"};
	struct pool_ask *ask = &pool_world.asks[pool_world.ask_count];

	if (pool_world.ask_count == POOL_ASKS_MAX)
		return NULL;
	memset(ask, 0, sizeof(*ask));
	ask->id = pool_world.ask_count++;
	ask->hop[0].port = POOL_PORT + (unsigned)pool_pick(POOL_PORTS);
	ask->hop[0].method = methods[pool_pick(6)];
	ask->hop[0].has_credentials = true;
	ask->download = some_size();
	ask->takes_pieces = pool_chance(50);
	choose_upload(ask);
	choose_hops(ask);
	choose_trouble(ask);
	return ask;
}

static unsigned char
byte_of(const struct pool_ask *ask, bool is_upload, size_t at)
{
	uint64_t x = at / 8 + 1 + ask->id * 7919 + is_upload;

	x *= UINT64_C(0x9e3779b97f4a7c15);
	x ^= x >> 29;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned char)(x >> (at % 8 * 8));
}

void
pool_ask_put_body(
    struct evbuffer *out, const struct pool_ask *ask, bool is_upload, size_t at, size_t size)
{
	unsigned char bytes[POOL_BODY_MAX];

	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_of(ask, is_upload, at + i);
	evbuffer_add(out, bytes, size);
}

void
pool_ask_take_body(struct evbuffer *in, const struct pool_ask *ask, bool is_upload, size_t *at)
{
	size_t whole = is_upload ? ask->upload : ask->download;
	size_t size = evbuffer_get_length(in);
	const unsigned char *bytes = size > 0 ? evbuffer_pullup(in, -1) : NULL;

	if (*at + size > whole) {
		pool_fault("a body is longer than what was sent", ask->id);
		size = 0;
	}
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != byte_of(ask, is_upload, *at + i)) {
			pool_fault("a body has another byte than was sent", ask->id);
			break;
		}
	}
	*at += size;
	pool_world.bytes += size;
	evbuffer_drain(in, evbuffer_get_length(in));
}

size_t
pool_ask_download(const struct pool_ask *ask)
{
	const struct pool_hop *last = &ask->hop[ask->hops];

	if (strcmp(last->method, "HEAD") == 0 || last->status == 204 || last->status == 304)
		return 0;
	return ask->download;
}

/* ---- From acting to the end --------------------------------------------------------------------- */

static bool
is_settled(void)
{
	for (unsigned i = 0; i < pool_world.ask_count; i++)
		if (!pool_world.asks[i].has_ended)
			return false;
	return true;
}

static unsigned
first_unsettled(void)
{
	unsigned i = 0;

	while (i < pool_world.ask_count && pool_world.asks[i].has_ended)
		i++;
	return i;
}

static void
act(void)
{
	pool_world.inside++;
	if (pool_world.is_calm || pool_chance(60))
		pool_asking_make();
	else
		disturb();
	pool_world.inside--;
	if (--pool_world.actions > 0 || pool_world.phase != POOL_ACTING)
		return;
	POOL_LOG("settling");
	pool_world.phase = POOL_SETTLING;
	pool_serving_settle();
}

static void
step(void)
{
	if (pool_world.phase == POOL_ACTING) {
		act();
	} else if (is_settled()) {
		pool_world.phase = POOL_OVER;
		event_base_loopbreak(pool_world.base);
	} else if (++pool_world.waited_for > SETTLING_S_MAX) {
		pool_fault("it does not end", first_unsettled());
	}
	if (pool_world.phase != POOL_OVER)
		pool_asking_tick();
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timeval next = {1, 0};

	(void)fd;
	(void)what;
	(void)arg;
	step();
	if (pool_world.phase == POOL_ACTING)
		next = (struct timeval){0, (suseconds_t)pool_pick(TURN_MS_MAX) * 1000};
	if (pool_world.phase != POOL_OVER)
		event_add(pool_world.timer, &next);
}

/* ---- One seed ----------------------------------------------------------------------------------- */

/* Each trouble in every other run. */
static unsigned
some(unsigned most)
{
	return pool_chance(50) ? (unsigned)pool_pick(most + 1) : 0;
}

static void
choose_weather(void)
{
	const int64_t ms = 1000000;
	struct levin_sim_options options = {.capacity = pool_chance(50) ? 0 : 30 + pool_pick(4000)};

	options.latency_min_ns = some(20) * ms;
	options.latency_max_ns = options.latency_min_ns + some(200) * ms;
	options.lateness_max_ns = some(5) * ms;
	options.short_read_permille = some(700);
	options.short_write_permille = some(700);
	options.spurious_eagain_permille = some(300);
	options.reorder_permille = some(1000);
	options.hold_back_permille = some(500);
	options.early_return_permille = some(100);
	if (!pool_world.is_calm) {
		options.reset_permille = some(20);
		options.refuse_permille = some(200);
	}
	levin_sim_set_options(pool_world.sim, &options);
}

static void
build(uint64_t seed, struct choices choices)
{
	struct timeval soon = {0, 1};

	memset(&pool_world, 0, sizeof(pool_world));
	pool_world.choices = choices;
	pool_world.sim = levin_sim_new(seed, NULL);
	pool_world.is_calm = pool_chance(40);
	pool_world.proxy = pool_chance(70) ? POOL_NO_PROXY : (enum pool_proxy)pool_pick(3);
	choose_weather();
	pool_world.base = levin_sim_base_new(pool_world.sim, NULL);
	pool_world.timer = event_new(pool_world.base, -1, 0, on_timer, NULL);
	pool_world.actions = 1 + (int)pool_pick(ACTIONS_MAX);
	pool_serving_begin();
	pool_asking_begin();
	event_add(pool_world.timer, &soon);
}

static uint64_t
tear_down(void)
{
	uint64_t trace = levin_sim_trace_hash(pool_world.sim);

	pool_world.phase = POOL_OVER;
	pool_asking_end();
	pool_serving_end();
	event_free(pool_world.timer);
	event_base_free(pool_world.base);
	if (levin_sim_count_descriptors(pool_world.sim) != 0 && !pool_world.fault[0])
		snprintf(pool_world.fault, sizeof(pool_world.fault), "a descriptor is left");
	levin_sim_free(pool_world.sim);
	return trace;
}

void
pool_generator_set_verbose(bool verbose)
{
	pool_is_verbose = verbose;
}

struct pool_run
pool_generator_run(uint64_t seed, struct choices choices)
{
	static bool counts;
	struct pool_run run = {0};
	long before;

	if (!counts) {
		event_set_mem_functions(count_alloc, count_realloc, count_free);
		event_set_log_callback(on_log);
	}
	counts = true;
	before = blocks;
	build(seed, choices);
	if (event_base_dispatch(pool_world.base) < 0 && !pool_world.fault[0])
		snprintf(
		    pool_world.fault, sizeof(pool_world.fault), "the loop has ended by itself");
	run.trace = tear_down();
	if (blocks != before && !pool_world.fault[0])
		snprintf(pool_world.fault, sizeof(pool_world.fault),
		    "%ld blocks of memory are left", blocks - before);
	run.requests = pool_world.ask_count;
	run.responses = pool_world.responses;
	run.redirects = pool_world.redirects;
	run.bytes = pool_world.bytes;
	memcpy(run.fault, pool_world.fault, sizeof(run.fault));
	return run;
}
