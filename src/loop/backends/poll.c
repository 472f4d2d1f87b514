/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poll(2): one array of descriptors, passed to the kernel at each wait.
 *
 * The kernel works on a copy, so that the array can change while the loop sleeps.  A
 * descriptor that turns out to be closed is dropped until it is updated again; poll would
 * return at once for ever because of it.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/compiler.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "loop/backend.h"
#include "loop/backends/sleep_time.h"

#if !LVN_HAVE_POLLRDHUP
#undef POLLRDHUP
#define POLLRDHUP 0
#endif

#define FEATURES       (EV_FEATURE_FDS | (POLLRDHUP ? EV_FEATURE_EARLY_CLOSE : 0))
#define FIRST_CAPACITY 32
#define PARTS_NS       (10 * LVN_NS_PER_MS) /* the longest sleep where not all can be asked for */
#define WAKEUP_SLOT    0 /* for the wake-up; as an index it says that nothing is watched */

/*
 * Invariants:
 *   1. 1 <= count <= capacity; slots [1, count) are watched, each for one descriptor
 *   2. index_of[fd] == i > 0  <=>  watched[i].fd == fd, for all fd < index_capacity
 *   3. since[i] == turn for what was registered after the last prepare: the last wait
 *      did not ask for it, whatever it returned for a descriptor of that number
 *   4. `asked` is large enough for all that prepare will copy to it, or `bigger` is there
 *   5. only wait and the loop's thread touch asked; bigger waits for prepare to replace it
 *   6. asked[WAKEUP_SLOT .. asked_count) is a copy of watched, unless `changed`
 */
struct poll {
	struct pollfd *watched;
	uint64_t *since;
	uint32_t count;
	uint32_t capacity;
	uint32_t *index_of;
	size_t index_capacity;
	uint64_t turn;
	bool changed;

	struct pollfd *asked;
	struct pollfd *bigger;
	uint32_t asked_count;
	int ready_count;
	bool lacks_ppoll;
	bool is_precise; /* timers were asked to be fine */
};

/* ---- capacity ---- */

static int
reserve_slots(struct poll *self, uint32_t capacity)
{
	struct pollfd *watched, *bigger;
	uint64_t *since;

	if (capacity <= self->capacity)
		return 0;
	if (capacity < 2 * self->capacity)
		capacity = 2 * self->capacity;
	bigger = lvn_calloc(capacity, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	since = lvn_realloc(self->since, capacity * sizeof(*since));
	if (!since)
		goto free_bigger;
	self->since = since;
	watched = lvn_realloc(self->watched, capacity * sizeof(*watched));
	if (!watched)
		goto free_bigger;
	self->watched = watched;
	lvn_free(self->bigger);
	self->bigger = bigger;
	self->capacity = capacity;
	return 0;

free_bigger:
	lvn_free(bigger);
	return -ENOMEM;
}

static int
reserve_index(struct poll *self, int fd)
{
	size_t capacity = self->index_capacity ? self->index_capacity : FIRST_CAPACITY;
	uint32_t *index_of;

	if ((size_t)fd < self->index_capacity)
		return 0;
	while (capacity <= (size_t)fd)
		capacity *= 2;
	if (capacity > SIZE_MAX / sizeof(*index_of))
		return -ENOMEM;
	index_of = lvn_realloc(self->index_of, capacity * sizeof(*index_of));
	if (!index_of)
		return -ENOMEM;
	memset(index_of + self->index_capacity, 0,
	    (capacity - self->index_capacity) * sizeof(*index_of));
	self->index_of = index_of;
	self->index_capacity = capacity;
	return 0;
}

/* ---- what is watched ---- */

static short
to_kernel(short wants)
{
	int events = 0;

	if (wants & EV_READ)
		events |= POLLIN;
	if (wants & EV_WRITE)
		events |= POLLOUT;
	if (wants & EV_CLOSED)
		events |= POLLRDHUP;
	return (short)events;
}

/* A hang-up or an error is reported as all that can be wanted: acting on it tells which it is. */
static short
from_kernel(short revents)
{
	short what = 0;

	if (revents & (POLLHUP | POLLERR))
		return EV_READ | EV_WRITE | EV_CLOSED;
	if (revents & POLLIN)
		what |= EV_READ;
	if (revents & POLLOUT)
		what |= EV_WRITE;
	if (revents & POLLRDHUP)
		what |= EV_CLOSED;
	return what;
}

static void
stop_watching(struct poll *self, uint32_t i)
{
	uint32_t last = self->count - 1;

	self->index_of[self->watched[i].fd] = 0;
	if (i != last) {
		self->watched[i] = self->watched[last];
		self->since[i] = self->since[last];
		self->index_of[self->watched[i].fd] = i;
	}
	self->count = last;
	self->changed = true;
}

LVN_COLD static void
warn_closed(int fd)
{
	lvn_log_warnx("poll: descriptor %d is watched, but not open", fd);
}

static int
start_watching(struct poll *self, int fd, short events)
{
	int rc;

	/* No memory by the gigabyte for a number that no descriptor has. */
	if ((size_t)fd >= self->index_capacity && fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
		warn_closed(fd);
		return 0;
	}
	rc = reserve_index(self, fd);
	if (rc == 0)
		rc = reserve_slots(self, self->count + 1);
	if (rc < 0)
		return rc;
	self->watched[self->count] = (struct pollfd){.fd = fd, .events = events};
	self->since[self->count] = self->turn;
	self->index_of[fd] = self->count++;
	self->changed = true;
	return 0;
}

static uint32_t
index_of(const struct poll *self, int fd)
{
	return (size_t)fd < self->index_capacity ? self->index_of[fd] : 0;
}

static int
poll_update(void *self_, int fd, short had, short wants, uint32_t *state)
{
	struct poll *self = self_;
	uint32_t i = index_of(self, fd);
	short events = to_kernel(wants);

	(void)state; /* stays 0: staleness shows in `since` */
	if (!(wants & (EV_READ | EV_WRITE | EV_CLOSED))) {
		if (i)
			stop_watching(self, i);
		return 0;
	}
	if (!i)
		return start_watching(self, fd, events);
	/* Another file may stand behind the number by now. */
	if (had == wants || had == 0)
		self->since[i] = self->turn;
	if (self->watched[i].events != events) {
		self->watched[i].events = events;
		self->changed = true;
	}
	return 0;
}

static int
poll_set_wakeup(void *self_, int fd)
{
	struct poll *self = self_;

	self->watched[WAKEUP_SLOT] = (struct pollfd){.fd = fd, .events = POLLIN};
	self->changed = true;
	return 0;
}

/* ---- a turn ---- */

static int
poll_prepare(void *self_)
{
	struct poll *self = self_;

	self->turn++;
	self->ready_count = 0;
	if (!self->changed)
		return 0;
	if (self->bigger) {
		lvn_free(self->asked);
		self->asked = self->bigger;
		self->bigger = NULL;
	}
	memcpy(self->asked, self->watched, self->count * sizeof(*self->asked));
	self->asked_count = self->count;
	self->changed = false;
	return 0;
}

/* The slot of a missing wake-up is left out: the kernel refuses more slots than RLIMIT_NOFILE. */
static uint32_t
first_slot(const struct poll *self)
{
	return self->asked[WAKEUP_SLOT].fd < 0 ? WAKEUP_SLOT + 1 : WAKEUP_SLOT;
}

static int
sleep_on(struct poll *self, struct pollfd *slots, nfds_t count, int64_t timeout_ns)
{
	struct timespec storage;

#if LVN_HAVE_PPOLL
	if (!self->lacks_ppoll) {
		int n = ppoll(slots, count, lvn_sleep_timespec(timeout_ns, &storage), NULL);

		if (n >= 0 || errno != ENOSYS)
			return n;
		self->lacks_ppoll = true;
	}
#else
	(void)self;
	(void)storage;
#endif
	return poll(slots, count, lvn_sleep_milliseconds(timeout_ns));
}

/*
 * The kernel refuses more slots than RLIMIT_NOFILE, which may be lower than what is open.  They
 * are looked at in parts, and the loop sleeps on the first part, with the wake-up, for a while.
 */
static LVN_COLD int
sleep_on_parts(struct poll *self, struct pollfd *slots, uint32_t count, int64_t timeout_ns)
{
	struct rlimit limit;
	uint32_t part;
	int first_found, found = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == 0 || limit.rlim_cur >= count)
		return -1;
	part = (uint32_t)limit.rlim_cur;
	for (uint32_t at = part; at < count; at += part) {
		uint32_t left = count - at;
		int n = sleep_on(self, slots + at, left < part ? left : part, 0);

		if (n < 0)
			return n;
		found += n;
	}
	if (found > 0)
		timeout_ns = 0;
	else if (timeout_ns < 0 || timeout_ns > PARTS_NS)
		timeout_ns = PARTS_NS;
	first_found = sleep_on(self, slots, part, timeout_ns);
	return first_found < 0 ? first_found : found + first_found;
}

static int
poll_wait(void *self_, int64_t timeout_ns)
{
	struct poll *self = self_;
	uint32_t first = first_slot(self);
	struct pollfd *slots = self->asked + first;
	uint32_t count = self->asked_count - first;
	bool has_whole_time = true;
	int n;

	timeout_ns = lvn_sleep_by_grain(timeout_ns, self->is_precise);
	n = sleep_on(self, slots, count, timeout_ns);
	if (LVN_UNLIKELY(n < 0 && errno == EINVAL)) {
		n = sleep_on_parts(self, slots, count, timeout_ns);
		has_whole_time = false;
	}
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	self->ready_count = n;
	return n == 0 && has_whole_time && timeout_ns > 0 && timeout_ns <= LVN_LONGEST_SLEEP_NS;
}

LVN_COLD static void
drop_closed(struct poll *self, int fd)
{
	warn_closed(fd);
	if (fd == self->watched[WAKEUP_SLOT].fd)
		poll_set_wakeup(self, -1);
	else
		stop_watching(self, self->index_of[fd]);
}

static bool
collect_wakeup(struct poll *self)
{
	const struct pollfd *asked = &self->asked[WAKEUP_SLOT];

	if (asked->fd < 0 || !asked->revents || asked->fd != self->watched[WAKEUP_SLOT].fd)
		return false;
	self->ready_count--;
	if (asked->revents & POLLNVAL) {
		drop_closed(self, asked->fd);
		return false;
	}
	return true;
}

/* False when the list is full. */
static bool
collect_slot(struct poll *self, const struct pollfd *asked, struct ready_list *ready)
{
	uint32_t i = index_of(self, asked->fd);
	short what;

	if (!i || self->since[i] == self->turn)
		return true;
	if (asked->revents & POLLNVAL) {
		drop_closed(self, asked->fd);
		return true;
	}
	/* Without what is wanted no longer. */
	what = from_kernel(asked->revents & (self->watched[i].events | POLLHUP | POLLERR));
	return !what || lvn_ready_list_append(ready, asked->fd, 0, what);
}

static void
poll_collect(void *self_, struct ready_list *ready, bool *woken_out)
{
	struct poll *self = self_;

	*woken_out = false;
	if (self->ready_count == 0)
		return;
	*woken_out = collect_wakeup(self);
	for (uint32_t i = WAKEUP_SLOT + 1; i < self->asked_count && self->ready_count > 0; i++) {
		if (!self->asked[i].revents)
			continue;
		self->ready_count--;
		if (!collect_slot(self, &self->asked[i], ready))
			return;
	}
}

/* ---- open and close ---- */

static void
poll_close(void *self_)
{
	struct poll *self = self_;

	lvn_free(self->watched);
	lvn_free(self->since);
	lvn_free(self->index_of);
	lvn_free(self->asked);
	lvn_free(self->bigger);
	lvn_free(self);
}

static int
poll_open(void **self_out, const struct backend_options *options)
{
	struct poll *self = lvn_calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->is_precise = options->precise;
	if (reserve_slots(self, FIRST_CAPACITY) < 0) {
		poll_close(self);
		return -ENOMEM;
	}
	self->count = WAKEUP_SLOT + 1;
	poll_set_wakeup(self, -1);
	*self_out = self;
	return 0;
}

const struct backend_ops lvn_backend_poll = {
    .name = "poll",
    .avoid_env = "EVENT_NOPOLL",
    .features = FEATURES,
    .open = poll_open,
    .close = poll_close,
    .update = poll_update,
    .set_wakeup = poll_set_wakeup,
    .prepare = poll_prepare,
    .wait = poll_wait,
    .collect = poll_collect,
};
