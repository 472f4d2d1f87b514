/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/dns_generator.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "differential/dns_script.h"
#include "fuzz/dns_model.h"
#include "fuzz/dns_truth.h"
#include "fuzz/dns_world.h"
#include "fuzz/sim_choices.h"

#define MS INT64_C(1000000)

enum { ACTIONS_MAX = 60, REQUESTS_MAX = 300, INSIDE_MAX = 3, LATENESS_MS = 20 };

enum kind { ADDRESSES, POINTER, LIST };

enum state {
	PENDING,
	DROPPED, /* the resolver was freed without failing: a callback that was due may come */
	OVER
};

struct request {
	enum kind kind;
	enum state state;
	struct model_lookup lookup;
	char name[TRUTH_NAME_SIZE];
	void *handle;
	int resolver; /* the number of its resolver */
	bool is_cancelled;
	bool is_shut_down;
	bool wants_canonical;
	int calls;
	int canonical_calls;
	int64_t limit_ns; /* for each name that is asked for */
	int64_t started_ns;
	int64_t spent_ns; /* by the program, when it was started */
};

static struct {
	struct choices choices;
	struct levin_sim *sim;
	struct event_base *base;
	struct event *timer;
	struct evdns_base *dns; /* NULL: freed */
	int resolvers;          /* that have been made */
	bool may_idle;          /* the resolver must not keep the loop running then */
	struct model_search search;
	unsigned disturbances; /* what has disturbed so far */
	bool is_short_of_memory;
	bool is_suspended;
	bool has_servers;
	/* Options, as the model knows them. */
	bool has_own_timeout;
	int64_t timeout_ms;
	int attempts;
	int64_t spent_ns;
	int actions;
	int inside; /* depth of callbacks that act */
	bool is_over;
	struct request requests[REQUESTS_MAX];
	int request_count;
	uint64_t resolved;
	char fault[DNS_FAULT_SIZE];
} world;

static bool is_verbose;

static void act(void);

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	va_list arguments;

	if (!is_verbose)
		return;
	printf("%10.3f ", (double)levin_sim_now_ns(world.sim) / 1e9);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

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

static void __attribute__((format(printf, 2, 3)))
fault(const struct request *request, const char *format, ...)
{
	va_list arguments;
	int used = 0;

	if (world.fault[0])
		return;
	if (request)
		used = snprintf(world.fault, sizeof(world.fault),
		    "request %d, %s: ", (int)(request - world.requests), request->name);
	va_start(arguments, format);
	vsnprintf(world.fault + used, sizeof(world.fault) - (size_t)used, format, arguments);
	va_end(arguments);
	say("FAULT %s", world.fault);
	event_base_loopbreak(world.base);
}

/* ---- Deadlines -------------------------------------------------------------------------- */

static int64_t
limit_now(void)
{
	int64_t limit_ms = world.timeout_ms * world.attempts;

	/* Servers come and go while names are asked for one after the other. */
	if (world.has_own_timeout)
		limit_ms *= DNS_WORLD_SERVERS;
	return limit_ms * MS;
}

/* What changes counts for the names that are asked for later. */
static void
note_limit(void)
{
	for (int i = 0; i < world.request_count; i++) {
		struct request *request = &world.requests[i];

		if (request->state == PENDING && request->resolver == world.resolvers &&
		    request->limit_ns > 0 && request->limit_ns < limit_now())
			request->limit_ns = limit_now();
	}
}

/* The callback is due at the next turn of the loop. */
static void
end_soon(struct request *request)
{
	request->limit_ns = 0;
	request->started_ns = levin_sim_now_ns(world.sim);
	request->spent_ns = world.spent_ns;
}

static int64_t
latest_end(const struct request *request)
{
	return request->started_ns +
	       request->lookup.name_count * (request->limit_ns + LATENESS_MS * MS) +
	       world.spent_ns - request->spent_ns + (LATENESS_MS + 1) * MS;
}

static void
check_deadlines(void)
{
	for (int i = 0; i < world.request_count; i++) {
		struct request *request = &world.requests[i];

		if (request->state == PENDING &&
		    levin_sim_now_ns(world.sim) > latest_end(request) + LATENESS_MS * MS)
			fault(request, "no callback in time");
	}
}

static void
disturb(unsigned how)
{
	world.disturbances |= how;
}

/* ---- Callbacks -------------------------------------------------------------------------- */

static void
act_inside(void)
{
	if (world.inside >= INSIDE_MAX || world.actions <= 0 || !chance(40))
		return;
	world.inside++;
	act();
	world.inside--;
}

static void
check_result(const struct request *request, model_results results)
{
	model_results allowed = model_allowed(&request->lookup, world.disturbances);

	if (request->is_shut_down)
		allowed |= model_result(DNS_ERR_SHUTDOWN);
	if (request->is_cancelled)
		allowed = model_result(DNS_ERR_CANCEL);
	if (!(results & allowed))
		fault(request, "result %#x, allowed %#x", results, allowed);
}

/* False if the callback must not come. */
static bool
begin_callback(struct request *request)
{
	request->calls++;
	request->handle = NULL;
	if (request->state == OVER || request->calls != 1)
		fault(request, "callback %d", request->calls);
	if (request->state == PENDING && levin_sim_now_ns(world.sim) > latest_end(request))
		fault(request, "callback %" PRId64 " ms late",
		    (levin_sim_now_ns(world.sim) - latest_end(request)) / MS);
	request->state = OVER;
	return !world.fault[0];
}

static void
check_canonical(struct request *request, int count, void *addresses)
{
	char expected[TRUTH_NAME_SIZE];
	const char *name = *(char **)addresses;

	if (request->calls != 1 || count != 1 || !request->wants_canonical ||
	    ++request->canonical_calls != 1)
		fault(request, "an unexpected canonical name");
	for (int i = 0; i < request->lookup.name_count; i++) {
		dns_truth_alias(request->lookup.names[i], expected);
		if (strcmp(name, expected) == 0 || strcasecmp(name, request->lookup.names[i]) == 0)
			return;
	}
	fault(request, "%s is not the canonical name", name);
}

static void
on_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct request *request = arg;
	int wanted = request->lookup.types[0];
	char pointer[TRUTH_NAME_SIZE];

	if (type == DNS_CNAME) {
		check_canonical(request, count, addresses);
		act_inside();
		return;
	}
	say("  request %d, %s: result %d, %d records", (int)(request - world.requests),
	    request->name, result, count);
	if (!begin_callback(request))
		return;
	check_result(request, model_result(result));
	if (ttl < 0 || ttl > TRUTH_TTL || (result != DNS_ERR_NONE && (count || addresses)))
		fault(request, "result %d, TTL %d, %d records", result, ttl, count);
	if (result == DNS_ERR_NONE) {
		world.resolved++;
		dns_truth_pointer(request->lookup.names[0], pointer);
		if (request->kind == POINTER
			? type != DNS_PTR || strcmp(*(char **)addresses, pointer) != 0
			: (type == DNS_IPv4_A ? TYPE_A : TYPE_AAAA) != wanted ||
			      !model_has_addresses(&request->lookup, wanted, addresses, count))
			fault(request, "records that are not there");
	}
	act_inside();
}

/* All addresses of the name, of one type at least; of both where nothing disturbs. */
static bool
is_list_of(const struct request *request, const char *name, struct evutil_addrinfo *list)
{
	unsigned char addresses[TRUTH_COUNT_MAX * 16];
	int found = 0;

	for (int k = 0; k < request->lookup.type_count; k++) {
		int type = request->lookup.types[k];
		int count = model_gather(list, type == TYPE_A ? AF_INET : AF_INET6, addresses);

		found += count;
		if (count > 0 && !model_is_of_name(name, type, addresses, count))
			return false;
		if (count == 0 && !world.disturbances &&
		    dns_truth_of(name, type).kind == TRUTH_RECORDS)
			return false;
	}
	return found > 0;
}

static void
check_list(const struct request *request, struct evutil_addrinfo *list)
{
	for (int i = 0; i < request->lookup.name_count; i++) {
		if (is_list_of(request, request->lookup.names[i], list))
			return;
	}
	fault(request, "a list of addresses that are not there");
}

static void
on_list(int error, struct evutil_addrinfo *list, void *arg)
{
	struct request *request = arg;

	say("  request %d, %s: error %d", (int)(request - world.requests), request->name, error);
	if (begin_callback(request)) {
		if (error != EVUTIL_EAI_MEMORY)
			check_result(request, model_of_error(error));
		else if (!(world.disturbances & DISTURBS_MEMORY))
			fault(request, "no memory");
		if ((error == 0) != (list != NULL))
			fault(request, "error %d with%s a list", error, list ? "" : "out");
		else if (list)
			check_list(request, list);
	}
	if (list) {
		world.resolved++;
		evutil_freeaddrinfo(list);
	}
	act_inside();
}

/* ---- Requests --------------------------------------------------------------------------- */

static void
choose_name(struct request *request)
{
	static const char *const tails[] = {"", ".test", ".more.test", ".", ".test."};

	snprintf(request->name, sizeof(request->name), "%c%d%s", (int)('a' + pick(3)),
	    (int)pick(20), tails[pick(5)]);
}

static void
ask_for_addresses(struct request *request)
{
	int flags = chance(20) ? DNS_QUERY_NO_SEARCH : 0;
	bool is_v6 = chance(50);

	flags |= chance(20) ? DNS_CNAME_CALLBACK : 0;
	flags |= chance(10) ? DNS_QUERY_USEVC : 0;
	flags |= chance(10) ? DNS_QUERY_IGNTC : 0;
	request->wants_canonical = flags & DNS_CNAME_CALLBACK;
	request->lookup.ignores_truncation = flags & DNS_QUERY_IGNTC;
	request->lookup.types[0] = is_v6 ? TYPE_AAAA : TYPE_A;
	request->lookup.type_count = 1;
	choose_name(request);
	model_names(&request->lookup, &world.search, request->name, !(flags & DNS_QUERY_NO_SEARCH));
	/* With a TCP query the flag means nothing. */
	if (flags & DNS_QUERY_USEVC && request->lookup.ignores_truncation)
		request->lookup.ignores_truncation = false;
	request->handle = (is_v6 ? evdns_base_resolve_ipv6 : evdns_base_resolve_ipv4)(
	    world.dns, request->name, flags, on_answer, request);
}

static void
ask_for_pointer(struct request *request)
{
	struct in_addr address = {.s_addr = htonl(0x0a000000 + (uint32_t)pick(50))};
	const unsigned char *bytes = (unsigned char *)&address;

	snprintf(request->name, sizeof(request->name), "%d.%d.%d.%d.in-addr.arpa", bytes[3],
	    bytes[2], bytes[1], bytes[0]);
	request->lookup.types[0] = TYPE_PTR;
	request->lookup.type_count = 1;
	model_names(&request->lookup, &world.search, request->name, false);
	request->handle = evdns_base_resolve_reverse(world.dns, &address, 0, on_answer, request);
}

static void
ask_for_list(struct request *request)
{
	static const int families[] = {AF_UNSPEC, AF_UNSPEC, AF_INET, AF_INET6};
	struct evutil_addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = families[pick(4)]};

	hints.ai_flags = chance(30) ? EVUTIL_AI_CANONNAME : 0;
	if (hints.ai_family != AF_INET6)
		request->lookup.types[request->lookup.type_count++] = TYPE_A;
	if (hints.ai_family != AF_INET)
		request->lookup.types[request->lookup.type_count++] = TYPE_AAAA;
	choose_name(request);
	model_names(&request->lookup, &world.search, request->name, true);
	request->handle =
	    evdns_getaddrinfo(world.dns, request->name, "80", &hints, on_list, request);
}

/* Only evdns_getaddrinfo may end within the call, and then returns NULL. */
static void
start(void)
{
	struct request *request = &world.requests[world.request_count];

	if (world.request_count == REQUESTS_MAX)
		return;
	world.request_count++;
	*request = (struct request){
	    .kind = (enum kind)pick(3), .limit_ns = limit_now(), .resolver = world.resolvers};
	request->started_ns = levin_sim_now_ns(world.sim);
	request->spent_ns = world.spent_ns;
	if (request->kind == ADDRESSES)
		ask_for_addresses(request);
	else if (request->kind == POINTER)
		ask_for_pointer(request);
	else
		ask_for_list(request);
	say("request %d, %s%s", (int)(request - world.requests), request->name,
	    request->handle ? "" : ": at once");
	if (request->handle && request->calls)
		fault(request, "a callback within the call, and a handle");
	if (request->handle || request->calls)
		return;
	if (request->kind == LIST || !(world.disturbances & DISTURBS_MEMORY))
		fault(request, "neither a handle nor a callback");
	request->state = OVER;
}

static struct request *
some_pending(void)
{
	size_t at = pick(REQUESTS_MAX);

	for (int i = 0; i < world.request_count; i++) {
		struct request *request =
		    &world.requests[(at + (size_t)i) % (size_t)world.request_count];

		if (request->state == PENDING && request->resolver == world.resolvers &&
		    request->handle && !request->is_cancelled)
			return request;
	}
	return NULL;
}

static void
cancel(void)
{
	struct request *request = some_pending();

	if (!request)
		return;
	say("cancel %d", (int)(request - world.requests));
	request->is_cancelled = true;
	end_soon(request);
	if (request->kind == LIST)
		evdns_getaddrinfo_cancel(request->handle);
	else
		evdns_cancel_request(world.dns, request->handle);
}

/* ---- The resolver ----------------------------------------------------------------------- */

static void
free_resolver(bool fails)
{
	say("free, %s", fails ? "failing" : "dropping");
	for (int i = 0; i < world.request_count; i++) {
		struct request *request = &world.requests[i];

		if (request->state != PENDING || request->resolver != world.resolvers)
			continue;
		request->is_shut_down = fails;
		end_soon(request);
		if (!fails)
			request->state = DROPPED;
	}
	evdns_base_free(world.dns, fails);
	world.dns = NULL;
}

static void
set_memory(bool is_short)
{
	world.is_short_of_memory = is_short;
	if (is_short)
		disturb(DISTURBS_MEMORY | DISTURBS_TIME);
	levin_sim_fail_allocations(world.sim, 0, is_short ? 1 + (unsigned)pick(300) : 0);
}

static void
add_servers(void)
{
	size_t first = pick(DNS_WORLD_SERVERS);
	size_t count = 1 + pick(DNS_WORLD_SERVERS);

	for (size_t i = 0; i < count; i++)
		evdns_base_nameserver_ip_add(
		    world.dns, dns_world_address((int)((first + i) % DNS_WORLD_SERVERS)));
	note_limit();
}

static void
choose_search(void)
{
	static const char *const suffixes[MODEL_SUFFIXES_MAX] = {"one.test", "two.test", "test"};

	evdns_base_search_clear(world.dns);
	world.search.suffix_count = (int)pick(MODEL_SUFFIXES_MAX + 1);
	/* The one that is added last is the first. */
	for (int i = 0; i < world.search.suffix_count; i++)
		world.search.suffixes[i] = suffixes[i];
	for (int i = world.search.suffix_count - 1; i >= 0; i--)
		evdns_base_search_add(world.dns, suffixes[i]);
	world.search.ndots = (int)pick(3);
	evdns_base_search_ndots_set(world.dns, world.search.ndots);
}

static void
make_resolver(void)
{
	int flags = (chance(30) ? EVDNS_BASE_DISABLE_WHEN_INACTIVE : 0) |
		    (chance(30) ? EVDNS_BASE_NO_CACHE : 0);

	set_memory(false);
	world.may_idle = flags & EVDNS_BASE_DISABLE_WHEN_INACTIVE;
	world.dns = evdns_base_new(world.base, flags);
	world.resolvers++;
	world.timeout_ms = 5000;
	world.attempts = 3;
	world.has_own_timeout = false;
	say("a resolver, flags %#x", (unsigned)flags);
	choose_search();
	add_servers();
}

static void
set_option(void)
{
	char value[16];

	switch (pick(6)) {
	case 0:
		world.timeout_ms = 50 + (int64_t)pick(6000);
		world.has_own_timeout = true;
		snprintf(value, sizeof(value), "%d.%03d", (int)(world.timeout_ms / 1000),
		    (int)(world.timeout_ms % 1000));
		evdns_base_set_option(world.dns, "timeout", value);
		/* Shorter than what servers and links need. */
		disturb(DISTURBS_TIME);
		break;
	case 1:
		world.attempts = 1 + (int)pick(4);
		snprintf(value, sizeof(value), "%d", world.attempts);
		evdns_base_set_option(world.dns, "attempts", value);
		disturb(DISTURBS_TIME);
		break;
	case 2:
		snprintf(value, sizeof(value), "%d", 1 + (int)pick(8));
		evdns_base_set_option(world.dns, "max-inflight", value);
		/* Others are waited for. */
		disturb(DISTURBS_TIME);
		break;
	case 3:
		evdns_base_set_option(world.dns, "randomize-case", chance(50) ? "1" : "0");
		break;
	case 4:
		evdns_base_set_option(world.dns, "edns-udp-size", chance(50) ? "512" : "1232");
		break;
	default:
		evdns_base_set_option(world.dns, "max-timeouts", chance(50) ? "1" : "3");
		break;
	}
	note_limit();
}

static void
clear_and_suspend(void)
{
	say("clear");
	evdns_base_clear_nameservers_and_suspend(world.dns);
	disturb(DISTURBS_TIME);
	if (chance(70))
		add_servers();
	if (chance(80))
		evdns_base_resume(world.dns);
}

/* ---- The world -------------------------------------------------------------------------- */

static void
spend(void)
{
	int64_t span_ns = (int64_t)pick(chance(20) ? 3600000 : 200) * MS;

	if (world.inside > 0)
		return;
	say("the program takes %" PRId64 " ms", span_ns / MS);
	disturb(DISTURBS_TIME);
	world.spent_ns += span_ns;
	levin_sim_spend(world.sim, span_ns);
}

static void
change_world(void)
{
	int server = (int)pick(DNS_WORLD_SERVERS);

	set_memory(false);
	/* Servers are freed and opened outside of callbacks that they may have called. */
	if (world.inside > 0)
		return;
	say("server %d changes", server);
	disturb(chance(50) ? dns_world_change_server(server) : dns_world_change_link(server));
}

static void
act(void)
{
	size_t which = pick(100);

	world.actions--;
	if (!world.dns)
		make_resolver();
	else if (which < 55)
		start();
	else if (which < 68)
		cancel();
	else if (which < 74)
		set_option();
	else if (which < 80)
		change_world();
	else if (which < 84)
		clear_and_suspend();
	else if (which < 88)
		evdns_base_resume(world.dns);
	else if (which < 90)
		add_servers();
	else if (which < 92)
		choose_search();
	else if (which < 94)
		levin_sim_jump_wall(world.sim, ((int64_t)pick(7200) - 3600) * 1000 * MS);
	else if (which < 96)
		spend();
	else if (which < 98)
		set_memory(chance(60));
	else if (chance(50))
		free_resolver(chance(50));
}

static bool
has_pending(void)
{
	for (int i = 0; i < world.request_count; i++) {
		if (world.requests[i].state == PENDING)
			return true;
	}
	return false;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timeval next = {0, (suseconds_t)pick(1000)};

	(void)fd;
	(void)what;
	(void)arg;
	check_deadlines();
	/* Often at once, sometimes long after. */
	if (chance(20))
		next = (struct timeval){(time_t)pick(20), (suseconds_t)pick(1000000)};
	for (size_t i = pick(4); i > 0 && world.actions > 0; i--)
		act();
	if (world.actions <= 0) {
		set_memory(false);
		next = (struct timeval){1, 0};
		if (!has_pending() || chance(1))
			world.is_over = true;
	}
	if (world.is_over)
		event_base_loopbreak(world.base);
	else
		event_add(world.timer, &next);
}

static void
build(uint64_t seed, struct choices choices)
{
	struct levin_sim_options options = {.lateness_max_ns = 0};
	struct timeval soon = {0, 1};
	bool is_calm;

	memset(&world, 0, sizeof(world));
	world.choices = choices;
	world.sim = levin_sim_new(seed, NULL);
	is_calm = chance(30);
	options.lateness_max_ns = is_calm ? 0 : (int64_t)pick(LATENESS_MS) * MS;
	options.spurious_eagain_permille = is_calm ? 0 : (unsigned)pick(500);
	options.reorder_permille = (unsigned)pick(1000);
	options.hold_back_permille = is_calm ? 0 : (unsigned)pick(500);
	options.early_return_permille = is_calm ? 0 : (unsigned)pick(300);
	options.short_read_permille = (unsigned)pick(300);
	options.short_write_permille = (unsigned)pick(300);
	levin_sim_set_options(world.sim, &options);
	world.base = levin_sim_base_new(world.sim, NULL);
	world.timer = event_new(world.base, -1, 0, on_timer, NULL);
	world.actions = 1 + (int)pick(ACTIONS_MAX);
	dns_world_open(world.sim, world.base, pick);
	make_resolver();
	if (!is_calm) {
		for (int i = 0; i < DNS_WORLD_SERVERS; i++)
			disturb(chance(50) ? dns_world_change_server(i) : dns_world_change_link(i));
		disturb(DISTURBS_TIME);
	}
	event_add(world.timer, &soon);
}

static void
take_turns(void)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(world.base, EVLOOP_NONBLOCK);
}

/* Nothing else is in the loop any more. */
static void
check_idle(void)
{
	if (!world.dns || !world.may_idle || has_pending())
		return;
	take_turns();
	if (event_base_loop(world.base, EVLOOP_NONBLOCK) != 1)
		fault(NULL, "an idle resolver keeps the loop running");
}

/* Some runs end with requests: the resolver is freed, with or without a turn of the loop. */
static void
end_requests(void)
{
	bool has_turns = chance(70);
	bool fails = chance(50);

	set_memory(false);
	check_idle();
	if (world.dns)
		free_resolver(fails);
	if (has_turns)
		take_turns();
	for (int i = 0; has_turns && i < world.request_count; i++) {
		if (world.requests[i].state == PENDING)
			fault(&world.requests[i], "no callback after the resolver was freed");
	}
}

static uint64_t
tear_down(void)
{
	uint64_t trace;

	event_free(world.timer);
	event_base_free(world.base);
	trace = levin_sim_trace_hash(world.sim);
	if (levin_sim_count_descriptors(world.sim) != 0 && !world.fault[0])
		snprintf(world.fault, sizeof(world.fault), "a descriptor is left");
	levin_sim_free(world.sim);
	return trace;
}

void
dns_generator_set_verbose(bool verbose)
{
	is_verbose = verbose;
}

static void
ignore(int severity, const char *message)
{
	(void)severity;
	if (is_verbose)
		printf("           [%s]\n", message);
}

struct dns_run
dns_generator_run(uint64_t seed, struct choices choices)
{
	struct dns_run run = {.trace = 0};

	event_set_log_callback(ignore);
	build(seed, choices);
	if (event_base_dispatch(world.base) < 0)
		fault(NULL, "the loop has ended by itself");
	dns_world_close();
	if (!world.fault[0])
		end_requests();
	else if (world.dns)
		evdns_base_free(world.dns, 0);
	run.trace = tear_down();
	run.requests = (uint64_t)world.request_count;
	run.resolved = world.resolved;
	memcpy(run.fault, world.fault, sizeof(run.fault));
	return run;
}
