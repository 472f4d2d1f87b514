/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Bufferevents: connections with an input and an output buffer.
 *
 * A bufferevent reads from its socket into the input buffer, and writes the output buffer to the
 * socket.  It runs the read callback when there is input, the write callback when output was
 * sent, and the event callback when the connection was made, ended, failed or timed out.
 * Filters and pairs in memory have the same interface.
 *
 * Unless a function says otherwise:
 *   - callbacks run on the thread that runs the loop of the bufferevent's base.  They may
 *     call every function, and may free any bufferevent, their own too;
 *   - with BEV_OPT_THREADSAFE a function may be called from any thread, and callbacks run
 *     with the bufferevent's lock held unless BEV_OPT_UNLOCK_CALLBACKS was given.  Without
 *     it a bufferevent belongs to the loop's thread;
 *   - `events` are EV_READ, EV_WRITE or both; other bits are ignored.
 */
#ifndef EVENT2_BUFFEREVENT_H_INCLUDED_
#define EVENT2_BUFFEREVENT_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/event-config.h>

#include <sys/time.h>
#include <sys/types.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @name Bits that an event callback receives
 * One of the last four says what happened; the first two say in which direction.
 * @{
 */
#define BEV_EVENT_READING   0x01 /**< It happened while reading. */
#define BEV_EVENT_WRITING   0x02 /**< It happened while writing. */
#define BEV_EVENT_EOF       0x10 /**< The other side has ended its stream. */
#define BEV_EVENT_ERROR     0x20 /**< It failed; errno has the error. */
#define BEV_EVENT_TIMEOUT   0x40 /**< Nothing has happened for too long. */
#define BEV_EVENT_CONNECTED 0x80 /**< The connection is established. */
/** @} */

/** A connection with an input and an output buffer. */
struct bufferevent;
struct evbuffer;
struct evdns_base;
struct event_base;
struct evutil_addrinfo;
struct sockaddr;

/**
 * Called when there is input to read, or when output was sent.
 *
 * As a read callback: the input holds at least the low read watermark.  As a write
 * callback: the output holds no more than the low write watermark.
 */
typedef void (*bufferevent_data_cb)(struct bufferevent *bev, void *ctx);

/**
 * Called when a connection was made, ended, failed or timed out.
 *
 * The argument `what` has BEV_EVENT_ bits.  After an end, an error or a timeout the direction
 * in which it occurred is disabled; the other one goes on.
 */
typedef void (*bufferevent_event_cb)(struct bufferevent *bev, short what, void *ctx);

/** Options for creating a bufferevent. */
enum bufferevent_options {
	/** Freeing it also closes its descriptor, or frees the underlying bufferevent. */
	BEV_OPT_CLOSE_ON_FREE = (1 << 0),
	/** It has a lock, if the program has enabled locks (event2/thread.h). */
	BEV_OPT_THREADSAFE = (1 << 1),
	/** The loop runs the callbacks, never a function that the program calls. */
	BEV_OPT_DEFER_CALLBACKS = (1 << 2),
	/** Callbacks run without its lock.  Needs BEV_OPT_DEFER_CALLBACKS. */
	BEV_OPT_UNLOCK_CALLBACKS = (1 << 3)
};

/**
 * Create a bufferevent for a stream socket.
 *
 * It begins with writing enabled and reading disabled.  Output that is added while the
 * loop runs one of the bufferevent's callbacks is sent when the callback has returned;
 * other output in the same turn of the loop.  One call to the kernel reads as much as is
 * there, up to a bound.
 *
 * Other descriptors work if write(2) takes a byte whenever poll(2) reports them writable.  A
 * nearly full eventfd does not, and output for it keeps the loop busy until it has space.
 *
 * @param base     the event base of the bufferevent
 * @param fd       the socket, which must not block, connected or not; or -1 to give it one
 *                 later, by bufferevent_setfd() or by connecting
 * @param options  BEV_OPT_ bits
 * @return the bufferevent, to be freed with bufferevent_free(); NULL if memory is short, or
 *         for BEV_OPT_UNLOCK_CALLBACKS without BEV_OPT_DEFER_CALLBACKS: the caller then still
 *         owns the socket
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_socket_new(
    struct event_base *base, evutil_socket_t fd, int options);

/**
 * Connect a bufferevent to an address.
 *
 * The event callback receives BEV_EVENT_CONNECTED or BEV_EVENT_ERROR later.  If the bufferevent
 * has no socket, one is created.  Output may be added at once; it is sent when the connection is
 * established.
 *
 * @param bufev    a bufferevent of bufferevent_socket_new()
 * @param addr     the address; NULL if the socket is being connected already
 * @param socklen  the size of the address
 * @return 0, also if the attempt has failed and the event callback receives the error; -1 if
 *         no attempt could be made
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect(struct bufferevent *bufev, const struct sockaddr *addr, int socklen);

/**
 * Connect a bufferevent to a host name: look the name up, and try its addresses until one of them
 * has a connection (RFC 8305).
 *
 * During the lookup the bufferevent neither reads nor writes.  The first address is that which the
 * resolver prefers.  Another attempt begins 250 ms after the one before, or when that fails, to
 * IPv6 and IPv4 addresses by turns.  The first connection counts; the other attempts are closed
 * then.  At most six are under way at once: for a seventh address the oldest one is closed.  A
 * resolver that is still asking for IPv4 addresses delays nothing, and one that is still asking
 * for IPv6 addresses delays the first attempt by at most 50 ms.
 *
 * The event callback receives BEV_EVENT_CONNECTED, or BEV_EVENT_ERROR when the lookup has failed
 * (see bufferevent_socket_get_dns_error()) or every address has, with the last error in errno; the
 * bufferevent can then connect again.  The write timeout covers all attempts, but not the lookup;
 * after a timeout they pause until bufferevent_enable().
 *
 * While several addresses are tried, bufferevent_getfd() returns the socket of the oldest attempt,
 * which may change, and bufferevent_setfd() ends them all.  A bufferevent that has a socket
 * connects it to the first address.  levin_bufferevent_set_first_address_only() in
 * levin/bufferevent.h brings libevent's behaviour back: the first address alone.
 *
 * @param bufev       a bufferevent of bufferevent_socket_new()
 * @param evdns_base  the resolver; NULL for getaddrinfo(3), which blocks the caller
 * @param family      AF_INET, AF_INET6 or AF_UNSPEC
 * @param hostname    a name or an address as text
 * @param port        1 to 65535
 * @return 0, also if the event callback receives a failure; -1 if family or port are invalid, a
 *         lookup or attempts are under way, or memory is short
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect_hostname(struct bufferevent *bufev, struct evdns_base *evdns_base,
    int family, const char *hostname, int port);

/**
 * Connect a bufferevent to a host name, with hints for the lookup.
 *
 * Otherwise as bufferevent_socket_connect_hostname().
 *
 * @param bufev       a bufferevent of bufferevent_socket_new()
 * @param evdns_base  the resolver; NULL for getaddrinfo(3), which blocks the caller
 * @param hints_in    as evutil_getaddrinfo() takes them; not kept
 * @param hostname    a name or an address as text
 * @param port        1 to 65535
 * @return 0, also if the event callback receives a failure; -1 if family or port are invalid, a
 *         lookup or attempts are under way, or memory is short
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect_hostname_hints(struct bufferevent *bufev,
    struct evdns_base *evdns_base, const struct evutil_addrinfo *hints_in, const char *hostname,
    int port);

/**
 * Get the error of the last lookup of a host name for a bufferevent.
 *
 * In the event callback it says why BEV_EVENT_ERROR came: if it is 0, the name has addresses and
 * none of them has accepted a connection.
 *
 * @param bev  the bufferevent
 * @return an EVUTIL_EAI_ number for evutil_gai_strerror(); 0 if it has not failed
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_get_dns_error(struct bufferevent *bev);

/**
 * Set the event base of a bufferevent.
 *
 * @param base   the new one
 * @param bufev  a bufferevent of a socket whose events are not pending
 * @return 0, or -1 if it is of another kind or in use
 *
 * Threads: no other thread may use the bufferevent.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_base_set(struct event_base *base, struct bufferevent *bufev);

/**
 * Get the event base of a bufferevent.
 *
 * @param bev  the bufferevent
 * @return the base
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *bufferevent_get_base(struct bufferevent *bev);

/**
 * Set the priority of a bufferevent: that of its events.
 *
 * @param bufev  a bufferevent of a socket
 * @param pri    from 0, the most urgent, to one less than event_base_priority_init() was given
 * @return 0, or -1 if there is no such priority, or an event of the bufferevent is active
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_priority_set(struct bufferevent *bufev, int pri);

/**
 * Get the priority of a bufferevent.
 *
 * @param bufev  the bufferevent
 * @return its priority
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_get_priority(const struct bufferevent *bufev);

/**
 * Free a bufferevent.
 *
 * May be called inside any callback, also those of the bufferevent's own buffers and cleanup
 * functions of its bytes.  When this has returned on the loop's thread, no callback of the
 * bufferevent is called any more; on another thread, a callback that is running may still finish.
 * Output that was not sent is lost.
 *
 * The descriptor is closed at once if BEV_OPT_CLOSE_ON_FREE is set, but not before the program has
 * dropped its other references (bufferevent_incref(), bufferevent_lock()).  The memory is freed
 * from the loop, or by event_base_free() if the loop does not run again; cleanup functions of bytes
 * that are left in the buffers, and a filter's free_context, are called then and never inside
 * bufferevent_free().  So a callback that frees the bufferevent must not run the loop, or free the
 * base, before it returns.
 *
 * @param bufev  the bufferevent, or NULL
 *
 * Locks: never waits for a callback that runs without the bufferevent's lock.
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_free(struct bufferevent *bufev);

/**
 * Set the callbacks of a bufferevent.
 *
 * @param bufev    the bufferevent
 * @param readcb   called when there is input; may be NULL
 * @param writecb  called when output was sent; may be NULL
 * @param eventcb  called for connections, ends, errors and timeouts; may be NULL
 * @param cbarg    argument of the callbacks
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_setcb(struct bufferevent *bufev, bufferevent_data_cb readcb,
    bufferevent_data_cb writecb, bufferevent_event_cb eventcb, void *cbarg);

/**
 * Get the callbacks of a bufferevent.
 *
 * @param bufev        the bufferevent
 * @param readcb_ptr   receives the read callback; may be NULL, like those that follow
 * @param writecb_ptr  receives the write callback
 * @param eventcb_ptr  receives the event callback
 * @param cbarg_ptr    receives their argument
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_getcb(struct bufferevent *bufev, bufferevent_data_cb *readcb_ptr,
    bufferevent_data_cb *writecb_ptr, bufferevent_event_cb *eventcb_ptr, void **cbarg_ptr);

/**
 * Set the file descriptor of a bufferevent.
 *
 * The old descriptor is not closed.  Enabled directions stay enabled.
 *
 * @param bufev  the bufferevent
 * @param fd     the new descriptor, or -1 for none
 * @return 0; -1 if this kind of bufferevent has no descriptor, or if the loop refuses the new one:
 *         the bufferevent has none then, and fd is not closed
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_setfd(struct bufferevent *bufev, evutil_socket_t fd);

/**
 * Replace the file descriptor of a bufferevent, and close the old one if the bufferevent owns it.
 *
 * @param bufev  the bufferevent
 * @param fd     the new descriptor, or -1 for none
 * @return 0; -1 as for bufferevent_setfd()
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_replacefd(struct bufferevent *bufev, evutil_socket_t fd);

/**
 * Get the file descriptor of a bufferevent.
 *
 * @param bufev  the bufferevent
 * @return the descriptor; -1 if there is none
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
evutil_socket_t bufferevent_getfd(struct bufferevent *bufev);

/**
 * Get the underlying bufferevent of a filter.
 *
 * @param bufev  the filter
 * @return the underlying one; NULL if this is not a filter
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_get_underlying(struct bufferevent *bufev);

/**
 * Write bytes to a bufferevent: add them to its output buffer.
 *
 * @param bufev  the bufferevent
 * @param data   the bytes, which are copied
 * @param size   how many
 * @return 0, or -1 if memory is short
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_write(struct bufferevent *bufev, const void *data, size_t size);

/**
 * Write a buffer to a bufferevent: move its bytes to the output buffer, without copying.
 *
 * @param bufev  the bufferevent
 * @param buf    empty afterwards
 * @return 0, or -1 if it could not be moved
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_write_buffer(struct bufferevent *bufev, struct evbuffer *buf);

/**
 * Read bytes from a bufferevent: remove them from its input buffer.
 *
 * @param bufev  the bufferevent
 * @param data   receives the bytes
 * @param size   how many at most
 * @return how many were read
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
size_t bufferevent_read(struct bufferevent *bufev, void *data, size_t size);

/**
 * Read all input of a bufferevent into a buffer, without copying.
 *
 * @param bufev  the bufferevent
 * @param buf    receives the bytes, at its end
 * @return 0, or -1 if it could not be moved
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_read_buffer(struct bufferevent *bufev, struct evbuffer *buf);

/**
 * Get the input buffer of a bufferevent, with the bytes that were received.
 *
 * The program may remove bytes from it, and may not add to its end.
 *
 * @param bufev  the bufferevent
 * @return the buffer, which the bufferevent owns
 *
 * Threads: safe; the buffer shares the bufferevent's lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *bufferevent_get_input(struct bufferevent *bufev);

/**
 * Get the output buffer of a bufferevent, with the bytes that are to be sent.
 *
 * The program may add bytes to it, and may not remove them from its front.
 *
 * @param bufev  the bufferevent
 * @return the buffer, which the bufferevent owns
 *
 * Threads: safe; the buffer shares the bufferevent's lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *bufferevent_get_output(struct bufferevent *bufev);

/**
 * Enable a bufferevent for reading or writing.
 *
 * @param bufev  the bufferevent
 * @param event  EV_READ, EV_WRITE or both
 * @return 0, or -1 if the backend refuses the descriptor
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_enable(struct bufferevent *bufev, short event);

/**
 * Disable reading or writing of a bufferevent.
 *
 * @param bufev  the bufferevent
 * @param event  EV_READ, EV_WRITE or both
 * @return 0, or -1 on failure
 *
 * Locks: never waits for a callback that runs without the bufferevent's lock.
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_disable(struct bufferevent *bufev, short event);

/**
 * Get the directions for which a bufferevent is enabled.
 *
 * @param bufev  the bufferevent
 * @return EV_READ, EV_WRITE, both or none
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
short bufferevent_get_enabled(struct bufferevent *bufev);

/**
 * Set the timeouts of a bufferevent, for reading and for writing.
 *
 * The read timeout runs while reading is enabled and not suspended, the write timeout while
 * output waits.  Every byte restarts the timeout of its direction.  When a timeout expires, its
 * direction is disabled and the event callback receives BEV_EVENT_TIMEOUT.
 *
 * @param bufev          the bufferevent
 * @param timeout_read   a duration, which is copied; NULL or zero for none
 * @param timeout_write  likewise
 * @return 0, or -1 on failure
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_timeouts(struct bufferevent *bufev, const struct timeval *timeout_read,
    const struct timeval *timeout_write);

/**
 * Set the watermarks of a bufferevent: limits of its buffers for callbacks and for reading.
 *
 * The read callback runs when the input has at least `lowmark` bytes, and nothing is read while
 * it has `highmark` or more.  The write callback runs when the output has `lowmark` bytes or
 * fewer; only filters and pairs use a high watermark of the output.  Watermarks are 0 unless
 * they are set.
 *
 * @param bufev     the bufferevent
 * @param events    EV_READ for those of the input, EV_WRITE for those of the output, or both
 * @param lowmark   in bytes
 * @param highmark  in bytes; 0 for no limit
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_setwatermark(
    struct bufferevent *bufev, short events, size_t lowmark, size_t highmark);

/**
 * Get the watermarks of one direction of a bufferevent.
 *
 * @param bufev     the bufferevent
 * @param events    EV_READ or EV_WRITE
 * @param lowmark   receives the low one; may be NULL
 * @param highmark  receives the high one; may be NULL
 * @return 0, or -1 unless `events` is exactly one of the two
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_getwatermark(
    struct bufferevent *bufev, short events, size_t *lowmark, size_t *highmark);

/**
 * Acquire the lock of a bufferevent and its buffers, for several calls.
 *
 * The bufferevent may be freed while it is locked: its memory stays until it is unlocked.
 *
 * @param bufev  the bufferevent
 *
 * Locks: a thread that holds it may acquire it again; does nothing without
 *        BEV_OPT_THREADSAFE.
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_lock(struct bufferevent *bufev);

/**
 * Release the lock of a bufferevent that bufferevent_lock() acquired.
 *
 * @param bufev  the bufferevent
 *
 * Threads: the one that holds the lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_unlock(struct bufferevent *bufev);

/**
 * Reference a bufferevent: keep its memory until bufferevent_decref().
 *
 * @param bufev  the bufferevent
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_incref(struct bufferevent *bufev);

/**
 * Drop a reference to a bufferevent that bufferevent_incref() took.
 *
 * @param bufev  the bufferevent
 * @return 1 if that was the last reference and the bufferevent is freed, 0 if not
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decref(struct bufferevent *bufev);

/** How much bufferevent_flush() moves. */
enum bufferevent_flush_mode {
	/** As much as is efficient. */
	BEV_NORMAL = 0,
	/** All bytes. */
	BEV_FLUSH = 1,
	/** All bytes, and the end of the stream behind them. */
	BEV_FINISHED = 2
};

/**
 * Flush a bufferevent: move the bytes of its buffers on, as far as its kind allows.
 *
 * For a bufferevent of a socket this does nothing.
 *
 * @param bufev   the bufferevent
 * @param iotype  which direction
 * @param mode    how much
 * @return 1 if bytes were moved, 0 if not, -1 on failure
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_flush(struct bufferevent *bufev, short iotype, enum bufferevent_flush_mode mode);

/** Options of bufferevent_trigger(). */
enum bufferevent_trigger_options {
	/** Run the callbacks whatever the watermarks are. */
	BEV_TRIG_IGNORE_WATERMARKS = (1 << 16),
	/**
	 * Let the loop run them, also if the bufferevent does not defer its callbacks.  If there
	 * is no memory for that, a line is logged, and they run with the next deferred callback.
	 */
	BEV_TRIG_DEFER_CALLBACKS = BEV_OPT_DEFER_CALLBACKS
};

/**
 * Trigger the data callbacks of a bufferevent.
 *
 * @param bufev    the bufferevent
 * @param iotype   EV_READ for the read callback, EV_WRITE for the write callback, or both
 * @param options  enum bufferevent_trigger_options
 *
 * Locks: those of the callbacks.
 * Threads: safe with BEV_OPT_THREADSAFE; the callbacks then run on this thread unless they
 *          are deferred.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_trigger(struct bufferevent *bufev, short iotype, int options);

/**
 * Trigger the event callback of a bufferevent.
 *
 * @param bufev    the bufferevent
 * @param what     BEV_EVENT_ bits that it receives
 * @param options  0 or BEV_TRIG_DEFER_CALLBACKS
 *
 * Locks: those of the callbacks.
 * Threads: as bufferevent_trigger().
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_trigger_event(struct bufferevent *bufev, short what, int options);

/**
 * Set the maximum of bytes that a bufferevent reads in one system call.
 *
 * @param bev   the bufferevent
 * @param size  in bytes; 0, or more than fits, for the default
 * @return 0
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_max_single_read(struct bufferevent *bev, size_t size);

/**
 * Set the maximum of bytes that a bufferevent writes in one system call.
 *
 * @param bev   the bufferevent
 * @param size  in bytes; 0, or more than fits, for the default
 * @return 0
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_max_single_write(struct bufferevent *bev, size_t size);

/**
 * Get the maximum of bytes that a bufferevent reads in one system call.
 *
 * @param bev  the bufferevent
 * @return in bytes; 16,384 if none was set, although up to 128 KiB are read then
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_single_read(struct bufferevent *bev);

/**
 * Get the maximum of bytes that a bufferevent writes in one system call.
 *
 * @param bev  the bufferevent
 * @return in bytes; 16,384 if none was set
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_single_write(struct bufferevent *bev);

/**
 * Get how many bytes a bufferevent may read now, by its maximum and its rate limits.
 *
 * @param bev  the bufferevent
 * @return in bytes
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_to_read(struct bufferevent *bev);

/**
 * Get how many bytes a bufferevent may write now, by its maximum and its rate limits.
 *
 * @param bev  the bufferevent
 * @return in bytes
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_to_write(struct bufferevent *bev);

/* ---- Pairs -------------------------------------------------------------------------------- */

/**
 * Create a pair: two bufferevents that are connected to each other in memory.
 *
 * Output of one becomes input of the other, without copying, while the other is enabled for
 * reading and below its high watermark.  Their callbacks are always deferred.  Freeing one of
 * them reports nothing to the other; bufferevent_flush() with BEV_FINISHED reports BEV_EVENT_EOF.
 *
 * @param base     their event base
 * @param options  BEV_OPT_ bits
 * @param pair     receives the two bufferevents; free each
 * @return 0, or -1 if memory is short
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_pair_new(struct event_base *base, int options, struct bufferevent *pair[2]);

/**
 * Get the partner of a bufferevent in a pair.
 *
 * @param bev  one of a pair
 * @return its partner; NULL if that was freed, or if this is not one of a pair
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_pair_get_partner(struct bufferevent *bev);

/* ---- Filters ------------------------------------------------------------------------------ */

/** What a filter's function returns. */
enum bufferevent_filter_result {
	/** It has added bytes to the destination. */
	BEV_OK = 0,
	/** It needs more bytes in the source. */
	BEV_NEED_MORE = 1,
	/** The bytes of the source are invalid. */
	BEV_ERROR = 2
};

/**
 * Called to transform bytes on their way through a filter.
 *
 * It removes bytes from the source and adds bytes to the destination.  It is called again while
 * it returns BEV_OK, the source has bytes, and the destination is below its high watermark.
 * Like every callback it may free any bufferevent.
 *
 * @param src        the source
 * @param dst        the destination
 * @param dst_limit  how many bytes it should add at most; negative for any number
 * @param mode       how much it may hold back: with BEV_FLUSH nothing that can be sent, with
 *                   BEV_FINISHED nothing at all, because no more bytes follow
 * @param ctx        as given to bufferevent_filter_new()
 */
typedef enum bufferevent_filter_result (*bufferevent_filter_cb)(struct evbuffer *src,
    struct evbuffer *dst, ev_ssize_t dst_limit, enum bufferevent_flush_mode mode, void *ctx);

/**
 * Create a filter: a bufferevent on top of another one, with functions that transform the bytes.
 *
 * The filter sets the callbacks of the underlying bufferevent.  With BEV_OPT_CLOSE_ON_FREE the
 * underlying bufferevent is freed with the filter.  Without it, freeing the filter leaves the
 * underlying bufferevent without callbacks, and it goes on reading if it is enabled for that.
 *
 * @param underlying     what the filter reads from and writes to
 * @param input_filter   transforms input; NULL passes it on unchanged
 * @param output_filter  transforms output; NULL passes it on unchanged
 * @param options        BEV_OPT_ bits
 * @param free_context   called with ctx when the filter is freed; may be NULL
 * @param ctx            argument of the functions
 * @return the filter, or NULL if memory is short: then nothing has changed, and free_context
 *         is not called
 *
 * Threads: safe with BEV_OPT_THREADSAFE on the underlying one, whose lock the filter shares.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_filter_new(struct bufferevent *underlying,
    bufferevent_filter_cb input_filter, bufferevent_filter_cb output_filter, int options,
    void (*free_context)(void *), void *ctx);

/* ---- Rate limits -------------------------------------------------------------------------- */

/** Limits of a bufferevent, or of a group of them. */
struct ev_token_bucket_cfg;

/** Bufferevents that share one limit. */
struct bufferevent_rate_limit_group;

/** The largest rate and the largest burst. */
#define EV_RATE_LIMIT_MAX EV_SSIZE_MAX

/**
 * Create a rate limit configuration, for bufferevents and groups.
 *
 * Each tick allows as many bytes as the rate; unused bytes accumulate up to the burst.
 *
 * @param read_rate    bytes to read in a tick, at least 1
 * @param read_burst   bytes to read at once at most, at least read_rate
 * @param write_rate   bytes to write in a tick, at least 1
 * @param write_burst  bytes to write at once at most, at least write_rate
 * @param tick_len     the tick, at least a millisecond; fractions of a millisecond do not
 *                     count.  NULL is a second
 * @return the configuration, to be freed with ev_token_bucket_cfg_free(); NULL with EINVAL for
 *         values out of range, or if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct ev_token_bucket_cfg *ev_token_bucket_cfg_new(size_t read_rate, size_t read_burst,
    size_t write_rate, size_t write_burst, const struct timeval *tick_len);

/**
 * Free a rate limit configuration.
 *
 * @param cfg  the configuration, which no bufferevent uses any more, or NULL
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void ev_token_bucket_cfg_free(struct ev_token_bucket_cfg *cfg);

/**
 * Set the rate limit of a bufferevent: how fast it reads and writes.
 *
 * It applies to bufferevents with a descriptor.  A new limit keeps unused bytes, as far as the new
 * burst allows.
 *
 * @param bev  the bufferevent
 * @param cfg  the limit, which must outlive its use; NULL removes the limit
 * @return 0, or -1 if memory is short
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_rate_limit(struct bufferevent *bev, struct ev_token_bucket_cfg *cfg);

/**
 * Create a rate limit group: bufferevents that share one limit.
 *
 * Members share the bytes of a tick equally.  Members that find none wait, and continue in the
 * order of waiting, so that no member starves.
 *
 * @param base  the event base of the group's timer; members may have other bases
 * @param cfg   the limit, which is copied
 * @return the group, or NULL if memory is short
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent_rate_limit_group *bufferevent_rate_limit_group_new(
    struct event_base *base, const struct ev_token_bucket_cfg *cfg);

/**
 * Set the limit of a rate limit group.
 *
 * @param grp  the group
 * @param cfg  the limit, which is copied
 * @return 0, or -1 with EINVAL if one of them is NULL
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_set_cfg(
    struct bufferevent_rate_limit_group *grp, const struct ev_token_bucket_cfg *cfg);

/**
 * Set the minimum share of a rate limit group: how many bytes a member gets at least in its turn.
 *
 * Small shares make small packets.  With a larger minimum, fewer members have a turn in a tick,
 * and each may move more.
 *
 * @param grp    the group
 * @param share  in bytes; never more than the rate.  64 at first
 * @return 0, or -1 with EINVAL if it is above EV_RATE_LIMIT_MAX
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_set_min_share(
    struct bufferevent_rate_limit_group *grp, size_t share);

/**
 * Free a rate limit group.
 *
 * It should have no members left.  If it has some, this is logged, and the group is freed with its
 * last member.
 *
 * @param grp  the group, or NULL
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_rate_limit_group_free(struct bufferevent_rate_limit_group *grp);

/**
 * Add a bufferevent to a rate limit group.
 *
 * It is in one group at a time and leaves the one it was in.  It may have a limit of its own as
 * well.  Freeing it ends its membership.
 *
 * @param bev  the bufferevent
 * @param g    the group; NULL removes the bufferevent from its group
 * @return 0, or -1 if memory is short: then nothing has changed
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_add_to_rate_limit_group(
    struct bufferevent *bev, struct bufferevent_rate_limit_group *g);

/**
 * Remove a bufferevent from its rate limit group, if it is in one.
 *
 * @param bev  the bufferevent
 * @return 0
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_remove_from_rate_limit_group(struct bufferevent *bev);

/**
 * Get how many bytes a bufferevent may read now by its own limit, without that of its group.
 *
 * @param bev  the bufferevent
 * @return in bytes, negative after more was read; EV_SSIZE_MAX if it has no limit
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_read_limit(struct bufferevent *bev);

/**
 * Get how many bytes a bufferevent may write now by its own limit, without that of its group.
 *
 * @param bev  the bufferevent
 * @return in bytes, negative after more was written; EV_SSIZE_MAX if it has no limit
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_write_limit(struct bufferevent *bev);

/**
 * Get the rate limit configuration of a bufferevent.
 *
 * @param bev  the bufferevent
 * @return that of bufferevent_set_rate_limit(); NULL if there is none
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const struct ev_token_bucket_cfg *bufferevent_get_token_bucket_cfg(const struct bufferevent *bev);

/**
 * Get how many bytes the members of a rate limit group may read now.
 *
 * @param grp  the group
 * @return in bytes, negative after more was read
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_rate_limit_group_get_read_limit(struct bufferevent_rate_limit_group *grp);

/**
 * Get how many bytes the members of a rate limit group may write now.
 *
 * @param grp  the group
 * @return in bytes, negative after more was written
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_rate_limit_group_get_write_limit(struct bufferevent_rate_limit_group *grp);

/**
 * Decrement the read limit of a bufferevent: count bytes as read.
 *
 * Reading is suspended while no bytes are left in the limit.
 *
 * @param bev   the bufferevent
 * @param decr  in bytes; a negative number adds bytes
 * @return 0, or -1 with EINVAL if it has no limit of its own
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decrement_read_limit(struct bufferevent *bev, ev_ssize_t decr);

/**
 * Decrement the write limit of a bufferevent: count bytes as written.
 *
 * Writing is suspended while no bytes are left in the limit.
 *
 * @param bev   the bufferevent
 * @param decr  in bytes; a negative number adds bytes
 * @return 0, or -1 with EINVAL if it has no limit of its own
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decrement_write_limit(struct bufferevent *bev, ev_ssize_t decr);

/**
 * Decrement the read limit of a rate limit group: count bytes as read.
 *
 * @param grp   the group
 * @param decr  in bytes; a negative number adds bytes
 * @return 0
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_decrement_read(
    struct bufferevent_rate_limit_group *grp, ev_ssize_t decr);

/**
 * Decrement the write limit of a rate limit group: count bytes as written.
 *
 * @param grp   the group
 * @param decr  in bytes; a negative number adds bytes
 * @return 0
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_decrement_write(
    struct bufferevent_rate_limit_group *grp, ev_ssize_t decr);

/**
 * Get the totals of a rate limit group: bytes that its members have read and written.
 *
 * @param grp                the group
 * @param total_read_out     receives the bytes read; may be NULL
 * @param total_written_out  receives the bytes written; may be NULL
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_rate_limit_group_get_totals(struct bufferevent_rate_limit_group *grp,
    ev_uint64_t *total_read_out, ev_uint64_t *total_written_out);

/**
 * Reset the totals of a rate limit group to 0.
 *
 * @param grp  the group
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_rate_limit_group_reset_totals(struct bufferevent_rate_limit_group *grp);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_BUFFEREVENT_H_INCLUDED_ */
