/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode: which events were assigned and not freed, and which objects of higher layers
 * were made and not freed, so that the use of another one is a warning and an error instead
 * of corruption.
 */
#ifndef LVN_LOOP_DEBUG_H
#define LVN_LOOP_DEBUG_H

#include <stdbool.h>

#include "base/compiler.h"

struct event;
struct event_base;

/* Exported by libevent without a public declaration: ends debug mode.  No event may be in use. */
LVN_EXPORT void event_disable_debug_mode(void);

extern LVN_HIDDEN bool lvn_debug_is_on;

/* Switches debug mode on.  Only before the first event or base; else warns. */
void lvn_debug_enable(void);
void lvn_debug_disable(void);
/* A base or an event has been made: it is too late to switch debug mode on. */
void lvn_debug_note_use(void);

/* The event is set up, or the object made. */
void lvn_debug_remember(const void *object);
/* It is no more. */
void lvn_debug_forget(const void *object);

/*
 * Its finalizer begins: the owner of the memory may call event_free, or use it for
 * something else without calling the library.
 */
void lvn_debug_note_finalized(const struct event *ev);

/*
 * True, with a log line, if the event is set up and pending or active.  Does not look into the
 * event, whose memory may have been freed and used again.
 */
bool lvn_debug_is_pending(const struct event *ev, const char *caller);

/* What follows is called so often that only debug mode makes it a call. */

void lvn_debug_note_state_slowly(struct event *ev);
bool lvn_debug_refuses_slowly(const struct event *ev, const char *caller);
bool lvn_debug_refuses_object_slowly(const void *object, const char *kind, const char *caller);
bool lvn_debug_is_foreign_process_slowly(const struct event_base *base, const char *caller);

/* The event may have become pending or active, or may be so no more. */
LVN_HOT_INLINE void
lvn_debug_note_state(struct event *ev)
{
	if (LVN_UNLIKELY(lvn_debug_is_on))
		lvn_debug_note_state_slowly(ev);
}

/* True, with a log line, if the event was never set up or is freed. */
LVN_HOT_INLINE bool
lvn_debug_refuses(const struct event *ev, const char *caller)
{
	return LVN_UNLIKELY(lvn_debug_is_on) && lvn_debug_refuses_slowly(ev, caller);
}

/* True, with a log line that names its kind, if the object was never made or is freed. */
LVN_HOT_INLINE bool
lvn_debug_refuses_object(const void *object, const char *kind, const char *caller)
{
	return LVN_UNLIKELY(lvn_debug_is_on) &&
	       lvn_debug_refuses_object_slowly(object, kind, caller);
}

/* True, with a log line, if the process was forked and event_reinit not called since. */
LVN_HOT_INLINE bool
lvn_debug_is_foreign_process(const struct event_base *base, const char *caller)
{
	return LVN_UNLIKELY(lvn_debug_is_on) && lvn_debug_is_foreign_process_slowly(base, caller);
}

#endif
