/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/base.h"

/* 2^12: the space of the first read is a page. */
#define FIRST_READ_SHIFT 12

void
lvn_buffer_init(struct evbuffer *buffer)
{
	*buffer = (struct evbuffer){
	    .lock = &lvn_lock_absent,
	    .refs = 1,
	    .flags = BUFFER_IS_EMBEDDED,
	    .read_shift = FIRST_READ_SHIFT,
	};
}

/* No other thread has the buffer any more, and no loop: that would have a reference. */
void
lvn_buffer_clear(struct evbuffer *buffer)
{
	struct buffer_extras *extras = lvn_buffer_extras(buffer);

	lvn_lock_assume_held(buffer->lock);
	if (extras) {
		LVN_ASSERT(!extras->queued);
		lvn_buffer_remove_callbacks_locked(buffer);
		buffer->flags &= (uint8_t)~BUFFER_HAS_EXTRAS;
		lvn_free(extras);
	}
	buffer->of.owner_ops = NULL;
	lvn_chain_release_all(lvn_buffer_detach_chains_locked(buffer));
}

void
lvn_buffer_share_lock(struct evbuffer *buffer, struct lock *lock)
{
	buffer->lock = lock;
}

void
lvn_buffer_set_owner(struct evbuffer *buffer, const struct buffer_owner_ops *ops)
{
	LVN_ASSERT(!(buffer->flags & BUFFER_HAS_EXTRAS) && !buffer->of.owner_ops);
	buffer->of.owner_ops = ops;
	buffer->checks |= BUFFER_WATCHES_ADDED | BUFFER_WATCHES_REMOVED;
}

/* ---- Entering and leaving ---------------------------------------------------------------- */

/* The lock may be freed with the buffer; the analysis knows it by the buffer alone. */
void
lvn_buffer_end(struct evbuffer *buffer) NO_LOCK_ANALYSIS
{
	struct lock *lock = buffer->lock;
	uint8_t flags = buffer->flags;

	/* For cleanup functions that use the buffer. */
	buffer->refs = 1;
	lvn_buffer_clear(buffer);
	lvn_lock_release(lock);
	if ((flags & BUFFER_OWNS_LOCK) && !(flags & BUFFER_WRAPS_LOCK))
		lvn_lock_clear(lock);
	if (flags & BUFFER_OWNS_LOCK)
		lvn_free(lock);
	lvn_free(buffer);
}

/* The other one is still referenced meanwhile: cleanup functions may free it. */
void
lvn_buffer_end_pair(struct evbuffer *one, struct evbuffer *other) NO_LOCK_ANALYSIS
{
	one->refs++;
	other->refs++;
	/* Each of them releases it. */
	if (one->lock == other->lock)
		lvn_lock_acquire(one->lock);
	lvn_buffer_leave(one);
	lvn_buffer_leave(other);
}

/* ---- Chains ---------------------------------------------------------------------------- */

void
lvn_buffer_append_locked(struct evbuffer *buffer, struct chain *first, struct chain *last,
    size_t size, size_t held) REQUIRES(buffer->lock)
{
	if (buffer->last)
		lvn_buffer_drop_space_locked(buffer);
	if (buffer->last)
		buffer->last->next = first;
	else
		buffer->first = first;
	buffer->last = last;
	buffer->size += size;
	buffer->held += held;
}

void
lvn_buffer_push_chain_locked(struct evbuffer *buffer, struct chain *chain) REQUIRES(buffer->lock)
{
	chain->next = buffer->first;
	buffer->first = chain;
	if (!buffer->last)
		buffer->last = chain;
	buffer->size += chain->size;
	buffer->held += lvn_chain_held(chain);
}

void
lvn_buffer_drop_space_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *spares;

	if (buffer->size == 0) {
		lvn_chain_release_all(lvn_buffer_detach_chains_locked(buffer));
		return;
	}
	spares = buffer->last->next;
	buffer->last->next = NULL;
	for (const struct chain *chain = spares; chain; chain = chain->next)
		buffer->held -= chain->capacity;
	lvn_chain_release_all(spares);
}

static bool
is_loose(const struct chain *chain)
{
	return lvn_chain_held(chain) > 2 * chain->size;
}

/*
 * Copies the chains from `*link` on that are loose, up to LVN_CHAIN_PART bytes of them, to one
 * without space.  None of them has foreign memory, so none has a cleanup function.
 */
static bool
replace_loose_locked(struct evbuffer *buffer, struct chain **link) REQUIRES(buffer->lock)
{
	struct chain *end = *link;
	struct chain *tight;
	size_t size = 0;
	bool has_last = false;

	do {
		size += end->size;
		has_last = end == buffer->last;
		end = end->next;
	} while (!has_last && is_loose(end) && size + end->size <= LVN_CHAIN_PART);
	tight = lvn_chain_new_tight(size);
	if (!tight)
		return false;
	for (struct chain *chain = *link; chain != end;) {
		struct chain *next = chain->next;

		memcpy(tight->memory + tight->size, lvn_chain_data(chain), chain->size);
		tight->size += chain->size;
		buffer->held -= lvn_chain_held(chain);
		lvn_chain_release(chain);
		chain = next;
	}
	buffer->held += tight->capacity;
	tight->next = end;
	*link = tight;
	if (has_last)
		buffer->last = tight;
	return true;
}

void
lvn_buffer_compact_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain **link = &buffer->first;

	if (buffer->checks & BUFFER_IS_RESERVED)
		return;
	lvn_buffer_drop_space_locked(buffer);
	for (; *link && lvn_buffer_is_loose_locked(buffer); link = &(*link)->next) {
		if (is_loose(*link) && !replace_loose_locked(buffer, link))
			return;
	}
}

int
lvn_buffer_refuse_locked(const struct evbuffer *buffer, size_t more) REQUIRES(buffer->lock)
{
	lvn_log_warnx("evbuffer %p: %zu bytes and %zu more are too many", (const void *)buffer,
	    buffer->size, more);
	return -ENOMEM;
}

/* ---- Callbacks --------------------------------------------------------------------------- */

struct buffer_extras *
lvn_buffer_prepare_extras_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct buffer_extras *extras = lvn_buffer_extras(buffer);

	if (extras)
		return extras;
	extras = lvn_calloc(1, sizeof(*extras));
	if (!extras)
		return NULL;
	extras->buffer = buffer;
	extras->owner_ops = buffer->of.owner_ops;
	extras->max_read = LVN_BUFFER_MAX_READ;
	buffer->of.extras = extras;
	buffer->flags |= BUFFER_HAS_EXTRAS;
	buffer->checks |= BUFFER_WATCHES_ADDED | BUFFER_WATCHES_REMOVED;
	return extras;
}

struct evbuffer_cb_entry *
lvn_buffer_add_callback_locked(struct evbuffer *buffer, evbuffer_cb_func fn, evbuffer_cb old_fn,
    void *arg) REQUIRES(buffer->lock)
{
	struct buffer_extras *extras = lvn_buffer_prepare_extras_locked(buffer);
	struct evbuffer_cb_entry *entry;
	struct evbuffer_cb_entry **first;

	if (!extras)
		return NULL;
	entry = lvn_alloc(sizeof(*entry));
	if (!entry)
		return NULL;
	first = &extras->first;
	*entry = (struct evbuffer_cb_entry){
	    .next = *first,
	    .link = first,
	    .fn = fn,
	    .old_fn = old_fn,
	    .arg = arg,
	    .flags = EVBUFFER_CB_ENABLED,
	};
	if (*first)
		(*first)->link = &entry->next;
	*first = entry;
	return entry;
}

static void
free_entry(struct evbuffer_cb_entry *entry)
{
	*entry->link = entry->next;
	if (entry->next)
		entry->next->link = entry->link;
	lvn_free(entry);
}

static void
free_removed(struct buffer_extras *callbacks)
{
	struct evbuffer_cb_entry *next;

	callbacks->has_removed = false;
	for (struct evbuffer_cb_entry *entry = callbacks->first; entry; entry = next) {
		next = entry->next;
		if (!entry->fn && !entry->old_fn)
			free_entry(entry);
	}
}

void
lvn_buffer_remove_callback_locked(struct evbuffer *buffer, struct evbuffer_cb_entry *entry)
    REQUIRES(buffer->lock)
{
	struct buffer_extras *extras = lvn_buffer_extras(buffer);

	if (extras->running == 0) {
		free_entry(entry);
		return;
	}
	entry->fn = NULL;
	entry->old_fn = NULL;
	extras->has_removed = true;
}

void
lvn_buffer_remove_callbacks_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct buffer_extras *extras = lvn_buffer_extras(buffer);
	struct evbuffer_cb_entry *next;

	if (!extras)
		return;
	for (struct evbuffer_cb_entry *entry = extras->first; entry; entry = next) {
		next = entry->next;
		lvn_buffer_remove_callback_locked(buffer, entry);
	}
}

/* A callback may add and remove others, change the buffer, and free it. */
static void
call_all_locked(struct evbuffer *buffer, const struct evbuffer_cb_info *info) REQUIRES(buffer->lock)
{
	struct buffer_extras *callbacks = lvn_buffer_extras(buffer);

	callbacks->running++;
	for (struct evbuffer_cb_entry *entry = callbacks->first;
	     entry && !(buffer->flags & BUFFER_IS_FREED); entry = entry->next) {
		if (!(entry->flags & EVBUFFER_CB_ENABLED))
			continue;
		if (entry->old_fn)
			entry->old_fn(buffer, info->orig_size,
			    info->orig_size + info->n_added - info->n_deleted, entry->arg);
		else if (entry->fn)
			entry->fn(buffer, info, entry->arg);
	}
	if (--callbacks->running == 0 && callbacks->has_removed)
		free_removed(callbacks);
}

/* ---- Callbacks that a loop calls ----------------------------------------------------------- */

/* The callbacks for the changes that were deferred. */
static void
call_deferred_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct buffer_extras *callbacks = lvn_buffer_extras(buffer);
	struct evbuffer_cb_info info = {
	    .n_added = callbacks->added,
	    .n_deleted = callbacks->removed,
	    .orig_size = buffer->size + callbacks->removed - callbacks->added,
	};

	callbacks->added = 0;
	callbacks->removed = 0;
	if (info.n_added || info.n_deleted)
		call_all_locked(buffer, &info);
}

/*
 * A buffer that has been freed in the meantime has only this reference.  An embedded one
 * stays with its owner, which is unreferenced when no lock is held.  Without a callback the
 * loop is freed: changes from now on are reported at once.
 */
static void
run_deferred(struct event_callback *callback, void *arg)
{
	struct buffer_extras *callbacks = arg;
	struct evbuffer *buffer = callbacks->buffer;
	const struct buffer_owner_ops *ops;
	void *owner = NULL;

	lvn_buffer_enter(buffer);
	callbacks->queued = false;
	if (!callback) {
		callbacks->base = NULL;
		callbacks->added = 0;
		callbacks->removed = 0;
	}
	ops = callbacks->owner_ops;
	if (ops)
		owner = lvn_buffer_owner(buffer, ops);
	buffer->refs--;
	if (callback && !(buffer->flags & BUFFER_IS_FREED))
		call_deferred_locked(buffer);
	lvn_buffer_leave(buffer);
	if (ops)
		ops->unreference(owner);
}

void
lvn_buffer_defer_callbacks_locked(struct evbuffer *buffer, struct event_base *base)
    REQUIRES(buffer->lock)
{
	struct buffer_extras *callbacks = lvn_buffer_extras(buffer);

	if (callbacks->queued)
		return;
	callbacks->base = base;
	lvn_callback_init(&callbacks->deferred, run_deferred, callbacks, base->active.count / 2);
	callbacks->deferred.evcb_closure = CLOSURE_OWNED;
}

/*
 * From a callback that is no event's, in the next turn: deferred callbacks that change
 * each other's buffers must not keep descriptors and timers waiting.
 */
static void
activate_locked(struct event_base *base, struct event_callback *deferred) REQUIRES(base->lock)
{
	if (base->current.callback && !base->current.is_event && lvn_base_is_in_loop_thread(base))
		lvn_callback_activate_later_locked(base, deferred);
	else
		lvn_callback_activate_locked(base, deferred);
	lvn_base_wake_other_locked(base);
}

static void
defer_locked(struct evbuffer *buffer, size_t added, size_t removed) REQUIRES(buffer->lock)
{
	struct buffer_extras *callbacks = lvn_buffer_extras(buffer);

	callbacks->added += added;
	callbacks->removed += removed;
	if (callbacks->queued)
		return;
	callbacks->queued = true;
	buffer->refs++;
	if (callbacks->owner_ops)
		callbacks->owner_ops->reference(lvn_buffer_owner(buffer, callbacks->owner_ops));
	lvn_base_enter(callbacks->base);
	activate_locked(callbacks->base, &callbacks->deferred);
	lvn_base_leave(callbacks->base);
}

void
lvn_buffer_notify_locked(struct evbuffer *buffer, size_t old_size, size_t added, size_t removed)
    REQUIRES(buffer->lock)
{
	const struct buffer_owner_ops *ops = lvn_buffer_owner_ops(buffer);
	struct evbuffer_cb_info info = {old_size, added, removed};
	const struct buffer_extras *extras;

	if (added > 0 && (buffer->checks & BUFFER_IS_RESERVED)) {
		buffer->checks &= (uint8_t)~BUFFER_IS_RESERVED;
		lvn_buffer_fit_locked(buffer);
	}
	if (ops)
		ops->on_change(buffer, old_size, added, removed, lvn_buffer_owner(buffer, ops));
	extras = lvn_buffer_extras(buffer);
	if (!extras || !extras->first)
		return;
	if (extras->base)
		defer_locked(buffer, added, removed);
	else
		call_all_locked(buffer, &info);
}
