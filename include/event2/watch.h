/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Callbacks around the loop's wait: one kind before it, one kind after it.
 *
 * With both, a program measures how long the loop slept and how long callbacks
 * kept it busy, or does work once a turn.  Watchers do not keep a loop alive.
 */
#ifndef EVENT2_WATCH_H_INCLUDED_
#define EVENT2_WATCH_H_INCLUDED_

#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct evwatch;
struct evwatch_prepare_cb_info;
struct evwatch_check_cb_info;
struct timeval;

/**
 * Runs before the loop waits.
 *
 * The info is valid during the call only.  The callback may add, remove and
 * activate events, and may free this or any other watcher.
 */
typedef void (*evwatch_prepare_cb)(
    struct evwatch *, const struct evwatch_prepare_cb_info *, void *);

/**
 * Runs after the loop has waited and before the callbacks of what became ready.
 *
 * The info is valid during the call only.  The callback may add, remove and
 * activate events, and may free this or any other watcher.
 */
typedef void (*evwatch_check_cb)(struct evwatch *, const struct evwatch_check_cb_info *, void *);

/**
 * Create a prepare watcher: a function that is called before each wait of a loop.
 *
 * Watchers of one kind are called in the order in which they were made.
 *
 * @param base      the loop
 * @param callback  runs on the loop's thread
 * @param arg       passed to the callback
 * @return the watcher, to be freed with evwatch_free() or together with the
 *         base; NULL if memory is short
 *
 * Locks: the callback runs with no lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct evwatch *evwatch_prepare_new(
    struct event_base *base, evwatch_prepare_cb callback, void *arg);

/**
 * Create a check watcher: a function that is called after each wait of a loop.
 *
 * It runs before any callback of an event.
 *
 * Watchers of one kind are called in the order in which they were made.
 *
 * @param base      the loop
 * @param callback  runs on the loop's thread
 * @param arg       passed to the callback
 * @return the watcher, to be freed with evwatch_free() or together with the
 *         base; NULL if memory is short
 *
 * Locks: the callback runs with no lock held.
 * Threads: safe if the base has locks.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct evwatch *evwatch_check_new(struct event_base *base, evwatch_check_cb callback, void *arg);

/**
 * Get the event base of a watcher.
 *
 * @param watcher  the watcher
 * @return its base
 *
 * Threads: safe.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct event_base *evwatch_base(struct evwatch *watcher);

/**
 * Free a watcher.
 *
 * Its callback is not called again.  It may be freed inside its own callback
 * and inside that of another watcher.
 *
 * @param watcher  the watcher; it is gone when the function returns
 *
 * Threads: safe if the base has locks; does not wait for a call that
 * runs on the loop's thread.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evwatch_free(struct evwatch *watcher);

/**
 * Get how long the loop is going to wait.
 *
 * @param info     what the prepare callback received
 * @param timeout  receives the time
 * @return 1 and the time, or 0 and nothing if the loop will wait without a limit
 *
 * Threads: inside the callback only.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evwatch_prepare_get_timeout(
    const struct evwatch_prepare_cb_info *info, struct timeval *timeout);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_WATCH_H_INCLUDED_ */
