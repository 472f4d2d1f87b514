/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/sim_agenda.h"

#include <errno.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/memory.h"

#define FIRST_CAPACITY 64

static bool
comes_before(const struct sim_happening *a, const struct sim_happening *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	return a->sequence < b->sequence;
}

void
lvn_sim_agenda_clear(struct sim_agenda *agenda)
{
	lvn_free(agenda->slots);
	*agenda = (struct sim_agenda){0};
}

int
lvn_sim_agenda_reserve(struct sim_agenda *agenda)
{
	size_t capacity = agenda->capacity ? agenda->capacity * 2 : FIRST_CAPACITY;
	struct sim_happening *slots;

	if (agenda->count < agenda->capacity)
		return 0;
	if (capacity > SIZE_MAX / sizeof(*slots))
		return -ENOMEM;
	slots = lvn_realloc(agenda->slots, capacity * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	agenda->slots = slots;
	agenda->capacity = capacity;
	return 0;
}

void
lvn_sim_agenda_push(struct sim_agenda *agenda, struct sim_happening happening)
{
	struct sim_happening *slots = agenda->slots;
	size_t at = agenda->count;

	LVN_ASSERT(agenda->count < agenda->capacity);
	agenda->count++;
	happening.sequence = agenda->next_sequence++;
	while (at > 0 && comes_before(&happening, &slots[(at - 1) / 2])) {
		slots[at] = slots[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	slots[at] = happening;
}

const struct sim_happening *
lvn_sim_agenda_first(const struct sim_agenda *agenda)
{
	return agenda->count > 0 ? &agenda->slots[0] : NULL;
}

struct sim_happening
lvn_sim_agenda_pop(struct sim_agenda *agenda)
{
	struct sim_happening *slots = agenda->slots;
	struct sim_happening first;
	struct sim_happening last;
	size_t at = 0;
	size_t child;

	LVN_ASSERT(agenda->count > 0);
	first = slots[0];
	last = slots[--agenda->count];
	while ((child = 2 * at + 1) < agenda->count) {
		if (child + 1 < agenda->count && comes_before(&slots[child + 1], &slots[child]))
			child++;
		if (!comes_before(&slots[child], &last))
			break;
		slots[at] = slots[child];
		at = child;
	}
	slots[at] = last;
	return first;
}
