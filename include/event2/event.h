/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Events and the loop that waits for them.
 *
 * A base (struct event_base) is one loop.  An event (struct event) says what to
 * wait for -- a descriptor, a signal, a time -- and what to call then.  Events
 * are made, added to their base, and from then on pending; when what they wait
 * for happens they become active and the loop calls them, by priority.
 *
 * Unless a function says otherwise:
 *   - callbacks run on the thread that runs the loop, with no lock held, and may
 *     call everything but the loop itself;
 *   - a function may be called from any thread if the base was made after locks
 *     were switched on (event2/thread.h) and without EVENT_BASE_FLAG_NOLOCK;
 *   - times are spans in struct timeval, with tv_usec below 1,000,000, and the
 *     library copies them.
 */
#ifndef EVENT2_EVENT_H_INCLUDED_
#define EVENT2_EVENT_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/event-config.h>

#include <stdio.h>
#include <sys/time.h>
#include <sys/types.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One loop with its events. */
struct event_base;

/** Something to wait for; see event_new() and, for its layout, event2/event_struct.h. */
struct event;

/** How a base is to be made; see event_config_new(). */
struct event_config;

/**
 * Check how the program uses its events.
 *
 * From then on the library remembers which events are set up and which are
 * added, and ends the process with a message when an event is used in a way that
 * cannot be right: set up while it is pending, added without having been set up,
 * and the like.  Must come before any event and any base is made; there is no
 * way back.
 *
 * Threads: not safe; call it while there is one thread.
 * Cost: memory for each event, and a search in each call.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_enable_debug_mode(void);

/**
 * Tell the debug mode that the memory of an event goes away.
 *
 * For events set up by event_assign() only: event_free() does it by itself.  Does
 * nothing unless the debug mode is on.
 *
 * @param ev  the event; it must not be pending
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_debug_unassign(struct event *ev);

/**
 * Make a base with the best kernel interface of the system.
 *
 * The environment may forbid interfaces: EVENT_NOEPOLL, EVENT_NOPOLL,
 * EVENT_NOSELECT; EVENT_SHOW_METHOD prints the one that was taken.
 *
 * @return the base, to be freed with event_base_free(); NULL if memory is short
 *         or no interface is left
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_base_new(void);

/**
 * Make a base usable in the child after a fork.
 *
 * The child shares kernel objects with its parent until then.  All events stay
 * added.
 *
 * @param base  the base
 * @return 0, or -1 if some events could not be added again
 *
 * Threads: call it in the child before anything else is done with the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_reinit(struct event_base *base);

/**
 * Run a loop until nothing is left to wait for.
 *
 * The same as event_base_loop() without flags.
 *
 * @param base  the base
 * @return 0 if it was stopped by event_base_loopexit() or event_base_loopbreak(),
 *         1 if no events were left, -1 on an error of the kernel interface
 *
 * Threads: one thread at a time may run a loop.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_dispatch(struct event_base *base);

/**
 * The name of the kernel interface that a base uses.
 *
 * @param eb  the base
 * @return a constant text: "epoll", "poll", "select" and so on
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *event_base_get_method(const struct event_base *eb);

/**
 * The name of the way in which a base learns of signals.
 *
 * @param eb  the base
 * @return a constant text: "signal" or "signalfd_signal"
 *
 * Threads: safe.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
const char *event_base_get_signal_method(const struct event_base *eb);

/**
 * The kernel interfaces that this library has been built with.
 *
 * Some of them may still not work on the running system, and the environment is
 * not looked at.
 *
 * @return names, the preferred one first, ended by NULL; the library owns the
 *         list, which is valid until the next call.  NULL if memory is short
 *
 * Threads: not safe, for the next call may change the list.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char **event_get_supported_methods(void);

/**
 * Read the clock of a base, which never runs backwards.
 *
 * Inside a callback the time at which the loop woke up is answered.
 *
 * @param base  the base
 * @param tp    receives the time since an instant that is not told
 * @return 0, or -1 if the clock cannot be read or base is NULL
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_gettime_monotonic(struct event_base *base, struct timeval *tp);

/** @name What event_base_get_num_events() and event_base_get_max_events() count
 * @{ */
#define EVENT_BASE_COUNT_ACTIVE  1U /**< Events that wait for their callback to run. */
#define EVENT_BASE_COUNT_VIRTUAL 2U /**< What keeps the loop alive without being an event. */
#define EVENT_BASE_COUNT_ADDED   4U /**< Events that are added. */
/** @} */

/**
 * Count the events of a base.
 *
 * An added event counts once for its descriptor or signal and once more for its
 * timeout.  The library's own events do not count.
 *
 * @param eb     the base
 * @param flags  EVENT_BASE_COUNT_ bits; their counts are summed
 * @return the count
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_num_events(struct event_base *eb, unsigned int flags);

/**
 * The largest counts that a base has seen.
 *
 * @param eb     the base
 * @param flags  EVENT_BASE_COUNT_ bits; their largest counts are summed
 * @param clear  1 to begin anew with 0
 * @return the sum of the largest counts
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_max_events(struct event_base *eb, unsigned int flags, int clear);

/**
 * Make a description of a base, for event_base_new_with_config().
 *
 * @return a description that asks for nothing, to be freed with
 *         event_config_free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_config *event_config_new(void);

/**
 * Free a description.  Bases made from it stay.
 *
 * @param cfg  the description
 *
 * Threads: safe if nobody else uses the description.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_config_free(struct event_config *cfg);

/**
 * Forbid a kernel interface.
 *
 * @param cfg     the description
 * @param method  its name, as of event_base_get_method(); unknown names do no harm
 * @return 0, or -1 if memory is short
 *
 * Threads: safe if nobody else uses the description.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_avoid_method(struct event_config *cfg, const char *method);

/** What a kernel interface can do. */
enum event_method_feature {
	/** Edge-triggered events: EV_ET. */
	EV_FEATURE_ET = 0x01,
	/** The cost of a turn does not grow with the number of events that are not ready. */
	EV_FEATURE_O1 = 0x02,
	/** Descriptors of every kind, not only sockets. */
	EV_FEATURE_FDS = 0x04,
	/** Sees that the peer closed without reading: EV_CLOSED. */
	EV_FEATURE_EARLY_CLOSE = 0x08
};

/** How a base is to behave. */
enum event_base_config_flag {
	/** No locks, even if locks are switched on: one thread only will use the base. */
	EVENT_BASE_FLAG_NOLOCK = 0x01,
	/** Do not look at the environment. */
	EVENT_BASE_FLAG_IGNORE_ENV = 0x02,
	/** Windows: start completion ports at once. */
	EVENT_BASE_FLAG_STARTUP_IOCP = 0x04,
	/** Read the clock whenever the time is asked for, instead of once a turn. */
	EVENT_BASE_FLAG_NO_CACHE_TIME = 0x08,
	/** Accepted and without effect: changes are always collected between two waits. */
	EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST = 0x10,
	/** Timeouts as exact as the system can, at a higher cost. */
	EVENT_BASE_FLAG_PRECISE_TIMER = 0x20,
	/** With EVENT_BASE_FLAG_PRECISE_TIMER: without a timer descriptor.  Since libevent 2.2. */
	EVENT_BASE_FLAG_EPOLL_DISALLOW_TIMERFD = 0x40,
	/** Take signals by a signal descriptor instead of a handler.  Since libevent 2.2. */
	EVENT_BASE_FLAG_USE_SIGNALFD = 0x80
};

/**
 * What the kernel interface of a base can do.
 *
 * @param base  the base
 * @return EV_FEATURE_ bits
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_features(const struct event_base *base);

/**
 * Ask for a kernel interface that can do certain things.
 *
 * @param cfg      the description
 * @param feature  EV_FEATURE_ bits, replacing those of an earlier call
 * @return 0, or -1 if cfg is NULL
 *
 * Threads: safe if nobody else uses the description.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_require_features(struct event_config *cfg, int feature);

/**
 * Ask for a behaviour.
 *
 * @param cfg   the description
 * @param flag  EVENT_BASE_FLAG_ bits, added to those of earlier calls
 * @return 0, or -1 if cfg is NULL
 *
 * Threads: safe if nobody else uses the description.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_flag(struct event_config *cfg, int flag);

/**
 * Tell how many processors there are.
 *
 * Of use to Windows' completion ports only.
 *
 * @param cfg   the description
 * @param cpus  the number
 * @return 0, or -1 if cfg is NULL
 *
 * Threads: safe if nobody else uses the description.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_num_cpus_hint(struct event_config *cfg, int cpus);

/**
 * Have the loop look for new events before all active ones have run.
 *
 * Without it many active events of low priority can keep the loop from seeing
 * that one of high priority has become ready.  With a limit of time the clock is
 * read after each callback.
 *
 * @param cfg            the description
 * @param max_interval   look again after callbacks have run for so long; NULL is
 *                       no limit
 * @param max_callbacks  look again after so many callbacks; negative is no limit
 * @param min_priority   the limits hold for events of this priority number and
 *                       above; those that are more urgent all run
 * @return 0
 *
 * Threads: safe if nobody else uses the description.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_max_dispatch_interval(struct event_config *cfg,
    const struct timeval *max_interval, int max_callbacks, int min_priority);

/**
 * Make a base as described.
 *
 * @param cfg  the description, not needed afterwards; NULL asks for nothing
 * @return the base, to be freed with event_base_free(); NULL if memory is short
 *         or no kernel interface fits
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_base_new_with_config(const struct event_config *cfg);

/**
 * Free a base.
 *
 * Events that are still added are removed from it and stay with their owners;
 * they must not be used with this base any more.  Finalizers that are due run
 * first.
 *
 * @param eb  the base, not running; NULL is the base of event_init()
 *
 * Threads: nobody may use the base any more.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_free(struct event_base *eb);

/**
 * Free a base without running the finalizers that are due.
 *
 * What they would have freed is lost.
 *
 * @param eb  the base, not running; NULL is the base of event_init()
 *
 * Threads: nobody may use the base any more.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_free_nofinalize(struct event_base *eb);

/** @name How important a log line is
 * @{ */
#define EVENT_LOG_DEBUG 0 /**< For those who look for a fault. */
#define EVENT_LOG_MSG   1 /**< For information. */
#define EVENT_LOG_WARN  2 /**< Something is wrong; the library goes on. */
#define EVENT_LOG_ERR   3 /**< Something is wrong and the process is about to end. */
/** @} */

/** @name The same by their old names
 * @{ */
#define _EVENT_LOG_DEBUG EVENT_LOG_DEBUG /**< EVENT_LOG_DEBUG. */
#define _EVENT_LOG_MSG   EVENT_LOG_MSG   /**< EVENT_LOG_MSG. */
#define _EVENT_LOG_WARN  EVENT_LOG_WARN  /**< EVENT_LOG_WARN. */
#define _EVENT_LOG_ERR   EVENT_LOG_ERR   /**< EVENT_LOG_ERR. */
/** @} */

/**
 * Receives a log line.
 *
 * The first argument is one of EVENT_LOG_, the second the line without an end of
 * line, valid during the call.  It may run with locks held and must not call the
 * library.
 */
typedef void (*event_log_cb)(int severity, const char *msg);

/**
 * Receive the log lines of the library.
 *
 * @param cb  receives each line; NULL writes them to standard error again
 *
 * Locks: cb may run with any lock held, on any thread.
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_set_log_callback(event_log_cb cb);

/** Ends the process.  It must not return; the argument is an exit status. */
typedef void (*event_fatal_cb)(int err);

/**
 * Choose how the process ends after an error from which there is no way on.
 *
 * @param cb  ends the process; NULL exits again
 *
 * Locks: cb may run with any lock held, on any thread.
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_set_fatal_callback(event_fatal_cb cb);

/** For event_enable_debug_logging(): everything. */
#define EVENT_DBG_ALL 0xffffffffu
/** For event_enable_debug_logging(): nothing. */
#define EVENT_DBG_NONE 0

/**
 * Switch log lines of EVENT_LOG_DEBUG on or off.
 *
 * @param which  EVENT_DBG_ALL or EVENT_DBG_NONE
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_enable_debug_logging(ev_uint32_t which);

/**
 * Move an event to another base.
 *
 * The event gets the middle priority of that base.
 *
 * @param eb  the base
 * @param ev  the event, set up and not pending
 * @return 0, or -1 if the event is pending
 *
 * Threads: safe if nobody else uses the event.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_set(struct event_base *eb, struct event *ev);

/** @name Flags of event_base_loop()
 * @{ */
#define EVLOOP_ONCE             0x01 /**< Wait until something is active, run it, return. */
#define EVLOOP_NONBLOCK         0x02 /**< Do not wait: run what is ready now, return. */
#define EVLOOP_NO_EXIT_ON_EMPTY 0x04 /**< Go on although there is nothing to wait for. */
/** @} */

/**
 * Run a loop.
 *
 * Waits, and calls what became active, until no event is left or somebody stops
 * it.  It cannot be run again from one of its own callbacks: that is refused with a
 * warning.
 *
 * @param eb     the base
 * @param flags  EVLOOP_ bits, or 0
 * @return 0 if it was stopped or a flag ended it, 1 if nothing was left to wait
 *         for, -1 on an error of the kernel interface or if the loop is running
 *
 * Threads: one thread at a time may run a loop.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loop(struct event_base *eb, int flags);

/**
 * Ask a loop to end after a time.
 *
 * The callbacks that are active when the time is over all run first.  The request is
 * remembered if the loop is not running; it holds for one run.
 *
 * @param eb  the base
 * @param tv  how long from now; NULL is at once
 * @return 0, or -1 if memory is short
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loopexit(struct event_base *eb, const struct timeval *tv);

/**
 * Ask a loop to end as soon as the callback that runs now has returned.
 *
 * Callbacks that are active stay so for the next run.  The request is forgotten
 * if the loop is not running.
 *
 * @param eb  the base
 * @return 0, or -1 if eb is NULL or the loop could not be woken
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loopbreak(struct event_base *eb);

/**
 * Ask a loop to look for new events as soon as the callback that runs now has
 * returned.
 *
 * What is active then competes with what has become active by priority.
 *
 * @param eb  the base
 * @return 0, or -1 if eb is NULL or the loop could not be woken
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loopcontinue(struct event_base *eb);

/**
 * Whether the last run of a loop ended by event_base_loopexit().
 *
 * @param eb  the base
 * @return 1 if so, else 0
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_got_exit(struct event_base *eb);

/**
 * Whether the last run of a loop ended by event_base_loopbreak().
 *
 * @param eb  the base
 * @return 1 if so, else 0
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_got_break(struct event_base *eb);

/** @name What an event waits for, and what came
 * @{ */
#define EV_TIMEOUT  0x01 /**< Its time is over. */
#define EV_READ     0x02 /**< The descriptor can be read. */
#define EV_WRITE    0x04 /**< The descriptor can be written. */
#define EV_SIGNAL   0x08 /**< The signal arrived. */
#define EV_PERSIST  0x10 /**< Stay added after the callback; a timeout starts anew. */
#define EV_ET       0x20 /**< Report changes instead of states, where EV_FEATURE_ET. */
#define EV_FINALIZE 0x40 /**< event_del() need not wait: a finalizer frees the event. */
#define EV_CLOSED   0x80 /**< The peer closed its side, where EV_FEATURE_EARLY_CLOSE. */
/** @} */

/** @name Timers
 * Events without descriptor.
 * @{ */
/** Set up a timer in memory of the caller; see event_assign(). */
#define evtimer_assign(ev, b, cb, arg) event_assign((ev), (b), -1, 0, (cb), (arg))
/** Make a timer; see event_new(). */
#define evtimer_new(b, cb, arg) event_new((b), -1, 0, (cb), (arg))
/** Start a timer, or start it anew; see event_add(). */
#define evtimer_add(ev, tv) event_add((ev), (tv))
#define evtimer_del(ev)     event_del(ev) /**< Stop a timer; see event_del(). */
/** Whether a timer is running; see event_pending(). */
#define evtimer_pending(ev, tv) event_pending((ev), EV_TIMEOUT, (tv))
/** Whether a timer has been set up; see event_initialized(). */
#define evtimer_initialized(ev) event_initialized(ev)
/** @} */

/** @name Signals
 * Events of a signal that stay added.
 * @{ */
#define evsignal_add(ev, tv) event_add((ev), (tv)) /**< Wait for a signal; see event_add(). */
/** Set up an event of a signal in memory of the caller; see event_assign(). */
#define evsignal_assign(ev, b, x, cb, arg) \
	event_assign((ev), (b), (x), EV_SIGNAL | EV_PERSIST, cb, (arg))
/** Make an event of a signal; see event_new(). */
#define evsignal_new(b, x, cb, arg) event_new((b), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
/** Stop waiting for a signal; see event_del(). */
#define evsignal_del(ev) event_del(ev)
/** Whether a signal is waited for; see event_pending(). */
#define evsignal_pending(ev, tv) event_pending((ev), EV_SIGNAL, (tv))
/** Whether an event of a signal has been set up; see event_initialized(). */
#define evsignal_initialized(ev) event_initialized(ev)
/** @} */

/** @name User events
 * Events that wait for nothing but evuser_trigger().
 * @{ */
/** Make a user event; see event_new(). */
#define evuser_new(b, cb, arg) event_new((b), -1, 0, (cb), (arg))
#define evuser_del(ev)         event_del(ev) /**< Remove a user event; see event_del(). */
/** Whether a user event is active; see event_pending(). */
#define evuser_pending(ev, tv) event_pending((ev), 0, (tv))
/** Whether a user event has been set up; see event_initialized(). */
#define evuser_initialized(ev) event_initialized(ev)
/** Make a user event active; see event_active(). */
#define evuser_trigger(ev) event_active((ev), 0, 0)
/** @} */

/**
 * Called when an event is active.
 *
 * Arguments: the descriptor or the number of the signal, EV_ bits of what came,
 * and the event's argument.
 */
typedef void (*event_callback_fn)(evutil_socket_t, short, void *);

/**
 * The argument that stands for the event itself.
 *
 * Given to event_new() or event_assign() as the callback's argument, it has the callback
 * receive the event.
 *
 * @return a value to hand to event_new(), event_assign() or event_base_once()
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void *event_self_cbarg(void);

/**
 * Make an event.
 *
 * It waits for nothing until event_add().
 *
 * @param base          the base, or NULL for that of event_init()
 * @param fd            a descriptor, the number of a signal, or -1; it stays with
 *                      the caller and must not be closed while the event is added
 * @param events        EV_READ, EV_WRITE, EV_CLOSED or EV_SIGNAL, with EV_PERSIST, EV_ET
 *                      and EV_FINALIZE as wanted; 0 for a timer
 * @param callback      what to call
 * @param callback_arg  handed to the callback
 * @return the event, to be freed with event_free(); NULL if memory is short or
 *         the events make no sense
 *
 * Locks: the callback runs with no lock held.
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event *event_new(struct event_base *base, evutil_socket_t fd, short events,
    event_callback_fn callback, void *callback_arg);

/**
 * Set up an event in memory of the caller.
 *
 * The event must not be pending.  event_get_struct_event_size() says how much memory
 * the library needs, for programs that do not include event2/event_struct.h.
 *
 * @param ev            the memory; it must stay until the event is not pending
 * @param base          the base, or NULL for that of event_init()
 * @param fd            as in event_new()
 * @param events        as in event_new()
 * @param callback      what to call
 * @param callback_arg  handed to the callback
 * @return 0, or -1 if the events make no sense
 *
 * Locks: the callback runs with no lock held.
 * Threads: safe if nobody else uses the event.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_assign(struct event *ev, struct event_base *base, evutil_socket_t fd, short events,
    event_callback_fn callback, void *callback_arg);

/**
 * Free an event that was made with event_new().
 *
 * It is removed from its base first, as by event_del().
 *
 * @param ev  the event
 *
 * Threads: safe if the base has locks; waits for a callback of the event that is
 * running on another thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_free(struct event *ev);

/** Called when an event has been finalized, with the event and its argument. */
typedef void (*event_finalize_callback_fn)(struct event *, void *);

/**
 * Remove an event, and be called when its callback cannot be running any more.
 *
 * Does not wait.  The event must not be used by anyone but the finalizer from
 * then on.
 *
 * @param flags  0
 * @param ev     the event
 * @param fn     runs on the loop's thread; may free the event's memory
 * @return 0, or -1 on an error
 *
 * Locks: fn runs with no lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn fn);

/**
 * Remove an event, be called when its callback cannot be running any more, and
 * have the event freed after that.
 *
 * Does not wait.
 *
 * @param flags  0
 * @param ev     the event, from event_new()
 * @param fn     runs on the loop's thread; must not free the event
 * @return 0, or -1 on an error
 *
 * Locks: fn runs with no lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_free_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn fn);

/**
 * Call back once, without an event of one's own.
 *
 * @param base      the base
 * @param fd        the descriptor to wait for, or -1
 * @param events    EV_TIMEOUT, or EV_READ and EV_WRITE; not EV_SIGNAL, not EV_PERSIST
 * @param callback  runs once, on the loop's thread; not at all if the base is
 *                  freed before
 * @param arg       handed to the callback
 * @param timeout   longest time to wait; NULL waits for ever, and is at once for
 *                  EV_TIMEOUT alone
 * @return 0, or -1 if the events make no sense or memory is short
 *
 * Locks: the callback runs with no lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_once(struct event_base *base, evutil_socket_t fd, short events,
    event_callback_fn callback, void *arg, const struct timeval *timeout);

/**
 * Wait for an event.
 *
 * If the event is pending already, the timeout is set anew and the rest stays as
 * it was.
 *
 * @param ev       the event, set up
 * @param timeout  longest time to wait; NULL leaves a pending timeout as it is,
 *                 else waits for ever.  May come from event_base_init_common_timeout()
 * @return 0, or -1 if the kernel refuses the descriptor or memory is short; the
 *         event is then as it was before
 *
 * Threads: safe if the base has locks; wakes the loop if it has to.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_add(struct event *ev, const struct timeval *timeout);

/**
 * Take the timeout off an event and leave the rest as it is.
 *
 * @param ev  the event
 * @return 0, also if it had no timeout; -1 on an error
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_remove_timer(struct event *ev);

/**
 * Stop waiting for an event.
 *
 * Its callback will not run again until it is added or activated once more.
 *
 * @param ev  the event; it may be pending or not
 * @return 0, or -1 on an error
 *
 * Threads: safe if the base has locks; waits for a callback of the event that is
 * running on another thread, unless the event has EV_FINALIZE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_del(struct event *ev);

/**
 * Stop waiting for an event, and do not wait for its callback either.
 *
 * The callback may be running on the loop's thread when the function returns.
 *
 * @param ev  the event; it may be pending or not
 * @return 0, or -1 on an error
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_del_noblock(struct event *ev);

/**
 * Stop waiting for an event, and wait for its callback in every case.
 *
 * @param ev  the event; it may be pending or not
 * @return 0, or -1 on an error
 *
 * Threads: safe if the base has locks; waits for a callback of the event that is
 * running on another thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_del_block(struct event *ev);

/**
 * Make an event active, as if what it waits for had happened.
 *
 * The event need not be pending.
 *
 * @param ev      the event, set up
 * @param res     EV_ bits handed to the callback
 * @param ncalls  how often the callback of a signal event runs; not used otherwise
 *
 * Threads: safe if the base has locks; wakes the loop if it has to.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_active(struct event *ev, int res, short ncalls);

/**
 * Whether an event is pending or active.
 *
 * @param ev      the event
 * @param events  EV_TIMEOUT, EV_READ, EV_WRITE, EV_CLOSED, EV_SIGNAL: which are asked
 *                for
 * @param tv      receives the time of the wall clock at which a timeout asked for
 *                ends; may be NULL
 * @return those of the bits asked for which the event waits for or is active with
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_pending(const struct event *ev, short events, struct timeval *tv);

/**
 * The event whose callback is running.
 *
 * @param base  the base
 * @return the event; NULL outside of callbacks of events
 *
 * Threads: the loop's thread only.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event *event_base_get_running_event(struct event_base *base);

/**
 * Whether an event has been set up.
 *
 * Only for memory that was zeroed before: other memory may look like an event by
 * chance.
 *
 * @param ev  the event
 * @return 1 if so, else 0
 *
 * Threads: safe if nobody else sets up the event.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_initialized(const struct event *ev);

/** The number of the signal that an event waits for. */
#define event_get_signal(ev) ((int)event_get_fd(ev))

/**
 * The descriptor of an event, or the number of its signal.
 *
 * @param ev  the event, set up
 * @return the descriptor or number; -1 if it has none
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
evutil_socket_t event_get_fd(const struct event *ev);

/**
 * The base of an event.
 *
 * @param ev  the event, set up
 * @return the base
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_get_base(const struct event *ev);

/**
 * What an event waits for.
 *
 * @param ev  the event, set up
 * @return the EV_ bits that it was made with
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
short event_get_events(const struct event *ev);

/**
 * The callback of an event.
 *
 * @param ev  the event, set up
 * @return the callback
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
event_callback_fn event_get_callback(const struct event *ev);

/**
 * What is handed to the callback of an event.
 *
 * @param ev  the event, set up
 * @return the argument; the event itself if it was made with event_self_cbarg()
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void *event_get_callback_arg(const struct event *ev);

/**
 * The priority of an event.
 *
 * @param ev  the event, set up
 * @return the priority; smaller is more urgent
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_get_priority(const struct event *ev);

/**
 * Everything that an event was set up with.
 *
 * @param event         the event, set up
 * @param base_out      receives the base; each of these may be NULL
 * @param fd_out        receives the descriptor or the number of the signal
 * @param events_out    receives the EV_ bits
 * @param callback_out  receives the callback
 * @param arg_out       receives the callback's argument
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_get_assignment(const struct event *event, struct event_base **base_out,
    evutil_socket_t *fd_out, short *events_out, event_callback_fn *callback_out, void **arg_out);

/**
 * The size of struct event in the library that runs.
 *
 * @return bytes
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
size_t event_get_struct_event_size(void);

/**
 * The version of libevent whose interface is offered.
 *
 * levin_version() answers the library's own version.
 *
 * @return a constant text of the form "2.1.12-stable"
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *event_get_version(void);

/**
 * The version of libevent whose interface is offered, as a number.
 *
 * @return one byte each for major, minor, patch and state, from the highest
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_uint32_t event_get_version_number(void);

/** What event_get_version() answers for the library of these headers. */
#define LIBEVENT_VERSION EVENT__VERSION
/** What event_get_version_number() answers for the library of these headers. */
#define LIBEVENT_VERSION_NUMBER EVENT__NUMERIC_VERSION

/** Above the largest number of priorities. */
#define EVENT_MAX_PRIORITIES 256

/**
 * Set how many priorities a base has.
 *
 * Active events of a smaller number run first, and those of a larger one run only
 * when none of a smaller is active.  A base begins with one priority; events get
 * the middle one.
 *
 * @param eb           the base
 * @param npriorities  1 to EVENT_MAX_PRIORITIES - 1
 * @return 0, or -1 if the number is out of range, memory is short or an event is
 *         active
 *
 * Threads: safe if the base has locks; call it before events are added.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_priority_init(struct event_base *eb, int npriorities);

/**
 * How many priorities a base has.
 *
 * @param eb  the base; NULL is the base of event_init()
 * @return the number
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_npriorities(struct event_base *eb);

/**
 * Give an event a priority.
 *
 * @param ev        the event, set up
 * @param priority  0, the most urgent, to the number of priorities of its base - 1
 * @return 0, or -1 if the event is active or there is no such priority
 *
 * Threads: safe if nobody else uses the event.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_priority_set(struct event *ev, int priority);

/**
 * Prepare a base for many timeouts of one duration.
 *
 * Adding an event with the answer instead of the duration itself is the cheapest
 * way when many events wait for the same span.
 *
 * @param base      the base
 * @param duration  the span
 * @return a value to hand to event_add() for events of this base, and to nothing
 *         else; valid as long as the base.  NULL if memory is short or there are
 *         too many such durations
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const struct timeval *event_base_init_common_timeout(
    struct event_base *base, const struct timeval *duration);

/**
 * Have the library take its memory from other functions.
 *
 * Must come before any other call.  They behave as malloc, realloc and free do;
 * NULL stands for those.
 *
 * @param malloc_fn   answers memory aligned for every type, or NULL with errno
 *                    ENOMEM
 * @param realloc_fn  changes the size of a block
 * @param free_fn     frees a block
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_set_mem_functions(void *(*malloc_fn)(size_t sz),
    void *(*realloc_fn)(void *ptr, size_t sz), void (*free_fn)(void *ptr));
/** Defined where event_set_mem_functions() exists. */
#define EVENT_SET_MEM_FUNCTIONS_IMPLEMENTED

/**
 * Write a list of the events of a base for a reader.
 *
 * @param base    the base
 * @param output  where to; stays with the caller
 *
 * Locks: holds the base's lock while it writes.
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_dump_events(struct event_base *base, FILE *output);

/**
 * Make all events of a descriptor active.
 *
 * @param base    the base
 * @param fd      the descriptor; -1 does nothing unless EV_TIMEOUT is asked for
 * @param events  EV_READ, EV_WRITE, EV_CLOSED, EV_TIMEOUT: those that wait for one
 *                of them become active with it
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_active_by_fd(struct event_base *base, evutil_socket_t fd, short events);

/**
 * Make all events of a signal active, as if it had arrived once.
 *
 * @param base  the base
 * @param sig   the number of the signal
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_active_by_signal(struct event_base *base, int sig);

/**
 * Called for an event of a base.  Answers 0 to go on, anything else to stop.  It
 * must not change any event and must not call the library for this base.
 */
typedef int (*event_base_foreach_event_cb)(const struct event_base *, const struct event *, void *);

/**
 * Visit the events of a base.
 *
 * Every event that is added or active is visited once, in an order that is not
 * told.
 *
 * @param base  the base
 * @param fn    called for each
 * @param arg   handed to fn
 * @return 0, or what fn answered when it stopped; -1 if fn or base is NULL
 *
 * Locks: fn runs with the base's lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_foreach_event(struct event_base *base, event_base_foreach_event_cb fn, void *arg);

/**
 * The time of the wall clock at which the loop woke up.
 *
 * Outside of callbacks the clock is read.
 *
 * @param base  the base; NULL is the base of event_init()
 * @param tv    receives the time
 * @return 0, or -1 if the clock cannot be read
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_gettimeofday_cached(struct event_base *base, struct timeval *tv);

/**
 * Read the clock anew inside a callback that has run for long.
 *
 * Timeouts that are set from then on count from the new time.
 *
 * @param base  the base; NULL is the base of event_init()
 * @return 0, or -1 if the clock cannot be read
 *
 * Threads: the loop's thread only.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_update_cache_time(struct event_base *base);

/**
 * Free what the library keeps for the whole process.
 *
 * For programs that look for leaks.  Nothing of the library may be called after
 * it, and all bases and events must be gone.
 *
 * Threads: not safe; no other thread may use the library.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void libevent_global_shutdown(void);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_EVENT_H_INCLUDED_ */
