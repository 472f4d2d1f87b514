/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * A simulated kernel: event bases that run in virtual time, with descriptors,
 * signals, allocations and a network that misbehave by a seed.
 *
 * A program makes a simulation, a base on it, and descriptors in it.  Its events,
 * timers and callbacks then run as they do on a real kernel, except that no time
 * passes while something is ready, that waiting takes no real time, and that the
 * same seed gives the same run, to the byte.
 *
 * Descriptors of a simulation are numbers from 1073741824 on, which no real
 * descriptor has.  They are lowest-first, as a kernel hands them out, never block,
 * and never raise SIGPIPE.  Everything the library itself does with a descriptor
 * (evutil_closesocket among it) works on them; system calls do not: plain programs
 * use levin_sim_read, levin_sim_write and their neighbours.
 *
 * Threads: a simulation, its bases and its descriptors belong to one thread at a
 * time.  Different simulations may run in different threads.
 */
#ifndef LEVIN_SIM_H
#define LEVIN_SIM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct event_config;

/** A simulated kernel and its world. */
struct levin_sim;

/**
 * How the simulated world behaves.  All zero is a calm one: bytes arrive at once,
 * nothing is short, nothing fails, what became ready first is reported first.
 *
 * Chances are in thousandths (permille), 0 to 1000; those that would keep a program
 * from ever getting on stop at 999.  Spans are in nanoseconds of virtual time.
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
	/** A read, write or accept answers EAGAIN although it could go on; at most 999. */
	unsigned spurious_eagain_permille;
	/** A write on a connection breaks it, when its bytes should have arrived. */
	unsigned reset_permille;
	/** A connection attempt is refused although somebody listens. */
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
 * Make a simulation.
 *
 * Its monotonic clock starts at 1,000 seconds, its wall clock at 1,600,000,000
 * seconds after the Epoch.
 *
 * @param seed     decides everything that is left to chance
 * @param options  the world's behaviour, copied; NULL is a calm one
 * @return the simulation, or NULL: EINVAL for options out of range, ENOMEM, or EMFILE
 *         if 256 simulations exist already
 *
 * Threads: any.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_sim *levin_sim_new(
    uint64_t seed, const struct levin_sim_options *options);

/**
 * End a simulation and close all its descriptors.
 *
 * Its bases must have been freed before: otherwise the simulation stays, with a
 * warning in the log.  Not to be called from a function given to levin_sim_at.
 *
 * @param sim  the simulation, or NULL
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_sim_free(struct levin_sim *sim);

/**
 * Change the world's behaviour from now on.
 *
 * What is on its way arrives as it was going to.  A smaller capacity takes effect as
 * bytes are read; a lower descriptor limit closes nothing.
 *
 * @param sim      the simulation
 * @param options  the new behaviour, copied; NULL is a calm one
 * @return 0, or -1 with EINVAL for options out of range, and nothing has changed
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_set_options(
    struct levin_sim *sim, const struct levin_sim_options *options);

/**
 * The virtual time of the monotonic clock, in nanoseconds.
 *
 * It moves when a base waits with nothing ready, and by levin_sim_spend.
 *
 * @param sim  the simulation
 * @return nanoseconds; never less than before
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int64_t levin_sim_now_ns(const struct levin_sim *sim);

/**
 * The virtual wall clock, in nanoseconds since the Epoch.
 *
 * @param sim  the simulation
 * @return nanoseconds
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int64_t levin_sim_wall_ns(const struct levin_sim *sim);

/**
 * Set the wall clock forwards or back, as an administrator would.
 *
 * The monotonic clock does not notice.
 *
 * @param sim    the simulation
 * @param by_ns  the step in nanoseconds, of either sign
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_sim_jump_wall(struct levin_sim *sim, int64_t by_ns);

/**
 * Let time pass, as a callback does that computes for a while.
 *
 * What is due until then happens, in its order; calls arranged by levin_sim_at run
 * inside this one.
 *
 * @param sim      the simulation
 * @param span_ns  nanoseconds; nothing happens if negative
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_sim_spend(struct levin_sim *sim, int64_t span_ns);

/**
 * Have a function called at a later virtual time: the outside world.
 *
 * It runs while a base waits, or in levin_sim_spend, with no lock held, and may call
 * anything but levin_sim_free and the loop functions of the waiting base.  The wait
 * ends after it, so that what it did to the base's events counts at once.  It is
 * forgotten if the simulation ends earlier.
 *
 * @param sim       the simulation
 * @param delay_ns  nanoseconds from now; negative counts as 0
 * @param call      the function
 * @param arg       handed to it
 * @return 0, or -1 with ENOMEM, or with EINVAL if call is NULL
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_at(
    struct levin_sim *sim, int64_t delay_ns, void (*call)(void *arg), void *arg);

/**
 * Send a signal to the simulated process.
 *
 * Every base of the simulation that exists when it arrives hears of it, as often as
 * it was sent; nobody else does, and it is lost if nobody watches it.
 *
 * @param sim       the simulation
 * @param signo     the signal, 1 to NSIG - 1
 * @param delay_ns  nanoseconds from now; 0 or negative is at once
 * @return 0, or -1 with EINVAL or ENOMEM
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_raise(struct levin_sim *sim, int signo, int64_t delay_ns);

/**
 * A number from the seed, for choices of the program.
 *
 * These numbers come from a sequence of their own: drawing them changes nothing else
 * of the run.
 *
 * @param sim    the simulation
 * @param bound  0 is 2^64
 * @return 0 to bound - 1, each equally likely
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT uint64_t levin_sim_random(struct levin_sim *sim, uint64_t bound);

/**
 * Make allocations of the library fail.
 *
 * Counts every allocation of the whole process from now on, whoever makes it, except
 * those of the simulated kernel itself.  One simulation at a time: a later call, also
 * for another one, replaces the setting, and levin_sim_free ends it.
 *
 * @param sim       the simulation whose seed decides
 * @param every     each every-th allocation fails; 0 is none
 * @param permille  chance of each other one to fail, in thousandths, 0 to 1000
 * @return 0, or -1 with EINVAL
 *
 * Threads: the simulation's, while no other thread is inside the library.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_fail_allocations(
    struct levin_sim *sim, unsigned every, unsigned permille);

/**
 * A number that stands for everything that has happened so far: calls, bytes, times,
 * reports.  Two runs with equal numbers were the same run.
 *
 * @param sim  the simulation
 * @return the number
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT uint64_t levin_sim_trace_hash(const struct levin_sim *sim);

/**
 * Hear of everything that happens, as lines of text without a newline: the monotonic
 * time in nanoseconds, what it was, the descriptor counted from 0, and a number.
 *
 * @param sim       the simulation
 * @param listener  called within the calls that make things happen; must not call the
 *                  simulation; NULL ends it
 * @param arg       handed to it
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_sim_set_trace(
    struct levin_sim *sim, void (*listener)(const char *line, void *arg), void *arg);

/**
 * Make a loop on the simulated kernel.
 *
 * event_base_get_method() answers "sim".  The base hears the signals of
 * levin_sim_raise and no real ones.  A base that waits for ever with nothing left that
 * could happen ends its loop with -1 and a line in the log.
 *
 * Of several bases on one simulation, each moves the time when it has nothing to do:
 * run them by turns, with EVLOOP_NONBLOCK, or by levin_sim_run.
 *
 * @param sim     the simulation; must outlive the base
 * @param config  flags and limits, or NULL; methods to avoid are not looked at
 * @return the base, or NULL
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct event_base *levin_sim_base_new(
    struct levin_sim *sim, const struct event_config *config);

/**
 * Run several bases of one simulation by turns: programs that would be processes of
 * their own.
 *
 * Each base has a turn of its loop, one after the other; when none of them has anything
 * to do, time moves to what comes first for any of them.  Ends when one of them is told
 * to stop, or when nothing is left that could happen.
 *
 * @param sim    the simulation
 * @param bases  bases on it; they must stay until this function has returned
 * @param count  how many
 * @return 0 if a base was told to stop, 1 if nothing is left, or -1: a loop has failed,
 *         or a base is on another simulation (EINVAL)
 *
 * Locks: callbacks are called as by event_base_loop().
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_run(
    struct levin_sim *sim, struct event_base *const *bases, size_t count);

/**
 * Make two connected stream sockets.
 *
 * @param sim       the simulation
 * @param ends_out  receives the two descriptors
 * @return 0, or -1 with EMFILE or ENOMEM
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_socketpair(struct levin_sim *sim, int ends_out[2]);

/**
 * Make a pipe.  It is local: no latency, no resets.
 *
 * @param sim       the simulation
 * @param ends_out  receives the reading end, then the writing end
 * @return 0, or -1 with EMFILE or ENOMEM
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_pipe(struct levin_sim *sim, int ends_out[2]);

/**
 * Listen for connections.
 *
 * The descriptor is readable while a connection waits in the queue.  When the queue is
 * full, attempts are repeated after one second, then two, and so on, and end with
 * ETIMEDOUT after the fifth.
 *
 * @param sim      the simulation
 * @param port     1 to 65535, the name to connect to
 * @param backlog  how many connections the queue takes; less than 1 counts as 1
 * @return the descriptor, or -1 with EINVAL, EADDRINUSE, EMFILE or ENOMEM
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_listener(struct levin_sim *sim, int port, int backlog);

/**
 * Make a stream socket that is not connected yet, for those who connect by address:
 * an IPv4 or IPv6 address of any host with the listener's port.
 *
 * @param sim  the simulation
 * @return the descriptor, or -1 with EMFILE or ENOMEM
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_socket(struct levin_sim *sim);

/**
 * Make a socket and begin to connect it.
 *
 * It becomes writable when the connection stands, and readable and writable when the
 * attempt has failed: levin_sim_error answers ECONNREFUSED or ETIMEDOUT then.
 *
 * @param sim   the simulation
 * @param port  the listener's port, 1 to 65535; it need not listen yet
 * @return the descriptor, or -1 with EINVAL, EMFILE or ENOMEM
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_connect(struct levin_sim *sim, int port);

/**
 * Take a connection from a listener's queue.
 *
 * @param listener  descriptor of the listener
 * @return the connection's descriptor, or -1 with EAGAIN, EBADF, EINVAL, EMFILE or ENOMEM
 *
 * Threads: the simulation's.
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
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT ssize_t levin_sim_read(int fd, void *data, size_t size);

/**
 * Write as write(2) does to a non-blocking socket, but never with a SIGPIPE.
 *
 * @param fd    a simulated descriptor
 * @param data  the bytes
 * @param size  how many
 * @return how many were taken; or -1 with EAGAIN, EBADF, ECONNRESET, ENOBUFS, ENOTCONN,
 *         EPIPE or another errno of a failed connection
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT ssize_t levin_sim_write(int fd, const void *data, size_t size);

/**
 * End one or both directions of a connection, as shutdown(2) does.
 *
 * @param fd   a simulated descriptor
 * @param how  SHUT_RD, SHUT_WR or SHUT_RDWR
 * @return 0, or -1 with EBADF, EINVAL, ENOTCONN or ENOTSOCK
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_shutdown(int fd, int how);

/**
 * The pending error of a socket, which is then forgotten, as by SO_ERROR.
 *
 * @param fd  a simulated descriptor
 * @return the error; 0 if there is none; or -1 with EBADF
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_error(int fd);

/**
 * Break a connection at once, as if a router in the middle had done it: what is on its
 * way is lost, both ends can read what has arrived, then get ECONNRESET.
 *
 * @param fd  a simulated descriptor of either end
 * @return 0, or -1 with EBADF, or ENOTCONN where there is no connection to break
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_reset(int fd);

/**
 * Another descriptor for the same open file, the lowest free one, as by dup(2).
 *
 * @param fd  a simulated descriptor
 * @return the new descriptor, or -1 with EBADF, EMFILE or ENOMEM
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_dup(int fd);

/**
 * Close a descriptor, as evutil_closesocket also does.
 *
 * A connection closed with bytes unread is reset for the peer, as in Linux.
 *
 * @param fd  a simulated descriptor
 * @return 0, or -1 with EBADF
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_sim_close(int fd);

/**
 * How many descriptors are open.
 *
 * @param sim  the simulation
 * @return the count; duplicates count each
 *
 * Threads: the simulation's.
 * Since: Levin 0.1
 */
LEVIN_EXPORT size_t levin_sim_count_descriptors(const struct levin_sim *sim);

#ifdef __cplusplus
}
#endif

#endif
