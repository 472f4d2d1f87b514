/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poll(2) and select(2): one array of descriptors, passed to the kernel at each wait.  select
 * gets it as sets of bits, of any length, and its result is turned into that of poll.
 *
 * The kernel works on a copy, so that the array can change while the loop sleeps.  A
 * descriptor that turns out to be closed is dropped until it is updated again; poll would
 * return at once for ever because of it, and select fail.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
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

#define WORD_BITS      (CHAR_BIT * sizeof(unsigned long))
#define FIRST_CAPACITY WORD_BITS            /* doubled, it stays a multiple of that */
#define PARTS_NS       (10 * LVN_NS_PER_MS) /* the longest sleep where not all can be asked for */
#define WAKEUP_SLOT    0 /* for the wake-up; as an index it says that nothing is watched */

/* A block that waits use.  A larger one replaces it in the next prepare. */
struct wait_block {
	void *used;
	void *larger;
};

/*
 * Invariants:
 *   1. 1 <= count <= capacity; slots [1, count) are watched, each for one descriptor
 *   2. index_of[fd] == i > 0  <=>  watched[i].fd == fd, for all fd < index_capacity
 *   3. since[i] == turn for what was registered after the last prepare: the last wait
 *      did not ask for it, whatever it returned for a descriptor of that number
 *   4. the larger, or else the used, block of `asked` has `capacity` slots, and that of `sets`
 *      two bits for each descriptor below index_capacity, if this is select
 *   5. only wait and the loop's thread touch the blocks that are used
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

	struct wait_block asked; /* of struct pollfd */
	struct wait_block sets;  /* two sets of bits, for select */
	size_t set_words;        /* of each of them */
	uint32_t asked_count;
	int ready_count;
	bool is_select;
	bool lacks_ppoll;
	bool is_precise; /* timers were asked to be fine */
};

/* ---- capacity ---- */

static int
reserve_block(struct wait_block *block, size_t count, size_t size)
{
	void *larger = lvn_calloc(count, size);

	if (!larger)
		return -ENOMEM;
	lvn_free(block->larger);
	block->larger = larger;
	return 0;
}

static void
adopt_larger(struct wait_block *block)
{
	if (!block->larger)
		return;
	lvn_free(block->used);
	block->used = block->larger;
	block->larger = NULL;
}

static int
reserve_slots(struct poll *self, uint32_t capacity)
{
	struct pollfd *watched;
	uint64_t *since;

	if (capacity <= self->capacity)
		return 0;
	if (capacity < 2 * self->capacity)
		capacity = 2 * self->capacity;
	if (reserve_block(&self->asked, capacity, sizeof(*watched)) < 0)
		return -ENOMEM;
	since = lvn_realloc(self->since, capacity * sizeof(*since));
	if (!since)
		return -ENOMEM;
	self->since = since;
	watched = lvn_realloc(self->watched, capacity * sizeof(*watched));
	if (!watched)
		return -ENOMEM;
	self->watched = watched;
	self->capacity = capacity;
	return 0;
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
	if (self->is_select &&
	    reserve_block(&self->sets, 2 * (capacity / WORD_BITS), sizeof(unsigned long)) < 0)
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

static bool
is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

LVN_COLD static void
warn_closed(const struct poll *self, int fd)
{
	lvn_log_warnx(
	    "%s: descriptor %d is watched, but not open", self->is_select ? "select" : "poll", fd);
}

static int
start_watching(struct poll *self, int fd, short events)
{
	int rc;

	/* No memory by the gigabyte for a number that no descriptor has. */
	if ((size_t)fd >= self->index_capacity && is_closed(fd)) {
		warn_closed(self, fd);
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
	short kinds = EV_READ | EV_WRITE | (self->is_select ? 0 : EV_CLOSED);
	uint32_t i = index_of(self, fd);
	short events = to_kernel(wants);

	(void)state; /* stays 0: staleness shows in `since` */
	if (!(wants & kinds)) {
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
	int rc = fd < 0 ? 0 : reserve_index(self, fd);

	if (rc < 0)
		return rc;
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
	adopt_larger(&self->asked);
	adopt_larger(&self->sets);
	self->set_words = self->index_capacity / WORD_BITS;
	memcpy(self->asked.used, self->watched, self->count * sizeof(*self->watched));
	self->asked_count = self->count;
	self->changed = false;
	return 0;
}

/* ---- select ---- */

static void
add_bit(unsigned long *set, int fd)
{
	set[(size_t)fd / WORD_BITS] |= 1UL << ((size_t)fd % WORD_BITS);
}

static bool
has_bit(const unsigned long *set, int fd)
{
	return (set[(size_t)fd / WORD_BITS] >> ((size_t)fd % WORD_BITS)) & 1;
}

/* Returns what pselect does.  With `again`, what is known to be closed is left out. */
static int
call_select(struct poll *self, struct pollfd *slots, nfds_t count, int64_t timeout_ns, bool again)
{
	unsigned long *readable = self->sets.used;
	unsigned long *writable = readable + self->set_words;
	struct timespec storage;
	int limit = 0;

	memset(readable, 0, 2 * self->set_words * sizeof(*readable));
	for (nfds_t i = 0; i < count; i++) {
		if (again && slots[i].revents)
			continue;
		slots[i].revents = 0;
		if (slots[i].events & POLLIN)
			add_bit(readable, slots[i].fd);
		if (slots[i].events & POLLOUT)
			add_bit(writable, slots[i].fd);
		if (slots[i].fd >= limit)
			limit = slots[i].fd + 1;
	}
	return pselect(limit, (fd_set *)(void *)readable, (fd_set *)(void *)writable, NULL,
	    lvn_sleep_timespec(timeout_ns, &storage), NULL);
}

/* select fails because of them, and does not say which they are. */
static LVN_COLD void
find_closed(struct pollfd *slots, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++)
		if (is_closed(slots[i].fd))
			slots[i].revents = POLLNVAL;
}

/* Turns the sets into what poll reports.  Returns for how many slots; *bits_out are the bits. */
static int
take_bits(const struct poll *self, struct pollfd *slots, nfds_t count, int *bits_out)
{
	const unsigned long *readable = self->sets.used;
	const unsigned long *writable = readable + self->set_words;
	int found = 0;

	*bits_out = 0;
	for (nfds_t i = 0; i < count; i++) {
		bool can_read = has_bit(readable, slots[i].fd);
		bool can_write = has_bit(writable, slots[i].fd);

		if (slots[i].revents != POLLNVAL)
			slots[i].revents =
			    (short)((can_read ? POLLIN : 0) | (can_write ? POLLOUT : 0));
		found += slots[i].revents != 0;
		*bits_out += can_read + can_write;
	}
	return found;
}

/* As poll. */
static int
sleep_in_select(struct poll *self, struct pollfd *slots, nfds_t count, int64_t timeout_ns)
{
	int n = call_select(self, slots, count, timeout_ns, false);
	int found, bits;

	if (n < 0 && errno == EBADF) {
		find_closed(slots, count);
		n = call_select(self, slots, count, timeout_ns, true);
	}
	if (n < 0)
		return -1;
	found = take_bits(self, slots, count, &bits);
	if (bits == n)
		return found;
	/*
	 * The kernel looks at no more descriptors than the process may have now, and leaves the
	 * bits of those above as they were.
	 */
	find_closed(slots, count);
	return take_bits(self, slots, count, &bits);
}

/* ---- a wait ---- */

/* The slot of a missing wake-up is left out: the kernel refuses more slots than RLIMIT_NOFILE. */
static uint32_t
first_slot(const struct poll *self)
{
	const struct pollfd *asked = self->asked.used;

	return asked[WAKEUP_SLOT].fd < 0 ? WAKEUP_SLOT + 1 : WAKEUP_SLOT;
}

static int
sleep_on(struct poll *self, struct pollfd *slots, nfds_t count, int64_t timeout_ns)
{
	struct timespec storage;

	if (self->is_select)
		return sleep_in_select(self, slots, count, timeout_ns);
#if LVN_HAVE_PPOLL
	if (!self->lacks_ppoll) {
		int n = ppoll(slots, count, lvn_sleep_timespec(timeout_ns, &storage), NULL);

		if (n >= 0 || errno != ENOSYS)
			return n;
		self->lacks_ppoll = true;
	}
#else
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
	struct pollfd *slots = (struct pollfd *)self->asked.used + first;
	uint32_t count = self->asked_count - first;
	bool has_whole_time = true;
	int n;

	timeout_ns = lvn_sleep_by_grain(timeout_ns, self->is_precise);
	n = sleep_on(self, slots, count, timeout_ns);
	if (LVN_UNLIKELY(n < 0 && errno == EINVAL)) {
		n = sleep_on_parts(self, slots, count, timeout_ns);
		has_whole_time = false;
	}
	/* EBADF: what was closed when select looked may be open by now. */
	if (n < 0)
		return errno == EINTR || errno == EBADF ? 0 : -errno;
	self->ready_count = n;
	return n == 0 && has_whole_time && timeout_ns > 0 && timeout_ns <= LVN_LONGEST_SLEEP_NS;
}

LVN_COLD static void
drop_closed(struct poll *self, int fd)
{
	warn_closed(self, fd);
	if (fd == self->watched[WAKEUP_SLOT].fd)
		poll_set_wakeup(self, -1);
	else
		stop_watching(self, self->index_of[fd]);
}

static bool
collect_wakeup(struct poll *self)
{
	const struct pollfd *asked = (const struct pollfd *)self->asked.used + WAKEUP_SLOT;

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
	const struct pollfd *asked = self->asked.used;

	*woken_out = false;
	if (self->ready_count == 0)
		return;
	*woken_out = collect_wakeup(self);
	for (uint32_t i = WAKEUP_SLOT + 1; i < self->asked_count && self->ready_count > 0; i++) {
		if (!asked[i].revents)
			continue;
		self->ready_count--;
		if (!collect_slot(self, &asked[i], ready))
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
	lvn_free(self->asked.used);
	lvn_free(self->asked.larger);
	lvn_free(self->sets.used);
	lvn_free(self->sets.larger);
	lvn_free(self);
}

static int
open_either(void **self_out, const struct backend_options *options, bool is_select)
{
	struct poll *self = lvn_calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->is_precise = options->precise;
	self->is_select = is_select;
	if (reserve_slots(self, FIRST_CAPACITY) < 0 || reserve_index(self, 0) < 0) {
		poll_close(self);
		return -ENOMEM;
	}
	self->count = WAKEUP_SLOT + 1;
	poll_set_wakeup(self, -1);
	*self_out = self;
	return 0;
}

static int
poll_open(void **self_out, const struct backend_options *options)
{
	return open_either(self_out, options, false);
}

static int
select_open(void **self_out, const struct backend_options *options)
{
	return open_either(self_out, options, true);
}

const struct backend_ops lvn_backend_poll = {
    .name = "poll",
    .avoid_env = "EVENT_NOPOLL",
    .features = EV_FEATURE_FDS | (POLLRDHUP ? EV_FEATURE_EARLY_CLOSE : 0),
    .open = poll_open,
    .close = poll_close,
    .update = poll_update,
    .set_wakeup = poll_set_wakeup,
    .prepare = poll_prepare,
    .wait = poll_wait,
    .collect = poll_collect,
};

const struct backend_ops lvn_backend_select = {
    .name = "select",
    .avoid_env = "EVENT_NOSELECT",
    .features = EV_FEATURE_FDS,
    .open = select_open,
    .close = poll_close,
    .update = poll_update,
    .set_wakeup = poll_set_wakeup,
    .prepare = poll_prepare,
    .wait = poll_wait,
    .collect = poll_collect,
};
