/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: callbacks of buffers.
 */
#include <event2/buffer.h>
#include <event2/event.h>

#include "base/log.h"
#include "buffer/buffer.h"

int
evbuffer_defer_callbacks(struct evbuffer *buffer, struct event_base *base)
{
	struct buffer_extras *extras;

	if (!base)
		return lvn_log_misuse(__func__, "no base");
	lvn_buffer_enter(buffer);
	extras = lvn_buffer_prepare_extras_locked(buffer);
	if (extras)
		lvn_buffer_defer_callbacks_locked(buffer, base);
	lvn_buffer_leave(buffer);
	return extras ? 0 : -1;
}

struct evbuffer_cb_entry *
evbuffer_add_cb(struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg)
{
	struct evbuffer_cb_entry *entry;

	lvn_buffer_enter(buffer);
	entry = lvn_buffer_add_callback_locked(buffer, cb, NULL, cbarg);
	lvn_buffer_leave(buffer);
	return entry;
}

int
evbuffer_remove_cb_entry(struct evbuffer *buffer, struct evbuffer_cb_entry *ent)
{
	lvn_buffer_enter(buffer);
	lvn_buffer_remove_callback_locked(buffer, ent);
	lvn_buffer_leave(buffer);
	return 0;
}

int
evbuffer_remove_cb(struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg)
{
	const struct buffer_extras *extras;
	struct evbuffer_cb_entry *entry = NULL;

	lvn_buffer_enter(buffer);
	extras = lvn_buffer_extras(buffer);
	if (cb && extras)
		entry = extras->first;
	while (entry && (entry->fn != cb || entry->arg != cbarg))
		entry = entry->next;
	if (entry)
		lvn_buffer_remove_callback_locked(buffer, entry);
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
