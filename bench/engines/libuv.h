/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The workloads' loop on libuv.
 *
 * A handle belongs to the loop until its close callback has run, so memory that
 * holds handles is freed after engine_close.
 */
#ifndef BENCH_ENGINES_LIBUV_H
#define BENCH_ENGINES_LIBUV_H

#include <string.h>
#include <uv.h>

#include "support/bench.h"

#define ON_READY(name)                                              \
	static inline void name##_body(void *arg);                  \
	static void name(uv_poll_t *handle, int status, int events) \
	{                                                           \
		(void)status;                                       \
		(void)events;                                       \
		name##_body(handle->data);                          \
	}                                                           \
	static inline void name##_body(void *arg)

#define ON_SIGNAL(name)                                   \
	static inline void name##_body(void *arg);        \
	static void name(uv_signal_t *handle, int number) \
	{                                                 \
		(void)number;                             \
		name##_body(handle->data);                \
	}                                                 \
	static inline void name##_body(void *arg)

#define ON_HANDLE(name, handle_type)               \
	static inline void name##_body(void *arg); \
	static void name(handle_type *handle)      \
	{                                          \
		name##_body(handle->data);         \
	}                                          \
	static inline void name##_body(void *arg)

#define ON_TIMEOUT(name) ON_HANDLE(name, uv_timer_t)
#define ON_TRIGGER(name) ON_HANDLE(name, uv_async_t)
#define ON_WAKE(name)    ON_HANDLE(name, uv_async_t)

typedef uv_poll_cb on_ready_fn;
typedef uv_timer_cb on_timeout_fn;
typedef uv_async_cb on_trigger_fn;
typedef uv_async_cb on_wake_fn;
typedef uv_signal_cb on_signal_fn;

struct engine {
	uv_loop_t loop;
};

static inline void
uv_must(int result, const char *what)
{
	if (result < 0)
		bench_fail("%s: %s", what, uv_strerror(result));
}

static inline void
engine_choose(const char *variant)
{
	if (*variant)
		bench_fail("libuv has no variant '%s'", variant);
}

static inline void
engine_open(struct engine *engine)
{
	uv_must(uv_loop_init(&engine->loop), "uv_loop_init");
}

static inline void
engine_close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static inline void
engine_close(struct engine *engine)
{
	uv_walk(&engine->loop, engine_close_handle, NULL);
	uv_run(&engine->loop, UV_RUN_DEFAULT);
	uv_must(uv_loop_close(&engine->loop), "uv_loop_close");
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
	uv_run(&engine->loop, UV_RUN_DEFAULT);
}

static inline void
engine_stop(struct engine *engine)
{
	uv_stop(&engine->loop);
}

static inline void
engine_poll(struct engine *engine)
{
	uv_run(&engine->loop, UV_RUN_NOWAIT);
}

static inline void
engine_turn(struct engine *engine)
{
	uv_run(&engine->loop, UV_RUN_ONCE);
}

/* ---- readable and writable descriptors */

struct reader {
	uv_poll_t poll;
	uv_poll_cb on_ready;
};

static inline void
reader_init(struct reader *reader, struct engine *engine, int fd, on_ready_fn on_ready, void *arg)
{
	uv_must(uv_poll_init(&engine->loop, &reader->poll, fd), "uv_poll_init");
	reader->poll.data = arg;
	reader->on_ready = on_ready;
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
	uv_poll_start(&reader->poll, UV_READABLE, reader->on_ready);
}

static inline void
reader_stop(struct reader *reader)
{
	uv_poll_stop(&reader->poll);
}

/* libuv's watchers stay; stopping and starting is what a one-shot costs there. */
static inline void
reader_start_again(struct reader *reader)
{
	uv_poll_stop(&reader->poll);
	uv_poll_start(&reader->poll, UV_READABLE, reader->on_ready);
}

/* One handle for both directions: libuv allows no second one for a descriptor. */
struct duplex {
	uv_poll_t poll;
	uv_poll_cb on_readable;
	uv_poll_cb on_writable;
	void *arg;
};

static inline void
duplex_on_ready(uv_poll_t *handle, int status, int events)
{
	struct duplex *duplex = handle->data;

	handle->data = duplex->arg;
	if (events & UV_READABLE)
		duplex->on_readable(handle, status, events);
	if (events & UV_WRITABLE)
		duplex->on_writable(handle, status, events);
	handle->data = duplex;
}

static inline void
duplex_init(struct duplex *duplex, struct engine *engine, int fd, on_ready_fn on_readable,
    on_ready_fn on_writable, void *arg)
{
	uv_must(uv_poll_init(&engine->loop, &duplex->poll, fd), "uv_poll_init");
	duplex->poll.data = duplex;
	duplex->on_readable = on_readable;
	duplex->on_writable = on_writable;
	duplex->arg = arg;
	uv_poll_start(&duplex->poll, UV_READABLE, duplex_on_ready);
}

static inline void
duplex_write_on(struct duplex *duplex)
{
	uv_poll_start(&duplex->poll, UV_READABLE | UV_WRITABLE, duplex_on_ready);
}

static inline void
duplex_write_off(struct duplex *duplex)
{
	uv_poll_start(&duplex->poll, UV_READABLE, duplex_on_ready);
}

static inline void
duplex_stop(struct duplex *duplex)
{
	uv_poll_stop(&duplex->poll);
}

/* ---- timers: milliseconds are all that libuv knows */

struct timer {
	uv_timer_t timer;
	uv_timer_cb on_timeout;
};

static inline void
timer_init(struct timer *timer, struct engine *engine, on_timeout_fn on_timeout, void *arg)
{
	uv_must(uv_timer_init(&engine->loop, &timer->timer), "uv_timer_init");
	timer->timer.data = arg;
	timer->on_timeout = on_timeout;
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
	(void)engine;
	uv_timer_start(&timer->timer, timer->on_timeout, (uint64_t)duration_us / 1000, 0);
}

static inline void
timer_restart(struct timer *timer, struct engine *engine, int64_t duration_us)
{
	timer_start(timer, engine, duration_us);
}

static inline void
timer_stop(struct timer *timer, struct engine *engine)
{
	(void)engine;
	uv_timer_stop(&timer->timer);
}

/* ---- callbacks that are made to run by a call: libuv has nothing but its async handles */

struct trigger {
	uv_async_t async;
};

static inline void
trigger_init(struct trigger *trigger, struct engine *engine, int priority, on_trigger_fn on_trigger,
    void *arg)
{
	(void)priority;
	uv_must(uv_async_init(&engine->loop, &trigger->async, on_trigger), "uv_async_init");
	trigger->async.data = arg;
}

static inline void
trigger_pull(struct trigger *trigger)
{
	uv_async_send(&trigger->async);
}

/* ---- the same from another thread */

struct wake {
	uv_async_t async;
};

static inline void
wake_init(struct wake *wake, struct engine *engine, on_wake_fn on_wake, void *arg)
{
	uv_must(uv_async_init(&engine->loop, &wake->async, on_wake), "uv_async_init");
	wake->async.data = arg;
}

static inline void
wake_send(struct wake *wake)
{
	uv_async_send(&wake->async);
}

/* ---- signals */

struct signal_watch {
	uv_signal_t watcher;
};

static inline void
signal_start(struct signal_watch *watch, struct engine *engine, int number, on_signal_fn on_signal,
    void *arg)
{
	uv_must(uv_signal_init(&engine->loop, &watch->watcher), "uv_signal_init");
	watch->watcher.data = arg;
	uv_must(uv_signal_start(&watch->watcher, on_signal, number), "uv_signal_start");
}

static inline void
signal_stop(struct signal_watch *watch)
{
	uv_signal_stop(&watch->watcher);
}

/* ---- connections, which are counted and closed */

/* A descriptor that is accepted needs a handle until it is closed, after the callbacks. */
#define ACCEPTOR_HANDLES 1024

struct acceptor {
	uv_tcp_t listener;
	long taken;
	int next;
	uv_tcp_t handles[ACCEPTOR_HANDLES];
};

static void
acceptor_take(uv_stream_t *listener, int status)
{
	struct acceptor *acceptor = listener->data;
	uv_tcp_t *handle = &acceptor->handles[acceptor->next++ % ACCEPTOR_HANDLES];

	uv_must(status, "connection");
	uv_must(uv_tcp_init(listener->loop, handle), "uv_tcp_init");
	uv_must(uv_accept(listener, (uv_stream_t *)handle), "uv_accept");
	uv_close((uv_handle_t *)handle, NULL);
	acceptor->taken++;
}

/* The descriptor listens already, and becomes libuv's. */
static inline void
acceptor_start(struct acceptor *acceptor, struct engine *engine, int fd)
{
	acceptor->taken = 0;
	acceptor->next = 0;
	uv_must(uv_tcp_init(&engine->loop, &acceptor->listener), "uv_tcp_init");
	uv_must(uv_tcp_open(&acceptor->listener, fd), "uv_tcp_open");
	acceptor->listener.data = acceptor;
	uv_must(uv_listen((uv_stream_t *)&acceptor->listener, 1024, acceptor_take), "uv_listen");
}

static inline void
acceptor_stop(struct acceptor *acceptor)
{
	uv_close((uv_handle_t *)&acceptor->listener, NULL);
}

#endif
