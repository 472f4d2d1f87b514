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
	bool is_finalized;  /* the memory is its owner's again, who may free or reuse it */
};

/*
 * An open hash table of what is set up: events, and objects of higher floors.
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

void
lvn_debug_enable(void)
{
	if (lvn_debug_is_on) {
		lvn_log_warnx("event_enable_debug_mode was called twice!");
		return;
	}
	if (atomic_load_explicit(&too_late, memory_order_relaxed)) {
		lvn_log_warnx("event_enable_debug_mode must be called *before* creating any "
			      "events or event_bases");
		return;
	}
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

void
lvn_debug_remember_slowly(const void *object)
{
	struct known_object *slot;

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
lvn_debug_forget_slowly(const void *object)
{
	pthread_mutex_lock(&known.mutex);
	if (known.capacity) {
		struct known_object *slot = slot_of(object);

		if (slot->object == object) {
			slot->object = &hole;
			known.objects--;
		}
	}
	pthread_mutex_unlock(&known.mutex);
}

void
lvn_debug_note_finalized_slowly(const struct event *ev)
{
	pthread_mutex_lock(&known.mutex);
	if (known.capacity)
		slot_of(ev)->is_finalized = slot_of(ev)->object == ev;
	pthread_mutex_unlock(&known.mutex);
}

/* Known, and not finalized: its memory can be read. */
static bool
is_set_up(const struct event *ev)
{
	bool found;

	pthread_mutex_lock(&known.mutex);
	found = known.capacity && slot_of(ev)->object == ev && !slot_of(ev)->is_finalized;
	pthread_mutex_unlock(&known.mutex);
	return found;
}

static bool
is_known(const void *object)
{
	bool found;

	pthread_mutex_lock(&known.mutex);
	found = known.capacity && slot_of(object)->object == object;
	pthread_mutex_unlock(&known.mutex);
	return found;
}

static bool
is_surely_unknown(const void *object)
{
	bool complete;

	pthread_mutex_lock(&known.mutex);
	complete = !known.is_incomplete;
	pthread_mutex_unlock(&known.mutex);
	return complete && !is_known(object);
}

bool
lvn_debug_is_pending_slowly(struct event *ev, const char *caller)
{
	if (!is_set_up(ev) || !(*lvn_event_flags(ev) & (EVLIST_INSERTED | EVLIST_TIMEOUT |
							   EVLIST_ACTIVE | EVLIST_ACTIVE_LATER)))
		return false;
	lvn_log_warnx("%s: event %p is still added", caller, (void *)ev);
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
