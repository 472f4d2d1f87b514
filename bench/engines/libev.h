/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The workloads' loop on libev, used as its manual advises.
 */
#ifndef BENCH_ENGINES_LIBEV_H
#define BENCH_ENGINES_LIBEV_H

#include <ev.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/bench.h"

#define ENGINE_CALLBACK(name, watcher_type)                                              \
	static inline void name##_body(void *arg);                                       \
	static void name(struct ev_loop *loop, struct watcher_type *watcher, int events) \
	{                                                                                \
		(void)loop;                                                              \
		(void)events;                                                            \
		name##_body(watcher->data);                                              \
	}                                                                                \
	static inline void name##_body(void *arg)

#define ON_READY(name)   ENGINE_CALLBACK(name, ev_io)
#define ON_TIMEOUT(name) ENGINE_CALLBACK(name, ev_timer)
#define ON_TRIGGER(name) ENGINE_CALLBACK(name, ev_prepare)
#define ON_WAKE(name)    ENGINE_CALLBACK(name, ev_async)
#define ON_SIGNAL(name)  ENGINE_CALLBACK(name, ev_signal)

typedef void (*on_ready_fn)(struct ev_loop *, struct ev_io *, int);
typedef void (*on_timeout_fn)(struct ev_loop *, struct ev_timer *, int);
typedef void (*on_trigger_fn)(struct ev_loop *, struct ev_prepare *, int);
typedef void (*on_wake_fn)(struct ev_loop *, struct ev_async *, int);
typedef void (*on_signal_fn)(struct ev_loop *, struct ev_signal *, int);

struct engine {
	struct ev_loop *loop;
};

static inline void
engine_choose(const char *variant)
{
	if (*variant)
		bench_fail("libev has no variant '%s'", variant);
}

static inline void
engine_open(struct engine *engine)
{
	engine->loop = ev_loop_new(EVBACKEND_EPOLL);
	if (!engine->loop)
		bench_fail("ev_loop_new failed");
}

static inline void
engine_close(struct engine *engine)
{
	ev_loop_destroy(engine->loop);
}

static inline void
engine_set_priorities(struct engine *engine, int count)
{
	(void)engine;
	(void)count;
}

static inline void
engine_run(struct engine *engine)
{
	ev_run(engine->loop, 0);
}

static inline void
engine_stop(struct engine *engine)
{
	ev_break(engine->loop, EVBREAK_ALL);
}

static inline void
engine_poll(struct engine *engine)
{
	ev_run(engine->loop, EVRUN_NOWAIT);
}

static inline void
engine_turn(struct engine *engine)
{
	ev_run(engine->loop, EVRUN_ONCE);
}

/* ---- readable and writable descriptors */

struct reader {
	struct ev_io io;
	struct ev_loop *loop;
};

static inline void
reader_init(struct reader *reader, struct engine *engine, int fd, on_ready_fn on_ready, void *arg)
{
	ev_io_init(&reader->io, on_ready, fd, EV_READ);
	reader->io.data = arg;
	reader->loop = engine->loop;
}

static inline void
reader_init_once(
    struct reader *reader, struct engine *engine, int fd, on_ready_fn on_ready, void *arg)
{
	reader_init(reader, engine, fd, on_ready, arg);
}

static inline void
reader_start(struct reader *reader)
{
	ev_io_start(reader->loop, &reader->io);
}

static inline void
reader_stop(struct reader *reader)
{
	ev_io_stop(reader->loop, &reader->io);
}

/* libev's watchers stay; stopping and starting is what a one-shot costs there. */
static inline void
reader_start_again(struct reader *reader)
{
	ev_io_stop(reader->loop, &reader->io);
	ev_io_start(reader->loop, &reader->io);
}

struct duplex {
	struct ev_io reading;
	struct ev_io writing;
	struct ev_loop *loop;
};

static inline void
duplex_init(struct duplex *duplex, struct engine *engine, int fd, on_ready_fn on_readable,
    on_ready_fn on_writable, void *arg)
{
	ev_io_init(&duplex->reading, on_readable, fd, EV_READ);
	ev_io_init(&duplex->writing, on_writable, fd, EV_WRITE);
	duplex->reading.data = arg;
	duplex->writing.data = arg;
	duplex->loop = engine->loop;
	ev_io_start(duplex->loop, &duplex->reading);
}

static inline void
duplex_write_on(struct duplex *duplex)
{
	ev_io_start(duplex->loop, &duplex->writing);
}

static inline void
duplex_write_off(struct duplex *duplex)
{
	ev_io_stop(duplex->loop, &duplex->writing);
}

static inline void
duplex_stop(struct duplex *duplex)
{
	ev_io_stop(duplex->loop, &duplex->reading);
	ev_io_stop(duplex->loop, &duplex->writing);
}

/* ---- timers */

struct timer {
	struct ev_timer timer;
};

static inline void
timer_init(struct timer *timer, struct engine *engine, on_timeout_fn on_timeout, void *arg)
{
	(void)engine;
	ev_init(&timer->timer, on_timeout);
	timer->timer.data = arg;
}

static inline void
engine_announce_duration(struct engine *engine, int64_t duration_us)
{
	(void)engine;
	(void)duration_us;
}

static inline void
timer_start(struct timer *timer, struct engine *engine, int64_t duration_us)
{
	ev_timer_set(&timer->timer, (double)duration_us * 1e-6, 0.);
	ev_timer_start(engine->loop, &timer->timer);
}

/* Gives a pending timer another duration. */
static inline void
timer_restart(struct timer *timer, struct engine *engine, int64_t duration_us)
{
	timer->timer.repeat = (double)duration_us * 1e-6;
	ev_timer_again(engine->loop, &timer->timer);
}

static inline void
timer_stop(struct timer *timer, struct engine *engine)
{
	ev_timer_stop(engine->loop, &timer->timer);
}

/* ---- callbacks that are made to run by a call */

struct trigger {
	struct ev_prepare watcher;
	struct ev_loop *loop;
};

static inline void
trigger_init(struct trigger *trigger, struct engine *engine, int priority, on_trigger_fn on_trigger,
    void *arg)
{
	ev_init(&trigger->watcher, on_trigger);
	trigger->watcher.data = arg;
	trigger->loop = engine->loop;
	ev_set_priority(&trigger->watcher, EV_MAXPRI - priority % (EV_MAXPRI - EV_MINPRI + 1));
}

static inline void
trigger_pull(struct trigger *trigger)
{
	ev_feed_event(trigger->loop, &trigger->watcher, EV_CUSTOM);
}

/* ---- the same from another thread */

struct wake {
	struct ev_async async;
	struct ev_loop *loop;
};

static inline void
wake_init(struct wake *wake, struct engine *engine, on_wake_fn on_wake, void *arg)
{
	ev_async_init(&wake->async, on_wake);
	wake->async.data = arg;
	wake->loop = engine->loop;
	ev_async_start(wake->loop, &wake->async);
}

static inline void
wake_send(struct wake *wake)
{
	ev_async_send(wake->loop, &wake->async);
}

/* ---- signals */

struct signal_watch {
	struct ev_signal watcher;
	struct ev_loop *loop;
};

static inline void
signal_start(struct signal_watch *watch, struct engine *engine, int number, on_signal_fn on_signal,
    void *arg)
{
	ev_signal_init(&watch->watcher, on_signal, number);
	watch->watcher.data = arg;
	watch->loop = engine->loop;
	ev_signal_start(watch->loop, &watch->watcher);
}

static inline void
signal_stop(struct signal_watch *watch)
{
	ev_signal_stop(watch->loop, &watch->watcher);
}

/* ---- connections, which are counted and closed */

struct acceptor {
	struct ev_io watcher;
	struct ev_loop *loop;
	long taken;
};

static void
acceptor_take(struct ev_loop *loop, struct ev_io *watcher, int revents)
{
	struct acceptor *acceptor = watcher->data;

	(void)loop;
	(void)revents;
	for (;;) {
		struct sockaddr_storage address;
		socklen_t size = sizeof(address);
		int accepted = accept4(
		    watcher->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

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
	acceptor->loop = engine->loop;
	ev_io_init(&acceptor->watcher, acceptor_take, fd, EV_READ);
	acceptor->watcher.data = acceptor;
	ev_io_start(acceptor->loop, &acceptor->watcher);
}

static inline void
acceptor_stop(struct acceptor *acceptor)
{
	ev_io_stop(acceptor->loop, &acceptor->watcher);
}

#endif
