/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_branch.h"

#include <string.h>

static void
pad(struct timer_branch *branch, unsigned begin, unsigned end)
{
	for (unsigned i = begin; i < end; i++)
		branch->filed_ns[i] = INT64_MAX;
}

void
lvn_timer_branch_init(struct timer_branch *branch)
{
	branch->node = (struct timer_node){0};
	pad(branch, 0, LVN_TIMER_BRANCH_CAPACITY);
}

unsigned
lvn_timer_branch_step_back(const struct timer_branch *branch, unsigned at, struct timer_key key)
{
	if (at >= branch->node.count)
		at = branch->node.count - 1;
	while (at > 0 && lvn_timer_before(key, lvn_timer_branch_separator(branch, at)))
		at--;
	return at;
}

unsigned
lvn_timer_branch_place(const struct timer_branch *branch, const struct timer_node *child)
{
	unsigned at = 0;

	while (branch->children[at] != child)
		at++;
	return at;
}

void
lvn_timer_branch_set_separator(struct timer_branch *branch, unsigned at, struct timer_key separator)
{
	branch->filed_ns[at] = separator.filed_ns;
	branch->sequences[at] = separator.sequence;
}

/* Copies `count` children with their separators; the places may overlap. */
static void
copy_children(struct timer_branch *into, unsigned to, const struct timer_branch *from, unsigned at,
    unsigned count)
{
	memmove(&into->filed_ns[to], &from->filed_ns[at], count * sizeof(into->filed_ns[0]));
	memmove(&into->sequences[to], &from->sequences[at], count * sizeof(into->sequences[0]));
	memmove(&into->children[to], &from->children[at], count * sizeof(into->children[0]));
}

void
lvn_timer_branch_insert(
    struct timer_branch *branch, unsigned at, struct timer_node *child, struct timer_key separator)
{
	copy_children(branch, at + 1, branch, at, branch->node.count - at);
	branch->node.count++;
	lvn_timer_branch_set_separator(branch, at, separator);
	branch->children[at] = child;
	child->parent = branch;
}

void
lvn_timer_branch_erase(struct timer_branch *branch, unsigned at)
{
	copy_children(branch, at, branch, at + 1, branch->node.count - at - 1);
	branch->node.count--;
	pad(branch, branch->node.count, branch->node.count + 1);
}

void
lvn_timer_branch_move(struct timer_branch *into, struct timer_branch *from, unsigned begin)
{
	unsigned count = from->node.count - begin;
	unsigned to = into->node.count;

	copy_children(into, to, from, begin, count);
	for (unsigned i = to; i < to + count; i++)
		into->children[i]->parent = into;
	into->node.count += count;
	pad(from, begin, from->node.count);
	from->node.count = begin;
}
