/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Buffers: queues of bytes that are cheap to fill, to empty, to search and to move.
 *
 * Bytes are added at the end and removed at the front.  They lie in several contiguous
 * extents of memory, so adding does not copy the bytes that are there, and bytes are moved
 * to another buffer without being copied.  A pointer into a buffer is valid until the
 * buffer is changed, unless a function says otherwise.
 *
 * A buffer holds at most about twice its bytes and a page of memory, however they came and
 * went.  Space that was reserved (evbuffer_expand(), evbuffer_reserve_space()) and not used
 * yet is not counted, nor is memory that the program added by reference.  If no memory can
 * be allocated for a smaller block, a buffer keeps the larger one.
 *
 * Unless a function says otherwise:
 *   - a buffer may be used by one thread at a time; after evbuffer_enable_locking(), by any
 *     number of threads.  Its callbacks and cleanup functions are then called with its lock
 *     held.  The lock is recursive;
 *   - callbacks and cleanup functions may change and free any buffer.  One that frees the
 *     bufferevent of the buffer must not run the loop before it returns;
 *   - functions that return int return 0 on success and -1 on failure, and a failure leaves
 *     the buffer as it was;
 *   - a function that would change a frozen end (evbuffer_freeze()) returns -1.
 */
#ifndef EVENT2_BUFFER_H_INCLUDED_
#define EVENT2_BUFFER_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/event-config.h>

#include <stdarg.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A queue of bytes. */
struct evbuffer;

/**
 * A position in a buffer, for searching and peeking.
 *
 * Any change of the buffer makes it invalid.  Programs read only `pos`: the distance from the
 * front in bytes, or -1 for no position.
 */
struct evbuffer_ptr {
	/** Bytes from the front, or -1. */
	ev_ssize_t pos;

	/** The library's own. */
	struct {
		void *chain;
		size_t pos_in_chain;
	} internal_;
};

/** An extent of memory: iov_base and iov_len. */
#define evbuffer_iovec iovec
/** Defined if evbuffer_iovec is the type of the system. */
#define EVBUFFER_IOVEC_IS_NATIVE_

/**
 * Create an empty buffer.
 *
 * @return the buffer, to be freed with evbuffer_free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *evbuffer_new(void);

/**
 * Free a buffer and its bytes.
 *
 * Extents that it shares with other buffers (evbuffer_add_buffer_reference()) are freed with
 * the last of these.  May be called inside any callback and cleanup function: the memory is
 * then freed when the function that called it returns.  No callback of the buffer is called
 * afterwards, whether it was deferred or not.
 *
 * @param buf  the buffer, or NULL; not one that belongs to a bufferevent or a request
 *
 * Threads: no other thread may use the buffer.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_free(struct evbuffer *buf);

/**
 * Create or set the lock of a buffer.
 *
 * Afterwards several threads may use the buffer.
 *
 * @param buf   the buffer
 * @param lock  a lock that evthread's allocation function made and that outlives the
 *              buffer, or NULL for a new one
 * @return 0; -1 if the buffer has a lock already, if memory is short, or if `lock` is NULL
 *         and locks are not enabled (event2/thread.h)
 *
 * Threads: no other thread may use the buffer.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_enable_locking(struct evbuffer *buf, void *lock);

/**
 * Acquire the lock of a buffer, for several calls.
 *
 * Does nothing if the buffer has no lock.  A thread that holds it may acquire it again.
 *
 * @param buf  the buffer
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_lock(struct evbuffer *buf);

/**
 * Release the lock of a buffer that evbuffer_lock() acquired.
 *
 * @param buf  the buffer
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_unlock(struct evbuffer *buf);

/**
 * Flag: all bytes of the buffer will be written to a descriptor.
 *
 * evbuffer_add_file() then accepts a length beyond the end of the file: the bytes that exist
 * are written, and the rest is an error of writing.
 */
#define EVBUFFER_FLAG_DRAINS_TO_FD 1

/**
 * Set flags of a buffer.
 *
 * @param buf    the buffer
 * @param flags  EVBUFFER_FLAG_DRAINS_TO_FD, or 0
 * @return 0
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_set_flags(struct evbuffer *buf, ev_uint64_t flags);

/**
 * Clear flags of a buffer.
 *
 * @param buf    the buffer
 * @param flags  EVBUFFER_FLAG_DRAINS_TO_FD, or 0
 * @return 0
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_clear_flags(struct evbuffer *buf, ev_uint64_t flags);

/**
 * Get the length of a buffer.
 *
 * @param buf  the buffer
 * @return how many bytes it has
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_length(const struct evbuffer *buf);

/**
 * Get the number of contiguous bytes at the front of a buffer.
 *
 * evbuffer_pullup() returns a pointer to so many bytes without copying any.
 *
 * @param buf  the buffer
 * @return the number; 0 if the buffer is empty
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_contiguous_space(const struct evbuffer *buf);

/**
 * Allocate contiguous space at the end of a buffer.
 *
 * The next addition then cannot fail for lack of memory.  The space is kept until something
 * is added to the buffer.
 *
 * @param buf     the buffer
 * @param datlen  how many bytes will be added
 * @return 0, or -1 if memory is short
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_expand(struct evbuffer *buf, size_t datlen);

/**
 * Reserve space at the end of a buffer, to write into directly.
 *
 * evbuffer_commit_space() adds what was written; until then nothing may be added to the
 * buffer by other means.  A second call with n_vec of 2 or more, for more space, begins with
 * the space of the first call, and what was written there stays.
 *
 * @param buf    the buffer; its end must not be frozen
 * @param size   how many bytes of space; there may be more
 * @param vec    receives the extents of space
 * @param n_vec  how many extents may be used: 1 for one that is large enough, 2 to save
 *               copying and memory; more are never used
 * @return the number of extents; -1 if memory is short or n_vec is below 1
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_reserve_space(
    struct evbuffer *buf, ev_ssize_t size, struct evbuffer_iovec *vec, int n_vec);

/**
 * Commit space: add the bytes that were written into reserved space to a buffer.
 *
 * @param buf     the buffer
 * @param vec     extents as evbuffer_reserve_space() returned them, in the same order, with
 *                iov_len set to how much was written
 * @param n_vecs  how many; may be fewer than were reserved
 * @return 0; -1 if the extents are not the reserved ones, are longer than these, or the
 *         end is frozen
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_commit_space(struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs);

/**
 * Add bytes to the end of a buffer, by copying them.
 *
 * @param buf     the buffer
 * @param data    the bytes
 * @param datlen  how many
 * @return 0; -1 if memory is short, the buffer would be larger than half of the address
 *         space, or its end is frozen
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add(struct evbuffer *buf, const void *data, size_t datlen);

/**
 * Remove bytes from the front of a buffer, and copy them out.
 *
 * @param buf     the buffer
 * @param data    receives the bytes
 * @param datlen  how many at most; more than INT_MAX counts as INT_MAX
 * @return how many were removed; -1 if the front is frozen, or if some of them are in a
 *         file that cannot be read
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove(struct evbuffer *buf, void *data, size_t datlen);

/**
 * Copy bytes from the front of a buffer, without removing them.
 *
 * @param buf       the buffer
 * @param data_out  receives the bytes
 * @param datlen    how many at most
 * @return how many were copied; -1 as for evbuffer_remove()
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t evbuffer_copyout(struct evbuffer *buf, void *data_out, size_t datlen);

/**
 * Copy bytes from a position in a buffer, without removing them.
 *
 * @param buf       the buffer
 * @param pos       the position; NULL for the front
 * @param data_out  receives the bytes
 * @param datlen    how many at most
 * @return how many were copied; -1 as for evbuffer_remove()
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t evbuffer_copyout_from(
    struct evbuffer *buf, const struct evbuffer_ptr *pos, void *data_out, size_t datlen);

/**
 * Move bytes from the front of one buffer to the end of another.
 *
 * Whole extents are moved without copying, and so are large parts of them.
 *
 * @param src     the buffer they are removed from; its front must not be frozen
 * @param dst     the buffer they are added to; its end must not be frozen
 * @param datlen  how many at most; more than INT_MAX counts as INT_MAX
 * @return how many were moved; 0 if both are the same buffer; -1 if an end is frozen or
 *         memory is short
 *
 * Threads: safe if both buffers have locks.
 * Since: libevent 2.0; 0.8 with another result
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove_buffer(struct evbuffer *src, struct evbuffer *dst, size_t datlen);

/** The end of a line, for evbuffer_readln() and evbuffer_search_eol(). */
enum evbuffer_eol_style {
	/** Any number of CR and LF, in any order. */
	EVBUFFER_EOL_ANY,
	/** LF, or CR LF. */
	EVBUFFER_EOL_CRLF,
	/** CR LF and nothing else. */
	EVBUFFER_EOL_CRLF_STRICT,
	/** LF. */
	EVBUFFER_EOL_LF,
	/** A zero byte. */
	EVBUFFER_EOL_NUL
};

/**
 * Read a line from the front of a buffer, and remove it.
 *
 * @param buffer      the buffer
 * @param n_read_out  receives the length of the line, without its end and the zero byte;
 *                    0 if there is none.  May be NULL; the line may contain zero bytes
 * @param eol_style   the end of a line; it is removed from the buffer, too
 * @return the line with a zero byte behind it, to be freed with free() (or the function
 *         given to event_set_mem_functions()); NULL if no whole line is there, memory is
 *         short, or the front is frozen
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 1.4.14
 */
EVENT2_EXPORT_SYMBOL
char *evbuffer_readln(
    struct evbuffer *buffer, size_t *n_read_out, enum evbuffer_eol_style eol_style);

/**
 * Move all bytes of one buffer to the end of another.
 *
 * Copies nothing; `inbuf` is empty afterwards.
 *
 * @param outbuf  the buffer they are added to; its end must not be frozen
 * @param inbuf   the buffer they are removed from; its front must not be frozen
 * @return 0, also if both are the same buffer or inbuf is empty; -1 if an end is frozen
 *
 * Threads: safe if both buffers have locks.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_buffer(struct evbuffer *outbuf, struct evbuffer *inbuf);

/**
 * Share the bytes of a buffer with another buffer, without copying them.
 *
 * Both have the bytes from then on, and each can be changed and freed as if it had them
 * alone; so one message can go to any number of buffers.  Bytes that are few in their block
 * are copied.
 *
 * @param outbuf  the buffer they are added to; its end must not be frozen
 * @param inbuf   the buffer that has them; it is not changed
 * @return 0; -1 if both are the same buffer, an end is frozen, or memory is short
 *
 * Threads: safe if both buffers have locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_buffer_reference(struct evbuffer *outbuf, struct evbuffer *inbuf);

/**
 * Called when no buffer refers any more to memory that was added as a reference.
 *
 * It may change and free any buffer.
 *
 * @param data     the memory, as given
 * @param datalen  its size, as given
 * @param extra    the argument given with it
 */
typedef void (*evbuffer_ref_cleanup_cb)(const void *data, size_t datalen, void *extra);

/**
 * Add a reference to memory to a buffer, without copying it.
 *
 * @param outbuf         the buffer
 * @param data           the memory; must not change until cleanupfn is called
 * @param datlen         its size
 * @param cleanupfn      called once when no buffer refers to the memory any more, by the
 *                       function that removes the last of it, and with the locks that are
 *                       held there; may be NULL
 * @param cleanupfn_arg  handed to cleanupfn
 * @return 0; -1 if memory is short or the end is frozen: then cleanupfn is not called
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_reference(struct evbuffer *outbuf, const void *data, size_t datlen,
    evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg);

/**
 * Add a reference to a part of memory to a buffer, without copying it.
 *
 * @param outbuf         the buffer
 * @param data           the memory
 * @param offset         where the part begins in it
 * @param datlen         the size of the part
 * @param cleanupfn      as for evbuffer_add_reference(); receives data and offset + datlen
 * @param cleanupfn_arg  handed to cleanupfn
 * @return 0; -1 if memory is short or the end is frozen: then cleanupfn is not called
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_reference_with_offset(struct evbuffer *outbuf, const void *data, size_t offset,
    size_t datlen, evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg);

/**
 * Add a part of a file to a buffer, and transfer its descriptor to the buffer.
 *
 * The file is read or sent when its bytes are needed.  If it has become shorter by then, the
 * functions that need them return -1.  evbuffer_peek() and evbuffer_pullup() map it: if the
 * program reads such memory after the file was truncated, the signal SIGBUS ends it.
 *
 * The function fails if the descriptor cannot be read at an offset (a pipe, a directory).  It
 * fails for files whose size is not known, such as most in /proc, if length is -1.  It fails if the
 * file ends before the part does, unless the buffer has EVBUFFER_FLAG_DRAINS_TO_FD.
 *
 * @param outbuf  the buffer
 * @param fd      the file, open for reading; closed when no buffer has a part of it any more
 * @param offset  where the part begins in the file
 * @param length  its size; -1 for all behind offset
 * @return 0, or -1 on failure: the caller then still owns the descriptor
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_file(struct evbuffer *outbuf, int fd, ev_off_t offset, ev_off_t length);

/** A part of a file that can be added to many buffers. */
struct evbuffer_file_segment;

/** @name Flags of evbuffer_file_segment_new()
 * @{ */
/** Close the descriptor with the last reference to the segment. */
#define EVBUF_FS_CLOSE_ON_FREE 0x01
/** Read the file into memory where it would be mapped. */
#define EVBUF_FS_DISABLE_MMAP 0x02
/** Send by reading and writing, not by sendfile. */
#define EVBUF_FS_DISABLE_SENDFILE 0x04
/** Has no effect: a segment needs no lock. */
#define EVBUF_FS_DISABLE_LOCKING 0x08
/** @} */

/**
 * Called when a segment is freed, after its descriptor was closed.
 *
 * @param seg    the segment
 * @param flags  those it was made with
 * @param arg    the argument given with the callback
 */
typedef void (*evbuffer_file_segment_cleanup_cb)(
    struct evbuffer_file_segment const *seg, int flags, void *arg);

/**
 * Create a file segment: a part of a file that can be added to many buffers.
 *
 * @param fd      the file, open for reading; must stay open as long as the segment
 * @param offset  where in the file the segment begins
 * @param length  its size; -1 for all behind offset
 * @param flags   EVBUF_FS_ bits
 * @return the segment, to be freed with evbuffer_file_segment_free(); NULL on failure, as for
 *         evbuffer_add_file(): then the descriptor is not closed
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_file_segment *evbuffer_file_segment_new(
    int fd, ev_off_t offset, ev_off_t length, unsigned flags);

/**
 * Free a file segment.
 *
 * Its memory and descriptor are freed when no buffer has a part of it any more.
 *
 * @param seg  the segment, or NULL
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_file_segment_free(struct evbuffer_file_segment *seg);

/**
 * Set a cleanup callback of a file segment.
 *
 * @param seg  the segment
 * @param cb   called when the segment is freed; replaces an earlier one
 * @param arg  handed to cb
 *
 * Threads: safe if no other thread uses the segment.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_file_segment_add_cleanup_cb(
    struct evbuffer_file_segment *seg, evbuffer_file_segment_cleanup_cb cb, void *arg);

/**
 * Add a part of a file segment to a buffer.
 *
 * @param buf     the buffer
 * @param seg     the segment; the buffer keeps a reference to it
 * @param offset  where in the segment the part begins
 * @param length  its size; -1 for all behind offset
 * @return 0; -1 if the part is not within the segment, memory is short, the end is frozen, or
 *         the file is shorter than the segment and the buffer does not have
 *         EVBUFFER_FLAG_DRAINS_TO_FD
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_file_segment(
    struct evbuffer *buf, struct evbuffer_file_segment *seg, ev_off_t offset, ev_off_t length);

/**
 * Add formatted text to the end of a buffer, as printf() does.
 *
 * @param buf  the buffer
 * @param fmt  the format
 * @return the length of the text; -1 if memory is short, the text would be longer than
 *         INT_MAX, or the end is frozen
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_printf(struct evbuffer *buf, const char *fmt, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/**
 * Add formatted text to the end of a buffer, as vprintf() does.
 *
 * @param buf  the buffer
 * @param fmt  the format
 * @param ap   its arguments
 * @return as evbuffer_add_printf()
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_vprintf(struct evbuffer *buf, const char *fmt, va_list ap)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 0)))
#endif
    ;

/**
 * Drain bytes from the front of a buffer.
 *
 * @param buf  the buffer
 * @param len  how many; more than there are means all
 * @return 0, or -1 if the front is frozen
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_drain(struct evbuffer *buf, size_t len);

/**
 * Write a buffer to a descriptor.
 *
 * The same as evbuffer_write_atmost() without a limit.
 *
 * @param buffer  the buffer
 * @param fd      the descriptor
 * @return how many bytes were written and drained; -1 on failure, also if there are none
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_write(struct evbuffer *buffer, evutil_socket_t fd);

/**
 * Write at most so many bytes of a buffer to a descriptor.
 *
 * Makes one system call: less may be written than there is.
 *
 * @param buffer   the buffer; its front must not be frozen
 * @param fd       the descriptor
 * @param howmuch  how many bytes at most; negative for all
 * @return how many bytes were written and drained; -1 with errno on failure, also if there is
 *         nothing to write.  ENODATA says that the first bytes are a part of a file that ends
 *         before them
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_write_atmost(struct evbuffer *buffer, evutil_socket_t fd, ev_ssize_t howmuch);

/**
 * Read from a descriptor to the end of a buffer.
 *
 * Makes one system call.  How much it reads follows from how much earlier calls for this
 * buffer read: a descriptor that always has more is soon read in large parts.
 *
 * @param buffer   the buffer; its end must not be frozen
 * @param fd       the descriptor
 * @param howmuch  how many bytes at most; negative for no limit but that of
 *                 evbuffer_set_max_read()
 * @return how many bytes were read; 0 at the end of the input; -1 with errno on failure
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_read(struct evbuffer *buffer, evutil_socket_t fd, int howmuch);

/**
 * Limit how much one evbuffer_read() reads, whatever it is asked for.
 *
 * @param buf  the buffer
 * @param max  bytes, from 1 to INT_MAX
 * @return 0; -1 if max is out of range or memory is short
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_set_max_read(struct evbuffer *buf, size_t max);

/**
 * Get the limit of one evbuffer_read().
 *
 * @param buf  the buffer
 * @return the limit in bytes: 131,072 unless it was set
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_max_read(struct evbuffer *buf);

/**
 * Search a buffer for bytes.
 *
 * @param buffer  the buffer
 * @param what    the bytes to find
 * @param len     how many
 * @param start   where to begin; NULL for the front
 * @return the first position where they are; its pos is -1 if they are not found
 *
 * Threads: safe if the buffer has a lock.
 * Cost: in proportion to what is searched plus len, whatever the bytes are.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr evbuffer_search(
    struct evbuffer *buffer, const char *what, size_t len, const struct evbuffer_ptr *start);

/**
 * Search a part of a buffer for bytes.
 *
 * @param buffer  the buffer
 * @param what    the bytes to find
 * @param len     how many
 * @param start   where to begin; NULL for the front
 * @param end     the bytes found end here at the latest; NULL for the end of the buffer
 * @return the first position where they are; its pos is -1 if they are not found
 *
 * Threads: safe if the buffer has a lock.
 * Cost: in proportion to what is searched plus len, whatever the bytes are.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr evbuffer_search_range(struct evbuffer *buffer, const char *what, size_t len,
    const struct evbuffer_ptr *start, const struct evbuffer_ptr *end);

/** What evbuffer_ptr_set() counts from. */
enum evbuffer_ptr_how {
	/** From the front of the buffer. */
	EVBUFFER_PTR_SET,
	/** From the position itself. */
	EVBUFFER_PTR_ADD
};

/**
 * Set or advance a position in a buffer.
 *
 * @param buffer    the buffer
 * @param ptr       the position; must be a valid one for EVBUFFER_PTR_ADD
 * @param position  how many bytes from the front, or to advance by
 * @param how       which of the two
 * @return 0; -1 if that is behind the end of the buffer: then ptr->pos is -1
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_ptr_set(
    struct evbuffer *buffer, struct evbuffer_ptr *ptr, size_t position, enum evbuffer_ptr_how how);

/**
 * Search a buffer for the end of a line.
 *
 * @param buffer       the buffer
 * @param start        where to begin; NULL for the front
 * @param eol_len_out  receives the length of the end of the line, 0 if there is none; may be
 *                     NULL
 * @param eol_style    what counts as the end of a line
 * @return where the end of the line begins; its pos is -1 if there is none
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr evbuffer_search_eol(struct evbuffer *buffer, struct evbuffer_ptr *start,
    size_t *eol_len_out, enum evbuffer_eol_style eol_style);

/**
 * Peek at bytes of a buffer: get its extents, without copying or removing anything.
 *
 * A part of a file is mapped into memory.  Its extent has iov_base NULL if that is not
 * possible.  Reading it after the file was truncated ends the process by SIGBUS.
 *
 * @param buffer    the buffer
 * @param len       how many bytes to peek at; negative for as many as n_vec extents have
 * @param start_at  where to begin; NULL for the front
 * @param vec_out   receives the extents; the last one may be longer than len asks for.  May
 *                  be NULL if n_vec is 0
 * @param n_vec     how many extents may be written there
 * @return how many extents have these bytes, which may be more than n_vec
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_peek(struct evbuffer *buffer, ev_ssize_t len, struct evbuffer_ptr *start_at,
    struct evbuffer_iovec *vec_out, int n_vec);

/** The change of a buffer that a callback is notified of. */
struct evbuffer_cb_info {
	/** The length before the change, or before the first of several changes. */
	size_t orig_size;
	/** How many bytes were added. */
	size_t n_added;
	/** How many bytes were removed. */
	size_t n_deleted;
};

/**
 * Called after the length of a buffer has changed.
 *
 * It may change the buffer, which calls its callbacks again, and may free it.
 *
 * @param buffer  the buffer
 * @param info    what changed; good until the callback returns
 * @param arg     the argument given with the callback
 */
typedef void (*evbuffer_cb_func)(
    struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg);

/** A callback of a buffer. */
struct evbuffer_cb_entry;

/**
 * Add a callback to a buffer, for changes of its length.
 *
 * The callback that was added last is called first.
 *
 * @param buffer  the buffer
 * @param cb      the function to call
 * @param cbarg   handed to cb
 * @return the callback, for the functions below, until it is removed or the buffer freed;
 *         NULL if memory is short
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_cb_entry *evbuffer_add_cb(
    struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg);

/**
 * Remove a callback from a buffer.
 *
 * It may be called inside callbacks.
 *
 * @param buffer  the buffer
 * @param ent     the callback, one of this buffer
 * @return 0
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove_cb_entry(struct evbuffer *buffer, struct evbuffer_cb_entry *ent);

/**
 * Remove a callback from a buffer: the last one that was added with a function and argument.
 *
 * @param buffer  the buffer
 * @param cb      the function
 * @param cbarg   the argument
 * @return 0, or -1 if there is none
 *
 * Threads: safe if the buffer has a lock.
 * Cost: in proportion to how many callbacks were added later.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove_cb(struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg);

/** Flag of a callback: it is called.  Set when it is added. */
#define EVBUFFER_CB_ENABLED 1

/**
 * Set flags of a callback of a buffer.
 *
 * @param buffer  the buffer
 * @param cb      the callback
 * @param flags   EVBUFFER_CB_ENABLED to have it called again
 * @return 0
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_cb_set_flags(struct evbuffer *buffer, struct evbuffer_cb_entry *cb, ev_uint32_t flags);

/**
 * Clear flags of a callback of a buffer.
 *
 * @param buffer  the buffer
 * @param cb      the callback
 * @param flags   EVBUFFER_CB_ENABLED to have it called no more
 * @return 0
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_cb_clear_flags(
    struct evbuffer *buffer, struct evbuffer_cb_entry *cb, ev_uint32_t flags);

/**
 * Make the first bytes of a buffer contiguous, and get a pointer to them.
 *
 * Copies them together if they lie in several extents.  A part of a file is mapped if it has
 * all of them: reading it after the file was truncated ends the process by SIGBUS.
 *
 * @param buf   the buffer
 * @param size  how many; negative for all
 * @return where they are; NULL if there are fewer, if there are none, if memory is short, if
 *         some of them are in a file that cannot be read, or if a cleanup function that was
 *         called has removed them or freed the buffer
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
unsigned char *evbuffer_pullup(struct evbuffer *buf, ev_ssize_t size);

/**
 * Prepend bytes to the front of a buffer, by copying them.
 *
 * @param buf   the buffer; its front must not be frozen
 * @param data  the bytes
 * @param size  how many
 * @return 0, or -1 as for evbuffer_add()
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_prepend(struct evbuffer *buf, const void *data, size_t size);

/**
 * Move all bytes of one buffer to the front of another.
 *
 * Copies nothing; `src` is empty afterwards.
 *
 * @param dst  the buffer they are added to; its front must not be frozen
 * @param src  the buffer they are removed from; its front must not be frozen
 * @return 0, also if both are the same buffer or src is empty; -1 if an end is frozen
 *
 * Threads: safe if both buffers have locks.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_prepend_buffer(struct evbuffer *dst, struct evbuffer *src);

/**
 * Freeze one end of a buffer: make functions that would change it fail.
 *
 * At the front: draining, removing, prepending, writing to a descriptor.  At the end: adding,
 * reserving, reading from a descriptor.
 *
 * @param buf       the buffer
 * @param at_front  which end: the front, or the end if 0
 * @return 0
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_freeze(struct evbuffer *buf, int at_front);

/**
 * Unfreeze one end of a buffer: allow changes there again.
 *
 * @param buf       the buffer
 * @param at_front  which end: the front, or the end if 0
 * @return 0
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_unfreeze(struct evbuffer *buf, int at_front);

struct event_base;

/**
 * Defer the callbacks of a buffer to the loop of an event base.
 *
 * The function that changes the buffer does not call them.  The loop calls them later, once for
 * all changes until then.
 *
 * @param buffer  the buffer; must be freed before the base
 * @param base    the event base
 * @return 0, or -1 if memory is short
 *
 * Locks: the callbacks run with the buffer's lock held, on the loop's thread.
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_defer_callbacks(struct evbuffer *buffer, struct event_base *base);

/**
 * Add the bytes of several extents of memory to the end of a buffer, by copying them.
 *
 * @param buffer  the buffer
 * @param vec     the extents
 * @param n_vec   how many
 * @return how many bytes were added: all, or those of the first extents if memory became
 *         short; 0 if the end is frozen
 *
 * Threads: safe if the buffer has a lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_add_iovec(struct evbuffer *buffer, struct evbuffer_iovec *vec, int n_vec);

#ifdef __cplusplus
}
#endif

#endif
