/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_io.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "base/io.h"
#include "buffer/buffer_file.h"
#include "buffer/buffer_room.h"
#include "buffer/buffer_take.h"

/* 2^n bytes: the block a read offers room in, depending on what came before. */
#define READ_SHIFT_MIN 10
#define READ_SHIFT_MAX 17
#define SMALL_READS    8

/* Less room behind the last bytes is not worth a vector of its own. */
#define ROOM_WORTH_A_VECTOR 64

/* So few bytes in a large chain are moved to a small one, which frees the large one. */
#define MOVED_TO_SMALLER 4096

#define VECTORS_MAX 64

/* Nothing larger is asked of one system call. */
#define CALL_MAX ((size_t)INT_MAX)

/* ---- Reading ------------------------------------------------------------------------- */

struct read_room {
	struct iovec vectors[2];
	int count;
	size_t size;
};

static void
offer(struct read_room *room, struct chain *chain, size_t most)
{
	size_t size = lvn_chain_room(chain);

	if (size > most - room->size)
		size = most - room->size;
	room->vectors[room->count++] = (struct iovec){lvn_chain_data(chain) + chain->size, size};
	room->size += size;
}

/* A little room may be all there is when memory is short. */
static int
find_room_in_empty_locked(struct evbuffer *buffer, size_t wanted, struct read_room *room)
    REQUIRES(buffer->lock)
{
	int rc = lvn_buffer_expand_locked(buffer, wanted);

	if (rc < 0 && !buffer->last)
		return rc;
	offer(room, buffer->last, wanted);
	return 0;
}

/* What is left in the last chain is used first. */
static int
find_room_locked(struct evbuffer *buffer, size_t wanted, struct read_room *room)
    REQUIRES(buffer->lock)
{
	size_t in_last;
	int rc;

	if (buffer->size == 0)
		return find_room_in_empty_locked(buffer, wanted, room);
	in_last = lvn_buffer_room_in_last_locked(buffer, wanted);
	if (in_last >= wanted || in_last >= ROOM_WORTH_A_VECTOR)
		offer(room, buffer->last, wanted);
	if (room->size == wanted)
		return 0;
	rc = lvn_buffer_room_behind_last_locked(buffer, wanted - room->size);
	if (rc == 0)
		offer(room, buffer->last->next, wanted);
	else if (in_last == 0)
		return rc;
	else if (room->count == 0)
		offer(room, buffer->last, wanted);
	return 0;
}

/* What was read lies in the room of the chains from `last` on. */
static void
take_over_locked(struct evbuffer *buffer, const struct read_room *room, size_t got)
    REQUIRES(buffer->lock)
{
	for (int i = 0; i < room->count && got > 0; i++) {
		struct chain *chain = buffer->last;
		size_t part = got < room->vectors[i].iov_len ? got : room->vectors[i].iov_len;

		if (room->vectors[i].iov_base != lvn_chain_data(chain) + chain->size)
			chain = chain->next;
		chain->size += part;
		buffer->size += part;
		buffer->last = chain;
		got -= part;
	}
}

/* Into one or two pieces of room; *offered_out says how much that was. */
static ptrdiff_t
read_into_pieces_locked(struct evbuffer *buffer, int fd, size_t wanted, size_t *offered_out)
    REQUIRES(buffer->lock)
{
	struct read_room room = {.count = 0};
	ssize_t got;
	int rc = find_room_locked(buffer, wanted, &room);

	if (rc < 0)
		return rc;
	got = room.count == 1 ? lvn_io_read(fd, room.vectors[0].iov_base, room.vectors[0].iov_len)
			      : lvn_io_readv(fd, room.vectors, room.count);
	if (got < 0)
		return -errno;
	take_over_locked(buffer, &room, (size_t)got);
	if (got > 0)
		lvn_buffer_drop_spares_locked(buffer);
	*offered_out = room.size;
	return got;
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

/*
 * A reader that has little to read had better not hold much memory: what is in a large
 * chain only because there could have been more goes to a chain of its size.
 */
static void
fit_last_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;

	if (last->capacity > LVN_CHAIN_ROOM(LVN_BLOCK_MIN) && last->size <= MOVED_TO_SMALLER &&
	    last->size < last->capacity / 8)
		lvn_buffer_room_fit_last_locked(buffer);
}

/*
 * After a full read more is offered, after several that needed little less.  Not after one:
 * what follows a large message may be its last few bytes.
 */
static void
learn_locked(struct evbuffer *buffer, size_t offered, size_t got) REQUIRES(buffer->lock)
{
	size_t usual = LVN_CHAIN_ROOM((size_t)1 << buffer->read_shift);

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
	size_t wanted = LVN_CHAIN_ROOM((size_t)1 << buffer->read_shift);
	struct chain *chain;
	size_t offered;
	ptrdiff_t got;

	if (most > buffer->max_read)
		most = buffer->max_read;
	if (wanted > most)
		wanted = most;
	offered = wanted;
	chain = lvn_buffer_room_at_hand_locked(buffer, wanted, buffer->read_shift - READ_SHIFT_MIN);
	got = LVN_LIKELY(chain != NULL) ? read_into_chain_locked(buffer, fd, wanted, chain)
					: read_into_pieces_locked(buffer, fd, wanted, &offered);
	*got_out = got > 0 ? (size_t)got : 0;
	if (LVN_UNLIKELY(got <= 0)) {
		lvn_buffer_room_drop_locked(buffer);
		return (int)got;
	}
	learn_locked(buffer, offered, (size_t)got);
	fit_last_locked(buffer);
	lvn_buffer_has_grown_locked(buffer, old_size, (size_t)got);
	return 0;
}

/* ---- Writing ------------------------------------------------------------------------- */

/* The first extents in memory, up to `most` bytes. */
static int
gather_locked(struct evbuffer *buffer, size_t most, struct iovec *vectors) REQUIRES(buffer->lock)
{
	int count = 0;

	for (struct chain *chain = buffer->first;
	     chain && most > 0 && chain->size > 0 && count < VECTORS_MAX; chain = chain->next) {
		size_t size = chain->size < most ? chain->size : most;

		if (!lvn_chain_is_readable(chain))
			break;
		vectors[count++] = (struct iovec){lvn_chain_data(chain), size};
		most -= size;
	}
	return count;
}

static ptrdiff_t
write_chains_locked(struct evbuffer *buffer, int fd, size_t most) REQUIRES(buffer->lock)
{
	struct iovec vectors[VECTORS_MAX];
	int count = gather_locked(buffer, most, vectors);
	ssize_t sent = lvn_io_writev(fd, vectors, count);

	return sent < 0 ? -errno : sent;
}

static ptrdiff_t
write_chain(const struct chain *chain, int fd, size_t most)
{
	ssize_t sent = lvn_io_write(fd, lvn_chain_data(chain), most);

	return sent < 0 ? -errno : sent;
}

static ptrdiff_t
write_file(const struct chain *chain, int fd, size_t most)
{
	const struct chain_file *file = container_of(chain, struct chain_file, chain);

	return lvn_file_segment_send(
	    file->segment, chain->offset, chain->size < most ? chain->size : most, fd);
}

/* As much of the first `most` bytes, which are there, as one call takes. */
static ptrdiff_t
write_first_locked(struct evbuffer *buffer, int fd, size_t most) REQUIRES(buffer->lock)
{
	const struct chain *first = buffer->first;

	if (LVN_UNLIKELY(!lvn_chain_is_readable(first)))
		return write_file(first, fd, most);
	return LVN_LIKELY(first->size >= most) ? write_chain(first, fd, most)
					       : write_chains_locked(buffer, fd, most);
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
	sent = write_first_locked(buffer, fd, most);
	if (sent < 0)
		return (int)sent;
	*sent_out = (size_t)sent;
	lvn_buffer_drain_locked(buffer, (size_t)sent);
	return 0;
}
