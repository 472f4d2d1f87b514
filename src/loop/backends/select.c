/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * select(2): a bit for each descriptor, also beyond FD_SETSIZE.
 *
 * The sets are arrays of words as the kernel wants them, as long as the largest
 * descriptor needs.  The kernel works on copies, so that the sets can change while the
 * loop sleeps.  A descriptor that turns out to be closed is dropped until it is updated
 * again; select would fail for ever because of it.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

#include "base/compiler.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/backend.h"
#include "loop/backends/sleep_time.h"

#define WORD_BITS   ((int)(sizeof(unsigned long) * CHAR_BIT))
#define FIRST_WORDS ((size_t)(FD_SETSIZE / WORD_BITS))

/* What one wait asks for and returns: rows of a single block. */
enum { ASKED_READ, ASKED_WRITE, GOT_READ, GOT_WRITE, FOUND_CLOSED, RESULT_ROWS };

/*
 * Invariants:
 *   1. all sets in `want`, `fresh` and, after prepare, `result` have `words` words
 *   2. a bit of `fresh` is set for what was registered after the last prepare: the last
 *      wait did not ask for it, whatever it returned for a descriptor of that number
 *   3. `result` belongs to wait and the loop's thread; `bigger_result`, which fits `words`
 *      when they have grown, waits for prepare to replace it
 *   4. no descriptor >= limit is in a set; the wake-up is in none
 */
struct select {
	unsigned long *want_read;
	unsigned long *want_write;
	unsigned long *fresh;
	size_t words;
	int limit;
	int wakeup;

	unsigned long *result;
	unsigned long *bigger_result;
	size_t asked_words;
	int asked_limit;
	int asked_wakeup;
	int ready_count;
	bool found_closed;
	bool is_precise; /* timers were asked to be fine */
};

/* ---- sets ---- */

static void
add_bit(unsigned long *set, int fd)
{
	set[fd / WORD_BITS] |= 1UL << (fd % WORD_BITS);
}

static void
remove_bit(unsigned long *set, int fd)
{
	set[fd / WORD_BITS] &= ~(1UL << (fd % WORD_BITS));
}

static bool
has_bit(const unsigned long *set, int fd)
{
	return (set[fd / WORD_BITS] >> (fd % WORD_BITS)) & 1;
}

static unsigned long *
row(const struct select *self, int which)
{
	return self->result + (size_t)which * self->asked_words;
}

static size_t
words_for(int limit)
{
	return ((size_t)limit + (size_t)WORD_BITS - 1) / (size_t)WORD_BITS;
}

static int
grow_set(unsigned long **set, size_t had, size_t words)
{
	unsigned long *grown = lvn_realloc(*set, words * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	memset(grown + had, 0, (words - had) * sizeof(*grown));
	*set = grown;
	return 0;
}

static int
reserve(struct select *self, int fd)
{
	size_t words = self->words ? self->words : FIRST_WORDS;
	unsigned long *bigger;

	while (words <= (size_t)(fd / WORD_BITS))
		words *= 2;
	if (words == self->words)
		return 0;
	bigger = lvn_calloc(RESULT_ROWS * words, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	if (grow_set(&self->want_read, self->words, words) < 0 ||
	    grow_set(&self->want_write, self->words, words) < 0 ||
	    grow_set(&self->fresh, self->words, words) < 0) {
		lvn_free(bigger);
		return -ENOMEM;
	}
	lvn_free(self->bigger_result);
	self->bigger_result = bigger;
	self->words = words;
	return 0;
}

/* ---- what is watched ---- */

static bool
is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

LVN_COLD static void
warn_closed(int fd)
{
	lvn_log_warnx("select: descriptor %d is watched, but not open", fd);
}

static bool
fits(const struct select *self, int fd)
{
	return (size_t)(fd / WORD_BITS) < self->words;
}

static void
stop_watching(struct select *self, int fd)
{
	if (!fits(self, fd))
		return;
	remove_bit(self->want_read, fd);
	remove_bit(self->want_write, fd);
}

static void
put_bit(unsigned long *set, int fd, bool wanted)
{
	if (wanted)
		add_bit(set, fd);
	else
		remove_bit(set, fd);
}

static int
select_update(void *self_, int fd, short had, short wants, uint32_t *state)
{
	struct select *self = self_;
	int rc;

	(void)state; /* stays 0: staleness shows in `fresh` */
	if (!(wants & (EV_READ | EV_WRITE))) {
		stop_watching(self, fd);
		return 0;
	}
	/* No memory by the gigabyte for a number that no descriptor has. */
	if (!fits(self, fd) && is_closed(fd)) {
		warn_closed(fd);
		return 0;
	}
	rc = reserve(self, fd);
	if (rc < 0)
		return rc;
	/* Another file may stand behind the number by now. */
	if (had == 0 || had == wants)
		add_bit(self->fresh, fd);
	put_bit(self->want_read, fd, wants & EV_READ);
	put_bit(self->want_write, fd, wants & EV_WRITE);
	if (fd >= self->limit)
		self->limit = fd + 1;
	return 0;
}

static int
select_set_wakeup(void *self_, int fd)
{
	struct select *self = self_;
	int rc = fd < 0 ? 0 : reserve(self, fd);

	if (rc == 0)
		self->wakeup = fd;
	return rc;
}

/* ---- a turn ---- */

static void
adopt_bigger_result(struct select *self)
{
	if (!self->bigger_result)
		return;
	lvn_free(self->result);
	self->result = self->bigger_result;
	self->bigger_result = NULL;
	self->asked_words = self->words;
}

static void
lower_limit(struct select *self)
{
	size_t words = words_for(self->limit);

	while (words > 0 && !self->want_read[words - 1] && !self->want_write[words - 1])
		words--;
	if (self->limit > (int)words * WORD_BITS)
		self->limit = (int)words * WORD_BITS;
}

static int
select_prepare(void *self_)
{
	struct select *self = self_;
	size_t size;

	adopt_bigger_result(self);
	lower_limit(self);
	self->asked_limit = self->limit > self->wakeup ? self->limit : self->wakeup + 1;
	self->asked_wakeup = self->wakeup;
	self->ready_count = 0;
	self->found_closed = false;
	size = words_for(self->asked_limit) * sizeof(unsigned long);
	memcpy(row(self, ASKED_READ), self->want_read, size);
	memcpy(row(self, ASKED_WRITE), self->want_write, size);
	memset(self->fresh, 0, self->words * sizeof(*self->fresh));
	if (self->wakeup >= 0)
		add_bit(row(self, ASKED_READ), self->wakeup);
	return 0;
}

static int
sleep_on(struct select *self, int64_t timeout_ns)
{
	fd_set *got_read = (fd_set *)(void *)row(self, GOT_READ);
	fd_set *got_write = (fd_set *)(void *)row(self, GOT_WRITE);
	size_t size = words_for(self->asked_limit) * sizeof(unsigned long);
	struct timespec span;

	memcpy(got_read, row(self, ASKED_READ), size);
	memcpy(got_write, row(self, ASKED_WRITE), size);
	return pselect(self->asked_limit, got_read, got_write, NULL,
	    lvn_sleep_timespec(timeout_ns, &span), NULL);
}

static int
count_ready(const struct select *self)
{
	size_t words = words_for(self->asked_limit);
	int count = 0;

	for (size_t i = 0; i < words; i++) {
		count += __builtin_popcountl(row(self, GOT_READ)[i]);
		count += __builtin_popcountl(row(self, GOT_WRITE)[i]);
	}
	return count;
}

/* Notes what is closed, and asks for it no longer.  Runs without the base lock. */
LVN_COLD static void
exclude_closed(struct select *self)
{
	unsigned long *asked_read = row(self, ASKED_READ);
	unsigned long *asked_write = row(self, ASKED_WRITE);

	if (!self->found_closed)
		memset(row(self, FOUND_CLOSED), 0, self->asked_words * sizeof(unsigned long));
	self->found_closed = true;
	for (int fd = 0; fd < self->asked_limit; fd++) {
		if ((!has_bit(asked_read, fd) && !has_bit(asked_write, fd)) || !is_closed(fd))
			continue;
		remove_bit(asked_read, fd);
		remove_bit(asked_write, fd);
		remove_bit(row(self, GOT_READ), fd);
		remove_bit(row(self, GOT_WRITE), fd);
		add_bit(row(self, FOUND_CLOSED), fd);
	}
}

static int
select_wait(void *self_, int64_t timeout_ns)
{
	struct select *self = self_;
	int n;

	timeout_ns = lvn_sleep_by_grain(timeout_ns, self->is_precise);
	n = sleep_on(self, timeout_ns);

	if (n < 0 && errno == EBADF) {
		exclude_closed(self);
		n = sleep_on(self, timeout_ns);
	}
	if (n < 0)
		return errno == EINTR || errno == EBADF ? 0 : -errno;
	/*
	 * The kernel looks at no more descriptors than the process may have now, and
	 * leaves the bits of those above as they were.
	 */
	self->ready_count = count_ready(self);
	if (self->ready_count != n) {
		exclude_closed(self);
		self->ready_count = n;
	}
	return n == 0 && timeout_ns > 0 && timeout_ns <= LVN_LONGEST_SLEEP_NS;
}

static bool
is_wanted(const struct select *self, int fd)
{
	return fits(self, fd) && (has_bit(self->want_read, fd) || has_bit(self->want_write, fd));
}

static void
drop_closed(struct select *self)
{
	const unsigned long *closed = row(self, FOUND_CLOSED);

	for (int fd = 0; fd < self->asked_limit; fd++) {
		if (!has_bit(closed, fd))
			continue;
		if (fd == self->asked_wakeup && fd == self->wakeup)
			self->wakeup = -1;
		else if (has_bit(self->fresh, fd) || !is_wanted(self, fd))
			continue;
		stop_watching(self, fd);
		warn_closed(fd);
	}
}

static bool
collect_wakeup(struct select *self)
{
	int fd = self->asked_wakeup;

	if (fd < 0 || !has_bit(row(self, GOT_READ), fd))
		return false;
	remove_bit(row(self, GOT_READ), fd);
	return fd == self->wakeup;
}

/* False when the list is full. */
static bool
collect_word(struct select *self, size_t word, struct ready_list *ready)
{
	unsigned long can_read = row(self, GOT_READ)[word] & self->want_read[word];
	unsigned long can_write = row(self, GOT_WRITE)[word] & self->want_write[word];
	unsigned long any = (can_read | can_write) & ~self->fresh[word];

	for (; any; any &= any - 1) {
		int bit = __builtin_ctzl(any);
		int what = 0;

		if ((can_read >> bit) & 1)
			what |= EV_READ;
		if ((can_write >> bit) & 1)
			what |= EV_WRITE;
		if (!lvn_ready_list_append(ready, (int)word * WORD_BITS + bit, 0, (short)what))
			return false;
	}
	return true;
}

static void
select_collect(void *self_, struct ready_list *ready, bool *woken_out)
{
	struct select *self = self_;
	size_t words = words_for(self->asked_limit);

	*woken_out = false;
	if (self->found_closed)
		drop_closed(self);
	if (self->ready_count == 0)
		return;
	*woken_out = collect_wakeup(self);
	for (size_t word = 0; word < words; word++) {
		if (!collect_word(self, word, ready))
			return;
	}
}

/* ---- open and close ---- */

static void
select_close(void *self_)
{
	struct select *self = self_;

	lvn_free(self->want_read);
	lvn_free(self->want_write);
	lvn_free(self->fresh);
	lvn_free(self->result);
	lvn_free(self->bigger_result);
	lvn_free(self);
}

static int
select_open(void **self_out, const struct backend_options *options)
{
	struct select *self = lvn_calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->is_precise = options->precise;
	self->wakeup = -1;
	if (reserve(self, 0) < 0) {
		select_close(self);
		return -ENOMEM;
	}
	*self_out = self;
	return 0;
}

const struct backend_ops lvn_backend_select = {
    .name = "select",
    .avoid_env = "EVENT_NOSELECT",
    .features = EV_FEATURE_FDS,
    .open = select_open,
    .close = select_close,
    .update = select_update,
    .set_wakeup = select_set_wakeup,
    .prepare = select_prepare,
    .wait = select_wait,
    .collect = select_collect,
};
