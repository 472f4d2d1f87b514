/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: callbacks of buffers.
 */
#include <event2/buffer.h>
#include <event2/event.h>

#include "base/log.h"
#include "buffer/buffer_notify.h"
#include "buffer/door.h"
#include "loop/base.h"
#include "loop/callback.h"

/* ---- Callbacks that a loop calls ----------------------------------------------------- */

/*
 * A buffer that has been freed in the meantime has but this reference.  An embedded one
 * stays with its owner, which is given up when no lock is held.
 */
static void
run_deferred(struct event_callback *callback, void *arg) NO_LOCK_ANALYSIS
{
	struct buffer_callbacks *callbacks = arg;
	struct evbuffer *buffer = callbacks->buffer;
	const struct buffer_owner_ops *ops;
	void *owner = NULL;

	(void)callback;
	lvn_buffer_enter(buffer);
	callbacks->queued = false;
	ops = buffer->owner_ops;
	if (ops)
		owner = lvn_buffer_owner(buffer);
	if (--buffer->refs > 0)
		lvn_buffer_notify_deferred_locked(buffer);
	lvn_buffer_leave(buffer);
	if (ops)
		ops->release(owner);
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
	lvn_counts_note_peak(&base->counts);
	lvn_base_wake_other_locked(base);
}

static void
schedule_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks = buffer->callbacks;
	struct event_base *base = callbacks->base;

	callbacks->queued = true;
	buffer->refs++;
	if (buffer->owner_ops)
		buffer->owner_ops->retain(lvn_buffer_owner(buffer));
	lvn_base_enter(base);
	activate_locked(base, &callbacks->deferred);
	lvn_base_leave(base);
}

static void
cancel_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks = buffer->callbacks;

	callbacks->queued = false;
	buffer->refs--;
	lvn_base_enter(callbacks->base);
	lvn_callback_cancel_locked(callbacks->base, &callbacks->deferred);
	lvn_base_leave(callbacks->base);
}

static const struct buffer_deferral deferral = {
    .schedule = schedule_locked,
    .cancel = cancel_locked,
};

static void
defer_to_locked(struct evbuffer *buffer, struct event_base *base) REQUIRES(buffer->lock)
{
	struct buffer_callbacks *callbacks = buffer->callbacks;

	if (callbacks->queued)
		return;
	callbacks->deferral = &deferral;
	callbacks->base = base;
	lvn_callback_init(
	    &callbacks->deferred, run_deferred, callbacks, event_base_get_npriorities(base) / 2);
}

int
evbuffer_defer_callbacks(struct evbuffer *buffer, struct event_base *base)
{
	int rc;

	if (!base)
		return lvn_log_misuse(__func__, "no base");
	lvn_buffer_enter(buffer);
	rc = lvn_buffer_notify_prepare_locked(buffer);
	if (rc == 0)
		defer_to_locked(buffer, base);
	lvn_buffer_leave(buffer);
	return rc < 0 ? -1 : 0;
}

/* ---- The list ------------------------------------------------------------------------ */

struct evbuffer_cb_entry *
evbuffer_add_cb(struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg)
{
	struct evbuffer_cb_entry *entry;

	lvn_buffer_enter(buffer);
	entry = lvn_buffer_notify_add_locked(buffer, cb, NULL, cbarg);
	lvn_buffer_leave(buffer);
	return entry;
}

int
evbuffer_remove_cb_entry(struct evbuffer *buffer, struct evbuffer_cb_entry *ent)
{
	lvn_buffer_enter(buffer);
	lvn_buffer_notify_remove_locked(buffer, ent);
	lvn_buffer_leave(buffer);
	return 0;
}

int
evbuffer_remove_cb(struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg)
{
	struct evbuffer_cb_entry *entry = NULL;

	lvn_buffer_enter(buffer);
	if (cb && buffer->callbacks)
		entry = buffer->callbacks->first;
	while (entry && (entry->fn != cb || entry->arg != cbarg))
		entry = entry->next;
	if (entry)
		lvn_buffer_notify_remove_locked(buffer, entry);
	lvn_buffer_leave(buffer);
	return entry ? 0 : -1;
}

int
evbuffer_cb_set_flags(struct evbuffer *buffer, struct evbuffer_cb_entry *cb, ev_uint32_t flags)
{
	lvn_buffer_enter(buffer);
	cb->flags |= flags & EVBUFFER_CB_ENABLED;
	lvn_buffer_leave(buffer);
	return 0;
}

int
evbuffer_cb_clear_flags(struct evbuffer *buffer, struct evbuffer_cb_entry *cb, ev_uint32_t flags)
{
	lvn_buffer_enter(buffer);
	cb->flags &= ~(flags & EVBUFFER_CB_ENABLED);
	lvn_buffer_leave(buffer);
	return 0;
}
