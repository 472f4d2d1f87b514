/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The workloads' loop written by hand on epoll: what a program would cost that
 * needs no library.  It has no timers.
 *
 * By default changes of interest are kept in a list until the next wait; the
 * variant "eager" makes each of them a system call at once.  The variant
 * "signalfd" takes signals from a descriptor instead of a handler.
 */
#ifndef BENCH_ENGINES_RAW_H
#define BENCH_ENGINES_RAW_H

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/bench.h"

#define RAW_EVENTS_PER_WAIT 1024

#define ENGINE_CALLBACK(name) static void name(void *arg)
#define ON_READY              ENGINE_CALLBACK
#define ON_TRIGGER            ENGINE_CALLBACK
#define ON_WAKE               ENGINE_CALLBACK
#define ON_SIGNAL             ENGINE_CALLBACK

typedef void (*on_ready_fn)(void *arg);
typedef on_ready_fn on_trigger_fn;
typedef on_ready_fn on_wake_fn;
typedef on_ready_fn on_signal_fn;

/*
 * One descriptor.
 *   1. registered is what the kernel was told.
 *   2. registered != wants  =>  changed (unless the engine is eager)
 *   3. changed  <=>  it is in the engine's list of changes
 */
struct raw_watch {
	struct engine *engine;
	int fd;
	uint32_t wants;
	uint32_t registered;
	bool changed;
	struct raw_watch *next_change;
	on_ready_fn on_readable;
	on_ready_fn on_writable;
	void *arg;
};

struct trigger {
	struct trigger *next;
	struct engine *engine;
	on_trigger_fn on_trigger;
	void *arg;
};

struct wake {
	struct wake *next;
	struct engine *engine;
	on_wake_fn on_wake;
	void *arg;
};

struct engine {
	int epoll_fd;
	int wake_fd; /* -1 until something may come from outside the loop */
	bool stop;
	struct raw_watch *changes;
	struct trigger *first_trigger; /* in the order of being pulled */
	struct trigger **last_trigger;
	struct raw_watch wake_watch;
	_Atomic(struct wake *) sent; /* the latest first */
	atomic_bool asleep;
	struct epoll_event events[RAW_EVENTS_PER_WAIT];
};

static bool raw_is_eager;
static bool raw_uses_signalfd;

static inline void
engine_choose(const char *variant)
{
	if (strcmp(variant, "eager") == 0)
		raw_is_eager = true;
	else if (strcmp(variant, "signalfd") == 0)
		raw_uses_signalfd = true;
	else if (*variant)
		bench_fail("the hand-written loop has no variant '%s'", variant);
}

static inline void
engine_open(struct engine *engine)
{
	engine->epoll_fd = bench_must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	engine->wake_fd = -1;
	engine->stop = false;
	engine->changes = NULL;
	engine->first_trigger = NULL;
	engine->last_trigger = &engine->first_trigger;
	atomic_init(&engine->sent, NULL);
	atomic_init(&engine->asleep, false);
}

static inline void
engine_close(struct engine *engine)
{
	if (engine->wake_fd >= 0)
		close(engine->wake_fd);
	close(engine->epoll_fd);
}

static inline void
engine_set_priorities(struct engine *engine, int count)
{
	(void)engine;
	(void)count;
}

static inline void
engine_stop(struct engine *engine)
{
	engine->stop = true;
}

/* ---- readable and writable descriptors */

static inline void
raw_watch_tell_kernel(struct raw_watch *watch)
{
	struct epoll_event event = {.events = watch->wants, .data.ptr = watch};
	int operation = EPOLL_CTL_MOD;

	if (watch->registered == watch->wants)
		return;
	if (!watch->registered)
		operation = EPOLL_CTL_ADD;
	else if (!watch->wants)
		operation = EPOLL_CTL_DEL;
	bench_must(epoll_ctl(watch->engine->epoll_fd, operation, watch->fd, &event), "epoll_ctl");
	watch->registered = watch->wants;
}

static inline void
raw_watch_set(struct raw_watch *watch, uint32_t wants)
{
	watch->wants = wants;
	if (raw_is_eager) {
		raw_watch_tell_kernel(watch);
	} else if (!watch->changed) {
		watch->changed = true;
		watch->next_change = watch->engine->changes;
		watch->engine->changes = watch;
	}
}

static inline void
raw_flush_changes(struct engine *engine)
{
	while (engine->changes) {
		struct raw_watch *watch = engine->changes;

		engine->changes = watch->next_change;
		watch->changed = false;
		raw_watch_tell_kernel(watch);
	}
}

static inline void
raw_watch_init(
    struct raw_watch *watch, struct engine *engine, int fd, on_ready_fn on_readable, void *arg)
{
	memset(watch, 0, sizeof(*watch));
	watch->engine = engine;
	watch->fd = fd;
	watch->on_readable = on_readable;
	watch->arg = arg;
}

/* ---- a turn of the loop */

static inline void
raw_run_triggers(struct engine *engine)
{
	while (engine->first_trigger) {
		struct trigger *trigger = engine->first_trigger;

		engine->first_trigger = trigger->next;
		if (!engine->first_trigger)
			engine->last_trigger = &engine->first_trigger;
		trigger->on_trigger(trigger->arg);
	}
}

static inline void
raw_run_sent(struct engine *engine)
{
	struct wake *newest = atomic_exchange(&engine->sent, NULL);
	struct wake *oldest = NULL;

	while (newest) {
		struct wake *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	while (oldest) {
		struct wake *wake = oldest;

		oldest = wake->next;
		wake->on_wake(wake->arg);
	}
}

/* Announces the sleep before it looks for messages a last time, so that none is slept through. */
static inline int
raw_wait(struct engine *engine, int timeout_ms)
{
	int count;

	if (engine->wake_fd < 0)
		return epoll_wait(
		    engine->epoll_fd, engine->events, RAW_EVENTS_PER_WAIT, timeout_ms);
	atomic_store(&engine->asleep, true);
	if (atomic_load(&engine->sent))
		timeout_ms = 0;
	count = epoll_wait(engine->epoll_fd, engine->events, RAW_EVENTS_PER_WAIT, timeout_ms);
	atomic_store(&engine->asleep, false);
	return count;
}

static inline void
raw_turn(struct engine *engine, int timeout_ms)
{
	int count;

	raw_flush_changes(engine);
	count = raw_wait(engine, timeout_ms);
	if (count < 0 && errno != EINTR)
		bench_must(count, "epoll_wait");
	for (int i = 0; i < count; i++) {
		struct raw_watch *watch = engine->events[i].data.ptr;

		if (engine->events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			watch->on_readable(watch->arg);
		if (engine->events[i].events & EPOLLOUT)
			watch->on_writable(watch->arg);
	}
	if (engine->wake_fd >= 0)
		raw_run_sent(engine);
	raw_run_triggers(engine);
}

static inline void
engine_run(struct engine *engine)
{
	engine->stop = false;
	raw_run_triggers(engine);
	while (!engine->stop)
		raw_turn(engine, -1);
}

static inline void
engine_poll(struct engine *engine)
{
	raw_run_triggers(engine);
	raw_turn(engine, 0);
}

static inline void
engine_turn(struct engine *engine)
{
	raw_turn(engine, -1);
}

/* ---- the workloads' watchers */

struct reader {
	struct raw_watch watch;
	uint32_t when_started;
};

static inline void
reader_init(struct reader *reader, struct engine *engine, int fd, on_ready_fn on_ready, void *arg)
{
	raw_watch_init(&reader->watch, engine, fd, on_ready, arg);
	reader->when_started = EPOLLIN;
}

static inline void
reader_init_once(
    struct reader *reader, struct engine *engine, int fd, on_ready_fn on_ready, void *arg)
{
	raw_watch_init(&reader->watch, engine, fd, on_ready, arg);
	reader->when_started = EPOLLIN | EPOLLONESHOT;
}

static inline void
reader_start(struct reader *reader)
{
	raw_watch_set(&reader->watch, reader->when_started);
}

static inline void
reader_stop(struct reader *reader)
{
	raw_watch_set(&reader->watch, 0);
}

/* The kernel has switched it off when it reported it. */
static inline void
reader_start_again(struct reader *reader)
{
	struct epoll_event event = {.events = reader->when_started, .data.ptr = &reader->watch};

	bench_must(
	    epoll_ctl(reader->watch.engine->epoll_fd, EPOLL_CTL_MOD, reader->watch.fd, &event),
	    "epoll_ctl");
}

struct duplex {
	struct raw_watch watch;
};

static inline void
duplex_init(struct duplex *duplex, struct engine *engine, int fd, on_ready_fn on_readable,
    on_ready_fn on_writable, void *arg)
{
	raw_watch_init(&duplex->watch, engine, fd, on_readable, arg);
	duplex->watch.on_writable = on_writable;
	raw_watch_set(&duplex->watch, EPOLLIN);
}

static inline void
duplex_write_on(struct duplex *duplex)
{
	raw_watch_set(&duplex->watch, duplex->watch.wants | EPOLLOUT);
}

static inline void
duplex_write_off(struct duplex *duplex)
{
	raw_watch_set(&duplex->watch, duplex->watch.wants & ~(uint32_t)EPOLLOUT);
}

static inline void
duplex_stop(struct duplex *duplex)
{
	raw_watch_set(&duplex->watch, 0);
}

/* ---- callbacks that are made to run by a call */

static inline void
trigger_init(struct trigger *trigger, struct engine *engine, int priority, on_trigger_fn on_trigger,
    void *arg)
{
	(void)priority;
	trigger->engine = engine;
	trigger->on_trigger = on_trigger;
	trigger->arg = arg;
}

static inline void
trigger_pull(struct trigger *trigger)
{
	trigger->next = NULL;
	*trigger->engine->last_trigger = trigger;
	trigger->engine->last_trigger = &trigger->next;
}

/* ---- the same from another thread */

static inline void
raw_drain_counter(void *arg)
{
	struct engine *engine = arg;
	uint64_t count;

	if (read(engine->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		bench_must(-1, "read of an eventfd");
}

static inline void
raw_open_wake(struct engine *engine)
{
	if (engine->wake_fd >= 0)
		return;
	engine->wake_fd = bench_must(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
	raw_watch_init(&engine->wake_watch, engine, engine->wake_fd, raw_drain_counter, engine);
	raw_watch_set(&engine->wake_watch, EPOLLIN);
}

static inline void
wake_init(struct wake *wake, struct engine *engine, on_wake_fn on_wake, void *arg)
{
	raw_open_wake(engine);
	wake->engine = engine;
	wake->on_wake = on_wake;
	wake->arg = arg;
}

static inline void
wake_send(struct wake *wake)
{
	struct engine *engine = wake->engine;
	uint64_t one = 1;

	wake->next = atomic_load(&engine->sent);
	while (!atomic_compare_exchange_weak(&engine->sent, &wake->next, wake))
		;
	if (atomic_load(&engine->asleep) && atomic_exchange(&engine->asleep, false))
		bench_must((int)write(engine->wake_fd, &one, sizeof(one)), "write to an eventfd");
}

/* ---- signals */

struct signal_watch {
	struct raw_watch watch;
	int number;
	on_signal_fn on_signal;
	void *arg;
};

static struct signal_watch *raw_signal_watch;
static atomic_int raw_signals_caught;

static inline void
raw_on_signal(int number)
{
	uint64_t one = 1;
	int saved_errno = errno;

	(void)number;
	if (atomic_fetch_add(&raw_signals_caught, 1) == 0 &&
	    write(raw_signal_watch->watch.fd, &one, sizeof(one)) < 0)
		abort();
	errno = saved_errno;
}

static inline void
raw_on_signals_caught(void *arg)
{
	struct signal_watch *watch = arg;
	uint64_t counter;

	bench_must((int)read(watch->watch.fd, &counter, sizeof(counter)), "read of an eventfd");
	for (int left = atomic_exchange(&raw_signals_caught, 0); left > 0; left--)
		watch->on_signal(watch->arg);
}

static inline void
raw_on_signal_readable(void *arg)
{
	struct signal_watch *watch = arg;
	struct signalfd_siginfo info;

	bench_must((int)read(watch->watch.fd, &info, sizeof(info)), "read of a signalfd");
	watch->on_signal(watch->arg);
}

static inline void
signal_start(struct signal_watch *watch, struct engine *engine, int number, on_signal_fn on_signal,
    void *arg)
{
	struct sigaction action = {.sa_handler = raw_on_signal, .sa_flags = SA_RESTART};
	sigset_t set;
	int fd;

	watch->number = number;
	watch->on_signal = on_signal;
	watch->arg = arg;
	raw_signal_watch = watch;
	if (raw_uses_signalfd) {
		sigemptyset(&set);
		sigaddset(&set, number);
		bench_must(sigprocmask(SIG_BLOCK, &set, NULL), "sigprocmask");
		fd = bench_must(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
		raw_watch_init(&watch->watch, engine, fd, raw_on_signal_readable, watch);
	} else {
		fd = bench_must(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
		raw_watch_init(&watch->watch, engine, fd, raw_on_signals_caught, watch);
		bench_must(sigaction(number, &action, NULL), "sigaction");
	}
	raw_watch_set(&watch->watch, EPOLLIN);
}

static inline void
signal_stop(struct signal_watch *watch)
{
	sigset_t set;

	if (raw_uses_signalfd) {
		sigemptyset(&set);
		sigaddset(&set, watch->number);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	} else {
		signal(watch->number, SIG_DFL);
	}
	close(watch->watch.fd);
}

/* ---- connections, which are counted and closed */

struct acceptor {
	struct raw_watch watch;
	long taken;
};

static void
acceptor_take(void *arg)
{
	struct acceptor *acceptor = arg;

	for (;;) {
		struct sockaddr_storage address;
		socklen_t size = sizeof(address);
		int accepted = accept4(acceptor->watch.fd, (struct sockaddr *)&address, &size,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (accepted < 0)
			break;
		close(accepted);
		acceptor->taken++;
	}
}

/* The descriptor listens already. */
static inline void
acceptor_start(struct acceptor *acceptor, struct engine *engine, int fd)
{
	acceptor->taken = 0;
	raw_watch_init(&acceptor->watch, engine, fd, acceptor_take, acceptor);
	raw_watch_set(&acceptor->watch, EPOLLIN);
}

static inline void
acceptor_stop(struct acceptor *acceptor)
{
	raw_watch_set(&acceptor->watch, 0);
}

#endif
