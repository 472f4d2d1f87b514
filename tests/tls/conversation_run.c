/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Conversations over TLS: the whole matrix, cut at each byte, and at random.
 */
#include <event2/event.h>
#include <event2/thread.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls/conversation.h"
#include "tls/short_memory.h"

/* Without libevent_pthreads there are no locks to switch on. */
#ifndef LEVIN_HAS_THREADS
#define evthread_use_pthreads() (-1)
#endif

static struct {
	uint64_t seed;
	uint64_t count;
	uint64_t repeat;
	size_t every;
	bool real;
	bool renegotiate;
	bool verbose;
} options = {.seed = 1, .repeat = 100, .every = 1};

static uint64_t run_count;

/* False after a line that says what was wrong and with which plan. */
static bool
run(const struct conversation_plan *plan, struct conversation_result *result)
{
	run_count++;
	if (options.verbose)
		printf("seed %" PRIu64 ": %s\n", plan->seed, conversation_plan_text(plan));
	fflush(stdout);
	*result = conversation_run(plan);
	if (options.verbose)
		printf("    %d turns, client 0x%x %s, server 0x%x %s\n", result->turns,
		    result->sides[CLIENT].end, result->sides[CLIENT].error,
		    result->sides[SERVER].end, result->sides[SERVER].error);
	if (!result->fault[0])
		return true;
	fprintf(stderr, "seed %" PRIu64 ", %s: %s\n", plan->seed, conversation_plan_text(plan),
	    result->fault);
	return false;
}

/* ---- the matrix */

enum { STACKS = 8, OPTIONS = 4 };

static const int option_sets[OPTIONS] = {0, BEV_OPT_DEFER_CALLBACKS,
    BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS | BEV_OPT_THREADSAFE, BEV_OPT_THREADSAFE};

/* TLS in TLS renegotiates below, too, if what is on top does not disturb the library there. */
static bool
may_ask_below(const struct conversation_plan *plan)
{
	return plan->tls_in_tls && (plan->asking == ASKS_CLIENT ||
				       (plan->asking == ASKS_SERVER &&
					   plan->sides[SERVER].maker->takes_data_when_asking));
}

static bool
can_renegotiate(const struct conversation_plan *plan)
{
	return plan->sides[CLIENT].maker->renegotiate && plan->sides[SERVER].maker->renegotiate;
}

/* False if a library does not have the version, or no other handshake. */
static bool
set_makers(struct conversation_plan *plan, unsigned client, unsigned server)
{
	plan->sides[CLIENT].maker = tls_makers[client];
	plan->sides[SERVER].maker = tls_makers[server];
	if (plan->asking != ASKS_NOBODY && !can_renegotiate(plan))
		return false;
	plan->asks_below = plan->sides[CLIENT].batch && may_ask_below(plan);
	return tls_makers[client]->has_version(plan->version, true) &&
	       tls_makers[server]->has_version(plan->version, false);
}

/* Which versions, or who begins another handshake, and what lies below each side. */
static void
set_stack(struct conversation_plan *plan, int i)
{
	plan->version = i & 1 && !options.renegotiate ? TLS_1_3 : TLS_1_2;
	if (options.renegotiate)
		plan->asking = i & 1 ? ASKS_SERVER : ASKS_CLIENT;
	plan->sides[CLIENT].over_stream = i & 2;
	plan->sides[SERVER].over_stream = i & 2;
	plan->tls_in_tls = i & 4;
}

static bool
run_sizes(struct conversation_plan *plan, const size_t *sizes, size_t count)
{
	struct conversation_result result;

	for (size_t i = 0; i < count; i++) {
		plan->sides[CLIENT].size = sizes[i];
		plan->sides[SERVER].size = sizes[count - 1 - i];
		for (int j = 0; j < 2; j++)
			plan->sides[j].piece = sizes[i] > 65536 ? 65536 : (size_t)(j ? 700 : 65536);
		if (!run(plan, &result))
			return false;
	}
	return true;
}

/* Everything in one world, with small sizes or large ones. */
static bool
run_matrix(const size_t *sizes, size_t count)
{
	for (int i = 0; i < STACKS * OPTIONS * 2; i++) {
		struct conversation_plan plan = conversation_plan_plain(TLS_1_3);

		plan.is_real = options.real;
		set_stack(&plan, i % STACKS);
		for (int j = 0; j < 2; j++) {
			plan.sides[j].options = option_sets[i / STACKS % OPTIONS];
			plan.sides[j].batch = i / STACKS / OPTIONS;
		}
		for (unsigned e = 0; e < tls_maker_count * tls_maker_count; e++) {
			if (set_makers(&plan, e % tls_maker_count, e / tls_maker_count) &&
			    !run_sizes(&plan, sizes, count))
				return false;
		}
	}
	return true;
}

static bool
run_small(void)
{
	static const size_t sizes[] = {1, 2, 16384, 16385, 100, 1000, 100000, 50000, 1};
	/* Twice as many handshakes, which take the time. */
	static const size_t few[] = {1, 100000};

	if (options.renegotiate)
		return run_matrix(few, sizeof(few) / sizeof(few[0]));
	return run_matrix(sizes, sizeof(sizes) / sizeof(sizes[0]));
}

static bool
run_large(void)
{
	static const size_t sizes[] = {64 * 1024 * 1024, 1024 * 1024};
	struct conversation_plan plan = conversation_plan_plain(TLS_1_3);

	plan.is_real = options.real;
	for (int i = 0; i < STACKS; i++) {
		set_stack(&plan, i);
		for (unsigned e = 0; e < tls_maker_count; e++) {
			if (set_makers(&plan, e, e) && !run_sizes(&plan, sizes, 2))
				return false;
		}
	}
	return true;
}

/* Byte by byte. */
static bool
run_slow(void)
{
	for (int i = 0; i < STACKS; i++) {
		struct conversation_plan plan = conversation_plan_plain(TLS_1_3);
		struct conversation_result result;

		plan.is_real = options.real;
		plan.step = 1;
		set_stack(&plan, i);
		for (unsigned e = 0; e < tls_maker_count; e++) {
			if (set_makers(&plan, e, e) && !run(&plan, &result))
				return false;
		}
	}
	return true;
}

/* ---- cut at each byte */

/* From the first byte on, until the fault is behind the last one. */
static bool
run_offsets(struct conversation_plan *plan)
{
	struct conversation_result result;

	plan->fault_at = plan->seed % options.every;
	do {
		if (!run(plan, &result))
			return false;
		plan->fault_at += options.every;
		plan->seed++;
	} while (!result.is_complete);
	return true;
}

static bool
run_cuts(void)
{
	for (int i = 0; i < STACKS * 3 * 2 * 2; i++) {
		struct conversation_plan plan = conversation_plan_plain(TLS_1_3);

		plan.is_real = options.real;
		plan.seed = options.seed + (uint64_t)i;
		set_stack(&plan, i % STACKS);
		plan.fault = (enum relay_fault)(RELAY_END + i / STACKS % 3);
		plan.fault_to = i / STACKS / 3 % 2;
		if (options.real && plan.fault == RELAY_STALL)
			continue;
		for (int j = 0; j < 2; j++) {
			plan.sides[j].size = plan.sides[j].piece = 100;
			plan.sides[j].allow_dirty = i / STACKS / 6;
		}
		for (unsigned e = 0; e < tls_maker_count; e++) {
			if (set_makers(&plan, e, e) && !run_offsets(&plan))
				return false;
		}
	}
	return true;
}

/* ---- at random */

/* The version and the asking side are not left to chance. */
static void
add_handshake(struct conversation_plan *plan)
{
	if (!can_renegotiate(plan))
		return;
	plan->version = TLS_1_2;
	plan->asking = plan->seed & 1 ? ASKS_SERVER : ASKS_CLIENT;
	plan->asks_below = plan->seed & 2 && may_ask_below(plan);
}

static bool
run_random(void)
{
	for (uint64_t i = 0; i < options.count; i++) {
		struct conversation_plan plan = conversation_plan_random(options.seed + i);
		struct conversation_result first, second;

		if (options.renegotiate)
			add_handshake(&plan);
		if (!run(&plan, &first))
			return false;
		if (options.repeat == 0 || i % options.repeat != 0)
			continue;
		if (!run(&plan, &second))
			return false;
		if (first.is_complete != second.is_complete) {
			fprintf(stderr, "seed %" PRIu64 ": ends differently\n", plan.seed);
			return false;
		}
	}
	return true;
}

/* ---- without memory */

/* One allocation after the other fails, until there are no more; mbedTLS has many for numbers. */
static bool
run_short_plan(struct conversation_plan *plan)
{
	const uint64_t every =
	    plan->sides[0].maker == tls_makers[0] ? options.every : options.every * 32;
	struct conversation_result result;

	/* What is allocated once for all. */
	short_memory_arm(0);
	if (!run(plan, &result))
		return false;
	plan->seed = 1 + options.seed % every;
	do {
		short_memory_arm(plan->seed);
		if (!run(plan, &result))
			return false;
		plan->seed += every;
	} while (short_memory_has_failed());
	return true;
}

static bool
run_short(void)
{
	short_memory_install();
	for (int i = 0; i < STACKS * 2; i++) {
		struct conversation_plan plan = conversation_plan_plain(TLS_1_3);

		plan.is_real = options.real;
		set_stack(&plan, i % STACKS);
		for (int j = 0; j < 2; j++)
			plan.sides[j].options = i / STACKS ? BEV_OPT_DEFER_CALLBACKS : 0;
		for (unsigned e = 0; e < tls_maker_count; e++) {
			if (set_makers(&plan, e, e) && !run_short_plan(&plan))
				return false;
		}
	}
	return true;
}

/* ---- */

static const char usage[] =
    "usage: %s [options] small|large|slow|cuts|random|short\n"
    "  -s, --seed N    the first seed (1)\n"
    "  -c, --count N   how many random conversations (1)\n"
    "  -r, --repeat N  run each N-th random one twice (100)\n"
    "  -e, --every N   cut at each N-th byte, fail each N-th allocation (1)\n"
    "  -R, --real      on the kernel's sockets\n"
    "  -k, --kernel    OpenSSL by levin/tls.h, with kernel TLS where the kernel has it\n"
    "  -n, --renegotiate  with TLS 1.2 and another handshake in the middle\n"
    "  -l, --locks     with locks\n"
    "  -v, --verbose   print the plans\n"
    "  -h, --help      print this\n";

static int
set_option(int option, const char *program)
{
	switch (option) {
	case 's':
		options.seed = strtoull(optarg, NULL, 0);
		return 0;
	case 'c':
		options.count = strtoull(optarg, NULL, 0);
		return 0;
	case 'r':
		options.repeat = strtoull(optarg, NULL, 0);
		return 0;
	case 'e':
		options.every = strtoull(optarg, NULL, 0);
		return options.every == 0 ? 2 : 0;
	case 'R':
		options.real = true;
		return 0;
	case 'k':
		tls_makers[0] = &tls_kernel;
		return 0;
	case 'l':
		return evthread_use_pthreads() == 0 ? 0 : 2;
	case 'n':
		options.renegotiate = true;
		return 0;
	case 'v':
		options.verbose = true;
		return 0;
	default:
		fprintf(option == 'h' ? stdout : stderr, usage, program);
		return option == 'h' ? 1 : 2;
	}
}

int
main(int argc, char **argv)
{
	static const struct option names[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"count", required_argument, NULL, 'c'},
	    {"repeat", required_argument, NULL, 'r'},
	    {"every", required_argument, NULL, 'e'},
	    {"real", no_argument, NULL, 'R'},
	    {"kernel", no_argument, NULL, 'k'},
	    {"renegotiate", no_argument, NULL, 'n'},
	    {"locks", no_argument, NULL, 'l'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	static const struct {
		const char *name;
		bool (*run)(void);
	} kinds[] = {{"small", run_small}, {"large", run_large}, {"slow", run_slow},
	    {"cuts", run_cuts}, {"random", run_random}, {"short", run_short}};
	int option, status;

	options.count = 1;
	/* As every program does that writes to sockets. */
	signal(SIGPIPE, SIG_IGN);
	while ((option = getopt_long(argc, argv, "s:c:r:e:Rknlvh", names, NULL)) != -1) {
		status = set_option(option, argv[0]);
		if (status)
			return status == 1 ? EXIT_SUCCESS : 2;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (optind + 1 != argc || strcmp(argv[optind], kinds[i].name) != 0)
			continue;
		if (!kinds[i].run())
			return EXIT_FAILURE;
		for (unsigned e = 0; e < tls_maker_count; e++)
			tls_makers[e]->clear();
		printf("%" PRIu64 " conversations as they must be\n", run_count);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, usage, argv[0]);
	return 2;
}
