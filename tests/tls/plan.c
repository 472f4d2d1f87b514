/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans of conversations: plain, random, and as text. */
#include <stdio.h>

#include "fuzz/choices.h"
#include "tls/conversation.h"

struct conversation_plan
conversation_plan_plain(enum tls_version version)
{
	struct conversation_plan plan = {.seed = 1, .version = version, .asking = ASKS_NOBODY};

	for (int i = 0; i < 2; i++)
		plan.sides[i] =
		    (struct side_plan){.maker = tls_makers[0], .size = 1000, .piece = 1000};
	return plan;
}

/* Many small ones, some around the size of a record, few large ones. */
static size_t
random_size(struct choices *choices)
{
	static const size_t sizes[] = {1, 2, 100, 1000, 4095, 16383, 16384, 16385, 32769, 100000};
	unsigned which = choose(choices, 24);

	if (which < sizeof(sizes) / sizeof(sizes[0]))
		return sizes[which];
	if (which == 23)
		return 1000000 + choose(choices, 256) * 1000;
	return choose(choices, 256) * (choose(choices, 64) + 1);
}

static const struct tls_maker *
random_maker(struct choices *choices, enum tls_version version, bool is_client)
{
	const struct tls_maker *maker = tls_makers[choose(choices, tls_maker_count)];

	return maker->has_version(version, is_client) ? maker : tls_makers[0];
}

static void
fill_side(struct side_plan *side, struct choices *choices, enum tls_version version, bool is_client)
{
	side->maker = random_maker(choices, version, is_client);
	side->over_stream = choose(choices, 2);
	if (choose(choices, 3) == 1)
		side->options |= BEV_OPT_DEFER_CALLBACKS;
	if (side->options && choose(choices, 2))
		side->options |= BEV_OPT_UNLOCK_CALLBACKS;
	if (choose(choices, 3) == 1)
		side->options |= BEV_OPT_THREADSAFE;
	side->batch = choose(choices, 3) == 1;
	side->allow_dirty = choose(choices, 3) == 1;
	side->size = random_size(choices);
	side->piece = 1 + (choose(choices, 2) ? random_size(choices) : side->size);
	if (side->piece * 1000 < side->size)
		side->piece = side->size / 1000 + 1;
	if (choose(choices, 4) == 1)
		side->most_read = 1 + random_size(choices);
	if (side->most_read && side->most_read * 2000 < 1300000)
		side->most_read += 650;
	if (choose(choices, 4) == 1)
		side->high_mark = 1 + random_size(choices);
	if (choose(choices, 6) == 1)
		side->free_when = (enum free_when)choose(choices, FREE_WHENS);
	side->frees_both = choose(choices, 2);
}

static void
fill_world(struct levin_sim_options *world, struct choices *choices)
{
	if (choose(choices, 3) == 1)
		return;
	world->latency_max_ns = (int64_t)choose(choices, 8) * 1000000;
	world->capacity = choose(choices, 3) == 1 ? 100 + choose(choices, 256) * 20 : 0;
	world->short_read_permille = choose(choices, 2) * choose(choices, 256) * 3;
	world->short_write_permille = choose(choices, 2) * choose(choices, 256) * 3;
	world->spurious_eagain_permille = choose(choices, 2) * choose(choices, 200);
	world->reorder_permille = choose(choices, 2) * 500;
	world->hold_back_permille = choose(choices, 2) * choose(choices, 250);
	world->early_return_permille = choose(choices, 2) * choose(choices, 100);
}

struct conversation_plan
conversation_plan_random(uint64_t seed)
{
	struct choices choices = choices_from_seed(seed);
	struct conversation_plan plan = {.seed = seed, .asking = ASKS_NOBODY};

	plan.version = choose(&choices, 2) ? TLS_1_3 : TLS_1_2;
	plan.tls_in_tls = choose(&choices, 4) == 1;
	fill_world(&plan.world, &choices);
	for (int i = 0; i < 2; i++)
		fill_side(&plan.sides[i], &choices, plan.version, i == CLIENT);
	if (choose(&choices, 3) == 1)
		plan.step = 1 + random_size(&choices) % RELAY_STEP_MAX;
	if (plan.step && plan.step < 100 && plan.sides[0].size + plan.sides[1].size > 100000)
		plan.step += 100;
	if (choose(&choices, 2)) {
		plan.fault = (enum relay_fault)choose(&choices, RELAY_STALL + 1);
		plan.fault_to = (int)choose(&choices, 2);
		plan.fault_at =
		    choose(&choices, 2) ? random_size(&choices) : choose(&choices, 256) * 12;
	}
	return plan;
}

static const char *
side_text(const struct side_plan *side, char *text, size_t size)
{
	static const char *const frees[] = {
	    "", " frees-connected", " frees-read", " frees-written"};

	snprintf(text, size, "%s on %s%s%s%s, %zu bytes by %zu, reads %zu mark %zu%s%s%s%s",
	    side->maker->name, side->over_stream ? "stream" : "socket",
	    side->options & BEV_OPT_DEFER_CALLBACKS ? " deferred" : "",
	    side->options & BEV_OPT_UNLOCK_CALLBACKS ? " unlocked" : "",
	    side->options & BEV_OPT_THREADSAFE ? " locked" : "", side->size, side->piece,
	    side->most_read, side->high_mark, side->batch ? " batch" : "",
	    side->allow_dirty ? " dirty" : "", frees[side->free_when],
	    side->frees_both ? " both" : "");
	return text;
}

const char *
conversation_plan_text(const struct conversation_plan *plan)
{
	static const char *const faults[] = {"no fault", "end", "reset", "stall"};
	static char text[800];
	static const char *const askers[] = {", client asks", ", server asks", ""};
	char sides[2][200];

	for (int i = 0; i < 2; i++)
		side_text(&plan->sides[i], sides[i], sizeof(sides[i]));
	snprintf(text, sizeof(text),
	    "TLS %s%s%s%s; client %s; server %s; step %zu; %s to %s at %zu; latency %d ms, "
	    "capacity "
	    "%zu, "
	    "short %u %u, eagain %u",
	    plan->version == TLS_1_3 ? "1.3" : "1.2", plan->tls_in_tls ? " in TLS" : "",
	    askers[plan->asking], plan->asks_below ? " below, too" : "", sides[0], sides[1],
	    plan->step, faults[plan->fault], plan->fault_to == CLIENT ? "client" : "server",
	    plan->fault_at, (int)(plan->world.latency_max_ns / 1000000), plan->world.capacity,
	    plan->world.short_read_permille, plan->world.short_write_permille,
	    plan->world.spurious_eagain_permille);
	return text;
}
