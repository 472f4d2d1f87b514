/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/debug.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/compiler.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/base.h"

bool lvn_debug_is_on;

static LVN_ATOMIC(bool) too_late;

struct known_object {
	const void *object; /* NULL, or &hole */
	bool is_pending;    /* an event that is pending or active */
};

/*
 * An open hash table of what is set up: events, and objects of higher layers.
 *
 * Invariants: capacity is 0 or a power of two; used (objects and holes) stays below three
 * quarters of it, so that every search ends at an empty slot.
 */
static struct {
	struct known_object *slots;
	size_t capacity;
	size_t used;
	size_t objects;
	pthread_mutex_t mutex;
	bool is_incomplete; /* memory ran out once: an unknown one proves nothing */
} known = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Left behind where an object was, so that searches go on. */
static const char hole;

static size_t
hash(const void *object)
{
	uint64_t bits = (uint64_t)(uintptr_t)object >> 4;

	return (size_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 20);
}

/* The slot of the object, or the hole or empty slot where it would be. */
static struct known_object *
slot_of(const void *object)
{
	size_t mask = known.capacity - 1;
	struct known_object *first_hole = NULL;
	size_t at;

	for (at = hash(object) & mask; known.slots[at].object; at = (at + 1) & mask) {
		if (known.slots[at].object == object)
			return &known.slots[at];
		if (known.slots[at].object == &hole && !first_hole)
			first_hole = &known.slots[at];
	}
	return first_hole ? first_hole : &known.slots[at];
}

/* Makes the table anew without holes, larger if the objects need it. */
static int
grow(void)
{
	size_t capacity = known.objects * 2 < known.capacity ? known.capacity : known.capacity * 2;
	struct known_object *slots;
	struct known_object *old = known.slots;
	size_t old_capacity = known.capacity;

	if (capacity == 0)
		capacity = 64;
	slots = lvn_calloc(capacity, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	known.slots = slots;
	known.capacity = capacity;
	known.used = 0;
	for (size_t i = 0; i < old_capacity; i++) {
		if (!old[i].object || old[i].object == &hole)
			continue;
		*slot_of(old[i].object) = old[i];
		known.used++;
	}
	lvn_free(old);
	return 0;
}

/* So that no thread holds the mutex in a child, where only the thread that forked is left. */
static void
before_fork(void)
{
	pthread_mutex_lock(&known.mutex);
}

static void
after_fork(void)
{
	pthread_mutex_unlock(&known.mutex);
}

void
lvn_debug_enable(void)
{
	static bool guards_fork;

	if (lvn_debug_is_on) {
		lvn_log_warnx("event_enable_debug_mode was called twice!");
		return;
	}
	if (atomic_load_explicit(&too_late, memory_order_relaxed)) {
		lvn_log_warnx("event_enable_debug_mode must be called *before* creating any "
			      "events or event_bases");
		return;
	}
	if (!guards_fork && pthread_atfork(before_fork, after_fork, after_fork) != 0)
		lvn_log_warnx(
		    "event_enable_debug_mode: a child of a program with threads may hang");
	guards_fork = true;
	lvn_debug_is_on = true;
}

void
lvn_debug_disable(void)
{
	lvn_debug_is_on = false;
	lvn_free(known.slots);
	known.slots = NULL;
	known.capacity = known.used = known.objects = 0;
}

void
lvn_debug_note_use(void)
{
	/* Threads that make events do not share what they need not write. */
	if (LVN_UNLIKELY(!atomic_load_explicit(&too_late, memory_order_relaxed)))
		atomic_store_explicit(&too_late, true, memory_order_relaxed);
}

/* The slot of an object that is known, or NULL. */
static struct known_object *
find(const void *object)
{
	struct known_object *slot = known.capacity ? slot_of(object) : NULL;

	return slot && slot->object == object ? slot : NULL;
}

void
lvn_debug_remember(const void *object)
{
	struct known_object *slot;

	if (LVN_LIKELY(!lvn_debug_is_on))
		return;
	pthread_mutex_lock(&known.mutex);
	if ((known.used + 1) * 4 > known.capacity * 3 && grow() < 0) {
		known.is_incomplete = true;
		pthread_mutex_unlock(&known.mutex);
		return;
	}
	slot = slot_of(object);
	if (!slot->object)
		known.used++;
	if (slot->object != object)
		known.objects++;
	*slot = (struct known_object){.object = object};
	pthread_mutex_unlock(&known.mutex);
}

void
lvn_debug_forget(const void *object)
{
	struct known_object *slot;

	if (LVN_LIKELY(!lvn_debug_is_on))
		return;
	pthread_mutex_lock(&known.mutex);
	slot = find(object);
	if (slot) {
		slot->object = &hole;
		known.objects--;
	}
	pthread_mutex_unlock(&known.mutex);
}

static void
set_pending(const struct event *ev, bool is_pending)
{
	struct known_object *slot;

	pthread_mutex_lock(&known.mutex);
	slot = find(ev);
	if (slot)
		slot->is_pending = is_pending;
	pthread_mutex_unlock(&known.mutex);
}

void
lvn_debug_note_finalized(const struct event *ev)
{
	if (LVN_UNLIKELY(lvn_debug_is_on))
		set_pending(ev, false);
}

void
lvn_debug_note_state_slowly(struct event *ev)
{
	const uint8_t pending =
	    EVLIST_INSERTED | EVLIST_TIMEOUT | EVLIST_ACTIVE | EVLIST_ACTIVE_LATER;

	set_pending(ev, *lvn_event_flags(ev) & pending);
}

static bool
is_surely_unknown(const void *object)
{
	bool unknown;

	pthread_mutex_lock(&known.mutex);
	unknown = !known.is_incomplete && !find(object);
	pthread_mutex_unlock(&known.mutex);
	return unknown;
}

bool
lvn_debug_is_pending(const struct event *ev, const char *caller)
{
	const struct known_object *slot;
	bool is_pending;

	if (LVN_LIKELY(!lvn_debug_is_on))
		return false;
	pthread_mutex_lock(&known.mutex);
	slot = find(ev);
	is_pending = slot && slot->is_pending;
	pthread_mutex_unlock(&known.mutex);
	if (!is_pending)
		return false;
	lvn_log_warnx("%s: event %p is still added", caller, (const void *)ev);
	errno = EINVAL;
	return true;
}

bool
lvn_debug_refuses_slowly(const struct event *ev, const char *caller)
{
	if (!is_surely_unknown(ev))
		return false;
	lvn_log_warnx("%s: event %p was not set up, or is freed", caller, (const void *)ev);
	errno = EINVAL;
	return true;
}

bool
lvn_debug_refuses_object_slowly(const void *object, const char *kind, const char *caller)
{
	if (!is_surely_unknown(object))
		return false;
	lvn_log_warnx("%s: %s %p is freed", caller, kind, object);
	errno = EINVAL;
	return true;
}

bool
lvn_debug_is_foreign_process_slowly(const struct event_base *base, const char *caller)
{
	if (base->pid == getpid())
		return false;
	lvn_log_warnx("%s: the process has forked: call event_reinit first", caller);
	errno = EINVAL;
	return true;
}
