/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_io.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "base/io.h"
#include "buffer/buffer.h"
#include "buffer/buffer_remove.h"
#include "buffer/buffer_space.h"
#include "buffer/file_segment.h"

/* 2^n bytes: the blocks a read offers, depending on what came before. */
#define READ_SHIFT_MIN  10
#define READ_SHIFT_PART 15 /* the block of LVN_CHAIN_PART; more are offered above */
#define READ_SHIFT_MAX  17
#define SMALL_READS     8

/* The space of the last chain, and as many blocks as the largest read needs. */
#define READ_IOVECS (1 + (1 << (READ_SHIFT_MAX - READ_SHIFT_PART)))

#define WRITE_IOVECS 64

/* Nothing larger is asked of one system call. */
#define CALL_MAX ((size_t)INT_MAX)

/* ---- Reading ------------------------------------------------------------------------- */

/* The space of the blocks that a read offers. */
static size_t
read_size(unsigned shift)
{
	if (shift <= READ_SHIFT_PART)
		return LVN_CHAIN_CAPACITY((size_t)1 << shift);
	return LVN_CHAIN_PART << (shift - READ_SHIFT_PART);
}

/* The free space, up to `wanted` bytes; *offered_out says how much that is. */
static int
offer_locked(struct evbuffer *buffer, size_t wanted, struct iovec *iovecs, size_t *offered_out)
    REQUIRES(buffer->lock)
{
	struct chain *chain = lvn_buffer_space_locked(buffer);
	size_t left = wanted;
	int count = 0;

	for (; chain && left > 0 && count < READ_IOVECS; chain = chain->next) {
		size_t space = lvn_chain_space(chain);
		size_t part = left < space ? left : space;

		iovecs[count++] = (struct iovec){lvn_chain_data(chain) + chain->size, part};
		left -= part;
	}
	*offered_out = wanted - left;
	return count;
}

/* So many bytes were written to the free space. */
static void
fill_space_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *chain = lvn_buffer_space_locked(buffer);
	size_t left = size;

	while (left > lvn_chain_space(chain)) {
		left -= lvn_chain_space(chain);
		chain->size += lvn_chain_space(chain);
		chain = chain->next;
	}
	chain->size += left;
	buffer->last = chain;
	buffer->size += size;
}

static ptrdiff_t
read_into_chain_locked(struct evbuffer *buffer, int fd, size_t wanted, struct chain *chain)
    REQUIRES(buffer->lock)
{
	ssize_t got = lvn_io_read(fd, lvn_chain_data(chain) + chain->size, wanted);

	if (got < 0)
		return -errno;
	chain->size += (size_t)got;
	buffer->size += (size_t)got;
	return got;
}

/* Where one chain does not have space for all; *offered_out says how much there was. */
static ptrdiff_t
read_into_chains_locked(struct evbuffer *buffer, int fd, size_t wanted, size_t *offered_out)
    REQUIRES(buffer->lock)
{
	struct iovec iovecs[READ_IOVECS];
	int rc = lvn_buffer_make_space_locked(buffer, wanted, 0);
	int count = offer_locked(buffer, wanted, iovecs, offered_out);
	ssize_t got;

	if (rc < 0 && count == 0)
		return rc;
	got = count == 1 ? lvn_io_read(fd, iovecs[0].iov_base, iovecs[0].iov_len)
			 : lvn_io_readv(fd, iovecs, count);
	if (got < 0)
		return -errno;
	if (got > 0) {
		fill_space_locked(buffer, (size_t)got);
		lvn_buffer_drop_space_locked(buffer);
	}
	return got;
}

/*
 * After a full read more is offered, after several that needed little less.  Not after one:
 * what follows a large message may be its last few bytes.
 */
static void
learn_locked(struct evbuffer *buffer, size_t offered, size_t got) REQUIRES(buffer->lock)
{
	size_t usual = read_size(buffer->read_shift);

	if (got == offered && offered >= usual) {
		if (buffer->read_shift < READ_SHIFT_MAX)
			buffer->read_shift++;
		buffer->small_reads = 0;
	} else if (got >= usual / 4) {
		buffer->small_reads = 0;
	} else if (buffer->read_shift > READ_SHIFT_MIN && ++buffer->small_reads >= SMALL_READS) {
		buffer->small_reads = 0;
		buffer->read_shift--;
	}
}

int
lvn_buffer_read_locked(struct evbuffer *buffer, int fd, size_t most, size_t *got_out)
    REQUIRES(buffer->lock)
{
	size_t old_size = buffer->size;
	size_t wanted = read_size(buffer->read_shift);
	size_t offered;
	struct chain *last;
	ptrdiff_t got;

	if (most > lvn_buffer_max_read_locked(buffer))
		most = lvn_buffer_max_read_locked(buffer);
	if (wanted > most)
		wanted = most;
	offered = wanted;
	buffer->checks &= (uint8_t)~BUFFER_IS_RESERVED;
	last = lvn_buffer_last_locked(buffer, wanted);
	if (LVN_LIKELY(last && lvn_chain_space(last) >= wanted))
		got = read_into_chain_locked(buffer, fd, wanted, last);
	else
		got = read_into_chains_locked(buffer, fd, wanted, &offered);
	*got_out = got > 0 ? (size_t)got : 0;
	if (LVN_UNLIKELY(got <= 0)) {
		lvn_buffer_drop_space_locked(buffer);
		return (int)got;
	}
	learn_locked(buffer, offered, (size_t)got);
	lvn_buffer_fit_locked(buffer);
	lvn_buffer_has_grown_locked(buffer, old_size, (size_t)got);
	return 0;
}

/* ---- Writing ------------------------------------------------------------------------- */

/* The first extents in memory, up to `most` bytes. */
static int
gather_locked(struct evbuffer *buffer, size_t most, struct iovec *iovecs) REQUIRES(buffer->lock)
{
	int count = 0;

	for (struct chain *chain = buffer->first;
	     chain && most > 0 && chain->size > 0 && count < WRITE_IOVECS; chain = chain->next) {
		size_t size = chain->size < most ? chain->size : most;

		if (!lvn_chain_is_memory(chain))
			break;
		iovecs[count++] = (struct iovec){lvn_chain_data(chain), size};
		most -= size;
	}
	return count;
}

static ptrdiff_t
write_memory_locked(struct evbuffer *buffer, int fd, size_t most) REQUIRES(buffer->lock)
{
	struct iovec iovecs[WRITE_IOVECS];
	int count = gather_locked(buffer, most, iovecs);
	ssize_t sent = count == 1 ? lvn_io_write(fd, iovecs[0].iov_base, iovecs[0].iov_len)
				  : lvn_io_writev(fd, iovecs, count);

	return sent < 0 ? -errno : sent;
}

static ptrdiff_t
write_file(const struct chain *chain, int fd, size_t most)
{
	const struct chain_file *file = container_of(chain, struct chain_file, chain);

	return lvn_file_segment_send(
	    file->segment, chain->offset, chain->size < most ? chain->size : most, fd);
}

int
lvn_buffer_write_locked(struct evbuffer *buffer, int fd, size_t most, size_t *sent_out)
    REQUIRES(buffer->lock)
{
	ptrdiff_t sent;

	*sent_out = 0;
	if (most > buffer->size)
		most = buffer->size;
	if (most > CALL_MAX)
		most = CALL_MAX;
	if (most == 0)
		return 0;
	sent = lvn_chain_is_memory(buffer->first) ? write_memory_locked(buffer, fd, most)
						  : write_file(buffer->first, fd, most);
	if (sent == 0)
		return -EAGAIN;
	if (sent < 0)
		return (int)sent;
	*sent_out = (size_t)sent;
	lvn_buffer_drain_locked(buffer, (size_t)sent);
	return 0;
}
