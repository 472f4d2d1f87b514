/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_tree.h"

#include <errno.h>

/* What is joined, or not divided, is at most so full: it takes many adds to fill it again. */
#define ROOMY_LEAF   (LVN_TIMER_LEAF_CAPACITY * 3 / 4)
#define ROOMY_BRANCH (LVN_TIMER_BRANCH_CAPACITY * 3 / 4)
/* A leaf with fewer holes is not worth touching its events. */
#define HOLES_WORTH_CLOSING (LVN_TIMER_LEAF_CAPACITY / 8)
/*
 * The leaves have room for at most so many times the events, and some; it takes no sweeping
 * to keep to that while as many are added as removed.
 */
#define ROOM_NUMERATOR   5
#define ROOM_DENOMINATOR 2
#define ROOM_ALLOWED     (16 * LVN_TIMER_LEAF_CAPACITY)

void
lvn_timer_tree_init(struct timer_tree *tree)
{
	tree->root = NULL;
	tree->height = 0;
	tree->hand_outs = 0;
	tree->first = tree->swept = (struct timer_key){INT64_MIN, 0};
	tree->count = 0;
	tree->leaf_count = 0;
	tree->inbox_used = 0;
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

static struct timer_branch *
take_branch(struct timer_tree *tree)
{
	struct timer_branch *branch = lvn_timer_pool_take(&tree->branches);

	lvn_timer_branch_init(branch);
	return branch;
}

static struct timer_leaf *
take_leaf(struct timer_tree *tree)
{
	struct timer_leaf *leaf = lvn_timer_pool_take(&tree->leaves);

	lvn_timer_leaf_init(leaf);
	tree->leaf_count++;
	return leaf;
}

static struct timer_branch *
lowest_branch(const struct timer_tree *tree)
{
	struct timer_branch *branch = tree->root;

	for (unsigned level = tree->height; level > 1; level--)
		branch = as_branch(branch->children[0]);
	return branch;
}

static void
note_first_leaf(struct timer_tree *tree)
{
	if (tree->root)
		tree->first = lvn_timer_branch_separator(lowest_branch(tree), 0);
}

/* Halves a full branch, its ancestors first if they are full. */
static void
divide_branch(struct timer_tree *tree, struct timer_branch *branch)
{
	struct timer_branch *upper = take_branch(tree);
	struct timer_branch *parent;

	if (!branch->node.parent) {
		tree->root = take_branch(tree);
		tree->height++;
		lvn_timer_branch_insert(
		    tree->root, 0, &branch->node, lvn_timer_branch_separator(branch, 0));
	} else if (branch->node.parent->node.count == LVN_TIMER_BRANCH_CAPACITY) {
		divide_branch(tree, branch->node.parent);
	}
	parent = branch->node.parent;
	lvn_timer_branch_move(upper, branch, LVN_TIMER_BRANCH_CAPACITY / 2);
	lvn_timer_branch_insert(parent, lvn_timer_branch_place(parent, &branch->node) + 1,
	    &upper->node, lvn_timer_branch_separator(upper, 0));
}

/* Hangs `leaf` into the tree after the leaf `previous`. */
static void
hang_leaf_after(struct timer_tree *tree, struct timer_node *previous, struct timer_leaf *leaf,
    struct timer_key separator)
{
	struct timer_branch *parent;

	if (previous->parent->node.count == LVN_TIMER_BRANCH_CAPACITY)
		divide_branch(tree, previous->parent);
	parent = previous->parent;
	lvn_timer_branch_insert(
	    parent, lvn_timer_branch_place(parent, previous) + 1, &leaf->node, separator);
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

/* Makes room for `entry` in a full leaf; if that has no holes, by dividing it. */
static void
divide_leaf(struct timer_tree *tree, struct timer_leaf *leaf, const struct timer_entry *entry)
{
	struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY];
	size_t count = lvn_timer_leaf_read(leaf, entries);
	struct timer_entry first = *entry;
	struct timer_leaf *upper;

	if (count <= ROOMY_LEAF) {
		lvn_timer_leaf_write(leaf, entries, count);
		return;
	}
	upper = take_leaf(tree);
	if (!is_after_all(entry, entries, count)) {
		size_t middle = count / 2;

		lvn_timer_run_divide(entries, count, middle);
		first = entries[middle];
		lvn_timer_leaf_write(upper, entries + middle, count - middle);
		lvn_timer_leaf_write(leaf, entries, middle);
	}
	leaf->node.stamp = upper->node.stamp = tree->hand_outs;
	hang_leaf_after(tree, &leaf->node, upper,
	    (struct timer_key){first.filed_ns, lvn_timer_sequence(first.ev)});
}

/*
 * The child for the entry, found at `at` or among those before it with an equal key.  No
 * separator is left that is after the entry.
 */
LVN_HOT_INLINE struct timer_node *
child_at(struct timer_branch *branch, unsigned at, const struct timer_entry *entry)
{
	if (LVN_UNLIKELY(branch->filed_ns[at] >= entry->filed_ns)) {
		struct timer_key separator = {entry->filed_ns, lvn_timer_sequence(entry->ev)};

		at = lvn_timer_branch_step_back(branch, at, separator);
		if (at == 0 && lvn_timer_before(separator, lvn_timer_branch_separator(branch, 0)))
			lvn_timer_branch_set_separator(branch, 0, separator);
	}
	return branch->children[at];
}

static struct timer_leaf *
find_leaf_for(struct timer_tree *tree, const struct timer_entry *entry)
{
	struct timer_branch *branch = tree->root;

	for (unsigned level = tree->height;; level--) {
		unsigned at = lvn_timer_branch_find(branch, entry->filed_ns);
		struct timer_node *child = child_at(branch, at, entry);

		if (level == 1)
			return as_leaf(child);
		branch = as_branch(child);
	}
}

/* Puts the event into the leaf, which is the right one.  0 or -ENOMEM. */
static int
put_into_leaf(struct timer_tree *tree, struct timer_leaf *leaf, const struct timer_entry *entry)
{
	if (LVN_LIKELY(lvn_timer_leaf_put(leaf, entry->ev)))
		return 0;
	if (lvn_timer_tree_reserve(tree) < 0)
		return -ENOMEM;
	divide_leaf(tree, leaf, entry);
	lvn_timer_leaf_put(find_leaf_for(tree, entry), entry->ev);
	return 0;
}

static void
compact_inbox(struct timer_tree *tree)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < tree->inbox_used; i++) {
		if (tree->inbox[i].ev)
			tree->inbox[kept++] = tree->inbox[i];
	}
	tree->inbox_used = kept;
}

/* The first distance that a search among `count` children has to go. */
static unsigned
half_of(unsigned count)
{
	unsigned half = 1;

	while (2 * half < count)
		half *= 2;
	return half;
}

/* As find_leaf_for for all of the inbox at once: the waits for memory of each step overlap. */
static void
find_leaves(struct timer_tree *tree, struct timer_node *nodes[LVN_TIMER_INBOX_CAPACITY])
{
	const struct timer_entry *inbox = tree->inbox;
	unsigned count = tree->inbox_used;
	unsigned first_half = half_of(tree->root->node.count);
	const int64_t *found[LVN_TIMER_INBOX_CAPACITY];

	for (unsigned i = 0; i < count; i++)
		nodes[i] = &tree->root->node;
	for (unsigned level = tree->height; level > 0; level--) {
		for (unsigned i = 0; i < count; i++)
			found[i] = as_branch(nodes[i])->filed_ns;
		for (unsigned half = first_half; half > 0; half /= 2) {
			for (unsigned i = 0; i < count; i++)
				found[i] += found[i][half] <= inbox[i].filed_ns ? half : 0;
		}
		for (unsigned i = 0; i < count; i++) {
			struct timer_branch *branch = as_branch(nodes[i]);
			unsigned at = (unsigned)(found[i] - branch->filed_ns);

			LVN_PREFETCH(&branch->children[at]);
		}
		for (unsigned i = 0; i < count; i++) {
			struct timer_branch *branch = as_branch(nodes[i]);
			unsigned at = (unsigned)(found[i] - branch->filed_ns);

			nodes[i] = child_at(branch, at, &inbox[i]);
			LVN_PREFETCH(nodes[i]);
		}
		first_half = LVN_TIMER_BRANCH_CAPACITY / 2;
	}
}

/* To their leaves with all that are in the inbox, but those for which there is no memory. */
static void
hand_out_inbox(struct timer_tree *tree)
{
	struct timer_node *nodes[LVN_TIMER_INBOX_CAPACITY];
	unsigned stranded = 0;

	compact_inbox(tree);
	tree->hand_outs++;
	find_leaves(tree, nodes);
	for (unsigned i = 0; i < tree->inbox_used; i++)
		LVN_PREFETCH_WRITE(lvn_timer_leaf_next_place(as_leaf(nodes[i])));
	for (unsigned i = 0; i < tree->inbox_used; i++) {
		struct timer_entry entry = tree->inbox[i];
		struct timer_leaf *leaf = as_leaf(nodes[i]);

		if (LVN_UNLIKELY(leaf->node.stamp == tree->hand_outs))
			leaf = find_leaf_for(tree, &entry);
		if (LVN_UNLIKELY(put_into_leaf(tree, leaf, &entry) < 0)) {
			tree->inbox[stranded] = entry;
			lvn_timer_set_slot(entry.ev, &tree->inbox[stranded].ev);
			stranded++;
		}
	}
	tree->inbox_used = stranded;
}

static int
insert_at_once(struct timer_tree *tree, struct event *ev)
{
	struct timer_entry entry = {lvn_event_deadline(ev), ev};
	int rc = put_into_leaf(tree, find_leaf_for(tree, &entry), &entry);

	if (rc == 0)
		tree->count++;
	return rc;
}

int
lvn_timer_tree_insert(struct timer_tree *tree, struct event *ev)
{
	int64_t deadline_ns = lvn_event_deadline(ev);
	struct timer_entry *entry;

	if (!LVN_EVENT_IS_WIDE)
		return insert_at_once(tree, ev);
	if (LVN_UNLIKELY(tree->inbox_used == LVN_TIMER_INBOX_CAPACITY)) {
		hand_out_inbox(tree);
		if (tree->inbox_used == LVN_TIMER_INBOX_CAPACITY)
			return -ENOMEM;
	}
	entry = &tree->inbox[tree->inbox_used++];
	*entry = (struct timer_entry){deadline_ns, ev};
	lvn_timer_set_filed_ns(ev, deadline_ns);
	lvn_timer_set_slot(ev, &entry->ev);
	tree->count++;
	return 0;
}

/*
 * All entries before the leaf that are not stale are before this separator, and those
 * of the leaf that are not stale are not.  Stale ones have new sequences.
 */
static struct timer_key
separator_for(const struct timer_entry *entries, size_t count)
{
	int64_t filed_ns = entries[0].filed_ns;

	for (size_t i = 0; i < count && entries[i].filed_ns == filed_ns; i++) {
		if (!lvn_timer_is_stale(entries[i].ev))
			return (struct timer_key){filed_ns, lvn_timer_sequence(entries[i].ev)};
	}
	return (struct timer_key){filed_ns, lvn_timer_sequence(entries[0].ev)};
}

void
lvn_timer_tree_graft(struct timer_tree *tree, const struct timer_entry *entries, size_t count)
{
	struct timer_key separator = separator_for(entries, count);
	struct timer_leaf *leaf = take_leaf(tree);
	struct timer_branch *branch;

	lvn_timer_leaf_write(leaf, entries, count);
	tree->count += count;
	if (!tree->root) {
		tree->root = take_branch(tree);
		tree->height = 1;
	}
	if (lowest_branch(tree)->node.count == LVN_TIMER_BRANCH_CAPACITY)
		divide_branch(tree, lowest_branch(tree));
	branch = lowest_branch(tree);
	lvn_timer_branch_insert(branch, 0, &leaf->node, separator);
	while ((branch = branch->node.parent))
		lvn_timer_branch_set_separator(branch, 0, separator);
	note_first_leaf(tree);
}

/* Where a child and a neighbour of it are together at most `limit`, or -1. */
static int
place_to_join(const struct timer_branch *parent, const struct timer_node *child, unsigned limit)
{
	unsigned at = lvn_timer_branch_place(parent, child);

	if (at + 1 < parent->node.count && child->count + parent->children[at + 1]->count <= limit)
		return (int)at;
	if (at > 0 && parent->children[at - 1]->count + child->count <= limit)
		return (int)at - 1;
	return -1;
}

/* Looked at when it shrinks to 0, 1, 3, 7, 15...: seldom, but always in time. */
static bool
should_join(const struct timer_branch *branch)
{
	unsigned count = branch->node.count;

	return count <= LVN_TIMER_BRANCH_CAPACITY / 4 && (count & (count + 1)) == 0;
}

/* A root with one branch gives way to that; one with nothing is no more. */
static void
shorten_root(struct timer_tree *tree)
{
	while (tree->root && tree->root->node.count <= (tree->height > 1)) {
		struct timer_branch *root = tree->root;

		tree->root = root->node.count == 1 ? as_branch(root->children[0]) : NULL;
		tree->height--;
		if (tree->root)
			tree->root->node.parent = NULL;
		lvn_timer_pool_put(&tree->branches, root);
	}
}

/* Takes the child at `at`, which is empty, out of the branch, and what becomes empty by that. */
static void
drop_child(struct timer_tree *tree, struct timer_branch *branch, unsigned at)
{
	for (;;) {
		struct timer_branch *parent = branch->node.parent;
		int place;

		lvn_timer_branch_erase(branch, at);
		if (!parent || !should_join(branch))
			break;
		place = place_to_join(parent, &branch->node, ROOMY_BRANCH);
		if (place < 0 && branch->node.count > 0)
			break;
		at = lvn_timer_branch_place(parent, &branch->node);
		if (branch->node.count > 0) {
			struct timer_branch *into = as_branch(parent->children[place]);

			at = (unsigned)place + 1;
			branch = as_branch(parent->children[at]);
			lvn_timer_branch_move(into, branch, 0);
		}
		lvn_timer_pool_put(&tree->branches, branch);
		branch = parent;
	}
	shorten_root(tree);
}

static void
drop_leaf(struct timer_tree *tree, struct timer_leaf *leaf)
{
	struct timer_branch *parent = leaf->node.parent;

	drop_child(tree, parent, lvn_timer_branch_place(parent, &leaf->node));
	lvn_timer_pool_put(&tree->leaves, leaf);
	tree->leaf_count--;
	note_first_leaf(tree);
}

/* The leaf at tree->swept, which then becomes the separator of the one after it. */
static struct timer_leaf *
next_to_sweep(struct timer_tree *tree)
{
	struct timer_key wanted = tree->swept;
	struct timer_branch *branch = tree->root;

	tree->swept = tree->first;
	for (unsigned level = tree->height;; level--) {
		unsigned at = lvn_timer_branch_find(branch, wanted.filed_ns);

		at = lvn_timer_branch_step_back(branch, at, wanted);
		if (at + 1 < branch->node.count)
			tree->swept = lvn_timer_branch_separator(branch, at + 1);
		if (level == 1)
			return as_leaf(branch->children[at]);
		branch = as_branch(branch->children[at]);
	}
}

/*
 * Closes the holes of one leaf, if they are many, or moves its events into the leaf before
 * it.  The first leaf stays: what is in the inbox may belong there.
 */
static void
sweep_one_leaf(struct timer_tree *tree)
{
	struct timer_leaf *leaf = next_to_sweep(tree);
	struct timer_branch *parent = leaf->node.parent;
	unsigned at = lvn_timer_branch_place(parent, &leaf->node);
	unsigned live = lvn_timer_leaf_count_events(leaf);
	struct timer_node *previous = at > 0 ? parent->children[at - 1] : NULL;

	if (previous && previous->count + live <= ROOMY_LEAF)
		lvn_timer_leaf_move(as_leaf(previous), leaf);
	else if (leaf->node.count - live >= HOLES_WORTH_CLOSING)
		lvn_timer_leaf_compact(leaf);
	else
		return;
	if (leaf->node.count == 0 && leaf != as_leaf(lowest_branch(tree)->children[0]))
		drop_leaf(tree, leaf);
}

static bool
has_too_much_room(const struct timer_tree *tree)
{
	size_t room = tree->leaf_count * LVN_TIMER_LEAF_CAPACITY;

	return room * ROOM_DENOMINATOR > tree->count * ROOM_NUMERATOR + ROOM_ALLOWED;
}

void
lvn_timer_tree_sweep(struct timer_tree *tree)
{
	if (has_too_much_room(tree))
		sweep_one_leaf(tree);
}

struct event *
lvn_timer_tree_take_stranded(struct timer_tree *tree)
{
	struct event *ev;

	if (tree->inbox_used > 0)
		hand_out_inbox(tree);
	if (tree->inbox_used == 0)
		return NULL;
	ev = tree->inbox[--tree->inbox_used].ev;
	tree->count--;
	return ev;
}

size_t
lvn_timer_tree_take_first(
    struct timer_tree *tree, struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY])
{
	struct timer_leaf *leaf = as_leaf(lowest_branch(tree)->children[0]);
	size_t count;

	for (unsigned i = 0; i < leaf->node.count; i++) {
		if (leaf->events[i])
			LVN_PREFETCH(&leaf->events[i]->ev_timeout);
	}
	count = lvn_timer_leaf_read(leaf, entries);
	tree->count -= count;
	drop_leaf(tree, leaf);
	return count;
}

static int
visit_leaf(
    const struct timer_leaf *leaf, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (unsigned i = 0; i < leaf->node.count && rc == 0; i++) {
		if (leaf->events[i])
			rc = visit(leaf->events[i], context);
	}
	return rc;
}

static int
visit_branch(const struct timer_branch *branch, unsigned height,
    int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (unsigned i = 0; i < branch->node.count && rc == 0; i++) {
		if (height > 1)
			rc = visit_branch(
			    as_branch(branch->children[i]), height - 1, visit, context);
		else
			rc = visit_leaf(as_leaf(branch->children[i]), visit, context);
	}
	return rc;
}

int
lvn_timer_tree_each(
    const struct timer_tree *tree, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (unsigned i = 0; i < tree->inbox_used && rc == 0; i++) {
		if (tree->inbox[i].ev)
			rc = visit(tree->inbox[i].ev, context);
	}
	return rc == 0 && tree->root ? visit_branch(tree->root, tree->height, visit, context) : rc;
}
