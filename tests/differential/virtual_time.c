/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clocks and waits of the C library, defined anew in the program so that the event
 * library finds these: time stands still until a wait would sleep, and then jumps.
 *
 * A wait first looks without sleeping.  If nothing is ready and the wait has a limit, the
 * virtual time moves by that limit, in whole milliseconds rounded up, and the wait looks
 * once more.  A wait without limit sleeps for real: only a signal or another thread ends it.
 * A timerfd fires when the virtual time reaches its deadline.
 *
 * What epoll finds is reported in the order of the descriptors, whatever the order the
 * kernel has, which is no part of what the library promises; low numbers, which are the
 * library's own, come first.  Poll and select report the library's own alone, if one is
 * ready, and else one of the program's, each in its turn, because the order in which a
 * library looks through an array of them is its own affair, too.
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"

#define START_US INT64_C(1000000000000)
#define WALL_US  INT64_C(1700000000000000)
#define NO_LIMIT INT64_C(-1)

/* The C library's, for syscall itself is defined anew below. */
static long (*raw_syscall)(long number, ...);

static void __attribute__((constructor(101))) find_syscall(void)
{
	void *found = dlsym(RTLD_NEXT, "syscall");

	memcpy(&raw_syscall, &found, sizeof(found));
}

static bool enabled = true;
static int64_t now_us = START_US;

/* Timerfds by descriptor; 0 is not armed. */
#define MAX_TIMER_FD 1024
static int64_t timer_deadline_us[MAX_TIMER_FD];
static int timer_limit; /* above the highest timerfd in use */

/* Whose turn it was in the last wait of poll or select. */
static int last_reported = -1;

/* The data that each descriptor was registered with, to sort what epoll reports. */
static struct {
	int epfd, fd;
	uint64_t data;
} registrations[4096];
static size_t registration_count;

int64_t
virtual_now_us(void)
{
	return __atomic_load_n(&now_us, __ATOMIC_SEQ_CST);
}

void
virtual_time_enable(bool on)
{
	enabled = on;
}

static void
fire_timerfds(void)
{
	struct itimerspec at_once = {{0, 0}, {0, 1}};

	for (int fd = 0; fd < timer_limit; fd++) {
		if (timer_deadline_us[fd] && timer_deadline_us[fd] <= now_us) {
			struct pollfd ready = {fd, POLLIN, 0};

			timer_deadline_us[fd] = 0;
			if (raw_syscall(SYS_timerfd_settime, fd, 0, &at_once, NULL) == 0)
				raw_syscall(SYS_poll, &ready, 1, 1000);
		}
	}
}

void
virtual_advance_us(int64_t us)
{
	__atomic_add_fetch(&now_us, us, __ATOMIC_SEQ_CST);
	fire_timerfds();
}

void
virtual_restart(void)
{
	now_us = START_US;
	last_reported = -1;
	registration_count = 0;
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
	int64_t us = virtual_now_us();

	if (!enabled || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
		return (int)raw_syscall(SYS_clock_gettime, clock, out);
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		us += WALL_US;
	out->tv_sec = us / 1000000;
	out->tv_nsec = us % 1000000 * 1000;
	return 0;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	out->tv_sec = ts.tv_sec;
	out->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

int
timerfd_create(int clock, int flags)
{
	int fd = (int)raw_syscall(SYS_timerfd_create, clock, flags);

	if (fd >= 0 && fd < MAX_TIMER_FD)
		timer_deadline_us[fd] = 0;
	return fd;
}

int
timerfd_settime(int fd, int flags, const struct itimerspec *spec, struct itimerspec *old)
{
	struct itimerspec off = {{0, 0}, {0, 0}};
	int64_t us =
	    (int64_t)spec->it_value.tv_sec * 1000000 + (spec->it_value.tv_nsec + 999) / 1000;

	if (!enabled || fd < 0 || fd >= MAX_TIMER_FD)
		return (int)raw_syscall(SYS_timerfd_settime, fd, flags, spec, old);
	if (raw_syscall(SYS_timerfd_settime, fd, 0, &off, old) < 0)
		return -1;
	if (fd >= timer_limit)
		timer_limit = fd + 1;
	timer_deadline_us[fd] = us == 0 ? 0 : (flags & TFD_TIMER_ABSTIME) ? us : now_us + us;
	fire_timerfds();
	return 0;
}

/* How long a wait with this limit may go on, in whole milliseconds; true if it may end. */
static bool
jump(int64_t limit_us)
{
	int64_t target = limit_us < 0 ? INT64_MAX : now_us + (limit_us + 999) / 1000 * 1000;

	for (int fd = 0; fd < timer_limit; fd++) {
		if (timer_deadline_us[fd] && timer_deadline_us[fd] < target)
			target = timer_deadline_us[fd];
	}
	if (target == INT64_MAX)
		return false;
	if (target > now_us)
		__atomic_store_n(&now_us, target, __ATOMIC_SEQ_CST);
	fire_timerfds();
	return true;
}

int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int rc = (int)raw_syscall(SYS_epoll_ctl, epfd, op, fd, event);

	if (rc == 0 && op != EPOLL_CTL_DEL) {
		size_t i = 0;

		while (i < registration_count &&
		       (registrations[i].epfd != epfd || registrations[i].data != event->data.u64))
			i++;
		if (i == sizeof(registrations) / sizeof(registrations[0]))
			i = registration_count = 0;
		registrations[i].epfd = epfd;
		registrations[i].fd = fd;
		registrations[i].data = event->data.u64;
		if (i == registration_count)
			registration_count++;
	}
	return rc;
}

static int
descriptor_of(int epfd, uint64_t data)
{
	for (size_t i = 0; i < registration_count; i++) {
		if (registrations[i].epfd == epfd && registrations[i].data == data)
			return registrations[i].fd;
	}
	return -1;
}

static void
sort_found(int epfd, struct epoll_event *found, int count)
{
	for (int i = 1; i < count; i++) {
		struct epoll_event one = found[i];
		int fd = descriptor_of(epfd, one.data.u64);
		int j = i;

		for (; j > 0 && descriptor_of(epfd, found[j - 1].data.u64) > fd; j--)
			found[j] = found[j - 1];
		found[j] = one;
	}
}

static int
raw_epoll(int epfd, struct epoll_event *found, int max, int timeout_ms)
{
	int n = (int)raw_syscall(SYS_epoll_pwait, epfd, found, max, timeout_ms, NULL, 8);

	if (n > 1)
		sort_found(epfd, found, n);
	return n;
}

static int
wait_epoll(int epfd, struct epoll_event *found, int max, int64_t limit_us)
{
	int n = raw_epoll(epfd, found, max, 0);

	if (n != 0 || limit_us == 0)
		return n;
	return raw_epoll(epfd, found, max, jump(limit_us) ? 0 : -1);
}

int
epoll_wait(int epfd, struct epoll_event *found, int max, int timeout_ms)
{
	if (!enabled)
		return raw_epoll(epfd, found, max, timeout_ms);
	return wait_epoll(epfd, found, max, timeout_ms < 0 ? NO_LIMIT : (int64_t)timeout_ms * 1000);
}

static int64_t
limit_of(const struct timespec *timeout)
{
	return timeout ? (int64_t)timeout->tv_sec * 1000000 + (timeout->tv_nsec + 999) / 1000
		       : NO_LIMIT;
}

/* The real wait takes milliseconds only: nothing that runs in real time asks for less. */
static int
whole_ms(int64_t limit_us)
{
	return limit_us < 0 ? -1 : (int)((limit_us + 999) / 1000);
}

int
epoll_pwait(int epfd, struct epoll_event *found, int max, int timeout_ms, const sigset_t *mask)
{
	(void)mask;
	return epoll_wait(epfd, found, max, timeout_ms);
}

int
epoll_pwait2(int epfd, struct epoll_event *found, int max, const struct timespec *timeout,
    const sigset_t *mask)
{
	(void)mask;
	if (!enabled)
		return raw_epoll(epfd, found, max, whole_ms(limit_of(timeout)));
	return wait_epoll(epfd, found, max, limit_of(timeout));
}

/* Where the C library has no function for a wait, the event library may ask directly. */
long
syscall(long number, ...)
{
	long argument[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		argument[i] = va_arg(args, long);
	va_end(args);
#ifdef SYS_epoll_pwait2
	if (number == SYS_epoll_pwait2)
		return epoll_pwait2((int)argument[0], (struct epoll_event *)argument[1],
		    (int)argument[2], (const struct timespec *)argument[3],
		    (const sigset_t *)argument[4]);
#endif
	return raw_syscall(
	    number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

/* The ready descriptors that matter for the choice of the one to report. */
struct turn {
	int lowest; /* of the program's, or -1 */
	int next;   /* after the one reported last, or -1 */
	bool own;   /* one of the library's is ready */
};

static void
consider(struct turn *turn, int fd)
{
	if (fd < KIT_FIRST_FD) {
		turn->own = true;
		return;
	}
	if (turn->lowest < 0 || fd < turn->lowest)
		turn->lowest = fd;
	if (fd > last_reported && (turn->next < 0 || fd < turn->next))
		turn->next = fd;
}

/* The descriptor to report, or -1 for none of the program's. */
static int
choose(const struct turn *turn)
{
	if (turn->own || turn->lowest < 0)
		return -1;
	return last_reported = turn->next >= 0 ? turn->next : turn->lowest;
}

static int
keep_one_polled(struct pollfd *fds, nfds_t count, int n)
{
	struct turn turn = {-1, -1, false};
	int chosen;

	for (nfds_t i = 0; i < count; i++) {
		if (fds[i].revents)
			consider(&turn, fds[i].fd);
	}
	chosen = choose(&turn);
	for (nfds_t i = 0; i < count; i++) {
		if (fds[i].revents && fds[i].fd >= KIT_FIRST_FD && fds[i].fd != chosen) {
			fds[i].revents = 0;
			n--;
		}
	}
	return n;
}

static int
wait_poll(struct pollfd *fds, nfds_t count, int64_t limit_us)
{
	int n = (int)raw_syscall(SYS_poll, fds, count, enabled ? 0 : whole_ms(limit_us));

	if (enabled && n == 0 && limit_us != 0)
		n = (int)raw_syscall(SYS_poll, fds, count, jump(limit_us) ? 0 : -1);
	return enabled && n > 1 ? keep_one_polled(fds, count, n) : n;
}

int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	return wait_poll(fds, count, timeout_ms < 0 ? NO_LIMIT : (int64_t)timeout_ms * 1000);
}

int
ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	(void)mask;
	return wait_poll(fds, count, limit_of(timeout));
}

static int
raw_select(int count, fd_set *in[3], fd_set *out[3], size_t size, int64_t limit_us)
{
	struct timeval tv = {limit_us / 1000000, limit_us % 1000000};

	for (int i = 0; i < 3; i++) {
		if (out[i])
			memcpy(out[i], in[i], size);
	}
	return (int)raw_syscall(
	    SYS_select, count, out[0], out[1], out[2], limit_us < 0 ? NULL : &tv);
}

/* Not by FD_ISSET, which knows only short sets. */
static bool
take_bit(fd_set *set, int fd, bool clear)
{
	unsigned long *word, bit = 1ul << (fd % (8 * (int)sizeof(long)));

	if (!set)
		return false;
	word = (unsigned long *)(void *)set + fd / (8 * (int)sizeof(long));
	if (!(*word & bit))
		return false;
	if (clear)
		*word &= ~bit;
	return true;
}

static int
keep_one_selected(int count, fd_set *sets[3], int n)
{
	struct turn turn = {-1, -1, false};
	int chosen;

	for (int fd = 0; fd < count; fd++) {
		if (take_bit(sets[0], fd, false) || take_bit(sets[1], fd, false) ||
		    take_bit(sets[2], fd, false))
			consider(&turn, fd);
	}
	chosen = choose(&turn);
	for (int fd = KIT_FIRST_FD; fd < count; fd++) {
		for (int i = 0; i < 3 && fd != chosen; i++)
			n -= take_bit(sets[i], fd, true);
	}
	return n;
}

/* The sets may be longer than fd_set: the copies are as long as the count asks for. */
static int
wait_select(int count, fd_set *sets[3], int64_t limit_us)
{
	size_t size = ((size_t)count + 63) / 64 * 8;
	fd_set *in[3] = {NULL, NULL, NULL};
	int n;

	for (int i = 0; i < 3; i++) {
		if (sets[i]) {
			in[i] = malloc(size + 8);
			memcpy(in[i], sets[i], size);
		}
	}
	n = raw_select(count, in, sets, size, enabled ? 0 : limit_us);
	if (enabled && n == 0 && limit_us != 0)
		n = raw_select(count, in, sets, size, jump(limit_us) ? 0 : NO_LIMIT);
	for (int i = 0; i < 3; i++)
		free(in[i]);
	return enabled && n > 1 ? keep_one_selected(count, sets, n) : n;
}

int
select(int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict odd,
    struct timeval *restrict timeout)
{
	fd_set *sets[3] = {readable, writable, odd};

	return wait_select(count, sets,
	    timeout ? (int64_t)timeout->tv_sec * 1000000 + timeout->tv_usec : NO_LIMIT);
}

int
pselect(int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict odd,
    const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
	fd_set *sets[3] = {readable, writable, odd};

	(void)mask;
	return wait_select(count, sets, limit_of(timeout));
}
