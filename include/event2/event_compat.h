/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The functions of libevent 1.4 that work on one global base.
 *
 * event_init() creates the base; the others use the one that was created last.  Do not
 * use them in new programs: they cannot be used from several threads, and a library that
 * calls event_init() replaces the base of the program.
 */
#ifndef EVENT2_EVENT_COMPAT_H_INCLUDED_
#define EVENT2_EVENT_COMPAT_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/event-config.h>

#include <sys/time.h>
#include <sys/types.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event;
struct event_base;

/**
 * Create an event base and use it as the global one.
 *
 * The base is as event_base_new() creates it.  An earlier base is not freed; it is only no
 * longer the global one.
 *
 * @return the base, to be freed with event_base_free(); NULL if it cannot be created
 *
 * Threads: not safe; call it before other threads use the library.
 * Since: libevent 2.1; deprecated, use event_base_new().
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_init(void);

/**
 * Run the event loop of the global base until no event is pending.
 *
 * @return 0 if it was stopped, 1 if no events were left, -1 on an error of the
 *         backend
 *
 * Threads: one thread at a time may run a base's loop.
 * Since: libevent 2.1; deprecated, use event_base_dispatch().
 */
EVENT2_EXPORT_SYMBOL
int event_dispatch(void);

/**
 * Run the event loop of the global base.
 *
 * @param flags  EVLOOP_ONCE, EVLOOP_NONBLOCK, EVLOOP_NO_EXIT_ON_EMPTY, or 0
 * @return as event_base_loop()
 *
 * Threads: one thread at a time may run a base's loop.
 * Since: libevent 2.1; deprecated, use event_base_loop().
 */
EVENT2_EXPORT_SYMBOL
int event_loop(int flags);

/**
 * Exit the event loop of the global base after a time.
 *
 * @param timeout  how long from now; NULL is at once, after the callbacks that
 *                 are active have run
 * @return 0, or -1 if memory is short
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1; deprecated, use event_base_loopexit().
 */
EVENT2_EXPORT_SYMBOL
int event_loopexit(const struct timeval *timeout);

/**
 * Break the event loop of the global base after the running callback.
 *
 * @return 0, or -1 if the loop could not be woken
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1; deprecated, use event_base_loopbreak().
 */
EVENT2_EXPORT_SYMBOL
int event_loopbreak(void);

/**
 * Call a function once, on the global base, when a descriptor is ready or a time has passed.
 *
 * @param fd        the descriptor to wait for, or -1
 * @param events    EV_TIMEOUT, or EV_READ and EV_WRITE
 * @param callback  runs once, on the loop's thread
 * @param arg       passed to the callback
 * @param timeout   longest time to wait; NULL waits for ever, and is at once
 *                  for EV_TIMEOUT alone
 * @return 0, or -1 if the events make no sense or memory is short
 *
 * Locks: the callback runs with no lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.1; deprecated, use event_base_once().
 */
EVENT2_EXPORT_SYMBOL
int event_once(evutil_socket_t fd, short events, void (*callback)(evutil_socket_t, short, void *),
    void *arg, const struct timeval *timeout);

/**
 * Get the name of the backend of the global base.
 *
 * @return a constant text, such as "epoll"
 *
 * Threads: safe.
 * Since: libevent 2.1; deprecated, use event_base_get_method().
 */
EVENT2_EXPORT_SYMBOL
const char *event_get_method(void);

/**
 * Set the number of priorities of the global base.
 *
 * @param count  1 to EVENT_MAX_PRIORITIES - 1
 * @return 0, or -1 if the count is out of range, memory is short or an event is
 *         active
 *
 * Threads: call it before events are added.
 * Since: libevent 2.1; deprecated, use event_base_priority_init().
 */
EVENT2_EXPORT_SYMBOL
int event_priority_init(int count);

/**
 * Set up an event in memory of the caller, for the global base.
 *
 * The event must not be pending.  event_base_set() may move it to another base
 * before it is added.
 *
 * @param ev        the event; the caller owns it
 * @param fd        the descriptor, the number of the signal, or -1
 * @param events    EV_ bits, or 0 for an event with a timeout alone
 * @param callback  runs on the loop's thread
 * @param arg       passed to the callback
 *
 * Locks: the callback runs with no lock held.
 * Threads: safe if no other thread uses the event.
 * Since: libevent 2.1; deprecated, use event_assign() or event_new().
 */
EVENT2_EXPORT_SYMBOL
void event_set(struct event *ev, evutil_socket_t fd, short events,
    void (*callback)(evutil_socket_t, short, void *), void *arg);

/** @name Timers and signals on the global base
 * Old names of event_set() and of what is done with an event.
 * @{ */
/** Set up a timer; see event_set(). */
#define evtimer_set(ev, cb, arg) event_set((ev), -1, 0, (cb), (arg))
/** Set up an event of a signal; see event_set(). */
#define evsignal_set(ev, x, cb, arg) event_set((ev), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))

#define timeout_add(ev, tv) event_add((ev), (tv)) /**< evtimer_add() by its old name. */
/** evtimer_set() by its old name. */
#define timeout_set(ev, cb, arg) event_set((ev), -1, 0, (cb), (arg))
#define timeout_del(ev)          event_del(ev) /**< evtimer_del() by its old name. */
/** evtimer_pending() by its old name. */
#define timeout_pending(ev, tv) event_pending((ev), EV_TIMEOUT, (tv))
/** evtimer_initialized() by its old name. */
#define timeout_initialized(ev) event_initialized(ev)

/** evsignal_add() by its old name. */
#define signal_add(ev, tv) event_add((ev), (tv))
/** evsignal_set() by its old name. */
#define signal_set(ev, x, cb, arg) event_set((ev), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
#define signal_del(ev)             event_del(ev) /**< evsignal_del() by its old name. */
/** evsignal_pending() by its old name. */
#define signal_pending(ev, tv) event_pending((ev), EV_SIGNAL, (tv))
/** evsignal_initialized() by its old name. */
#define signal_initialized(ev) event_initialized(ev)
/** @} */

#ifndef EVENT_FD
/** The descriptor of an event; use event_get_fd(). */
#define EVENT_FD(ev) ((int)event_get_fd(ev))
#endif
#ifndef EVENT_SIGNAL
/** The signal of an event; use event_get_signal(). */
#define EVENT_SIGNAL(ev) event_get_signal(ev)
#endif

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_EVENT_COMPAT_H_INCLUDED_ */
