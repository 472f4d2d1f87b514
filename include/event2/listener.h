/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Listeners: accept TCP and Unix connections, and call back for each of them.
 *
 * A listener accepts at most 64 connections in each turn of the loop, so that other events get
 * their turn while many clients connect.  It skips connections that ended before they were
 * accepted.
 *
 * If accept(2) fails because no descriptor or memory is left, the listener calls its error
 * callback and pauses for 10 milliseconds.  Each further pause is twice as long as the one
 * before, up to 640 milliseconds, until a connection comes.  Clients wait in the kernel's queue
 * meanwhile.
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
 * Callback for a new connection.
 *
 * The callback owns the descriptor.  The address is valid during the call only.  A zero byte
 * follows it, so that the path of a Unix socket can be read as a string.
 *
 * The callback runs on the loop's thread, without locks.  It may free, disable or change the
 * listener, and free any other object of the base.
 */
typedef void (*evconnlistener_cb)(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *addr, int socklen, void *user_arg);

/**
 * Callback for a failed accept(2); errno says why.
 *
 * The listener is paused.  It continues by itself, or at once after evconnlistener_enable().
 *
 * The callback runs on the loop's thread, without locks.  It may free, disable or change the
 * listener, and free any other object of the base.
 */
typedef void (*evconnlistener_errorcb)(struct evconnlistener *listener, void *user_arg);

/** @name Flags of evconnlistener_new() and evconnlistener_new_bind()
 * @{ */
/** Leave accepted descriptors in blocking mode. */
#define LEV_OPT_LEAVE_SOCKETS_BLOCKING (1u << 0)
/** Close the listening descriptor in evconnlistener_free(). */
#define LEV_OPT_CLOSE_ON_FREE (1u << 1)
/** Set close-on-exec on accepted descriptors, and on the one evconnlistener_new_bind() makes. */
#define LEV_OPT_CLOSE_ON_EXEC (1u << 2)
/** Set SO_REUSEADDR: bind to a port although old connections on it linger. */
#define LEV_OPT_REUSEABLE (1u << 3)
/** Give the listener a lock, so that other threads may use it. */
#define LEV_OPT_THREADSAFE (1u << 4)
/** Start disabled: accept nothing before evconnlistener_enable(). */
#define LEV_OPT_DISABLED (1u << 5)
/** Accept a TCP connection once the client has sent something, where the system can do that.
 * Ignored for other than IPv4 and IPv6 sockets. */
#define LEV_OPT_DEFERRED_ACCEPT (1u << 6)
/** Set SO_REUSEPORT: several sockets may listen on the port and share its connections.
 * Ignored for other than IPv4 and IPv6 sockets. */
#define LEV_OPT_REUSEABLE_PORT (1u << 7)
/** Refuse IPv4 connections on an IPv6 socket.  An error for other sockets. */
#define LEV_OPT_BIND_IPV6ONLY (1u << 8)
/** Accept IPv4 connections on an IPv6 socket, whatever the system's default is.
 * Ignored for other sockets. */
#define LEV_OPT_BIND_IPV4_AND_IPV6 (1u << 9)
/** @} */

/**
 * Create a listener on an existing socket.
 *
 * On failure the caller still owns the descriptor, also with LEV_OPT_CLOSE_ON_FREE: it is not
 * closed.  It may already be listening.
 *
 * @param base     the event base that watches the socket
 * @param cb       called for each connection; nothing is accepted while it is NULL
 * @param ptr      passed to the callbacks
 * @param flags    LEV_OPT_ bits; those about binding have no effect here
 * @param backlog  length of the kernel's queue, as for listen(2); a negative value means 128;
 *                 0 if the socket is already listening
 * @param fd       a bound, non-blocking socket
 * @return the listener, or NULL with errno: EINVAL without a base, ENOMEM, an error of
 *         listen(2), or why the backend cannot watch the descriptor (EPERM from epoll for a
 *         regular file)
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evconnlistener *evconnlistener_new(struct event_base *base, evconnlistener_cb cb, void *ptr,
    unsigned flags, int backlog, evutil_socket_t fd);

/**
 * Create a socket, bind it to an address, and create a listener on it.
 *
 * The socket has SO_KEEPALIVE set; accepted connections inherit that.
 *
 * On failure the socket is closed.  The file of a Unix socket stays if bind(2) had already
 * created it.
 *
 * @param base     the event base that watches the socket
 * @param cb       called for each connection; nothing is accepted while it is NULL
 * @param ptr      passed to the callbacks
 * @param flags    LEV_OPT_ bits; without LEV_OPT_CLOSE_ON_FREE the socket stays open when the
 *                 listener is freed
 * @param backlog  length of the kernel's queue, as for listen(2); a negative value means 128;
 *                 0 is an error
 * @param sa       an IPv4, IPv6 or Unix address, which may be an abstract name
 * @param socklen  size of the address in bytes
 * @return the listener, or NULL with errno: EINVAL without a base or backlog, ENOMEM, or an
 *         error of socket(2), setsockopt(2), bind(2) or listen(2)
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evconnlistener *evconnlistener_new_bind(struct event_base *base, evconnlistener_cb cb,
    void *ptr, unsigned flags, int backlog, const struct sockaddr *sa, int socklen);

/**
 * Free a listener.
 *
 * No callback starts after this has returned.  A callback that is running on the loop's thread
 * is not waited for.  With LEV_OPT_CLOSE_ON_FREE the socket is closed when this returns.
 *
 * @param lev  the listener, or NULL; its own callbacks may free it
 *
 * Threads: safe if the listener and the base have locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evconnlistener_free(struct evconnlistener *lev);

/**
 * Enable a listener: accept connections, and end a pause.
 *
 * @param lev  the listener
 * @return 0, or -1 if the backend cannot watch the socket
 *
 * Threads: safe if the listener and the base have locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evconnlistener_enable(struct evconnlistener *lev);

/**
 * Disable a listener: accept no connections until it is enabled.
 *
 * Clients wait in the kernel's queue.  In a callback, no further connection is accepted in the
 * same turn of the loop.  A callback that is running on the loop's thread is not waited for.
 *
 * @param lev  the listener
 * @return 0
 *
 * Threads: safe if the listener and the base have locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evconnlistener_disable(struct evconnlistener *lev);

/**
 * Get the event base of a listener.
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
 * Get the listening socket of a listener.
 *
 * @param lev  the listener, which still owns it
 * @return the descriptor
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
evutil_socket_t evconnlistener_get_fd(struct evconnlistener *lev);

/**
 * Set the callback for new connections.
 *
 * @param lev  the listener
 * @param cb   the callback; nothing is accepted while it is NULL
 * @param arg  passed to both callbacks from now on
 *
 * Threads: safe if the listener and the base have locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evconnlistener_set_cb(struct evconnlistener *lev, evconnlistener_cb cb, void *arg);

/**
 * Set the callback for failures of accept(2).
 *
 * @param lev      the listener
 * @param errorcb  the callback; with NULL, failures are logged
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
