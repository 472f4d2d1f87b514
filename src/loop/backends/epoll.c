/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The epoll backend (epoll(7)).
 *
 * Every registration carries a stamp beside its descriptor.  The kernel knows a
 * registration by descriptor and open file: when the descriptor was closed while a
 * duplicate keeps the file open, it can no longer be removed and goes on being reported.
 * Its stamp then is not the descriptor's any more.
 */
#include "base/platform.h"

#if LVN_HAVE_EPOLL

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/backend.h"
#include "loop/backends/sleep_time.h"

#define FIRST_EVENTS 32
#define MOST_EVENTS  4096

/* Not a descriptor of the fd map: what the upper half of the data says for the wake-up. */
#define WAKEUP_DATA (UINT64_C(1) << 63)

/*
 * How to wait with a finer grain than epoll_wait's milliseconds.  A way that the kernel, or a
 * sandbox, turns out not to allow is replaced by the one before it.
 */
enum grain { GRAIN_MS, GRAIN_PPOLL, GRAIN_PWAIT2 };

/*
 * Invariants:
 *   1. events[0 .. found) is what the last wait returned; up to `taken` it was collected
 *   2. the set has at most `watched` registrations that are not our own: what the kernel
 *      has dropped by itself is still counted.  It is changed under the base lock, and
 *      read without by a wait, which may miss what comes while it does not sleep
 */
struct epoll_state {
	int fd;
	int wakeup_fd; /* -1 if none */
	enum grain grain;
	LVN_ATOMIC(unsigned) watched;
	struct epoll_event *events;
	int capacity;
	int found;
	int taken;
};

static int
epoll_open(void **self_out, const struct backend_options *options)
{
	struct epoll_state *state = lvn_calloc(1, sizeof(*state));
	int rc;

	if (!state)
		return -ENOMEM;
	state->wakeup_fd = -1;
	state->capacity = FIRST_EVENTS;
	state->events = lvn_calloc(FIRST_EVENTS, sizeof(*state->events));
	if (!state->events) {
		rc = -ENOMEM;
		goto free_state;
	}
	state->fd = epoll_create1(EPOLL_CLOEXEC);
	if (state->fd < 0) {
		rc = -errno;
		goto free_events;
	}
	state->grain = options->precise ? GRAIN_PWAIT2 : GRAIN_MS;
	*self_out = state;
	return 0;

free_events:
	lvn_free(state->events);
free_state:
	lvn_free(state);
	return rc;
}

static void
epoll_close(void *self)
{
	struct epoll_state *state = self;

	close(state->fd);
	lvn_free(state->events);
	lvn_free(state);
}

LVN_HOT_INLINE uint32_t
to_kernel(short wants)
{
	if (LVN_LIKELY(wants == EV_READ))
		return EPOLLIN;
	return (wants & EV_READ ? (uint32_t)EPOLLIN : 0) |
	       (wants & EV_WRITE ? (uint32_t)EPOLLOUT : 0) |
	       (wants & EV_CLOSED ? (uint32_t)EPOLLRDHUP : 0) |
	       (wants & EV_ET ? (uint32_t)EPOLLET : 0);
}

/* A hang-up or an error is reported as all that can be wanted: acting on it tells which it is. */
static short
from_kernel(uint32_t events)
{
	short what = 0;

	if (events & (EPOLLERR | EPOLLHUP))
		return EV_READ | EV_WRITE | EV_CLOSED;
	if (events & EPOLLIN)
		what |= EV_READ;
	if (events & EPOLLOUT)
		what |= EV_WRITE;
	if (events & EPOLLRDHUP)
		what |= EV_CLOSED;
	return what;
}

/* By 1 or -1, with the base lock held: no other thread changes it meanwhile. */
LVN_HOT_INLINE void
count_watched(struct epoll_state *state, unsigned by)
{
	unsigned watched = atomic_load_explicit(&state->watched, memory_order_relaxed);

	atomic_store_explicit(&state->watched, watched + by, memory_order_relaxed);
}

LVN_HOT_INLINE int
control(struct epoll_state *state, int operation, int fd, short wants, uint32_t stamp)
{
	struct epoll_event watch = {
	    .events = to_kernel(wants), .data.u64 = (uint64_t)stamp << 32 | (uint32_t)fd};

	if (epoll_ctl(state->fd, operation, fd, &watch) < 0)
		return -errno;
	if (operation == EPOLL_CTL_ADD)
		count_watched(state, 1);
	return 0;
}

/* Stamps count registrations; the top bit stays clear for the wake-up. */
static uint32_t
next_stamp(uint32_t stamp)
{
	return (stamp + 1) & 0x7fffffff;
}

static LVN_NOINLINE int
register_anew(struct epoll_state *state, int fd, short wants, uint32_t *stamp)
{
	uint32_t fresh = next_stamp(*stamp);
	int rc = control(state, EPOLL_CTL_ADD, fd, wants, fresh);

	if (rc == -EEXIST)
		rc = control(state, EPOLL_CTL_MOD, fd, wants, fresh);
	if (rc == 0)
		*stamp = fresh;
	return rc;
}

static LVN_NOINLINE int
change(struct epoll_state *state, int fd, short wants, uint32_t *stamp)
{
	int rc = control(state, EPOLL_CTL_MOD, fd, wants, *stamp);

	return rc == -ENOENT ? register_anew(state, fd, wants, stamp) : rc;
}

/*
 * An addition that fails because it is there already is the cheapest way to ask.  Not for
 * edges: an event that is added anew must be reported what is there already.
 */
static int
verify(struct epoll_state *state, int fd, short wants, uint32_t *stamp)
{
	uint32_t fresh = next_stamp(*stamp);
	int rc = control(state, EPOLL_CTL_ADD, fd, wants, fresh);

	if (rc == 0)
		*stamp = fresh;
	return rc == -EEXIST ? 0 : rc;
}

/*
 * Told late, by another thread perhaps than the one that closed the descriptor and the one
 * that has the number now: to the thread sanitizer, which looks at calls of the C library,
 * that would be a race.
 */
static bool
remove_late(struct epoll_state *state, int fd)
{
	struct epoll_event unused = {0};

	if (syscall(SYS_epoll_ctl, state->fd, EPOLL_CTL_DEL, fd, &unused) < 0)
		return false;
	count_watched(state, -1U);
	return true;
}

static LVN_NOINLINE void
forget(struct epoll_state *state, int fd, uint32_t *stamp)
{
	/* Closed already: if the file lives on, its reports must not be taken for ours. */
	if (!remove_late(state, fd))
		*stamp = next_stamp(*stamp);
}

static const char *
change_name(short had, short wants, short kind)
{
	if (!((had ^ wants) & kind))
		return "none";
	return wants & kind ? "add" : "del";
}

static int
change_number(short had, short wants, short kind)
{
	if (!((had ^ wants) & kind))
		return 0;
	return wants & kind ? 1 : 2;
}

static LVN_COLD void
log_refusal(int fd, short had, short wants, int error)
{
	errno = -error;
	lvn_log_warn("Epoll %s(%d) on fd %d failed. Old events were %d; read change was %d (%s); "
		     "write change was %d (%s); close change was %d (%s)",
	    had ? "MOD" : "ADD", (int)(to_kernel(wants) & INT_MAX), fd, had,
	    change_number(had, wants, EV_READ), change_name(had, wants, EV_READ),
	    change_number(had, wants, EV_WRITE), change_name(had, wants, EV_WRITE),
	    change_number(had, wants, EV_CLOSED), change_name(had, wants, EV_CLOSED));
}

static int
epoll_update(void *self, int fd, short had, short wants, uint32_t *stamp)
{
	struct epoll_state *state = self;
	int rc;

	if (!wants) {
		if (had)
			forget(state, fd, stamp);
		return 0;
	}
	if (!had)
		rc = register_anew(state, fd, wants, stamp);
	else if (had == wants && !(wants & EV_ET))
		rc = verify(state, fd, wants, stamp);
	else
		rc = change(state, fd, wants, stamp);
	if (rc < 0) {
		log_refusal(fd, had, wants, rc);
		/* What was watched still is, unless the descriptor is closed. */
		if (had)
			forget(state, fd, stamp);
	}
	return rc;
}

static int
epoll_set_wakeup(void *self, int fd)
{
	struct epoll_state *state = self;
	struct epoll_event watch = {.events = EPOLLIN, .data.u64 = WAKEUP_DATA};

	if (state->wakeup_fd >= 0)
		epoll_ctl(state->fd, EPOLL_CTL_DEL, state->wakeup_fd, &watch);
	state->wakeup_fd = -1;
	if (fd < 0)
		return 0;
	if (epoll_ctl(state->fd, EPOLL_CTL_ADD, fd, &watch) < 0)
		return -errno;
	state->wakeup_fd = fd;
	return 0;
}

static void
grow_events(struct epoll_state *state)
{
	int capacity = state->capacity * 2;
	struct epoll_event *events;

	if (capacity > MOST_EVENTS)
		return;
	events = lvn_realloc(state->events, (size_t)capacity * sizeof(*events));
	if (!events)
		return; /* The rest comes with the next wait. */
	state->events = events;
	state->capacity = capacity;
}

/* Sleeps on the set as on a descriptor.  Time has not passed if another thread was faster. */
static int
wait_by_ppoll(struct epoll_state *state, const struct timespec *timeout)
{
	struct pollfd set = {.fd = state->fd, .events = POLLIN};
	int found = ppoll(&set, 1, timeout, NULL);

	if (found <= 0)
		return found;
	found = epoll_wait(state->fd, state->events, state->capacity, 0);
	if (found == 0)
		errno = EINTR;
	return found == 0 ? -1 : found;
}

static int
wait_with_grain(struct epoll_state *state, int64_t timeout_ns)
{
	struct timespec storage;
	const struct timespec *timeout = lvn_sleep_timespec(timeout_ns, &storage);

	switch (timeout_ns > 0 ? state->grain : GRAIN_MS) {
	case GRAIN_PWAIT2:
#if LVN_HAVE_EPOLL_PWAIT2
		return epoll_pwait2(state->fd, state->events, state->capacity, timeout, NULL);
#endif
	case GRAIN_PPOLL:
		return wait_by_ppoll(state, timeout);
	case GRAIN_MS:
		break;
	}
	return epoll_wait(
	    state->fd, state->events, state->capacity, lvn_sleep_milliseconds(timeout_ns));
}

static int
epoll_wait_ready(void *self, int64_t timeout_ns)
{
	struct epoll_state *state = self;
	int found;

	if (state->taken < state->found)
		return 0;
	if (state->found == state->capacity)
		grow_events(state);
	state->taken = state->found = 0;
	/* Nothing but a sleep could come of it. */
	if (timeout_ns == 0 && atomic_load_explicit(&state->watched, memory_order_relaxed) == 0)
		return 0;
	found = wait_with_grain(state, timeout_ns);
	if (LVN_UNLIKELY(found < 0)) {
		if (errno == EINTR)
			return 0;
		if (state->grain != GRAIN_MS && (errno == ENOSYS || errno == EPERM)) {
			state->grain--;
			return 0;
		}
		return -errno;
	}
	state->found = found;
	return found == 0 && timeout_ns > 0 && timeout_ns <= LVN_LONGEST_SLEEP_NS;
}

static void
epoll_collect(void *self, struct ready_list *ready, bool *woken_out)
{
	struct epoll_state *state = self;
	const struct epoll_event *event = &state->events[state->taken];
	struct ready_fd *slot = &ready->slots[ready->count];
	size_t space = ready->capacity - ready->count;
	size_t left = (size_t)(state->found - state->taken);
	const struct epoll_event *end = event + (left < space ? left : space);

	for (; event != end; event++) {
		uint64_t data = event->data.u64;
		uint32_t events = event->events;

		if (LVN_UNLIKELY((int64_t)data < 0)) {
			*woken_out = true;
			continue;
		}
		slot->fd = (int)(uint32_t)data;
		slot->stamp = (uint32_t)(data >> 32);
		slot->what = EV_READ;
		if (LVN_UNLIKELY(events != EPOLLIN))
			slot->what = from_kernel(events);
		slot++;
	}
	ready->count = (size_t)(slot - ready->slots);
	state->taken = (int)(event - state->events);
}

const struct backend_ops lvn_backend_epoll = {
    .name = "epoll",
    .avoid_env = "EVENT_NOEPOLL",
    .features = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE,
    .reopen_after_fork = true,
    .wakes_for_updates = true,
    .open = epoll_open,
    .close = epoll_close,
    .update = epoll_update,
    .set_wakeup = epoll_set_wakeup,
    .wait = epoll_wait_ready,
    .collect = epoll_collect,
};

#else
_Static_assert(!LVN_HAVE_EPOLL, "a translation unit must not be empty");
#endif
