/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Buffers: queues of bytes that are cheap to fill, to empty, to search and to move.
 *
 * Bytes go in at the end and come out at the front.  Inside they lie in several
 * pieces of memory (extents), so adding never copies what is there, and moving from
 * one buffer to another moves no bytes.  A function that hands out pointers into a
 * buffer says until when they are good; unless it says otherwise, until the buffer
 * is changed.
 *
 * Unless a function says otherwise:
 *   - a buffer may be used by one thread at a time; after evbuffer_enable_locking()
 *     by any number of them.  The callbacks of a buffer are then called with its
 *     lock held, which is recursive;
 *   - functions that answer int answer 0 on success and -1 on failure, and a failure
 *     leaves the buffer as it was;
 *   - an end of a buffer that is frozen (evbuffer_freeze()) is not changed: -1.
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
 * A place in a buffer, for searching and peeking.
 *
 * Any change of the buffer makes it invalid.  Only `pos` is for programs to read:
 * the distance from the front in bytes, or -1 for no place at all.
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

/** A piece of memory: iov_base and iov_len. */
#define evbuffer_iovec iovec
/** The system's own type is meant. */
#define EVBUFFER_IOVEC_IS_NATIVE_

/**
 * Make an empty buffer.
 *
 * @return the buffer, to be freed with evbuffer_free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *evbuffer_new(void);

/**
 * Free a buffer with all that is in it.
 *
 * Extents that other buffers share (evbuffer_add_buffer_reference()) stay for those.
 * May be called by a callback of the buffer.  None of its callbacks is called any
 * more, deferred ones neither.
 *
 * @param buf  the buffer; not one that belongs to a bufferevent or a request
 *
 * Threads: no other thread may use the buffer.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_free(struct evbuffer *buf);

/**
 * Let several threads use a buffer.
 *
 * @param buf   the buffer; must not be in use by other threads yet
 * @param lock  a lock that evthread's allocation function made and that outlives the
 *              buffer, or NULL for a new one
 * @return 0; -1 if the buffer has a lock, if memory is short, or, without a lock
 *         given, if locks were not switched on (event2/thread.h)
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_enable_locking(struct evbuffer *buf, void *lock);

/**
 * Hold the lock of a buffer over several calls.
 *
 * Does nothing if the buffer has none.  A thread that holds it may take it again.
 *
 * @param buf  the buffer
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_lock(struct evbuffer *buf);

/**
 * Let go of the lock that evbuffer_lock() took.
 *
 * @param buf  the buffer
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_unlock(struct evbuffer *buf);

/**
 * The buffer is only ever emptied by evbuffer_write() and its like.
 *
 * The bytes of files then need not be read into memory, if the kernel can send them
 * from the file itself; functions that would need them there fail.
 */
#define EVBUFFER_FLAG_DRAINS_TO_FD 1

/**
 * Set flags of a buffer.
 *
 * @param buf    the buffer
 * @param flags  EVBUFFER_FLAG_DRAINS_TO_FD, or 0
 * @return 0
 *
 * Threads: any, if the buffer has a lock.
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
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_clear_flags(struct evbuffer *buf, ev_uint64_t flags);

/**
 * How many bytes are in a buffer.
 *
 * @param buf  the buffer
 * @return the number
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_length(const struct evbuffer *buf);

/**
 * How many bytes lie in the first extent.
 *
 * So many can be looked at through evbuffer_pullup() without copying.
 *
 * @param buf  the buffer
 * @return the number; 0 if the buffer is empty
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_contiguous_space(const struct evbuffer *buf);

/**
 * Make room at the end, so that the next addition needs no memory.
 *
 * @param buf     the buffer
 * @param datlen  bytes that will be added, in one piece of memory
 * @return 0, or -1 if memory is short
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_expand(struct evbuffer *buf, size_t datlen);

/**
 * Hand out room at the end, to be written to directly.
 *
 * What was written becomes part of the buffer by evbuffer_commit_space(); until then
 * nothing may be added to the buffer.
 *
 * @param buf    the buffer; its end must not be frozen
 * @param size   bytes that are wanted; there may be more room than that
 * @param vec    receives the pieces of room
 * @param n_vec  how many pieces may be used: 1 for one piece that is large enough,
 *               2 to save copying and memory; more are never used
 * @return the number of pieces; -1 if memory is short or n_vec is below 1
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_reserve_space(
    struct evbuffer *buf, ev_ssize_t size, struct evbuffer_iovec *vec, int n_vec);

/**
 * Add what was written into reserved room.
 *
 * @param buf     the buffer
 * @param vec     pieces as evbuffer_reserve_space() gave them, in the same order; their
 *                lengths say how much was written and may be smaller than given
 * @param n_vecs  how many; may be fewer than given
 * @return 0; -1 if the pieces are not the reserved ones, are longer than these, or the
 *         end is frozen
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_commit_space(struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs);

/**
 * Copy bytes to the end of a buffer.
 *
 * @param buf     the buffer
 * @param data    the bytes
 * @param datlen  how many
 * @return 0; -1 if memory is short, the buffer would be larger than half of the address
 *         space, or its end is frozen
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add(struct evbuffer *buf, const void *data, size_t datlen);

/**
 * Take bytes from the front of a buffer.
 *
 * @param buf     the buffer
 * @param data    where they are copied to
 * @param datlen  how many at most; more than INT_MAX counts as INT_MAX
 * @return how many were taken; -1 if the front is frozen, or if some of them are in a
 *         file and not in memory
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove(struct evbuffer *buf, void *data, size_t datlen);

/**
 * Copy bytes from the front of a buffer, and leave them there.
 *
 * @param buf       the buffer
 * @param data_out  where they are copied to
 * @param datlen    how many at most
 * @return how many were copied; -1 as for evbuffer_remove()
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t evbuffer_copyout(struct evbuffer *buf, void *data_out, size_t datlen);

/**
 * Copy bytes from any place of a buffer, and leave them there.
 *
 * @param buf       the buffer
 * @param pos       the place; NULL for the front
 * @param data_out  where they are copied to
 * @param datlen    how many at most
 * @return how many were copied; -1 as for evbuffer_remove()
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t evbuffer_copyout_from(
    struct evbuffer *buf, const struct evbuffer_ptr *pos, void *data_out, size_t datlen);

/**
 * Move bytes from the front of one buffer to the end of another.
 *
 * Whole extents are moved without copying.
 *
 * @param src     where they are taken from; its front must not be frozen
 * @param dst     where they are added; its end must not be frozen
 * @param datlen  how many at most; more than INT_MAX counts as INT_MAX
 * @return how many were moved; 0 if both are the same buffer; -1 if an end is frozen or
 *         memory is short
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0; 0.8 with another result
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove_buffer(struct evbuffer *src, struct evbuffer *dst, size_t datlen);

/** What ends a line, for evbuffer_readln() and evbuffer_search_eol(). */
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
 * Take a line from the front of a buffer.
 *
 * @param buffer      the buffer
 * @param n_read_out  receives the length of the line, without its end and the zero byte;
 *                    0 if there is none.  May be NULL; the line may contain zero bytes
 * @param eol_style   what ends it; that is taken from the buffer too
 * @return the line with a zero byte behind it, to be freed with free() (or the function
 *         given to event_set_mem_functions()); NULL if no whole line is there, memory is
 *         short, or the front is frozen
 *
 * Threads: any, if the buffer has a lock.
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
 * @param outbuf  where they are added; its end must not be frozen
 * @param inbuf   where they are taken from; its front must not be frozen
 * @return 0, also if both are the same buffer or inbuf is empty; -1 if an end is frozen
 *
 * Threads: locks both, in an order that is the same for all.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_buffer(struct evbuffer *outbuf, struct evbuffer *inbuf);

/**
 * Add the bytes of a buffer to another one as well, without copying them.
 *
 * Both share the memory from then on, and each can be used, changed and freed as if it
 * had it alone; so one message can go to any number of buffers.
 *
 * @param outbuf  where they are added; its end must not be frozen
 * @param inbuf   whose bytes they are; it stays as it is
 * @return 0; -1 if both are the same buffer, an end is frozen, or memory is short
 *
 * Threads: locks both, in an order that is the same for all.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_buffer_reference(struct evbuffer *outbuf, struct evbuffer *inbuf);

/**
 * Called when a buffer does not need memory any more that was added as a reference.
 *
 * @param data     the memory, as given
 * @param datalen  its size, as given
 * @param extra    the argument given with it
 */
typedef void (*evbuffer_ref_cleanup_cb)(const void *data, size_t datalen, void *extra);

/**
 * Add memory to a buffer without copying it.
 *
 * @param outbuf         the buffer
 * @param data           the memory; must stay as it is until cleanupfn is called
 * @param datlen         its size
 * @param cleanupfn      called once when the memory is not needed any more, by whoever
 *                       takes the last of it away, with the locks that thread holds; may be
 *                       NULL
 * @param cleanupfn_arg  handed to cleanupfn
 * @return 0; -1 if memory is short or the end is frozen: then cleanupfn is not called
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_reference(struct evbuffer *outbuf, const void *data, size_t datlen,
    evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg);

/**
 * Add a part of a piece of memory without copying it.
 *
 * @param outbuf         the buffer
 * @param data           the memory
 * @param offset         where in it the part begins
 * @param datlen         the size of the part
 * @param cleanupfn      as for evbuffer_add_reference(); receives data and offset + datlen
 * @param cleanupfn_arg  handed to cleanupfn
 * @return 0; -1 if memory is short or the end is frozen: then cleanupfn is not called
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_reference_with_offset(struct evbuffer *outbuf, const void *data, size_t offset,
    size_t datlen, evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg);

/**
 * Add a part of a file, and give the descriptor away.
 *
 * The file is mapped or read, or, if the buffer has EVBUFFER_FLAG_DRAINS_TO_FD and the
 * kernel can do it, sent from where it is.  It must not become shorter meanwhile.
 *
 * @param outbuf  the buffer
 * @param fd      the file, open for reading; closed when the buffer does not need it any
 *                more
 * @param offset  where in the file the part begins
 * @param length  its size; -1 for all behind offset
 * @return 0; -1 on failure: then the descriptor is not closed
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_file(struct evbuffer *outbuf, int fd, ev_off_t offset, ev_off_t length);

/** A part of a file that can be added to many buffers. */
struct evbuffer_file_segment;

/** Close the descriptor with the last reference to the segment. */
#define EVBUF_FS_CLOSE_ON_FREE 0x01
/** Never map the file; read it into memory if it must be there. */
#define EVBUF_FS_DISABLE_MMAP 0x02
/** Never let the kernel send from the file; always have it in memory. */
#define EVBUF_FS_DISABLE_SENDFILE 0x04
/** All buffers with this segment are used by one thread. */
#define EVBUF_FS_DISABLE_LOCKING 0x08

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
 * Make a segment from a part of a file.
 *
 * @param fd      the file, open for reading; must stay open as long as the segment
 * @param offset  where in the file the segment begins
 * @param length  its size; -1 for all behind offset
 * @param flags   EVBUF_FS_ flags
 * @return the segment, to be given up with evbuffer_file_segment_free(); NULL on failure:
 *         then the descriptor is not closed
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_file_segment *evbuffer_file_segment_new(
    int fd, ev_off_t offset, ev_off_t length, unsigned flags);

/**
 * Give a segment up.
 *
 * It is freed once no buffer has a part of it any more.
 *
 * @param seg  the segment
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_file_segment_free(struct evbuffer_file_segment *seg);

/**
 * Be told when a segment is freed.
 *
 * @param seg  the segment; must not be in use by another thread
 * @param cb   called then; replaces an earlier one
 * @param arg  handed to cb
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_file_segment_add_cleanup_cb(
    struct evbuffer_file_segment *seg, evbuffer_file_segment_cleanup_cb cb, void *arg);

/**
 * Add a part of a segment to a buffer.
 *
 * @param buf     the buffer
 * @param seg     the segment; the buffer keeps a reference to it
 * @param offset  where in the segment the part begins
 * @param length  its size; -1 for all behind offset
 * @return 0; -1 if the part is not within the segment, the file cannot be read, memory is
 *         short, or the end is frozen
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_file_segment(
    struct evbuffer *buf, struct evbuffer_file_segment *seg, ev_off_t offset, ev_off_t length);

/**
 * Add text that is made as by printf().
 *
 * @param buf  the buffer
 * @param fmt  the format
 * @return the length of the text; -1 if memory is short, the text would be longer than
 *         INT_MAX, or the end is frozen
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_printf(struct evbuffer *buf, const char *fmt, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/**
 * Add text that is made as by vprintf().
 *
 * @param buf  the buffer
 * @param fmt  the format
 * @param ap   its arguments
 * @return as evbuffer_add_printf()
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_vprintf(struct evbuffer *buf, const char *fmt, va_list ap)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 0)))
#endif
    ;

/**
 * Drop bytes from the front of a buffer.
 *
 * @param buf  the buffer
 * @param len  how many; more than there are means all
 * @return 0, or -1 if the front is frozen
 *
 * Threads: any, if the buffer has a lock.
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
 * @return how many bytes were written and taken away; -1 on failure, also if there are none
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_write(struct evbuffer *buffer, evutil_socket_t fd);

/**
 * Write the beginning of a buffer to a descriptor.
 *
 * One system call: less may be written than there is.
 *
 * @param buffer   the buffer; its front must not be frozen
 * @param fd       the descriptor
 * @param howmuch  how many bytes at most; negative for all
 * @return how many bytes were written and taken away; -1 with errno on failure, also if
 *         there is nothing to write
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_write_atmost(struct evbuffer *buffer, evutil_socket_t fd, ev_ssize_t howmuch);

/**
 * Read from a descriptor to the end of a buffer.
 *
 * One system call.  How much room it offers follows from how much came in earlier calls
 * for this buffer: a descriptor that always has more is soon read in large pieces.
 *
 * @param buffer   the buffer; its end must not be frozen
 * @param fd       the descriptor
 * @param howmuch  how many bytes at most; negative for no limit but that of
 *                 evbuffer_set_max_read()
 * @return how many bytes were read; 0 at the end of the input; -1 with errno on failure
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 0.8
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_read(struct evbuffer *buffer, evutil_socket_t fd, int howmuch);

/**
 * Limit how much one evbuffer_read() reads, whatever it is asked for.
 *
 * @param buf  the buffer
 * @param max  bytes; more than INT_MAX counts as INT_MAX, 0 brings the default back
 * @return 0
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_set_max_read(struct evbuffer *buf, size_t max);

/**
 * The limit of one evbuffer_read().
 *
 * @param buf  the buffer
 * @return the limit in bytes: 131,072 unless it was set
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_max_read(struct evbuffer *buf);

/**
 * Search a buffer.
 *
 * @param buffer  the buffer
 * @param what    the bytes to find
 * @param len     how many
 * @param start   where to begin; NULL for the front
 * @return the first place where they are; its pos is -1 if they are not found
 *
 * Threads: any, if the buffer has a lock.
 * Cost: in proportion to what is searched plus len, whatever the bytes are.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr evbuffer_search(
    struct evbuffer *buffer, const char *what, size_t len, const struct evbuffer_ptr *start);

/**
 * Search a part of a buffer.
 *
 * @param buffer  the buffer
 * @param what    the bytes to find
 * @param len     how many
 * @param start   where to begin; NULL for the front
 * @param end     what is found ends here at the latest; NULL for the end of the buffer
 * @return the first place where they are; its pos is -1 if they are not found
 *
 * Threads: any, if the buffer has a lock.
 * Cost: in proportion to what is searched plus len, whatever the bytes are.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr evbuffer_search_range(struct evbuffer *buffer, const char *what, size_t len,
    const struct evbuffer_ptr *start, const struct evbuffer_ptr *end);

/** How evbuffer_ptr_set() reckons. */
enum evbuffer_ptr_how {
	/** From the front of the buffer. */
	EVBUFFER_PTR_SET,
	/** From where the place is. */
	EVBUFFER_PTR_ADD
};

/**
 * Make a place, or move it on.
 *
 * @param buffer    the buffer
 * @param ptr       the place; must be a valid one for EVBUFFER_PTR_ADD
 * @param position  bytes from the front, or to move on by
 * @param how       which of the two
 * @return 0; -1 if that is behind the end of the buffer: then ptr is no place
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_ptr_set(
    struct evbuffer *buffer, struct evbuffer_ptr *ptr, size_t position, enum evbuffer_ptr_how how);

/**
 * Find the end of a line.
 *
 * @param buffer       the buffer
 * @param start        where to begin; NULL for the front
 * @param eol_len_out  receives the length of what ends the line, 0 if there is none; may be
 *                     NULL
 * @param eol_style    what ends it
 * @return where the end of the line begins; its pos is -1 if there is none
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr evbuffer_search_eol(struct evbuffer *buffer, struct evbuffer_ptr *start,
    size_t *eol_len_out, enum evbuffer_eol_style eol_style);

/**
 * Look at bytes where they are.
 *
 * @param buffer    the buffer
 * @param len       how many bytes are to be looked at; negative for as many as n_vec extents
 *                  have
 * @param start_at  where to begin; NULL for the front
 * @param vec_out   receives the extents; the last one may be longer than len asks for.  May
 *                  be NULL if n_vec is 0
 * @param n_vec     how many extents may be written there
 * @return how many extents there are to be looked at, which may be more than n_vec
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_peek(struct evbuffer *buffer, ev_ssize_t len, struct evbuffer_ptr *start_at,
    struct evbuffer_iovec *vec_out, int n_vec);

/** What a callback of a buffer is told. */
struct evbuffer_cb_info {
	/** The length before the change, or before the first one of those that are told together. */
	size_t orig_size;
	/** How many bytes were added. */
	size_t n_added;
	/** How many bytes were taken away. */
	size_t n_deleted;
};

/**
 * Called after the length of a buffer has changed.
 *
 * It may change the buffer, which makes further calls, and may free it.
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
 * Be told of changes of a buffer.
 *
 * The callback that was added last is called first.
 *
 * @param buffer  the buffer
 * @param cb      what to call
 * @param cbarg   handed to cb
 * @return the callback, for the functions below, until it is removed or the buffer freed;
 *         NULL if memory is short
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_cb_entry *evbuffer_add_cb(
    struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg);

/**
 * Remove a callback; allowed inside of callbacks.
 *
 * @param buffer  the buffer
 * @param ent     the callback, one of this buffer
 * @return 0
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove_cb_entry(struct evbuffer *buffer, struct evbuffer_cb_entry *ent);

/**
 * Remove the callback that was added last with this function and argument.
 *
 * @param buffer  the buffer
 * @param cb      the function
 * @param cbarg   the argument
 * @return 0, or -1 if there is none
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove_cb(struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg);

/** The callback is called; set from the beginning. */
#define EVBUFFER_CB_ENABLED 1

/**
 * Set flags of a callback.
 *
 * @param buffer  the buffer
 * @param cb      the callback
 * @param flags   EVBUFFER_CB_ENABLED to have it called again
 * @return 0
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_cb_set_flags(struct evbuffer *buffer, struct evbuffer_cb_entry *cb, ev_uint32_t flags);

/**
 * Clear flags of a callback.
 *
 * @param buffer  the buffer
 * @param cb      the callback
 * @param flags   EVBUFFER_CB_ENABLED to have it called no more
 * @return 0
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_cb_clear_flags(
    struct evbuffer *buffer, struct evbuffer_cb_entry *cb, ev_uint32_t flags);

/**
 * Have the first bytes of a buffer in one piece.
 *
 * Copies them together if they lie in several extents.
 *
 * @param buf   the buffer
 * @param size  how many; negative for all
 * @return where they are; NULL if there are fewer, if there are none, if memory is short, or
 *         if some of them are in a file and not in memory
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
unsigned char *evbuffer_pullup(struct evbuffer *buf, ev_ssize_t size);

/**
 * Copy bytes to the front of a buffer.
 *
 * @param buf   the buffer; its front must not be frozen
 * @param data  the bytes
 * @param size  how many
 * @return 0, or -1 as for evbuffer_add()
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_prepend(struct evbuffer *buf, const void *data, size_t size);

/**
 * Move all bytes of one buffer to the front of another.
 *
 * Copies nothing; `src` is empty afterwards.
 *
 * @param dst  where they are added; its front must not be frozen
 * @param src  where they are taken from; its front must not be frozen
 * @return 0, also if both are the same buffer or src is empty; -1 if an end is frozen
 *
 * Threads: locks both, in an order that is the same for all.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_prepend_buffer(struct evbuffer *dst, struct evbuffer *src);

/**
 * Forbid changes at one end of a buffer.
 *
 * At the front: draining, removing, prepending, writing to a descriptor.  At the end: adding,
 * reserving, reading from a descriptor.
 *
 * @param buf       the buffer
 * @param at_front  which end: the front, or the end if 0
 * @return 0
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_freeze(struct evbuffer *buf, int at_front);

/**
 * Allow changes at one end of a buffer again.
 *
 * @param buf       the buffer
 * @param at_front  which end: the front, or the end if 0
 * @return 0
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_unfreeze(struct evbuffer *buf, int at_front);

struct event_base;

/**
 * Have the callbacks of a buffer called by a loop, instead of by who changes it.
 *
 * Changes until then are told together.
 *
 * @param buffer  the buffer; must outlive no loop that it is deferred to
 * @param base    the loop
 * @return 0, or -1 if memory is short
 *
 * Threads: with a lock of the buffer, callbacks run with it held on the loop's thread.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_defer_callbacks(struct evbuffer *buffer, struct event_base *base);

/**
 * Copy several pieces of memory to the end of a buffer.
 *
 * @param buffer  the buffer
 * @param vec     the pieces
 * @param n_vec   how many
 * @return how many bytes were added: all, or those of the first pieces if memory became
 *         short; 0 if the end is frozen
 *
 * Threads: any, if the buffer has a lock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_add_iovec(struct evbuffer *buffer, struct evbuffer_iovec *vec, int n_vec);

#ifdef __cplusplus
}
#endif

#endif
