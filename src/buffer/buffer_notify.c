/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_notify.h"

#include <errno.h>

#include "base/memory.h"

int
lvn_buffer_notify_prepare_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks;

	if (buffer->callbacks)
		return 0;
	callbacks = lvn_calloc(1, sizeof(*callbacks));
	if (!callbacks)
		return -ENOMEM;
	callbacks->buffer = buffer;
	buffer->callbacks = callbacks;
	buffer->attention |= BUFFER_TELLS_ADDED | BUFFER_TELLS_REMOVED;
	return 0;
}

struct evbuffer_cb_entry *
lvn_buffer_notify_add_locked(struct evbuffer *buffer, evbuffer_cb_func fn, evbuffer_cb old_fn,
    void *arg) REQUIRES(buffer->lock)
{
	struct evbuffer_cb_entry *entry;

	if (lvn_buffer_notify_prepare_locked(buffer) < 0)
		return NULL;
	entry = lvn_alloc(sizeof(*entry));
	if (!entry)
		return NULL;
	*entry = (struct evbuffer_cb_entry){
	    .next = buffer->callbacks->first,
	    .fn = fn,
	    .old_fn = old_fn,
	    .arg = arg,
	    .flags = EVBUFFER_CB_ENABLED,
	};
	buffer->callbacks->first = entry;
	return entry;
}

static bool
is_removed(const struct evbuffer_cb_entry *entry)
{
	return !entry->fn && !entry->old_fn;
}

static void
free_removed(struct buffer_callbacks *callbacks)
{
	struct evbuffer_cb_entry **link = &callbacks->first;

	callbacks->has_removed = false;
	while (*link) {
		struct evbuffer_cb_entry *entry = *link;

		if (is_removed(entry)) {
			*link = entry->next;
			lvn_free(entry);
		} else {
			link = &entry->next;
		}
	}
}

void
lvn_buffer_notify_remove_locked(struct evbuffer *buffer, struct evbuffer_cb_entry *entry)
    REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks = buffer->callbacks;

	entry->fn = NULL;
	entry->old_fn = NULL;
	if (callbacks->running > 0)
		callbacks->has_removed = true;
	else
		free_removed(callbacks);
}

void
lvn_buffer_notify_remove_all_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks = buffer->callbacks;

	if (!callbacks || !callbacks->first)
		return;
	for (struct evbuffer_cb_entry *entry = callbacks->first; entry; entry = entry->next) {
		entry->fn = NULL;
		entry->old_fn = NULL;
	}
	lvn_buffer_notify_remove_locked(buffer, callbacks->first);
}

void
lvn_buffer_notify_clear(struct evbuffer *buffer) NO_LOCK_ANALYSIS
{
	struct buffer_callbacks *callbacks = buffer->callbacks;

	if (!callbacks)
		return;
	lvn_buffer_notify_remove_all_locked(buffer);
	if (callbacks->queued)
		callbacks->deferral->cancel(buffer);
	buffer->callbacks = NULL;
	lvn_free(callbacks);
}

static void
call(struct evbuffer *buffer, const struct evbuffer_cb_entry *entry,
    const struct evbuffer_cb_info *info)
{
	if (entry->old_fn)
		entry->old_fn(buffer, info->orig_size,
		    info->orig_size + info->n_added - info->n_deleted, entry->arg);
	else if (entry->fn)
		entry->fn(buffer, info, entry->arg);
}

/* A callback may add and remove others, change the buffer, and give it up. */
static void
call_all_locked(struct evbuffer *buffer, const struct evbuffer_cb_info *info) REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks = buffer->callbacks;

	callbacks->running++;
	for (struct evbuffer_cb_entry *entry = callbacks->first; entry && buffer->refs > 0;
	     entry = entry->next) {
		if (entry->flags & EVBUFFER_CB_ENABLED)
			call(buffer, entry, info);
	}
	if (--callbacks->running == 0 && callbacks->has_removed)
		free_removed(callbacks);
}

void
lvn_buffer_notify_deferred_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks = buffer->callbacks;
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

static void
defer_locked(struct evbuffer *buffer, size_t added, size_t removed) REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks = buffer->callbacks;

	callbacks->added += added;
	callbacks->removed += removed;
	if (!callbacks->queued)
		callbacks->deferral->schedule(buffer);
}

static void
tell_owner_locked(struct evbuffer *buffer, size_t old_size, size_t added, size_t removed)
    REQUIRES(buffer->lock)
{
	if (buffer->owner_ops)
		buffer->owner_ops->on_change(
		    buffer, old_size, added, removed, lvn_buffer_owner(buffer));
}

static LVN_NOINLINE void
tell_all_locked(struct evbuffer *buffer, size_t old_size, size_t added, size_t removed)
    REQUIRES(buffer->lock)
{
	struct evbuffer_cb_info info = {old_size, added, removed};

	tell_owner_locked(buffer, old_size, added, removed);
	if (!buffer->callbacks->first)
		return;
	if (buffer->callbacks->deferral)
		defer_locked(buffer, added, removed);
	else
		call_all_locked(buffer, &info);
}

void
lvn_buffer_notify_locked(struct evbuffer *buffer, size_t old_size, size_t added, size_t removed)
    REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(buffer->callbacks != NULL))
		tell_all_locked(buffer, old_size, added, removed);
	else
		tell_owner_locked(buffer, old_size, added, removed);
}
