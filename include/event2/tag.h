/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Tagged data: numbers, texts and bytes as records in a buffer, for sending or storing them.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 *
 * A record is a tag, the size of the payload, and the payload.  The tag is a number that the two
 * sides agree on; it says what the payload is.  A reader that does not know a tag skips the
 * record with evtag_consume().  Code that event_rpcgen.py generates uses these functions.
 *
 * | part | bytes |
 * |---|---|
 * | tag | 7 bits in each, the lowest first; the top bit says that another one follows; 5 at most |
 * | integer, size | half bytes, the lowest first, behind one with their number less 1: 0xabc is 2c ba |
 * | time | seconds and microseconds as integers of 32 bits |
 * | text | its bytes, without the zero byte |
 *
 * Functions that write append a whole record, or nothing if memory is short, with a log line.
 * Functions that read check all sizes against the bytes in the buffer, and never read beyond a
 * payload.  When they fail, a part of the record may have been removed from the buffer: the rest
 * of the buffer means nothing then.
 *
 * A function takes the lock of a buffer for each step, not for the whole record: two threads that
 * use one buffer call evbuffer_lock() around it.
 */
#ifndef EVENT2_TAG_H_INCLUDED_
#define EVENT2_TAG_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/util.h>
#include <sys/time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct evbuffer;

/**
 * Do nothing.
 *
 * libevent 1.4 needed it.
 *
 * Threads: safe.
 * Since: libevent 2.1; not needed.
 */
EVENT2_EXPORT_SYMBOL
void evtag_init(void);

/* ---- Writing ---- */

/**
 * Append a record of bytes.
 *
 * @param evbuf  the buffer to append to
 * @param tag    the tag
 * @param data   the payload, which is copied; NULL if `len` is 0
 * @param len    its size in bytes
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
void evtag_marshal(struct evbuffer *evbuf, ev_uint32_t tag, const void *data, ev_uint32_t len);

/**
 * Append a record with the content of a buffer.
 *
 * @param evbuf  the buffer to append to
 * @param tag    the tag
 * @param data   the payload, which is moved: the buffer is empty afterwards.  It is another one
 *               than `evbuf`, with less than 4 GiB
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
void evtag_marshal_buffer(struct evbuffer *evbuf, ev_uint32_t tag, struct evbuffer *data);

/**
 * Append an integer by itself, without a tag.
 *
 * @param evbuf  the buffer to append to
 * @param number the integer
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
void evtag_encode_int(struct evbuffer *evbuf, ev_uint32_t number);

/**
 * Append a 64-bit integer by itself, without a tag.
 *
 * @param evbuf  the buffer to append to
 * @param number the integer
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
void evtag_encode_int64(struct evbuffer *evbuf, ev_uint64_t number);

/**
 * Append a record of an integer.
 *
 * @param evbuf  the buffer to append to
 * @param tag      the tag
 * @param integer  the integer
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
void evtag_marshal_int(struct evbuffer *evbuf, ev_uint32_t tag, ev_uint32_t integer);

/**
 * Append a record of a 64-bit integer.
 *
 * @param evbuf  the buffer to append to
 * @param tag      the tag
 * @param integer  the integer
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
void evtag_marshal_int64(struct evbuffer *evbuf, ev_uint32_t tag, ev_uint64_t integer);

/**
 * Append a record of a text.
 *
 * @param buf     the buffer to append to
 * @param tag     the tag
 * @param string  the text, without its zero byte
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
void evtag_marshal_string(struct evbuffer *buf, ev_uint32_t tag, const char *string);

/**
 * Append a record of a time.
 *
 * @param evbuf  the buffer to append to
 * @param tag    the tag
 * @param tv     the time; of the seconds only the low 32 bits are kept
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
void evtag_marshal_timeval(struct evbuffer *evbuf, ev_uint32_t tag, struct timeval *tv);

/* ---- Reading ---- */

/**
 * Remove the tag and the size of a record.
 *
 * @param evbuf  the buffer; the payload is at its beginning afterwards
 * @param ptag   receives the tag; may be NULL
 * @return the size of the payload, which is in the buffer whole; -1 if there is no record, if the
 *         payload is not there yet, or if it is larger than INT_MAX
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_unmarshal_header(struct evbuffer *evbuf, ev_uint32_t *ptag);

/**
 * Remove a record, and append its payload to another buffer.
 *
 * @param src   the buffer with the record at its beginning
 * @param ptag  receives the tag; may be NULL
 * @param dst   the buffer for the payload
 * @return the size of the payload, or -1 on failure
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_unmarshal(struct evbuffer *src, ev_uint32_t *ptag, struct evbuffer *dst);

/**
 * Get the tag of the first record without removing anything.
 *
 * @param evbuf  the buffer
 * @param ptag   receives the tag; may be NULL
 * @return how many bytes the tag has, or -1 if there is none
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_peek(struct evbuffer *evbuf, ev_uint32_t *ptag);

/**
 * Get the size of the first record, tag and size included, without removing anything.
 *
 * @param evbuf    the buffer; the payload need not be there yet
 * @param plength  receives the size in bytes
 * @return 0; -1 if tag or size are not there, or if the sum is larger than 32 bits
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_peek_length(struct evbuffer *evbuf, ev_uint32_t *plength);

/**
 * Get the size of the first record's payload without removing anything.
 *
 * @param evbuf    the buffer; the payload need not be there yet
 * @param plength  receives the size in bytes
 * @return 0, or -1 if tag or size are not there
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_payload_length(struct evbuffer *evbuf, ev_uint32_t *plength);

/**
 * Remove a record.
 *
 * @param evbuf  the buffer
 * @return 0, or -1 on failure
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_consume(struct evbuffer *evbuf);

/**
 * Remove a record of an integer.
 *
 * @param evbuf     the buffer
 * @param need_tag  the tag that the record must have
 * @param pinteger  receives the integer; not written on failure
 * @return how many bytes the integer has, or -1 on failure
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_unmarshal_int(struct evbuffer *evbuf, ev_uint32_t need_tag, ev_uint32_t *pinteger);

/**
 * Remove a record of a 64-bit integer.
 *
 * @param evbuf     the buffer
 * @param need_tag  the tag that the record must have
 * @param pinteger  receives the integer; not written on failure
 * @return how many bytes the integer has, or -1 on failure
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_unmarshal_int64(struct evbuffer *evbuf, ev_uint32_t need_tag, ev_uint64_t *pinteger);

/**
 * Remove a record of bytes whose number is known.
 *
 * @param src       the buffer
 * @param need_tag  the tag that the record must have
 * @param data      receives the payload
 * @param len       the size that the payload must have
 * @return 0, or -1 on failure
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_unmarshal_fixed(struct evbuffer *src, ev_uint32_t need_tag, void *data, size_t len);

/**
 * Remove a record of a text.
 *
 * @param evbuf     the buffer
 * @param need_tag  the tag that the record must have
 * @param pstring   receives a copy with a zero byte, to be freed with free(), or with the function
 *                  given to event_set_mem_functions(); not written on failure
 * @return 0, or -1 on failure, also if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_unmarshal_string(struct evbuffer *evbuf, ev_uint32_t need_tag, char **pstring);

/**
 * Remove a record of a time.
 *
 * @param evbuf     the buffer
 * @param need_tag  the tag that the record must have
 * @param ptv       receives the time; not written on failure
 * @return 0, or -1 on failure
 *
 * Threads: safe.
 * Since: libevent 2.1.
 */
EVENT2_EXPORT_SYMBOL
int evtag_unmarshal_timeval(struct evbuffer *evbuf, ev_uint32_t need_tag, struct timeval *ptv);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_TAG_H_INCLUDED_ */
