/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_tree.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"

/* Two neighbours become one if that is at most so full; then it takes many adds to divide it. */
#define MERGED_LEAF   (LVN_TIMER_LEAF_CAPACITY * 3 / 4)
#define MERGED_BRANCH (LVN_TIMER_BRANCH_CAPACITY * 3 / 4)

struct separator {
	int64_t filed_ns;
	timer_sequence sequence;
};

void
lvn_timer_tree_init(struct timer_tree *tree)
{
	*tree = (struct timer_tree){0};
	lvn_timer_pool_init(&tree->leaves, sizeof(struct timer_leaf));
	lvn_timer_pool_init(&tree->branches, sizeof(struct timer_branch));
}

static struct timer_leaf *
as_leaf(struct timer_node *node)
{
	return container_of(node, struct timer_leaf, node);
}

static struct timer_branch *
as_branch(struct timer_node *node)
{
	return container_of(node, struct timer_branch, node);
}

static void
put_all(struct timer_tree *tree, struct timer_branch *branch, unsigned height)
{
	for (unsigned i = 0; i < branch->node.count; i++) {
		if (height > 1)
			put_all(tree, as_branch(branch->children[i]), height - 1);
		else
			lvn_timer_pool_put(&tree->leaves, as_leaf(branch->children[i]));
	}
	lvn_timer_pool_put(&tree->branches, branch);
}

void
lvn_timer_tree_clear(struct timer_tree *tree)
{
	if (tree->root)
		put_all(tree, tree->root, tree->height);
	lvn_timer_pool_clear(&tree->leaves);
	lvn_timer_pool_clear(&tree->branches);
	lvn_timer_tree_init(tree);
}

int
lvn_timer_tree_reserve(struct timer_tree *tree)
{
	int rc = lvn_timer_pool_reserve(&tree->leaves, 1);

	if (rc < 0)
		return rc;
	return lvn_timer_pool_reserve(&tree->branches, tree->height + 1);
}

/* The last child whose separator is not after the pair, or else the first. */
static unsigned
find_child(const struct timer_branch *branch, int64_t filed_ns, timer_sequence sequence)
{
	const int64_t *keys = branch->filed_ns;
	unsigned at = 0;
	unsigned count = branch->node.count;

	while (count > 1) {
		unsigned half = count / 2;

		at = keys[at + half] <= filed_ns ? at + half : at;
		count -= half;
	}
	while (at > 0 && keys[at] == filed_ns &&
	       lvn_timer_sequence_before(sequence, branch->sequences[at]))
		at--;
	return at;
}

static unsigned
place_of_child(const struct timer_branch *branch, const struct timer_node *child)
{
	unsigned at = 0;

	while (branch->children[at] != child)
		at++;
	return at;
}

static struct separator
separator_at(const struct timer_branch *branch, unsigned at)
{
	return (struct separator){branch->filed_ns[at], branch->sequences[at]};
}

static void
set_separator(struct timer_branch *branch, unsigned at, struct separator separator)
{
	branch->filed_ns[at] = separator.filed_ns;
	branch->sequences[at] = separator.sequence;
}

/* Moves the children from `at` on to `distance` places further on, or back if negative. */
static void
shift_children(struct timer_branch *branch, unsigned at, int distance)
{
	unsigned count = branch->node.count - at;
	unsigned to = (unsigned)((int)at + distance);

	memmove(&branch->filed_ns[to], &branch->filed_ns[at], count * sizeof(branch->filed_ns[0]));
	memmove(
	    &branch->sequences[to], &branch->sequences[at], count * sizeof(branch->sequences[0]));
	memmove(&branch->children[to], &branch->children[at], count * sizeof(branch->children[0]));
	branch->node.count = (unsigned)((int)branch->node.count + distance);
}

/* The children of `from`, from `begin` on, go to `into`, before the child at `at`. */
static void
move_children(struct timer_branch *into, unsigned at, struct timer_branch *from, unsigned begin)
{
	unsigned count = from->node.count - begin;

	shift_children(into, at, (int)count);
	memcpy(&into->filed_ns[at], &from->filed_ns[begin], count * sizeof(into->filed_ns[0]));
	memcpy(&into->sequences[at], &from->sequences[begin], count * sizeof(into->sequences[0]));
	memcpy(&into->children[at], &from->children[begin], count * sizeof(into->children[0]));
	for (unsigned i = at; i < at + count; i++)
		into->children[i]->parent = into;
	from->node.count = begin;
}

static void
insert_child(
    struct timer_branch *branch, unsigned at, struct timer_node *child, struct separator separator)
{
	shift_children(branch, at, 1);
	set_separator(branch, at, separator);
	branch->children[at] = child;
	child->parent = branch;
}

static struct timer_branch *
take_branch(struct timer_tree *tree)
{
	struct timer_branch *branch = lvn_timer_pool_take(&tree->branches);

	branch->node = (struct timer_node){0};
	return branch;
}

static struct timer_leaf *
take_leaf(struct timer_tree *tree)
{
	struct timer_leaf *leaf = lvn_timer_pool_take(&tree->leaves);

	leaf->node = (struct timer_node){0};
	return leaf;
}

/* Halves a full branch, its ancestors first if they are full; answers the upper half. */
static struct timer_branch *
divide_branch(struct timer_tree *tree, struct timer_branch *branch)
{
	struct timer_branch *upper = take_branch(tree);
	struct timer_branch *parent;

	if (!branch->node.parent) {
		tree->root = take_branch(tree);
		tree->height++;
		insert_child(tree->root, 0, &branch->node, separator_at(branch, 0));
	} else if (branch->node.parent->node.count == LVN_TIMER_BRANCH_CAPACITY) {
		divide_branch(tree, branch->node.parent);
	}
	move_children(upper, 0, branch, LVN_TIMER_BRANCH_CAPACITY / 2);
	parent = branch->node.parent;
	insert_child(parent, place_of_child(parent, &branch->node) + 1, &upper->node,
	    separator_at(upper, 0));
	return upper;
}

/* Hangs `leaf` into the tree after the leaf `previous`. */
static void
hang_leaf_after(struct timer_tree *tree, struct timer_node *previous, struct timer_leaf *leaf,
    struct separator separator)
{
	if (previous->parent->node.count == LVN_TIMER_BRANCH_CAPACITY)
		divide_branch(tree, previous->parent);
	insert_child(previous->parent, place_of_child(previous->parent, previous) + 1, &leaf->node,
	    separator);
}

static void
append_to_leaf(struct timer_leaf *leaf, struct event *ev)
{
	leaf->events[leaf->node.count++] = ev;
	lvn_timer_set_leaf(ev, leaf);
}

static void
read_leaf(const struct timer_leaf *leaf, struct timer_entry *entries)
{
	for (unsigned i = 0; i < leaf->node.count; i++)
		LVN_PREFETCH(&leaf->events[i]->ev_timeout_pos);
	for (unsigned i = 0; i < leaf->node.count; i++) {
		struct event *ev = leaf->events[i];

		entries[i] = (struct timer_entry){lvn_timer_filed_ns(ev), ev};
	}
}

static bool
is_after_all(const struct timer_entry *entry, const struct timer_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (lvn_timer_entry_before(entry, &entries[i]))
			return false;
	}
	return true;
}

/* Divides the full leaf so that there is room for `ev`; answers the leaf for it. */
static struct timer_leaf *
divide_leaf(struct timer_tree *tree, struct timer_leaf *leaf, struct event *ev)
{
	struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY];
	struct timer_entry first = {lvn_event_deadline(ev), ev};
	struct timer_leaf *upper = take_leaf(tree);
	size_t middle = LVN_TIMER_LEAF_CAPACITY;

	read_leaf(leaf, entries);
	if (!is_after_all(&first, entries, LVN_TIMER_LEAF_CAPACITY)) {
		middle = LVN_TIMER_LEAF_CAPACITY / 2;
		lvn_timer_run_divide(entries, LVN_TIMER_LEAF_CAPACITY, middle);
		first = entries[middle];
		for (size_t i = 0; i < middle; i++)
			leaf->events[i] = entries[i].ev;
		for (size_t i = middle; i < LVN_TIMER_LEAF_CAPACITY; i++)
			append_to_leaf(upper, entries[i].ev);
		leaf->node.count = (unsigned)middle;
	}
	hang_leaf_after(tree, &leaf->node, upper,
	    (struct separator){first.filed_ns, lvn_timer_sequence(first.ev)});
	return lvn_timer_before(lvn_event_deadline(ev), lvn_timer_sequence(ev), first.filed_ns,
		   lvn_timer_sequence(first.ev))
		   ? leaf
		   : upper;
}

/* The leaf for the pair; on the way down no separator is left that is after the pair. */
static struct timer_leaf *
find_leaf(struct timer_tree *tree, int64_t deadline_ns, timer_sequence sequence)
{
	struct timer_branch *branch = tree->root;

	for (unsigned level = tree->height;; level--) {
		unsigned at = find_child(branch, deadline_ns, sequence);

		if (at == 0 && lvn_timer_before(deadline_ns, sequence, branch->filed_ns[0],
				   branch->sequences[0]))
			set_separator(branch, 0, (struct separator){deadline_ns, sequence});
		if (level == 1)
			return as_leaf(branch->children[at]);
		branch = as_branch(branch->children[at]);
	}
}

int
lvn_timer_tree_insert(struct timer_tree *tree, struct event *ev)
{
	int64_t deadline_ns = lvn_event_deadline(ev);
	struct timer_leaf *leaf = find_leaf(tree, deadline_ns, lvn_timer_sequence(ev));

	if (leaf->node.count == LVN_TIMER_LEAF_CAPACITY) {
		int rc = lvn_timer_tree_reserve(tree);

		if (rc < 0)
			return rc;
		leaf = divide_leaf(tree, leaf, ev);
	}
	lvn_timer_set_filed_ns(ev, deadline_ns);
	append_to_leaf(leaf, ev);
	tree->count++;
	return 0;
}

static struct timer_branch *
lowest_branch(struct timer_branch *branch, unsigned height)
{
	while (height-- > 1)
		branch = as_branch(branch->children[0]);
	return branch;
}

static void
note_first_leaf(struct timer_tree *tree)
{
	if (tree->root) {
		struct timer_branch *branch = lowest_branch(tree->root, tree->height);

		tree->first_ns = branch->filed_ns[0];
		tree->first_sequence = branch->sequences[0];
	}
}

/*
 * All entries before the leaf that are not stale are before this separator, and those
 * of the leaf that are not stale are not.  Stale ones have new sequences.
 */
static struct separator
separator_for(const struct timer_entry *entries, size_t count)
{
	int64_t filed_ns = entries[0].filed_ns;

	for (size_t i = 0; i < count && entries[i].filed_ns == filed_ns; i++) {
		if (!lvn_timer_is_stale(entries[i].ev))
			return (struct separator){filed_ns, lvn_timer_sequence(entries[i].ev)};
	}
	return (struct separator){filed_ns, lvn_timer_sequence(entries[0].ev)};
}

void
lvn_timer_tree_graft(struct timer_tree *tree, const struct timer_entry *entries, size_t count)
{
	struct separator separator = separator_for(entries, count);
	struct timer_leaf *leaf = take_leaf(tree);
	struct timer_branch *branch;

	for (size_t i = 0; i < count; i++)
		append_to_leaf(leaf, entries[i].ev);
	tree->count += count;
	if (!tree->root) {
		tree->root = take_branch(tree);
		tree->height = 1;
	}
	branch = lowest_branch(tree->root, tree->height);
	if (branch->node.count == LVN_TIMER_BRANCH_CAPACITY)
		divide_branch(tree, branch);
	insert_child(branch, 0, &leaf->node, separator);
	for (struct timer_branch *above = branch->node.parent; above; above = above->node.parent)
		set_separator(above, 0, separator);
	note_first_leaf(tree);
}

/* Moves the events of the smaller leaf into the other; the children stand at `at` and at + 1. */
static struct timer_node *
join_leaves(struct timer_branch *parent, unsigned at)
{
	struct timer_leaf *from = as_leaf(parent->children[at]);
	struct timer_leaf *into = as_leaf(parent->children[at + 1]);

	if (from->node.count > into->node.count) {
		struct timer_leaf *swapped = from;

		from = into;
		into = swapped;
	}
	for (unsigned i = 0; i < from->node.count; i++)
		append_to_leaf(into, from->events[i]);
	parent->children[at] = &into->node;
	return &from->node;
}

static struct timer_node *
join_branches(struct timer_branch *parent, unsigned at)
{
	struct timer_branch *into = as_branch(parent->children[at]);
	struct timer_branch *from = as_branch(parent->children[at + 1]);

	move_children(into, into->node.count, from, 0);
	return &from->node;
}

static void prune(struct timer_tree *tree, struct timer_branch *branch);

/* Takes out the child at `at`, which holds nothing any more. */
static void
drop_child(struct timer_tree *tree, struct timer_branch *parent, unsigned at)
{
	shift_children(parent, at + 1, -1);
	prune(tree, parent);
}

/* Whether the children at `at` and at + 1 exist and are together at most `limit`. */
static bool
may_join(const struct timer_branch *parent, unsigned at, unsigned limit)
{
	return at + 1 < parent->node.count &&
	       parent->children[at]->count + parent->children[at + 1]->count <= limit;
}

/* Where a child and a neighbour of it can become one, or -1. */
static int
place_to_join(const struct timer_branch *parent, const struct timer_node *child, unsigned limit)
{
	unsigned at = place_of_child(parent, child);

	if (may_join(parent, at, limit))
		return (int)at;
	if (at > 0 && may_join(parent, at - 1, limit))
		return (int)at - 1;
	return -1;
}

/* A node is looked at when it shrinks to 0, 1, 3, 7, 15...: seldom, but always in time. */
static bool
should_prune(unsigned count, unsigned capacity)
{
	return count <= capacity / 4 && (count & (count + 1)) == 0;
}

/* Without a branch that lost its last child; without a root of a single branch. */
static void
prune(struct timer_tree *tree, struct timer_branch *branch)
{
	struct timer_branch *parent = branch->node.parent;
	int at;

	if (!parent) {
		while (tree->root->node.count == 1 && tree->height > 1) {
			branch = tree->root;
			tree->root = as_branch(branch->children[0]);
			tree->root->node.parent = NULL;
			tree->height--;
			lvn_timer_pool_put(&tree->branches, branch);
		}
		if (tree->root->node.count == 0) {
			lvn_timer_pool_put(&tree->branches, tree->root);
			tree->root = NULL;
			tree->height = 0;
		}
		return;
	}
	if (branch->node.count == 0) {
		unsigned place = place_of_child(parent, &branch->node);

		lvn_timer_pool_put(&tree->branches, branch);
		drop_child(tree, parent, place);
		return;
	}
	if (!should_prune(branch->node.count, LVN_TIMER_BRANCH_CAPACITY))
		return;
	at = place_to_join(parent, &branch->node, MERGED_BRANCH);
	if (at >= 0) {
		struct timer_node *emptied = join_branches(parent, (unsigned)at);

		lvn_timer_pool_put(&tree->branches, as_branch(emptied));
		drop_child(tree, parent, (unsigned)at + 1);
	}
}

static void
drop_leaf(struct timer_tree *tree, struct timer_leaf *leaf)
{
	struct timer_branch *parent = leaf->node.parent;
	unsigned at = place_of_child(parent, &leaf->node);

	lvn_timer_pool_put(&tree->leaves, leaf);
	drop_child(tree, parent, at);
	note_first_leaf(tree);
}

static void
join_with_neighbour(struct timer_tree *tree, struct timer_leaf *leaf)
{
	struct timer_branch *parent = leaf->node.parent;
	int at = place_to_join(parent, &leaf->node, MERGED_LEAF);

	if (at >= 0) {
		struct timer_node *emptied = join_leaves(parent, (unsigned)at);

		lvn_timer_pool_put(&tree->leaves, as_leaf(emptied));
		drop_child(tree, parent, (unsigned)at + 1);
	}
}

void
lvn_timer_tree_remove(struct timer_tree *tree, struct event *ev)
{
	struct timer_leaf *leaf = lvn_timer_leaf(ev);
	struct event **slot = leaf->events;

	while (*slot != ev)
		slot++;
	LVN_ASSERT(slot < leaf->events + leaf->node.count);
	*slot = leaf->events[--leaf->node.count];
	tree->count--;
	if (leaf->node.count == 0)
		drop_leaf(tree, leaf);
	else if (should_prune(leaf->node.count, LVN_TIMER_LEAF_CAPACITY))
		join_with_neighbour(tree, leaf);
}

size_t
lvn_timer_tree_take_first(
    struct timer_tree *tree, struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY])
{
	struct timer_branch *branch = lowest_branch(tree->root, tree->height);
	struct timer_leaf *leaf = as_leaf(branch->children[0]);
	size_t count = leaf->node.count;

	for (size_t i = 0; i < count; i++)
		LVN_PREFETCH(&leaf->events[i]->ev_timeout);
	read_leaf(leaf, entries);
	tree->count -= count;
	drop_leaf(tree, leaf);
	return count;
}

static int
visit_branch(const struct timer_branch *branch, unsigned height,
    int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (unsigned i = 0; i < branch->node.count && rc == 0; i++) {
		const struct timer_leaf *leaf;

		if (height > 1) {
			rc = visit_branch(
			    as_branch(branch->children[i]), height - 1, visit, context);
			continue;
		}
		leaf = as_leaf(branch->children[i]);
		for (unsigned j = 0; j < leaf->node.count && rc == 0; j++)
			rc = visit(leaf->events[j], context);
	}
	return rc;
}

int
lvn_timer_tree_each(
    const struct timer_tree *tree, int (*visit)(struct event *ev, void *context), void *context)
{
	return tree->root ? visit_branch(tree->root, tree->height, visit, context) : 0;
}
