/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The callbacks of a buffer: their list, and telling them what changed, at once or
 * deferred to a loop.
 */
#ifndef LVN_BUFFER_BUFFER_NOTIFY_H
#define LVN_BUFFER_BUFFER_NOTIFY_H

#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/event_struct.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/* One of the two functions is set; a removed one has none. */
struct evbuffer_cb_entry {
	struct evbuffer_cb_entry *next;
	evbuffer_cb_func fn;
	evbuffer_cb old_fn; /* as evbuffer_setcb has it */
	void *arg;
	uint32_t flags; /* EVBUFFER_CB_ENABLED */
};

/* Having callbacks called by a loop, whose lock both take. */
struct buffer_deferral {
	void (*schedule)(struct evbuffer *buffer);
	void (*cancel)(struct evbuffer *buffer); /* is queued */
};

/*
 * Invariants:
 *   1. while running > 0 no entry is freed; has_removed says that some wait for that
 *   2. added and removed are what was not told yet; both are 0 unless queued
 *   3. while queued, a reference to the buffer, or to its owner, is held for the loop
 */
struct buffer_callbacks {
	struct evbuffer_cb_entry *first;
	struct evbuffer *buffer;
	unsigned running; /* callbacks that have not returned */
	bool has_removed;
	bool queued; /* to be called by the loop of `base` */
	size_t added;
	size_t removed;
	const struct buffer_deferral *deferral; /* NULL: callbacks are called at once */
	struct event_base *base;
	struct event_callback deferred;
};

/* 0 or -ENOMEM: there is a list now. */
int lvn_buffer_notify_prepare_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);

/* NULL if memory is short. */
struct evbuffer_cb_entry *lvn_buffer_notify_add_locked(struct evbuffer *buffer, evbuffer_cb_func fn,
    evbuffer_cb old_fn, void *arg) REQUIRES(buffer->lock);
void lvn_buffer_notify_remove_locked(struct evbuffer *buffer, struct evbuffer_cb_entry *entry)
    REQUIRES(buffer->lock);
void lvn_buffer_notify_remove_all_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);

/* Calls the callbacks for what was deferred. */
void lvn_buffer_notify_deferred_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);

/* Frees the list.  No callback is running, none is queued but where the owner keeps it. */
void lvn_buffer_notify_clear(struct evbuffer *buffer);

#endif
