/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Events and the loop that waits for them.
 *
 * A base (struct event_base) is one loop.  An event (struct event) says what to
 * wait for (a descriptor, a signal, a time) and which function to call then.
 * An event that was added to its base is pending.  When what it waits for occurs,
 * it becomes active, and the loop runs its callback.
 *
 * Unless a function says otherwise:
 *   - callbacks run on the thread that runs the loop, with no lock held, and may
 *     call everything but the loop itself;
 *   - a function may be called from any thread if the base was made after locks
 *     were switched on (event2/thread.h) and without EVENT_BASE_FLAG_NOLOCK;
 *   - times are durations in struct timeval, with tv_usec below 1,000,000, and the
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
 * Enable debug mode, which checks how events are used.
 *
 * From then on the library records which events are set up and which are pending.
 * When an event is used in a way that cannot be right (set up while it is pending,
 * added without having been set up, and so on) the call writes a warning to the log
 * and fails with EINVAL; libevent ends the process.  Call it before the first event
 * and the first base are made.  Debug mode cannot be disabled again.
 *
 * Threads: not safe; call it while there is one thread.
 * Cost: memory for each event, and a search in each call.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_enable_debug_mode(void);

/**
 * Remove an event from the records of debug mode, before its memory is freed.
 *
 * Only needed for events set up by event_assign(): event_free() does it for the
 * others.  Has no effect unless debug mode is enabled.
 *
 * @param ev  the event; it must not be pending
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_debug_unassign(struct event *ev);

/**
 * Create an event base with the best backend of the system.
 *
 * The environment variables EVENT_NOEPOLL, EVENT_NOPOLL and EVENT_NOSELECT exclude
 * backends.  EVENT_SHOW_METHOD writes the name of the chosen one to the log.
 *
 * @return the base, to be freed with event_base_free(); NULL if memory is short
 *         or no backend is left
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_base_new(void);

/**
 * Reinitialize an event base in the child process after a fork.
 *
 * Until then the child shares kernel objects with its parent.  All events stay
 * pending.
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
 * Run the event loop of a base until no event is pending.
 *
 * The same as event_base_loop() without flags.
 *
 * @param base  the base
 * @return 0 if it was stopped by event_base_loopexit() or event_base_loopbreak(),
 *         1 if no events were left, -1 on an error of the backend
 *
 * Threads: one thread at a time may run a loop.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_dispatch(struct event_base *base);

/**
 * Get the name of the backend of an event base.
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
 * Get the name of the method by which an event base receives signals.
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
 * Get the names of all backends that the library was built with.
 *
 * Some of them may not work on the running system.  The environment variables that
 * exclude backends are not considered.
 *
 * @return the names, the preferred one first, terminated by NULL; the library owns
 *         the list, which is constant
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char **event_get_supported_methods(void);

/**
 * Read the monotonic clock of an event base.
 *
 * The clock is read at each call, also inside a callback;
 * event_base_gettimeofday_cached() returns the time that the loop has stored.  Without
 * EVENT_BASE_FLAG_PRECISE_TIMER the resolution may be a tick of the kernel, 1 to 10 ms.
 *
 * @param base  the base
 * @param tp    receives the time since an unspecified instant
 * @return 0, or -1 if base or tp is NULL
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
 * Get the number of events of an event base.
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
 * Get the largest number of events that an event base has had.
 *
 * @param eb     the base
 * @param flags  EVENT_BASE_COUNT_ bits; their largest counts are summed
 * @param clear  1 to reset the largest numbers to 0
 * @return the sum of the largest counts
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_max_events(struct event_base *eb, unsigned int flags, int clear);

/**
 * Create an event base configuration, for event_base_new_with_config().
 *
 * @return a configuration without requirements, to be freed with
 *         event_config_free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_config *event_config_new(void);

/**
 * Free an event base configuration.  Bases made from it are not affected.
 *
 * @param cfg  the configuration
 *
 * Threads: safe if no other thread uses the configuration.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_config_free(struct event_config *cfg);

/**
 * Exclude a backend from an event base configuration.
 *
 * @param cfg     the configuration
 * @param method  its name, as of event_base_get_method(); unknown names do no harm
 * @return 0, or -1 if memory is short
 *
 * Threads: safe if no other thread uses the configuration.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_avoid_method(struct event_config *cfg, const char *method);

/** What a backend can do. */
enum event_method_feature {
	/** Edge-triggered events: EV_ET. */
	EV_FEATURE_ET = 0x01,
	/** The cost of a turn does not grow with the number of events that are not ready. */
	EV_FEATURE_O1 = 0x02,
	/** Descriptors of every kind, not only sockets. */
	EV_FEATURE_FDS = 0x04,
	/** Detects that the peer has closed without reading what it has sent: EV_CLOSED. */
	EV_FEATURE_EARLY_CLOSE = 0x08
};

/** How an event base behaves. */
enum event_base_config_flag {
	/** No locks, even if threads are enabled: only one thread uses the base. */
	EVENT_BASE_FLAG_NOLOCK = 0x01,
	/** Ignore environment variables. */
	EVENT_BASE_FLAG_IGNORE_ENV = 0x02,
	/** Windows: start completion ports at once. */
	EVENT_BASE_FLAG_STARTUP_IOCP = 0x04,
	/** Read the clock whenever the time is needed, instead of once a turn. */
	EVENT_BASE_FLAG_NO_CACHE_TIME = 0x08,
	/** Accepted and without effect: changes are always collected between two waits. */
	EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST = 0x10,
	/** Use the most precise clock and timeouts of the system, at a higher cost. */
	EVENT_BASE_FLAG_PRECISE_TIMER = 0x20,
	/** Accepted and without effect: there is never a timer descriptor.  Since libevent 2.2. */
	EVENT_BASE_FLAG_EPOLL_DISALLOW_TIMERFD = 0x40,
	/** Receive signals by a signalfd instead of a handler.  Since libevent 2.2. */
	EVENT_BASE_FLAG_USE_SIGNALFD = 0x80
};

/**
 * Get the features of the backend of an event base.
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
 * Require features of the backend in an event base configuration.
 *
 * @param cfg      the configuration
 * @param feature  EV_FEATURE_ bits, replacing those of an earlier call
 * @return 0, or -1 if cfg is NULL
 *
 * Threads: safe if no other thread uses the configuration.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_require_features(struct event_config *cfg, int feature);

/**
 * Set flags of an event base configuration.
 *
 * @param cfg   the configuration
 * @param flag  EVENT_BASE_FLAG_ bits, added to those of earlier calls
 * @return 0, or -1 if cfg is NULL
 *
 * Threads: safe if no other thread uses the configuration.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_flag(struct event_config *cfg, int flag);

/**
 * Set the number of processors in an event base configuration.
 *
 * Has no effect: only libevent's backend for Windows uses it.
 *
 * @param cfg   the configuration
 * @param cpus  the number
 * @return 0, or -1 if cfg is NULL
 *
 * Threads: safe if no other thread uses the configuration.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_num_cpus_hint(struct event_config *cfg, int cpus);

/**
 * Limit how long callbacks run before the loop checks for new events.
 *
 * Without a limit, many active events of low priority can keep the loop from noticing
 * that one of high priority has become ready.  With a limit of time the clock is
 * read after each callback.
 *
 * @param cfg            the configuration
 * @param max_interval   check again after callbacks have run for so long; NULL is
 *                       no limit
 * @param max_callbacks  check again after so many callbacks; negative is no limit
 * @param min_priority   the limits hold for events of this priority number and
 *                       above; those that are more urgent all run
 * @return 0
 *
 * Threads: safe if no other thread uses the configuration.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_max_dispatch_interval(struct event_config *cfg,
    const struct timeval *max_interval, int max_callbacks, int min_priority);

/**
 * Create an event base from a configuration.
 *
 * @param cfg  the configuration, not needed afterwards; NULL has no requirements
 * @return the base, to be freed with event_base_free(); NULL if memory is short
 *         or no backend meets the requirements
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_base_new_with_config(const struct event_config *cfg);

/**
 * Free an event base.
 *
 * Events that are still pending or active are removed from it.  They stay their owners',
 * have no base any more, and may be freed with event_free() or set up again.
 * Finalizers that have not run yet are called.
 *
 * @param eb  the base, not running; NULL is the base of event_init()
 *
 * Threads: no other thread may use the base any more.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_free(struct event_base *eb);

/**
 * Free an event base without calling finalizers that have not run yet.
 *
 * What they would have freed is leaked.
 *
 * @param eb  the base, not running; NULL is the base of event_init()
 *
 * Threads: no other thread may use the base any more.
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

/** @name Log levels by their old names
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
 * Set the function that receives log messages.
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
 * Set the function that ends the process after a fatal error.
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
 * Enable or disable log messages of level EVENT_LOG_DEBUG.
 *
 * @param which  EVENT_DBG_ALL or EVENT_DBG_NONE
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_enable_debug_logging(ev_uint32_t which);

/**
 * Set the base of an event.
 *
 * The event gets the middle priority of that base.
 *
 * @param eb  the base
 * @param ev  the event, set up and not pending
 * @return 0, or -1 if the event is pending
 *
 * Threads: safe if no other thread uses the event.
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
 * Run the event loop of a base.
 *
 * Waits for events and runs the callbacks of those that become active, until no event is
 * pending or the loop is stopped.  A callback cannot run the loop that runs it: that fails
 * with a warning.
 *
 * @param eb     the base
 * @param flags  EVLOOP_ bits, or 0
 * @return 0 if the loop was stopped or a flag ended it, 1 if no event was pending, -1 on an
 *         error of the backend or if the loop is running already
 *
 * Threads: one thread at a time may run a loop.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loop(struct event_base *eb, int flags);

/**
 * Exit an event loop after a time.
 *
 * The callbacks that are active when the time has passed all run first.  If the loop is
 * not running, the next run exits.
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
 * Break an event loop as soon as the running callback has returned.
 *
 * Callbacks that are active run when the loop runs again.  Has no effect if the loop is not
 * running: to end a loop from another thread, event_base_loopexit() is safer.
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
 * Continue an event loop: check for new events as soon as the running callback has
 * returned.
 *
 * What was active before then competes by priority with what has become active.
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
 * Check whether an event loop has ended by event_base_loopexit().
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
 * Check whether an event loop has ended by event_base_loopbreak().
 *
 * @param eb  the base
 * @return 1 if so, else 0
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_got_break(struct event_base *eb);

/** @name What an event waits for, and what has occurred
 * @{ */
#define EV_TIMEOUT  0x01 /**< Its timeout has passed. */
#define EV_READ     0x02 /**< The descriptor can be read. */
#define EV_WRITE    0x04 /**< The descriptor can be written. */
#define EV_SIGNAL   0x08 /**< The signal arrived. */
#define EV_PERSIST  0x10 /**< Stay added after the callback; a timeout starts anew. */
#define EV_ET       0x20 /**< Edge-triggered: report changes, not states.  Needs EV_FEATURE_ET. */
#define EV_FINALIZE 0x40 /**< event_del() does not wait: a finalizer frees the event. */
#define EV_CLOSED   0x80 /**< The peer has closed or reset.  Needs EV_FEATURE_EARLY_CLOSE. */
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
 * Arguments: the descriptor or the number of the signal, EV_ bits of what has occurred
 * (EV_TIMEOUT together with others if both did in one turn), and the event's argument.
 */
typedef void (*event_callback_fn)(evutil_socket_t, short, void *);

/**
 * Get the value that stands for the event itself as its callback's argument.
 *
 * @return a value to pass to event_new() or event_assign() as callback_arg
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void *event_self_cbarg(void);

/**
 * Create an event.
 *
 * It waits for nothing until event_add() is called.
 *
 * @param base          the base, or NULL for that of event_init()
 * @param fd            a descriptor, the number of a signal, or -1; it stays with
 *                      the caller and must not be closed while the event is added
 * @param events        EV_READ, EV_WRITE, EV_CLOSED or EV_SIGNAL, with EV_PERSIST, EV_ET
 *                      and EV_FINALIZE as wanted; 0 for a timer
 * @param callback      what to call
 * @param callback_arg  passed to the callback
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
 * The event must not be pending or active.  Programs that do not include
 * event2/event_struct.h get the size of the memory from event_get_struct_event_size().
 *
 * @param ev            the memory; it must stay until the event is not pending
 * @param base          the base, or NULL for that of event_init()
 * @param fd            as in event_new()
 * @param events        as in event_new()
 * @param callback      what to call
 * @param callback_arg  passed to the callback
 * @return 0, or -1 if the events make no sense
 *
 * Locks: the callback runs with no lock held.
 * Threads: safe if no other thread uses the event.
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
 * @param ev  the event; may be NULL
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
 * Finalize an event: delete it, and call a function when its callback is not running.
 *
 * Does not wait.  From then on only the finalizer may use the event.
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
 * Finalize and free an event: delete it, call a function when its callback is not running,
 * and free it.
 *
 * Does not wait.
 *
 * @param flags  0
 * @param ev     the event, from event_new()
 * @param fn     runs on the loop's thread; must not free the event.  May be NULL
 * @return 0, or -1 on an error
 *
 * Locks: fn runs with no lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_free_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn fn);

/**
 * Call a function once when a descriptor is ready or a time has passed.
 *
 * @param base      the base
 * @param fd        the descriptor to wait for, or -1
 * @param events    EV_TIMEOUT, or EV_READ and EV_WRITE; not EV_SIGNAL, not EV_PERSIST
 * @param callback  runs once, on the loop's thread; not at all if the base is
 *                  freed before
 * @param arg       passed to the callback
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
 * Add an event: make it pending.
 *
 * If the event is pending already, only its timeout is replaced.
 *
 * @param ev       the event, set up
 * @param timeout  longest time to wait.  NULL leaves the timeout of a pending event as it
 *                 is; an event that was not pending then waits for ever.  May come from
 *                 event_base_init_common_timeout()
 * @return 0, or -1 if the kernel refuses the descriptor or memory is short; the
 *         event is then as it was before
 *
 * Threads: safe if the base has locks; wakes the loop if it has to.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_add(struct event *ev, const struct timeval *timeout);

/**
 * Remove the timeout of an event, which stays pending otherwise.
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
 * Delete an event: make it neither pending nor active.
 *
 * Its callback does not run again until it is added or activated again.
 *
 * @param ev  the event; it may be pending or not
 * @return 0, or -1 on an error
 *
 * Threads: safe if the base has locks; waits for a callback of the event that is
 * running on another thread, unless the event has EV_FINALIZE.  The caller must hold no
 * mutex that the callback locks: both threads would wait for ever.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_del(struct event *ev);

/**
 * Delete an event without waiting for its callback.
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
 * Delete an event and wait for its callback, also if it has EV_FINALIZE.
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
 * Activate an event: run its callback as if what it waits for had occurred.
 *
 * The event need not be pending.
 *
 * @param ev      the event, set up
 * @param res     EV_ bits passed to the callback
 * @param ncalls  how often the callback of a signal event runs; not used otherwise
 *
 * Threads: safe if the base has locks; wakes the loop if it has to.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_active(struct event *ev, int res, short ncalls);

/**
 * Check whether an event is pending or active.
 *
 * @param ev      the event
 * @param events  EV_TIMEOUT, EV_READ, EV_WRITE, EV_CLOSED, EV_SIGNAL: those to check
 * @param tv      receives the time of the wall clock at which the timeout ends, if
 *                EV_TIMEOUT is returned; may be NULL
 * @return those of the bits in `events` which the event waits for or is active with
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_pending(const struct event *ev, short events, struct timeval *tv);

/**
 * Get the event whose callback is running.
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
 * Check whether an event has been set up.
 *
 * The memory must have been zeroed before: other memory may look like an event by
 * chance.
 *
 * @param ev  the event
 * @return 1 if so, else 0
 *
 * Threads: safe if no other thread sets up the event.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_initialized(const struct event *ev);

/** Get the number of the signal that an event waits for. */
#define event_get_signal(ev) ((int)event_get_fd(ev))

/**
 * Get the file descriptor of an event, or the number of its signal.
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
 * Get the event base of an event.
 *
 * @param ev  the event, set up
 * @return the base; NULL if it has been freed while the event was pending or active
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_get_base(const struct event *ev);

/**
 * Get what an event waits for.
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
 * Get the callback of an event.
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
 * Get the argument of the callback of an event.
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
 * Get the priority of an event.
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
 * Get everything that an event was set up with.
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
 * Get the size of struct event in the library that runs.
 *
 * @return bytes
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
size_t event_get_struct_event_size(void);

/**
 * Get the version of libevent whose interface the library has.
 *
 * levin_version() returns the library's own version.
 *
 * @return a constant text of the form "2.1.12-stable"
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *event_get_version(void);

/**
 * Get the version of libevent whose interface the library has, as a number.
 *
 * @return one byte each for major, minor, patch and state, from the highest
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_uint32_t event_get_version_number(void);

/** What event_get_version() returns for the library of these headers. */
#define LIBEVENT_VERSION EVENT__VERSION
/** What event_get_version_number() returns for the library of these headers. */
#define LIBEVENT_VERSION_NUMBER EVENT__NUMERIC_VERSION

/** Above the largest number of priorities. */
#define EVENT_MAX_PRIORITIES 256

/**
 * Set the number of priorities of an event base.
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
 * Get the number of priorities of an event base.
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
 * Set the priority of an event.
 *
 * @param ev        the event, set up
 * @param priority  0, the most urgent, to the number of priorities of its base - 1
 * @return 0, or -1 if the event is active or there is no such priority
 *
 * Threads: safe if no other thread uses the event.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_priority_set(struct event *ev, int priority);

/**
 * Get a common timeout: a duration that many events of a base have.
 *
 * Passing the returned value to event_add() instead of the duration itself is the cheapest
 * way when many events wait for the same time.
 *
 * @param base      the base
 * @param duration  the duration
 * @return a value to pass to event_add() for events of this base, and to nothing
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
 * Set the functions by which the library allocates memory.
 *
 * Must come before any other call.  They behave as malloc, realloc and free do;
 * NULL stands for those.
 *
 * @param malloc_fn   returns memory aligned for every type, or NULL with errno
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
 * Dump the events of a base: write a list of them to a file.
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
 * Activate all events of a file descriptor.
 *
 * @param base    the base
 * @param fd      the descriptor; -1 has no effect unless events has EV_TIMEOUT
 * @param events  EV_READ, EV_WRITE, EV_CLOSED, EV_TIMEOUT: those that wait for one
 *                of them become active with it
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_active_by_fd(struct event_base *base, evutil_socket_t fd, short events);

/**
 * Activate all events of a signal, as if it had arrived once.
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
 * Called for an event of a base.  Returns 0 to go on, anything else to stop.  It
 * must not change any event and must not call the library for this base.
 */
typedef int (*event_base_foreach_event_cb)(const struct event_base *, const struct event *, void *);

/**
 * Call a function for each event of a base.
 *
 * Every event that is pending or active is visited once, in an unspecified order.
 *
 * @param base  the base
 * @param fn    called for each
 * @param arg   passed to fn
 * @return 0, or what fn returned when it stopped; -1 if fn or base is NULL
 *
 * Locks: fn runs with the base's lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_foreach_event(struct event_base *base, event_base_foreach_event_cb fn, void *arg);

/**
 * Get the time of the wall clock at which the loop woke up, as cached for this turn.
 *
 * Outside of callbacks the clock is read.
 *
 * @param base  the base; NULL is the base of event_init()
 * @param tv    receives the time
 * @return 0, or -1 if there is no base
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_gettimeofday_cached(struct event_base *base, struct timeval *tv);

/**
 * Update the cached time inside a callback that has run for long.
 *
 * Timeouts that are set from then on count from the new time.
 *
 * @param base  the base; NULL is the base of event_init()
 * @return 0, or -1 if there is no base
 *
 * Threads: the loop's thread only.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_update_cache_time(struct event_base *base);

/**
 * Shut the library down: free what it keeps for the whole process.
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
