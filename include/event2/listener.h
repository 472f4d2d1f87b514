/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Listeners: a callback for each connection that comes in.
 *
 * A listener takes a bounded number of connections in each turn of the loop, so that many
 * clients at once do not hold everything else up.  Connections that failed before they were
 * taken are passed over.
 *
 * When no descriptor or memory is left for another connection, the listener tells its error
 * callback and pauses: for 10 milliseconds, and for twice as long each time after that until
 * a connection comes, but never longer than 640.  Those who wait stay in the kernel's queue.
 */
#ifndef EVENT2_LISTENER_H_INCLUDED_
#define EVENT2_LISTENER_H_INCLUDED_

#include <event2/event.h>
#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr;
struct evconnlistener;

/**
 * A connection has come.
 *
 * The descriptor is the callback's.  The address is valid during the call only; after it
 * stands a zero byte, so that the path of a Unix socket can be read as a text.  The listener
 * may be freed, disabled and changed inside.
 */
typedef void (*evconnlistener_cb)(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *addr, int socklen, void *user_arg);

/**
 * Connections cannot be taken at present; errno says why.
 *
 * The listener has paused and goes on by itself, or at once when it is enabled.  It may be
 * freed, disabled and changed inside.
 */
typedef void (*evconnlistener_errorcb)(struct evconnlistener *listener, void *user_arg);

/** @name Flags of evconnlistener_new() and evconnlistener_new_bind()
 * @{ */
/** Reading from and writing to the new descriptors may wait. */
#define LEV_OPT_LEAVE_SOCKETS_BLOCKING (1u << 0)
/** evconnlistener_free() closes the listening descriptor. */
#define LEV_OPT_CLOSE_ON_FREE (1u << 1)
/** Programs that are executed inherit neither the new descriptors nor the listening one. */
#define LEV_OPT_CLOSE_ON_EXEC (1u << 2)
/** The port may be bound again while old connections on it linger. */
#define LEV_OPT_REUSEABLE (1u << 3)
/** The listener has a lock: other threads may use it. */
#define LEV_OPT_THREADSAFE (1u << 4)
/** It begins disabled. */
#define LEV_OPT_DISABLED (1u << 5)
/** A connection comes once the client has sent something, where the system can do that. */
#define LEV_OPT_DEFERRED_ACCEPT (1u << 6)
/** Several sockets may listen on the port, and share the connections. */
#define LEV_OPT_REUSEABLE_PORT (1u << 7)
/** An IPv6 socket takes no IPv4 connections.  Other sockets refuse this. */
#define LEV_OPT_BIND_IPV6ONLY (1u << 8)
/** An IPv6 socket takes IPv4 connections too, whatever the system's default is. */
#define LEV_OPT_BIND_IPV4_AND_IPV6 (1u << 9)
/** @} */

/**
 * Listen on a socket that exists.
 *
 * @param base     the loop
 * @param cb       called for each connection; while it is NULL nothing is taken
 * @param ptr      handed to the callbacks
 * @param flags    LEV_OPT_ bits; those about binding mean nothing here
 * @param backlog  how many connections may wait in the kernel, as for listen(2); negative is
 *                 128; 0 if the socket listens already
 * @param fd       the socket, bound and non-blocking
 * @return the listener, or NULL with errno: memory is short, the socket cannot listen, or the
 *         loop cannot watch it.  Then the descriptor is as it was and still the caller's, also
 *         with LEV_OPT_CLOSE_ON_FREE.
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evconnlistener *evconnlistener_new(struct event_base *base, evconnlistener_cb cb, void *ptr,
    unsigned flags, int backlog, evutil_socket_t fd);

/**
 * Make a socket, bind it to an address, and listen.
 *
 * The sockets of connections inherit SO_KEEPALIVE from it.
 *
 * @param base     the loop
 * @param cb       called for each connection; while it is NULL nothing is taken
 * @param ptr      handed to the callbacks
 * @param flags    LEV_OPT_ bits; without LEV_OPT_CLOSE_ON_FREE the socket outlives the listener
 * @param backlog  how many connections may wait in the kernel, as for listen(2); negative is
 *                 128; 0 is refused
 * @param sa       the address: IPv4, IPv6 or Unix, abstract names included
 * @param socklen  its size
 * @return the listener, or NULL with errno, and no socket is left
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evconnlistener *evconnlistener_new_bind(struct event_base *base, evconnlistener_cb cb,
    void *ptr, unsigned flags, int backlog, const struct sockaddr *sa, int socklen);

/**
 * End a listener.
 *
 * No callback of it begins afterwards.  One that runs on the loop's thread meanwhile is not
 * waited for.  With LEV_OPT_CLOSE_ON_FREE the descriptor is closed when this returns.
 *
 * @param lev  the listener, or NULL; it may be freed in its own callbacks
 *
 * Threads: safe if the listener and the base have locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evconnlistener_free(struct evconnlistener *lev);

/**
 * Take connections again.  Ends a pause.
 *
 * @param lev  the listener
 * @return 0, or -1 if the loop cannot watch the socket
 *
 * Threads: safe if the listener and the base have locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evconnlistener_enable(struct evconnlistener *lev);

/**
 * Take no connections until further notice.  Clients wait in the kernel's queue.
 *
 * In a callback, no other connection of the same turn is taken.
 *
 * @param lev  the listener
 * @return 0
 *
 * Threads: safe if the listener and the base have locks; a callback that is running on the
 * loop's thread is not waited for.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evconnlistener_disable(struct evconnlistener *lev);

/**
 * The loop of a listener.
 *
 * @param lev  the listener
 * @return its base
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *evconnlistener_get_base(struct evconnlistener *lev);

/**
 * The socket that a listener listens on.
 *
 * @param lev  the listener, which keeps it
 * @return the descriptor
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
evutil_socket_t evconnlistener_get_fd(struct evconnlistener *lev);

/**
 * Have another function called for each connection.
 *
 * @param lev  the listener
 * @param cb   the function; while it is NULL nothing is taken
 * @param arg  handed to the callbacks from now on
 *
 * Threads: safe if the listener and the base have locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evconnlistener_set_cb(struct evconnlistener *lev, evconnlistener_cb cb, void *arg);

/**
 * Have a function called when connections cannot be taken.
 *
 * @param lev      the listener
 * @param errorcb  the function; NULL means a line in the log
 *
 * Threads: safe if the listener has a lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evconnlistener_set_error_cb(struct evconnlistener *lev, evconnlistener_errorcb errorcb);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_LISTENER_H_INCLUDED_ */
