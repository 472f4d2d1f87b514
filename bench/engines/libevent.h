/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The workloads' loop on libevent's interface.
 *
 * Compiled against the system's headers.  Which library runs is decided when
 * the program is started, by the library path.
 */
#ifndef BENCH_ENGINES_LIBEVENT_H
#define BENCH_ENGINES_LIBEVENT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <string.h>
#include <unistd.h>

#include "support/bench.h"

/* The body of a callback follows the macro; it sees `arg`. */
#define ENGINE_CALLBACK(name)                                       \
	static inline void name##_body(void *arg);                  \
	static void name(evutil_socket_t fd, short what, void *arg) \
	{                                                           \
		(void)fd;                                           \
		(void)what;                                         \
		name##_body(arg);                                   \
	}                                                           \
	static inline void name##_body(void *arg)

#define ON_READY   ENGINE_CALLBACK
#define ON_TIMEOUT ENGINE_CALLBACK
#define ON_TRIGGER ENGINE_CALLBACK
#define ON_WAKE    ENGINE_CALLBACK
#define ON_SIGNAL  ENGINE_CALLBACK

typedef event_callback_fn on_ready_fn;
typedef event_callback_fn on_timeout_fn;
typedef event_callback_fn on_trigger_fn;
typedef event_callback_fn on_wake_fn;
typedef event_callback_fn on_signal_fn;

struct engine {
	struct event_base *base;
	const struct timeval *common; /* the one duration of all timers, if there is one */
};

static bool engine_has_locks;

/* Once in a process, before the first engine is opened. */
static inline void
engine_choose(const char *variant)
{
	engine_has_locks = strcmp(variant, "threads") == 0;
	if (engine_has_locks)
		bench_must(evthread_use_pthreads(), "evthread_use_pthreads");
	else if (*variant)
		bench_fail("libevent has no variant '%s'", variant);
}

static inline void
engine_open(struct engine *engine)
{
	engine->common = NULL;
	engine->base = event_base_new();
	if (!engine->base)
		bench_fail("event_base_new failed");
}

static inline void
engine_close(struct engine *engine)
{
	event_base_free(engine->base);
}

static inline void
engine_set_priorities(struct engine *engine, int count)
{
	bench_must(event_base_priority_init(engine->base, count), "event_base_priority_init");
}

/* Runs until engine_stop is called. */
static inline void
engine_run(struct engine *engine)
{
	bench_must(event_base_loop(engine->base, EVLOOP_NO_EXIT_ON_EMPTY), "event_base_loop");
}

static inline void
engine_stop(struct engine *engine)
{
	event_base_loopbreak(engine->base);
}

/* One turn that does not wait: EVLOOP_NONBLOCK alone goes on while anything is ready. */
static inline void
engine_poll(struct engine *engine)
{
	bench_must(event_base_loop(engine->base, EVLOOP_ONCE | EVLOOP_NONBLOCK), "event_base_loop");
}

/* One turn that waits until something happens. */
static inline void
engine_turn(struct engine *engine)
{
	bench_must(event_base_loop(engine->base, EVLOOP_ONCE), "event_base_loop");
}

/* ---- readable and writable descriptors */

struct reader {
	struct event event;
};

static inline void
reader_init(struct reader *reader, struct engine *engine, int fd, on_ready_fn on_ready, void *arg)
{
	event_assign(&reader->event, engine->base, fd, EV_READ | EV_PERSIST, on_ready, arg);
}

/* One that must be started again in its callback. */
static inline void
reader_init_once(
    struct reader *reader, struct engine *engine, int fd, on_ready_fn on_ready, void *arg)
{
	event_assign(&reader->event, engine->base, fd, EV_READ, on_ready, arg);
}

static inline void
reader_start(struct reader *reader)
{
	event_add(&reader->event, NULL);
}

static inline void
reader_stop(struct reader *reader)
{
	event_del(&reader->event);
}

static inline void
reader_start_again(struct reader *reader)
{
	event_add(&reader->event, NULL);
}

/* Reads all the time and writes now and then. */
struct duplex {
	struct event reading;
	struct event writing;
};

static inline void
duplex_init(struct duplex *duplex, struct engine *engine, int fd, on_ready_fn on_readable,
    on_ready_fn on_writable, void *arg)
{
	event_assign(&duplex->reading, engine->base, fd, EV_READ | EV_PERSIST, on_readable, arg);
	event_assign(&duplex->writing, engine->base, fd, EV_WRITE | EV_PERSIST, on_writable, arg);
	event_add(&duplex->reading, NULL);
}

static inline void
duplex_write_on(struct duplex *duplex)
{
	event_add(&duplex->writing, NULL);
}

static inline void
duplex_write_off(struct duplex *duplex)
{
	event_del(&duplex->writing);
}

static inline void
duplex_stop(struct duplex *duplex)
{
	event_del(&duplex->reading);
	event_del(&duplex->writing);
}

/* ---- timers */

struct timer {
	struct event event;
};

static inline void
timer_init(struct timer *timer, struct engine *engine, on_timeout_fn on_timeout, void *arg)
{
	event_assign(&timer->event, engine->base, -1, 0, on_timeout, arg);
}

/* Says that every timer of this engine is started with this duration. */
static inline void
engine_announce_duration(struct engine *engine, int64_t duration_us)
{
	struct timeval duration = {duration_us / 1000000, duration_us % 1000000};

	engine->common = event_base_init_common_timeout(engine->base, &duration);
	if (!engine->common)
		bench_fail("event_base_init_common_timeout failed");
}

static inline void
timer_start(struct timer *timer, struct engine *engine, int64_t duration_us)
{
	struct timeval duration = {duration_us / 1000000, duration_us % 1000000};

	event_add(&timer->event, engine->common ? engine->common : &duration);
}

/* Gives a pending timer another duration. */
static inline void
timer_restart(struct timer *timer, struct engine *engine, int64_t duration_us)
{
	timer_start(timer, engine, duration_us);
}

static inline void
timer_stop(struct timer *timer, struct engine *engine)
{
	(void)engine;
	event_del(&timer->event);
}

/* ---- callbacks that are made to run by a call */

struct trigger {
	struct event event;
};

static inline void
trigger_init(struct trigger *trigger, struct engine *engine, int priority, on_trigger_fn on_trigger,
    void *arg)
{
	event_assign(&trigger->event, engine->base, -1, EV_PERSIST, on_trigger, arg);
	bench_must(event_priority_set(&trigger->event, priority), "event_priority_set");
}

static inline void
trigger_pull(struct trigger *trigger)
{
	event_active(&trigger->event, EV_READ, 1);
}

/* ---- the same from another thread */

struct wake {
	struct event event;
};

static inline void
wake_init(struct wake *wake, struct engine *engine, on_wake_fn on_wake, void *arg)
{
	event_assign(&wake->event, engine->base, -1, EV_PERSIST, on_wake, arg);
}

static inline void
wake_send(struct wake *wake)
{
	event_active(&wake->event, EV_READ, 1);
}

/* ---- signals */

struct signal_watch {
	struct event event;
};

static inline void
signal_start(struct signal_watch *watch, struct engine *engine, int number, on_signal_fn on_signal,
    void *arg)
{
	event_assign(&watch->event, engine->base, number, EV_SIGNAL | EV_PERSIST, on_signal, arg);
	bench_must(event_add(&watch->event, NULL), "event_add");
}

static inline void
signal_stop(struct signal_watch *watch)
{
	event_del(&watch->event);
}

/* ---- connections, which are counted and closed */

struct acceptor {
	struct evconnlistener *listener;
	long taken;
};

static void
acceptor_take(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	struct acceptor *acceptor = arg;

	(void)listener;
	(void)address;
	(void)size;
	close(fd);
	acceptor->taken++;
}

/* The descriptor listens already. */
static inline void
acceptor_start(struct acceptor *acceptor, struct engine *engine, int fd)
{
	acceptor->taken = 0;
	acceptor->listener =
	    evconnlistener_new(engine->base, acceptor_take, acceptor, LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!acceptor->listener)
		bench_fail("evconnlistener_new failed");
}

static inline void
acceptor_stop(struct acceptor *acceptor)
{
	evconnlistener_free(acceptor->listener);
}

#endif
