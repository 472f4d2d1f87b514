/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/http_generator.h"

#include <event2/util.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/http_world.h"
#include "fuzz/sim_choices.h"

enum {
	ACTIONS_MAX = 60,
	INSIDE_MAX = 3,
	TURN_MS_MAX = 700,
	SETTLING_S_MAX = 4000, /* of virtual time, for what is slow */
	BYTES_MAX = 12000,
};

struct http_world http_world;
bool http_is_verbose;

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
http_world_free(char *line)
{
	count_free(line);
}

/* ---- The log: callbacks of closing cancel what has ended already, and bodies are too large --------- */

static void
on_log(int severity, const char *text)
{
	(void)severity;
	if (http_is_verbose)
		printf("  log: %s\n", text);
}

/* ---- Choices ------------------------------------------------------------------------------------ */

size_t
http_pick(size_t bound)
{
	return choose_in(http_world.sim, &http_world.choices, bound);
}

bool
http_chance(unsigned percent)
{
	return http_pick(100) < percent;
}

void
http_fault(const char *what, unsigned id)
{
	if (!http_world.fault[0])
		snprintf(http_world.fault, sizeof(http_world.fault), "request %u: %s", id, what);
	http_world.phase = HTTP_OVER;
	event_base_loopbreak(http_world.base);
}

static void
disturb(void)
{
	switch (http_pick(5)) {
	case 0:
	case 1:
		http_serving_act();
		break;
	case 2:
	case 3:
		http_asking_act();
		break;
	default:
		http_by_hand_act();
		break;
	}
}

void
http_act_inside(void)
{
	if (http_world.phase != HTTP_ACTING || http_world.inside >= INSIDE_MAX)
		return;
	http_world.inside++;
	if (http_chance(5))
		http_asking_make();
	else if (!http_world.is_calm && http_chance(6))
		disturb();
	http_world.inside--;
}

/* ---- Requests ------------------------------------------------------------------------------------- */

static size_t
some_size(void)
{
	return http_chance(30) ? 0 : http_chance(70) ? http_pick(300) : http_pick(BYTES_MAX);
}

struct http_ask *
http_ask_new(bool by_hand)
{
	static const enum evhttp_cmd_type types[] = {EVHTTP_REQ_GET, EVHTTP_REQ_GET,
	    EVHTTP_REQ_POST, EVHTTP_REQ_PUT, EVHTTP_REQ_HEAD, EVHTTP_REQ_DELETE};
	static const int codes[] = {200, 200, 200, 206, 204, 304, 404};
	struct http_ask *ask = &http_world.asks[http_world.ask_count];

	if (http_world.ask_count == HTTP_ASKS_MAX)
		return NULL;
	memset(ask, 0, sizeof(*ask));
	ask->id = http_world.ask_count++;
	ask->type = types[http_pick(6)];
	if (ask->type == EVHTTP_REQ_POST || ask->type == EVHTTP_REQ_PUT || http_chance(10))
		ask->upload = some_size();
	ask->download = some_size();
	ask->is_old = http_chance(10);
	ask->expects = http_chance(10);
	ask->is_chunked = by_hand && !ask->is_old && http_chance(40);
	ask->asks_close = http_chance(10);
	ask->reply_closes = http_chance(10);
	ask->takes_pieces = http_chance(40);
	ask->code = codes[http_pick(7)];
	ask->reply = (enum http_reply)http_pick(HTTP_REPLIES);
	if (ask->reply == HTTP_REPLY_PAGE)
		ask->code = 404;
	return ask;
}

unsigned char
http_ask_byte(const struct http_ask *ask, bool is_upload, size_t at)
{
	uint64_t x = at / 8 + 1 + ask->id * 7919 + is_upload;

	x *= UINT64_C(0x9e3779b97f4a7c15);
	x ^= x >> 29;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned char)(x >> (at % 8 * 8));
}

void
http_ask_put_body(
    struct evbuffer *out, const struct http_ask *ask, bool is_upload, size_t at, size_t size)
{
	unsigned char bytes[BYTES_MAX];

	for (size_t i = 0; i < size; i++)
		bytes[i] = http_ask_byte(ask, is_upload, at + i);
	evbuffer_add(out, bytes, size);
}

void
http_ask_take_body(struct evbuffer *in, const struct http_ask *ask, bool is_upload, size_t *at)
{
	size_t whole = is_upload ? ask->upload : ask->download;
	size_t size = evbuffer_get_length(in);
	const unsigned char *bytes = size > 0 ? evbuffer_pullup(in, -1) : NULL;

	if (*at + size > whole) {
		http_fault("a body is longer than what was sent", ask->id);
		size = 0;
	}
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != http_ask_byte(ask, is_upload, *at + i)) {
			http_fault("a body has another byte than was sent", ask->id);
			break;
		}
	}
	*at += size;
	http_world.bytes += size;
	evbuffer_drain(in, size);
}

bool
http_ask_has_download(const struct http_ask *ask)
{
	return ask->type != EVHTTP_REQ_HEAD && ask->code != 204 && ask->code != 304;
}

void
http_ask_end(struct http_ask *ask, enum http_end how)
{
	HTTP_LOG("  request %u ends: %d", ask->id, how);
	if (ask->end != HTTP_END_NONE)
		http_fault("it ends twice", ask->id);
	ask->end = how;
	if (how == HTTP_END_RESPONSE)
		http_world.responses++;
	else if (http_world.is_calm)
		http_fault("nothing is disturbed, and it has no response", ask->id);
}

void
http_ask_check_code(const struct http_ask *ask, int code, const char *id_field)
{
	HTTP_LOG("  request %u has the code %d", ask->id, code);
	if (id_field && strtoul(id_field, NULL, 10) != ask->id)
		http_fault("it has the response to another request", ask->id);
	if (id_field || (ask->reply == HTTP_REPLY_PAGE && code == ask->code)) {
		if (code != ask->code)
			http_fault("it has another code than was sent", ask->id);
		if (ask->served != 1)
			http_fault("it has a response without a request", ask->id);
	} else if (http_world.is_calm || (code != 408 && code != 413 && code != 503)) {
		http_fault("it has a response that nobody sent", ask->id);
	}
}

/* ---- From acting to the end ------------------------------------------------------------------------- */

static void
act(void)
{
	http_world.inside++;
	if (http_chance(60))
		http_asking_make();
	else if (http_chance(50))
		http_by_hand_start();
	else if (!http_world.is_calm)
		disturb();
	http_world.inside--;
}

static bool
is_settled(void)
{
	for (unsigned i = 0; i < http_world.ask_count; i++)
		if (http_world.asks[i].end == HTTP_END_NONE)
			return false;
	return http_by_hand_is_idle() && http_serving_is_idle();
}

static unsigned
first_unsettled(void)
{
	unsigned i = 0;

	while (i < http_world.ask_count && http_world.asks[i].end != HTTP_END_NONE)
		i++;
	return i;
}

static bool
has_connections(void)
{
	return http_world.http && evhttp_get_connection_count(http_world.http) > 0;
}

static void
step(void)
{
	if (http_world.phase == HTTP_ACTING) {
		act();
		if (--http_world.actions > 0 || http_world.phase != HTTP_ACTING)
			return;
		HTTP_LOG("settling");
		http_world.phase = HTTP_SETTLING;
		http_asking_settle();
	} else if (++http_world.waited_for > SETTLING_S_MAX) {
		http_fault(
		    http_world.phase == HTTP_SETTLING ? "it does not end" : "a connection stays",
		    first_unsettled());
	} else if (http_world.phase == HTTP_SETTLING && is_settled()) {
		HTTP_LOG("ending");
		http_world.phase = HTTP_ENDING;
		http_world.waited_for = 0;
		http_asking_end();
		http_by_hand_end();
	} else if (http_world.phase == HTTP_ENDING && !has_connections()) {
		http_world.phase = HTTP_OVER;
		event_base_loopbreak(http_world.base);
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timeval next = {1, 0};

	(void)fd;
	(void)what;
	(void)arg;
	step();
	if (http_world.phase == HTTP_ACTING)
		next = (struct timeval){0, (suseconds_t)http_pick(TURN_MS_MAX) * 1000};
	if (http_world.phase != HTTP_OVER)
		event_add(http_world.timer, &next);
}

/* ---- One seed ------------------------------------------------------------------------------------------ */

/* Each trouble in every other run. */
static unsigned
some(unsigned most)
{
	return http_chance(50) ? (unsigned)http_pick(most + 1) : 0;
}

static void
choose_weather(void)
{
	const int64_t ms = 1000000;
	struct levin_sim_options options = {.capacity = http_chance(50) ? 0 : 30 + http_pick(4000)};

	options.latency_min_ns = some(20) * ms;
	options.latency_max_ns = options.latency_min_ns + some(200) * ms;
	options.lateness_max_ns = some(5) * ms;
	options.short_read_permille = some(700);
	options.short_write_permille = some(700);
	options.spurious_eagain_permille = some(300);
	options.reorder_permille = some(1000);
	options.hold_back_permille = some(500);
	options.early_return_permille = some(100);
	if (!http_world.is_calm) {
		options.reset_permille = some(20);
		options.refuse_permille = some(200);
	}
	levin_sim_set_options(http_world.sim, &options);
}

static void
build(uint64_t seed, struct choices choices)
{
	struct timeval soon = {0, 1};

	memset(&http_world, 0, sizeof(http_world));
	http_world.seed = seed;
	http_world.choices = choices;
	http_world.sim = levin_sim_new(seed, NULL);
	http_world.is_calm = http_chance(40);
	choose_weather();
	http_world.base = levin_sim_base_new(http_world.sim, NULL);
	http_world.timer = event_new(http_world.base, -1, 0, on_timer, NULL);
	http_world.actions = 1 + (int)http_pick(ACTIONS_MAX);
	http_serving_begin();
	http_asking_begin();
	http_by_hand_begin();
	event_add(http_world.timer, &soon);
}

static uint64_t
tear_down(void)
{
	uint64_t trace = levin_sim_trace_hash(http_world.sim);

	http_world.phase = HTTP_OVER;
	http_asking_end();
	http_by_hand_end();
	http_serving_end();
	event_free(http_world.timer);
	event_base_free(http_world.base);
	if (levin_sim_count_descriptors(http_world.sim) != 0 && !http_world.fault[0])
		snprintf(http_world.fault, sizeof(http_world.fault), "a descriptor is left");
	levin_sim_free(http_world.sim);
	return trace;
}

void
http_generator_set_verbose(bool verbose)
{
	http_is_verbose = verbose;
}

struct http_run
http_generator_run(uint64_t seed, struct choices choices)
{
	static bool counts;
	struct http_run run = {0};
	long before;

	if (!counts) {
		event_set_mem_functions(count_alloc, count_realloc, count_free);
		event_set_log_callback(on_log);
	}
	counts = true;
	before = blocks;
	build(seed, choices);
	if (event_base_dispatch(http_world.base) < 0 && !http_world.fault[0])
		snprintf(
		    http_world.fault, sizeof(http_world.fault), "the loop has ended by itself");
	run.trace = tear_down();
	if (blocks != before && !http_world.fault[0])
		snprintf(http_world.fault, sizeof(http_world.fault),
		    "%ld blocks of memory are left", blocks - before);
	run.requests = http_world.ask_count;
	run.responses = http_world.responses;
	run.bytes = http_world.bytes;
	memcpy(run.fault, http_world.fault, sizeof(run.fault));
	return run;
}
