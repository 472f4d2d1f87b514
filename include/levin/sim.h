/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * A simulated world for tests: event bases in virtual time, with sockets, signals, memory and
 * a network that fail by a seed.
 *
 * Link with liblevin_sim (pkg-config levin_sim).
 *
 * A test makes a simulation with levin_sim_new() and an event base on it with
 * levin_sim_base_new().  Programs run on that base unchanged: evconnlistener_new_bind(),
 * bufferevent_socket_connect() and bufferevent_socket_connect_hostname() make sockets in the
 * world of their base.  The outside world, which the test plays, has the functions of this
 * header.  No time passes while something is ready, waiting takes no real time, and the same
 * seed gives the same run, to the byte.
 *
 * Every address can be bound, and every host is reached from everywhere.  A socket that sends
 * without having been bound has the loopback address and an ephemeral port.  The name of a
 * Unix socket ends with it; there is no file.
 *
 * Descriptors of a simulation are numbers from 1073741824 on, which no real descriptor has.
 * The lowest free one is taken first.  They never block and never raise SIGPIPE.  The library
 * and evutil_closesocket() accept them; system calls do not: use levin_sim_read(),
 * levin_sim_write() and their neighbours.
 *
 * Threads: a simulation, its bases and its descriptors belong to one thread at a time.
 * Different simulations may run in different threads.  Other threads may call levin_post()
 * and event_active() for a base of it.
 */
#ifndef LEVIN_SIM_H
#define LEVIN_SIM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct event_config;

/** A simulated world. */
struct levin_sim;

/**
 * How a simulated world behaves.  All zero is a calm one: bytes arrive at once, nothing is
 * short, nothing fails, what became ready first is reported first.
 *
 * Chances are in thousandths (permille), 0 to 1000; those that could stop a program for ever
 * end at 999.  Durations are in nanoseconds of virtual time.
 */
struct levin_sim_options {
	/** Least time that bytes, connections and their ends need to the peer. */
	int64_t latency_min_ns;
	/** Longest such time; each thing sent draws its own, but none overtakes another. */
	int64_t latency_max_ns;
	/** A wait that times out may end this much late. */
	int64_t lateness_max_ns;
	/** Bytes that each direction of a connection holds, on the way and unread; 0 is 65536. */
	size_t capacity;
	/** Descriptors that may be open at once, then EMFILE; 0 is 65536, which is the most. */
	unsigned descriptor_limit;
	/** A read or write moves fewer bytes than it could. */
	unsigned short_read_permille;
	unsigned short_write_permille; /**< See short_read_permille. */
	/** A read, write or accept fails with EAGAIN although it could go on; at most 999. */
	unsigned spurious_eagain_permille;
	/** A write on a connection breaks it, when its bytes would have arrived. */
	unsigned reset_permille;
	/** A connection attempt is refused although a socket listens. */
	unsigned refuse_permille;
	/** What a wait found is reported in random order. */
	unsigned reorder_permille;
	/** One ready descriptor is left for a later wait, if another one is reported. */
	unsigned hold_back_permille;
	/** A wait ends at some earlier time with nothing ready; at most 999. */
	unsigned early_return_permille;
	/** For later versions; must be 0. */
	unsigned reserved[16];
};

/**
 * How the network behaves from one host to another.  All zero is a perfect one.
 *
 * Chances are in thousandths (permille), 0 to 1000; durations in nanoseconds.
 */
struct levin_sim_link {
	int64_t latency_min_ns; /**< Least time that what is sent needs. */
	/** Longest such time.  Datagrams overtake each other, bytes of a stream do not. */
	int64_t latency_max_ns;
	/** A datagram is lost.  Bytes of a stream come 200 ms later, a connection attempt 1 s. */
	unsigned loss_permille;
	unsigned duplicate_permille; /**< A datagram arrives twice. */
	/** A datagram needs the longest latency and 10 ms more: later ones overtake it. */
	unsigned reorder_permille;
	unsigned truncate_permille; /**< A datagram loses its end. */
	/** A datagram or connection attempt is refused although there is a socket for it. */
	unsigned refuse_permille;
	/**
	 * Not 0: nothing passes.  Datagrams are lost, connection attempts time out, and bytes of
	 * streams wait until the link is up again.
	 */
	unsigned is_down;
	/** For later versions; must be 0. */
	unsigned reserved[8];
};

/** What ends a stream: see levin_sim_cut(). */
enum levin_sim_cut {
	LEVIN_SIM_CUT_END = 1,  /**< The receiver reads the end; what comes later is lost. */
	LEVIN_SIM_CUT_RESET = 2 /**< Both ends get ECONNRESET. */
};

/**
 * Create a simulation.
 *
 * Its monotonic clock starts at 1,000 seconds, its wall clock at 1,600,000,000
 * seconds after the Epoch.
 *
 * @param seed     decides everything that is left to chance
 * @param options  the world's behaviour, copied; NULL is a calm one
 * @return the simulation, or NULL: EINVAL for options out of range, ENOMEM, or EMFILE
 *         if 256 simulations exist already
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_sim *levin_sim_new(
    uint64_t seed, const struct levin_sim_options *options);

/**
 * Free a simulation and close its descriptors.
 *
 * Its bases must have been freed before: otherwise the simulation stays, with a
 * warning in the log.  Must not be called from a function given to levin_sim_at().
 *
 * @param sim  the simulation, or NULL
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_sim_free(struct levin_sim *sim);

/**
 * Set how a simulation behaves from now on.
 *
 * What is in flight arrives as it was going to.  A smaller capacity takes effect as
 * bytes are read; a lower descriptor limit closes nothing.
 *
 * @param sim      the simulation
 * @param options  the new behaviour, copied; NULL is a calm one
 * @return 0, or -1 with EINVAL for options out of range, and nothing has changed
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_set_options(
    struct levin_sim *sim, const struct levin_sim_options *options);

/**
 * Set how the network behaves from one host to another.
 *
 * The most specific setting counts: that of both hosts, then that of the destination, then
 * that of the source, then the one for all.  Where there is none, the latency and the refusals
 * of the simulation's options count.  What is in flight arrives as it was going to, except
 * that streams stop while their link is down.
 *
 * A dead server is a host to which the link is down; a host without a socket refuses.
 *
 * @param sim   the simulation
 * @param from  the sending host, an IPv4 or IPv6 address as text, or NULL for every host
 * @param to    the receiving host, or NULL for every host
 * @param link  the behaviour, copied; NULL removes the setting
 * @return 0, or -1 with EINVAL or ENOMEM, and nothing has changed
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_set_link(
    struct levin_sim *sim, const char *from, const char *to, const struct levin_sim_link *link);

/**
 * Set the text of a configuration file in the simulated world.
 *
 * The library reads its configuration files, such as /etc/resolv.conf and /etc/hosts, from
 * the world of its base.  The names that bufferevent_socket_connect_hostname() finds without
 * a resolver are those of /etc/hosts, with the addresses of all their lines; without that file
 * there is localhost.
 *
 * @param sim   the simulation
 * @param path  the file's full path
 * @param text  its contents, copied; NULL removes the file
 * @return 0, or -1 with EINVAL or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_set_file(struct levin_sim *sim, const char *path, const char *text);

/**
 * Get the virtual time of the monotonic clock, in nanoseconds.
 *
 * It moves when a base waits with nothing ready, and by levin_sim_spend().
 *
 * @param sim  the simulation
 * @return nanoseconds; never less than before
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int64_t levin_sim_now_ns(const struct levin_sim *sim);

/**
 * Get the virtual wall clock, in nanoseconds since the Epoch.
 *
 * @param sim  the simulation
 * @return nanoseconds
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int64_t levin_sim_wall_ns(const struct levin_sim *sim);

/**
 * Set the virtual wall clock forwards or back, as an administrator would.
 *
 * The monotonic clock does not change.
 *
 * @param sim    the simulation
 * @param by_ns  the step in nanoseconds, of either sign
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_sim_jump_wall(struct levin_sim *sim, int64_t by_ns);

/**
 * Let virtual time pass, as a callback does that computes for a while.
 *
 * What is due until then happens, in its order; functions given to
 * levin_sim_at() run inside this call.
 *
 * @param sim      the simulation
 * @param span_ns  nanoseconds; nothing happens if negative
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_sim_spend(struct levin_sim *sim, int64_t span_ns);

/**
 * Call a function at a later virtual time: the outside world.
 *
 * It runs while a base waits, or in levin_sim_spend(), with no lock held, and may call
 * anything but levin_sim_free() and the loop functions of the waiting base.  The wait
 * ends after it, so that what it did to the base's events counts at once.  It is
 * forgotten if the simulation ends earlier.
 *
 * @param sim       the simulation
 * @param delay_ns  nanoseconds from now; negative counts as 0
 * @param call      the function
 * @param arg       handed to it
 * @return 0, or -1 with ENOMEM, or with EINVAL if call is NULL
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_at(
    struct levin_sim *sim, int64_t delay_ns, void (*call)(void *arg), void *arg);

/**
 * Send a signal to the simulated process.
 *
 * Every base of the simulation that exists when it arrives gets it, as often as it was sent.
 * It is lost if no event watches it.
 *
 * @param sim       the simulation
 * @param signo     the signal, 1 to NSIG - 1
 * @param delay_ns  nanoseconds from now; 0 or negative is at once
 * @return 0, or -1 with EINVAL or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_raise(struct levin_sim *sim, int signo, int64_t delay_ns);

/**
 * Get a random number from the seed, for choices of the test.
 *
 * These numbers come from a sequence of their own: drawing them changes nothing else
 * of the run.
 *
 * @param sim    the simulation
 * @param bound  0 is 2^64
 * @return 0 to bound - 1, each equally likely
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT uint64_t levin_sim_random(struct levin_sim *sim, uint64_t bound);

/**
 * Let allocations of the library fail.
 *
 * Every allocation of the library in this process counts from now on, except those of the
 * simulation itself.  A later call, also for another simulation, replaces the setting;
 * levin_sim_free() of the simulation ends it.
 *
 * @param sim       the simulation whose seed decides
 * @param every     each every-th allocation fails; 0 is none
 * @param permille  chance of each other one to fail, in thousandths, 0 to 1000
 * @return 0, or -1 with EINVAL
 *
 * Threads: the thread that uses the simulation, while no other thread uses the library.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_fail_allocations(
    struct levin_sim *sim, unsigned every, unsigned permille);

/**
 * Get the hash of everything that has happened so far: calls, bytes, times, reports.
 *
 * Two runs with equal hashes were the same run.
 *
 * @param sim  the simulation
 * @return the number
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT uint64_t levin_sim_trace_hash(const struct levin_sim *sim);

/**
 * Set a function that is called with everything that happens.
 *
 * A line of text without a newline has the monotonic time in nanoseconds, what happened, the
 * descriptor counted from 0, and a number.
 *
 * @param sim       the simulation
 * @param listener  called within the calls that make things happen; must not call the
 *                  simulation; NULL ends it
 * @param arg       handed to it
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_sim_set_trace(
    struct levin_sim *sim, void (*listener)(const char *line, void *arg), void *arg);

/**
 * Create an event base in a simulation.
 *
 * event_base_get_method() returns "sim".  The base gets the signals of levin_sim_raise()
 * and no real ones.  A base that waits for ever with nothing left that
 * could happen ends its loop with -1 and a line in the log.
 *
 * Of several bases on one simulation, each moves the time when it has nothing to do:
 * run them by turns, with EVLOOP_NONBLOCK, or by levin_sim_run().
 *
 * @param sim     the simulation; must outlive the base
 * @param config  flags and limits, or NULL; methods to avoid are not looked at
 * @return the base, or NULL
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct event_base *levin_sim_base_new(
    struct levin_sim *sim, const struct event_config *config);

/**
 * Run several event bases of one simulation by turns, as processes of their own.
 *
 * Each base has a turn of its loop, one after the other; when none of them has anything
 * to do, time moves to what comes first for any of them.  Ends when one of them is
 * stopped, or when nothing is left that could happen.
 *
 * @param sim    the simulation
 * @param bases  bases on it; they must stay until this function has returned
 * @param count  how many
 * @return 0 if a base was stopped, 1 if nothing is left, or -1: a loop has failed,
 *         or a base is on another simulation (EINVAL)
 *
 * Locks: callbacks are called as by event_base_loop().
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_run(
    struct levin_sim *sim, struct event_base *const *bases, size_t count);

/**
 * Create two connected stream sockets.
 *
 * @param sim       the simulation
 * @param ends_out  receives the two descriptors
 * @return 0, or -1 with EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_socketpair(struct levin_sim *sim, int ends_out[2]);

/**
 * Create a pipe.  It is local: no latency, no resets.
 *
 * @param sim       the simulation
 * @param ends_out  receives the reading end, then the writing end
 * @return 0, or -1 with EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_pipe(struct levin_sim *sim, int ends_out[2]);

/**
 * Create a socket that is not bound.
 *
 * @param sim     the simulation
 * @param family  AF_INET, AF_INET6 or AF_UNIX
 * @param type    SOCK_STREAM or SOCK_DGRAM
 * @return the descriptor, or -1 with EAFNOSUPPORT, EPROTOTYPE, EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_socket(struct levin_sim *sim, int family, int type);

/**
 * Listen for connections at a port of every host, IPv4 and IPv6.
 *
 * The descriptor is readable while a connection waits in the queue.  When the queue is full,
 * attempts are repeated after one second, then two, and so on, and end with ETIMEDOUT after
 * the fifth.
 *
 * @param sim      the simulation
 * @param port     1 to 65535
 * @param backlog  how many connections the queue takes; less than 1 counts as 1
 * @return the descriptor, or -1 with EINVAL, EADDRINUSE, EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_listener(struct levin_sim *sim, int port, int backlog);

/**
 * Listen for connections at an address.
 *
 * @param sim      the simulation
 * @param address  "192.0.2.1:80", "[2001:db8::1]:80", or the path of a Unix socket, which
 *                 begins with a slash; without a port a free one is taken
 * @param backlog  how many connections the queue takes; less than 1 counts as 1
 * @return the descriptor, or -1 with EINVAL, EADDRINUSE, EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_listener_at(struct levin_sim *sim, const char *address, int backlog);

/**
 * Create a datagram socket at an address, such as that of a name server.
 *
 * @param sim      the simulation
 * @param address  as for levin_sim_listener_at()
 * @return the descriptor, or -1 with EINVAL, EADDRINUSE, EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_datagram_socket(struct levin_sim *sim, const char *address);

/**
 * Create a stream socket and begin to connect it to a port of the loopback address.
 *
 * It becomes writable when the connection is there, and readable and writable when the attempt
 * has failed: levin_sim_error() returns ECONNREFUSED or ETIMEDOUT then.
 *
 * @param sim   the simulation
 * @param port  1 to 65535; it need not listen yet
 * @return the descriptor, or -1 with EINVAL, EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_connect(struct levin_sim *sim, int port);

/**
 * Create a stream socket and begin to connect it to an address.
 *
 * @param sim      the simulation
 * @param address  as for levin_sim_listener_at()
 * @return the descriptor, as levin_sim_connect(); or -1 with EINVAL, EMFILE, ENOMEM, and for
 *         Unix sockets ECONNREFUSED or EAGAIN
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_connect_to(struct levin_sim *sim, const char *address);

/**
 * Accept a connection from a listener's queue.
 *
 * @param listener  descriptor of the listener
 * @return the connection's descriptor, or -1 with EAGAIN, EBADF, EINVAL, EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_accept(int listener);

/**
 * Read as read(2) does from a non-blocking socket.
 *
 * @param fd    a simulated descriptor
 * @param data  receives the bytes
 * @param size  how many at most
 * @return how many were read; 0 when the peer has finished; or -1 with EAGAIN, EBADF,
 *         ECONNRESET, ENOTCONN or another errno of a failed connection
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT ssize_t levin_sim_read(int fd, void *data, size_t size);

/**
 * Write as write(2) does to a non-blocking socket, but never with a SIGPIPE.
 *
 * @param fd    a simulated descriptor
 * @param data  the bytes
 * @param size  how many
 * @return how many were accepted; or -1 with EAGAIN, EBADF, ECONNRESET, ENOBUFS, ENOTCONN,
 *         EPIPE or another errno of a failed connection
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT ssize_t levin_sim_write(int fd, const void *data, size_t size);

/**
 * Receive a datagram and its sender, as recvfrom(2) does.
 *
 * @param fd         a simulated descriptor
 * @param data       receives the bytes; what does not fit is lost
 * @param size       how many at most
 * @param from       receives the sender's address; NULL if it is not wanted
 * @param from_size  size of the memory at from, and then of the address
 * @return how many bytes were received, or -1 with EAGAIN, EBADF, or ECONNREFUSED after a
 *         datagram to the connected peer was refused
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT ssize_t levin_sim_recvfrom(
    int fd, void *data, size_t size, struct sockaddr *from, socklen_t *from_size);

/**
 * Send a datagram, as sendto(2) does.
 *
 * @param fd       a simulated descriptor
 * @param data     the bytes
 * @param size     how many; at most 65507
 * @param to       the receiver's address; NULL is the connected peer
 * @param to_size  size of that address
 * @return how many bytes were sent, or -1 with EAGAIN, EBADF, ECONNREFUSED, EDESTADDRREQ,
 *         EISCONN, EMSGSIZE, ENOBUFS or EPIPE
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT ssize_t levin_sim_sendto(
    int fd, const void *data, size_t size, const struct sockaddr *to, socklen_t to_size);

/**
 * Get the address of a socket, as getsockname(2) does.
 *
 * @param fd       a simulated descriptor
 * @param address  receives the address
 * @param size     size of the memory at address, and then of the address
 * @return 0, or -1 with EBADF or ENOTSOCK
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_getsockname(int fd, struct sockaddr *address, socklen_t *size);

/**
 * Get the address of a socket's peer, as getpeername(2) does.
 *
 * @param fd       a simulated descriptor
 * @param address  receives the address
 * @param size     size of the memory at address, and then of the address
 * @return 0, or -1 with EBADF, ENOTCONN or ENOTSOCK
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_getpeername(int fd, struct sockaddr *address, socklen_t *size);

/**
 * End one or both directions of a connection, as shutdown(2) does.
 *
 * @param fd   a simulated descriptor
 * @param how  SHUT_RD, SHUT_WR or SHUT_RDWR
 * @return 0, or -1 with EBADF, EINVAL, ENOTCONN or ENOTSOCK
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_shutdown(int fd, int how);

/**
 * Get and clear the pending error of a socket, as SO_ERROR does.
 *
 * @param fd  a simulated descriptor
 * @return the error; 0 if there is none; or -1 with EBADF
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_error(int fd);

/**
 * Reset a connection at once, as a router in the middle may do.
 *
 * What is in flight is lost; both ends can read what has arrived, then get ECONNRESET.
 *
 * @param fd  a simulated descriptor of either end
 * @return 0, or -1 with EBADF, or ENOTCONN where there is no connection to break
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_reset(int fd);

/**
 * Stop the stream to a descriptor, or let it go on.
 *
 * What is sent to it waits, up to the capacity of the connection.
 *
 * @param fd  a simulated descriptor of a stream
 * @param on  not 0 to deliver nothing from now on; 0 to deliver what has waited, and what comes
 * @return 0, or -1 with EBADF or ENOTCONN
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_stall(int fd, int on);

/**
 * Cut a stream at a byte: end or break the connection after so many more bytes have been
 * delivered to a descriptor.
 *
 * @param fd     a simulated descriptor, of the receiving end
 * @param bytes  how many are still delivered, those in flight among them; 0 cuts at once
 * @param how    what happens then; a later call replaces it
 * @return 0, or -1 with EBADF, EINVAL or ENOTCONN
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_cut(int fd, size_t bytes, enum levin_sim_cut how);

/**
 * Duplicate a descriptor, as dup(2) does.
 *
 * @param fd  a simulated descriptor
 * @return the new descriptor, or -1 with EBADF, EMFILE or ENOMEM
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_dup(int fd);

/**
 * Close a descriptor, as evutil_closesocket() does too.
 *
 * A connection closed with bytes unread is reset for the peer, as in Linux.
 *
 * @param fd  a simulated descriptor
 * @return 0, or -1 with EBADF
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_close(int fd);

/**
 * Count the open descriptors of a simulation.
 *
 * @param sim  the simulation
 * @return the count; duplicates count each
 *
 * Threads: the thread that uses the simulation.
 * Since: Levin 0.1
 */
LEVIN_EXPORT size_t levin_sim_count_descriptors(const struct levin_sim *sim);

#ifdef __cplusplus
}
#endif

#endif
