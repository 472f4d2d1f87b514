/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Streams with buffers: connections that read and write by themselves.
 *
 * A bufferevent has an input buffer, which it fills from its source, and an output
 * buffer, which it empties into its sink.  The program is told when there is something to
 * read, when output has gone out, and when something ended, failed or took too long.
 * Sockets, filters, pairs in memory and TLS connections all look like this.
 *
 * Unless a function says otherwise:
 *   - callbacks run on the thread that runs the loop of the bufferevent's base.  They may
 *     call everything, and may free any bufferevent, their own too;
 *   - with BEV_OPT_THREADSAFE a function may be called from any thread, and callbacks run
 *     with the bufferevent's lock held unless BEV_OPT_UNLOCK_CALLBACKS was given.  Without
 *     it a bufferevent belongs to the loop's thread;
 *   - `events` are EV_READ, EV_WRITE or both; other bits mean nothing.
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
 * @name What an event callback is told
 * One of the last four, and which direction it was about.
 * @{
 */
#define BEV_EVENT_READING   0x01 /**< It happened while reading. */
#define BEV_EVENT_WRITING   0x02 /**< It happened while writing. */
#define BEV_EVENT_EOF       0x10 /**< The other side has ended its stream. */
#define BEV_EVENT_ERROR     0x20 /**< It failed; errno says why. */
#define BEV_EVENT_TIMEOUT   0x40 /**< Nothing has happened for too long. */
#define BEV_EVENT_CONNECTED 0x80 /**< A connection that was asked for is there. */
/** @} */

/** A stream with an input and an output buffer. */
struct bufferevent;
struct evbuffer;
struct evdns_base;
struct event_base;
struct evutil_addrinfo;
struct sockaddr;

/**
 * Called when there is something to read, or when output has gone out.
 *
 * As a read callback: the input holds at least the low read watermark.  As a write
 * callback: the output holds no more than the low write watermark.
 */
typedef void (*bufferevent_data_cb)(struct bufferevent *bev, void *ctx);

/**
 * Called when a stream has connected, ended, failed or timed out.
 *
 * `what` are BEV_EVENT_ bits.  After an end, an error or a timeout the direction it was
 * about is disabled; the other one goes on.
 */
typedef void (*bufferevent_event_cb)(struct bufferevent *bev, short what, void *ctx);

/** How a bufferevent is to be made. */
enum bufferevent_options {
	/** What it works on is closed or freed together with it. */
	BEV_OPT_CLOSE_ON_FREE = (1 << 0),
	/** It has a lock, if the program has switched locks on (event2/thread.h). */
	BEV_OPT_THREADSAFE = (1 << 1),
	/** Callbacks are made by the loop and never from within another call. */
	BEV_OPT_DEFER_CALLBACKS = (1 << 2),
	/** Callbacks run without its lock.  Needs BEV_OPT_DEFER_CALLBACKS. */
	BEV_OPT_UNLOCK_CALLBACKS = (1 << 3)
};

/**
 * Make a bufferevent for a stream socket.
 *
 * It begins with writing enabled and reading disabled.  Output that is added while the
 * loop runs one of the bufferevent's callbacks is sent when the callback has returned;
 * other output in the same turn of the loop.  One call to the kernel reads as much as is
 * there, up to a bound.
 *
 * @param base     the loop that it belongs to
 * @param fd       the socket, which must not block, connected or not; or -1 to give it one
 *                 later, by bufferevent_setfd() or by connecting
 * @param options  enum bufferevent_options
 * @return the bufferevent, to be freed with bufferevent_free(); NULL if memory is short or
 *         BEV_OPT_UNLOCK_CALLBACKS stands alone: the socket then stays the caller's
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
 * The event callback is told BEV_EVENT_CONNECTED or BEV_EVENT_ERROR later.  A socket is made
 * for it if it has none.  Output may be added at once and is sent after that.
 *
 * @param bufev    a bufferevent of bufferevent_socket_new()
 * @param addr     where to; NULL if the socket is being connected already
 * @param socklen  the size of the address
 * @return 0, also if the attempt has failed and the event callback is told; -1 if none
 *         could be made
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect(struct bufferevent *bufev, const struct sockaddr *addr, int socklen);

/**
 * Look a name up, then connect a bufferevent to the first address found.
 *
 * Until there is an answer the bufferevent neither reads nor writes.  If there is none the
 * event callback is told BEV_EVENT_ERROR; see bufferevent_socket_get_dns_error().
 *
 * @param bufev       a bufferevent of bufferevent_socket_new()
 * @param evdns_base  who looks it up; NULL blocks until the system's resolver answers
 * @param family      AF_INET, AF_INET6 or AF_UNSPEC
 * @param hostname    a name or an address as text
 * @param port        1 to 65535
 * @return 0, also if the event callback is told of a failure; -1 if family or port are none
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect_hostname(struct bufferevent *bufev, struct evdns_base *evdns_base,
    int family, const char *hostname, int port);

/**
 * The same, and say more about the addresses that are wanted.
 *
 * @param bufev       a bufferevent of bufferevent_socket_new()
 * @param evdns_base  who looks it up; NULL blocks until the system's resolver answers
 * @param hints_in    as evutil_getaddrinfo() takes them; not kept
 * @param hostname    a name or an address as text
 * @param port        1 to 65535
 * @return 0, also if the event callback is told of a failure; -1 if family or port are none
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect_hostname_hints(struct bufferevent *bufev,
    struct evdns_base *evdns_base, const struct evutil_addrinfo *hints_in, const char *hostname,
    int port);

/**
 * Why the last lookup of a name for a bufferevent has failed.
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
 * Move a bufferevent to another base.
 *
 * @param base   the new one
 * @param bufev  a bufferevent of a socket of which neither direction is waiting
 * @return 0, or -1 if it is of another kind or in use
 *
 * Threads: nobody else may use the bufferevent.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_base_set(struct event_base *base, struct bufferevent *bufev);

/**
 * The base that a bufferevent belongs to.
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
 * Set the priority of what a bufferevent does.
 *
 * @param bufev  a bufferevent of a socket
 * @param pri    from 0, the most urgent, to one less than event_base_priority_init() was given
 * @return 0, or -1 if there is no such priority or the bufferevent is just active
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_priority_set(struct bufferevent *bufev, int pri);

/**
 * The priority of a bufferevent.
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
 * Give a bufferevent up.
 *
 * None of its callbacks runs any more once this has returned on the loop's thread; on
 * another one, a callback that is running may still finish.  What was not sent is lost.
 *
 * @param bufev  the bufferevent
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
 * @param writecb  called when output has gone out; may be NULL
 * @param eventcb  called when something else has happened; may be NULL
 * @param cbarg    handed to all of them
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_setcb(struct bufferevent *bufev, bufferevent_data_cb readcb,
    bufferevent_data_cb writecb, bufferevent_event_cb eventcb, void *cbarg);

/**
 * The callbacks of a bufferevent.
 *
 * @param bufev        the bufferevent
 * @param readcb_ptr   receives the read callback; may be NULL, like those that follow
 * @param writecb_ptr  receives the write callback
 * @param eventcb_ptr  receives the event callback
 * @param cbarg_ptr    receives what is handed to them
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_getcb(struct bufferevent *bufev, bufferevent_data_cb *readcb_ptr,
    bufferevent_data_cb *writecb_ptr, bufferevent_event_cb *eventcb_ptr, void **cbarg_ptr);

/**
 * Let a bufferevent work on another descriptor.
 *
 * The old one is neither closed nor remembered.  What is enabled stays enabled.
 *
 * @param bufev  the bufferevent
 * @param fd     the new descriptor, or -1 for none
 * @return 0, or -1 if this kind of bufferevent has no descriptor
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_setfd(struct bufferevent *bufev, evutil_socket_t fd);

/**
 * The same, and close the old descriptor if the bufferevent owns it.
 *
 * @param bufev  the bufferevent
 * @param fd     the new descriptor, or -1 for none
 * @return 0, or -1 if this kind of bufferevent has no descriptor
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_replacefd(struct bufferevent *bufev, evutil_socket_t fd);

/**
 * The descriptor that a bufferevent works on.
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
 * The bufferevent that another one stands on.
 *
 * @param bufev  the upper one
 * @return the lower one; NULL if there is none
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_get_underlying(struct bufferevent *bufev);

/**
 * Add bytes to the output.
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
 * Move a buffer's content to the output, without copying.
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
 * Take bytes from the input.
 *
 * @param bufev  the bufferevent
 * @param data   where they are put
 * @param size   how many at the most
 * @return how many there were
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
size_t bufferevent_read(struct bufferevent *bufev, void *data, size_t size);

/**
 * Move all input to a buffer, without copying.
 *
 * @param bufev  the bufferevent
 * @param buf    where it is added
 * @return 0, or -1 if it could not be moved
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_read_buffer(struct bufferevent *bufev, struct evbuffer *buf);

/**
 * The buffer with what was received.
 *
 * The program may take bytes from it, and may not add to its end.
 *
 * @param bufev  the bufferevent
 * @return the buffer, which stays the bufferevent's
 *
 * Threads: safe; the buffer shares the bufferevent's lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *bufferevent_get_input(struct bufferevent *bufev);

/**
 * The buffer with what is to be sent.
 *
 * The program may add bytes to it, and may not take them from its front.
 *
 * @param bufev  the bufferevent
 * @return the buffer, which stays the bufferevent's
 *
 * Threads: safe; the buffer shares the bufferevent's lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *bufferevent_get_output(struct bufferevent *bufev);

/**
 * Let a bufferevent read or write.
 *
 * @param bufev  the bufferevent
 * @param event  EV_READ, EV_WRITE or both
 * @return 0, or -1 if the loop cannot wait for the descriptor
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_enable(struct bufferevent *bufev, short event);

/**
 * Let a bufferevent stop reading or writing.
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
 * What a bufferevent is enabled for.
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
 * Say how long a bufferevent may wait.
 *
 * The read timeout runs while reading is enabled and not held up, the write timeout while
 * there is output that cannot go out.  Each begins anew with every byte.  When it is over
 * the direction is disabled and the event callback is told BEV_EVENT_TIMEOUT.
 *
 * @param bufev          the bufferevent
 * @param timeout_read   a span, which is copied; NULL or zero for none
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
 * Say how full the buffers may get before something happens.
 *
 * The read callback is made once the input holds at least `lowmark`, and nothing is read
 * while it holds `highmark` or more.  The write callback is made when the output has come
 * down to `lowmark` or less; its high watermark means something to filters and pairs only.
 *
 * @param bufev     the bufferevent
 * @param events    which of them to set
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
 * The watermarks of one direction.
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
 * Take the lock of a bufferevent and its buffers, so that several calls are one.
 *
 * It may be freed before it is unlocked: the lock stays until then.
 *
 * @param bufev  the bufferevent
 *
 * Locks: may be taken again by a thread that has it; does nothing without
 *        BEV_OPT_THREADSAFE.
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_lock(struct bufferevent *bufev);

/**
 * Give the lock of a bufferevent back.
 *
 * @param bufev  the bufferevent
 *
 * Threads: the one that has it.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_unlock(struct bufferevent *bufev);

/**
 * Keep a bufferevent in memory.
 *
 * @param bufev  the bufferevent
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_incref(struct bufferevent *bufev);

/**
 * Take one bufferevent_incref() back.
 *
 * @param bufev  the bufferevent
 * @return 1 if that was the last reference and it is gone, 0 if it is still there
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decref(struct bufferevent *bufev);

/** How much a flush is to get out. */
enum bufferevent_flush_mode {
	/** What is worth it. */
	BEV_NORMAL = 0,
	/** All there is. */
	BEV_FLUSH = 1,
	/** All there is, and then comes the end. */
	BEV_FINISHED = 2
};

/**
 * Push the content of the buffers on, as far as this kind of bufferevent can.
 *
 * Nothing has to be pushed for sockets, and nothing happens.
 *
 * @param bufev   the bufferevent
 * @param iotype  which direction
 * @param mode    how much
 * @return 1 if something was pushed on, 0 if not, -1 on failure
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_flush(struct bufferevent *bufev, short iotype, enum bufferevent_flush_mode mode);

/** Options of bufferevent_trigger(). */
enum bufferevent_trigger_options {
	/** Call whatever is in the buffers. */
	BEV_TRIG_IGNORE_WATERMARKS = (1 << 16),
	/** Let the loop call, also if the bufferevent does not defer its callbacks. */
	BEV_TRIG_DEFER_CALLBACKS = BEV_OPT_DEFER_CALLBACKS
};

/**
 * Make the data callbacks now, as if their time had come.
 *
 * @param bufev    the bufferevent
 * @param iotype   which of them
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
 * Make the event callback now.
 *
 * @param bufev    the bufferevent
 * @param what     BEV_EVENT_ bits to hand to it
 * @param options  0 or BEV_TRIG_DEFER_CALLBACKS
 *
 * Locks: those of the callbacks.
 * Threads: as bufferevent_trigger().
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_trigger_event(struct bufferevent *bufev, short what, int options);

/**
 * Bound what one call to the kernel reads.
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
 * Bound what one call to the kernel writes.
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
 * The bound of bufferevent_set_max_single_read().
 *
 * @param bev  the bufferevent
 * @return in bytes; 16,384 while none was set, when the kernel is asked for more if the other
 *         side sends more
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_single_read(struct bufferevent *bev);

/**
 * The bound of bufferevent_set_max_single_write().
 *
 * @param bev  the bufferevent
 * @return in bytes; 16,384 while none was set
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_single_write(struct bufferevent *bev);

/**
 * How much a bufferevent may read at once now, by its bound and its rate limits.
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
 * How much a bufferevent may write at once now, by its bound and its rate limits.
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
 * Make two bufferevents that are connected to each other in memory.
 *
 * What is written to one of them becomes the input of the other, without copying, as long as
 * that one reads and its high watermark has room.  Their callbacks are always deferred.  When
 * one of them is freed the other is told of the end: BEV_EVENT_EOF.
 *
 * @param base     their loop
 * @param options  BEV_OPT_ bits
 * @param pair     receives the two; each is freed by itself
 * @return 0, or -1 if memory is short
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_pair_new(struct event_base *base, int options, struct bufferevent *pair[2]);

/**
 * The other one of a pair.
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

/** What a filter's function answers. */
enum bufferevent_filter_result {
	/** Something was put into the destination. */
	BEV_OK = 0,
	/** Nothing can be made of the source before there is more of it. */
	BEV_NEED_MORE = 1,
	/** The source makes no sense. */
	BEV_ERROR = 2
};

/**
 * Turns bytes into others.
 *
 * It takes what it needs from the source and adds to the destination.  It is called again and
 * again while it answers BEV_OK, there is something in the source, and the destination has
 * room.  It must not free the bufferevent.
 *
 * @param src        where to take from
 * @param dst        where to add to
 * @param dst_limit  how many bytes should be added at the most; negative: any number
 * @param mode       how much to hold back: at BEV_FLUSH nothing that can be sent, at
 *                   BEV_FINISHED nothing at all, for no more will come
 * @param ctx        as given to bufferevent_filter_new()
 */
typedef enum bufferevent_filter_result (*bufferevent_filter_cb)(struct evbuffer *src,
    struct evbuffer *dst, ev_ssize_t dst_limit, enum bufferevent_flush_mode mode, void *ctx);

/**
 * Put a bufferevent on another one, with functions that turn the bytes on their way.
 *
 * The underlying bufferevent's callbacks are the filter's from now on.  Freeing the filter
 * leaves it as it is, with reading suspended, unless BEV_OPT_CLOSE_ON_FREE is set: then it is
 * freed as well.
 *
 * @param underlying     what the filter reads from and writes to
 * @param input_filter   turns what was read; NULL leaves it as it is
 * @param output_filter  turns what is to be written; NULL leaves it as it is
 * @param options        BEV_OPT_ bits
 * @param free_context   called with ctx when the filter goes away; may be NULL
 * @param ctx            handed to the functions
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
 * Describe a limit.
 *
 * With each tick as many bytes as the rate may pass; what is not used is saved up to the
 * burst.
 *
 * @param read_rate    bytes to read in a tick, at least 1
 * @param read_burst   bytes to read at once at the most, at least read_rate
 * @param write_rate   bytes to write in a tick, at least 1
 * @param write_burst  bytes to write at once at the most, at least write_rate
 * @param tick_len     the tick, at least a millisecond; fractions of a millisecond do not
 *                     count.  NULL is a second
 * @return the limit, to be freed with ev_token_bucket_cfg_free(); NULL with EINVAL for values
 *         out of range, or if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct ev_token_bucket_cfg *ev_token_bucket_cfg_new(size_t read_rate, size_t read_burst,
    size_t write_rate, size_t write_burst, const struct timeval *tick_len);

/**
 * Free the description of a limit.
 *
 * @param cfg  the limit, which no bufferevent has any more, or NULL
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void ev_token_bucket_cfg_free(struct ev_token_bucket_cfg *cfg);

/**
 * Limit how fast a bufferevent reads and writes.
 *
 * Bufferevents of sockets and of TLS obey it.  A change of the limit keeps what was saved up,
 * as far as the new burst allows.
 *
 * @param bev  the bufferevent
 * @param cfg  the limit, which must outlive its use; NULL takes the limit away
 * @return 0, or -1 if memory is short
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_rate_limit(struct bufferevent *bev, struct ev_token_bucket_cfg *cfg);

/**
 * Make a group of bufferevents that share one limit.
 *
 * What there is is shared equally.  Those who find nothing left wait, and have their turn in
 * the order of waiting, so that none goes without for ever.
 *
 * @param base  a loop for the group's timer; the members may have others
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
 * Change the limit of a group.
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
 * Say how many bytes a member of a group is given at least, when it is given any.
 *
 * Small shares make small packets.  With a minimum fewer members have their turn in a tick,
 * with more each.
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
 * Free a group.
 *
 * It should have no members left.  If it has, that is logged, and it goes with the last of
 * them.
 *
 * @param grp  the group
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_rate_limit_group_free(struct bufferevent_rate_limit_group *grp);

/**
 * Make a bufferevent a member of a group.
 *
 * It is in one group at a time and leaves the one it was in.  It may have a limit of its own as
 * well.  Freeing it ends its membership.
 *
 * @param bev  the bufferevent
 * @param g    the group; NULL: none
 * @return 0, or -1 if memory is short, and it stays where it was
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_add_to_rate_limit_group(
    struct bufferevent *bev, struct bufferevent_rate_limit_group *g);

/**
 * Take a bufferevent out of its group, if it is in one.
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
 * How many bytes the own limit of a bufferevent lets it read now.  Its group is not asked.
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
 * How many bytes the own limit of a bufferevent lets it write now.  Its group is not asked.
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
 * The own limit of a bufferevent.
 *
 * @param bev  the bufferevent
 * @return what bufferevent_set_rate_limit() was given; NULL if there is none
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const struct ev_token_bucket_cfg *bufferevent_get_token_bucket_cfg(const struct bufferevent *bev);

/**
 * How many bytes the members of a group may read now.
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
 * How many bytes the members of a group may write now.
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
 * Count bytes as read by a bufferevent.
 *
 * Reading stops when nothing is left, and goes on when there is something again.
 *
 * @param bev   the bufferevent
 * @param decr  in bytes; a negative number gives bytes back
 * @return 0, or -1 with EINVAL if it has no limit of its own
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decrement_read_limit(struct bufferevent *bev, ev_ssize_t decr);

/**
 * Count bytes as written by a bufferevent.
 *
 * Writing stops when nothing is left, and goes on when there is something again.
 *
 * @param bev   the bufferevent
 * @param decr  in bytes; a negative number gives bytes back
 * @return 0, or -1 with EINVAL if it has no limit of its own
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decrement_write_limit(struct bufferevent *bev, ev_ssize_t decr);

/**
 * Count bytes as read by a group.
 *
 * @param grp   the group
 * @param decr  in bytes; a negative number gives bytes back
 * @return 0
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_decrement_read(
    struct bufferevent_rate_limit_group *grp, ev_ssize_t decr);

/**
 * Count bytes as written by a group.
 *
 * @param grp   the group
 * @param decr  in bytes; a negative number gives bytes back
 * @return 0
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_decrement_write(
    struct bufferevent_rate_limit_group *grp, ev_ssize_t decr);

/**
 * How many bytes the members of a group have read and written.
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
 * Count the bytes of a group from 0 again.
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
