/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/file_segment.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/memory.h"
#include "base/platform.h"

/* What is read at once where the kernel cannot send from a file. */
#define READ_AND_SENT 16384

/* Nothing else says how long it is. */
static int
size_of_file(int fd, int64_t *size_out)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : -ESPIPE;
	*size_out = status.st_size;
	return 0;
}

/* Fills in the length if it is -1, and checks that all of it can be addressed. */
static int
check_range(int fd, int64_t offset, int64_t *length)
{
	int64_t file_size = 0;
	int rc;

	if (offset < 0 || *length < -1)
		return -EINVAL;
	if (*length == -1) {
		rc = size_of_file(fd, &file_size);
		if (rc < 0)
			return rc;
		*length = file_size - offset;
		if (*length < 0)
			return -EINVAL;
	}
	if (offset > INT64_MAX - *length || (uint64_t)*length > PTRDIFF_MAX ||
	    (off_t)(offset + *length) != offset + *length)
		return -EOVERFLOW;
	return 0;
}

int
lvn_file_segment_new(struct evbuffer_file_segment **segment_out, int fd, int64_t offset,
    int64_t length, unsigned flags)
{
	struct evbuffer_file_segment *segment;
	int rc = check_range(fd, offset, &length);

	if (rc < 0)
		return rc;
	segment = lvn_calloc(1, sizeof(*segment));
	if (!segment)
		return -ENOMEM;
	atomic_init(&segment->refs, 1);
	segment->fd = fd;
	segment->flags = flags;
	segment->offset = (off_t)offset;
	segment->size = (size_t)length;
	rc = lvn_lock_init(&segment->lock, !(flags & EVBUF_FS_DISABLE_LOCKING));
	if (rc < 0) {
		lvn_free(segment);
		return rc;
	}
	*segment_out = segment;
	return 0;
}

void
lvn_file_segment_own_descriptor(struct evbuffer_file_segment *segment)
{
	segment->flags |= EVBUF_FS_CLOSE_ON_FREE;
}

void
lvn_file_segment_retain(struct evbuffer_file_segment *segment)
{
	atomic_fetch_add_explicit(&segment->refs, 1, memory_order_relaxed);
}

static void
drop_contents(struct evbuffer_file_segment *segment)
{
	if (segment->mapping)
		munmap(segment->mapping, segment->mapping_size);
	else
		lvn_free(segment->contents);
}

void
lvn_file_segment_release(struct evbuffer_file_segment *segment)
{
	if (atomic_fetch_sub_explicit(&segment->refs, 1, memory_order_acq_rel) > 1)
		return;
	drop_contents(segment);
	if ((segment->flags & EVBUF_FS_CLOSE_ON_FREE) && segment->fd >= 0)
		lvn_io_close(segment->fd);
	if (segment->cleanup)
		segment->cleanup(segment, (int)segment->flags, segment->cleanup_arg);
	lvn_lock_clear(&segment->lock);
	lvn_free(segment);
}

bool
lvn_file_segment_can_be_sent(const struct evbuffer_file_segment *segment)
{
	return LVN_HAVE_SENDFILE && !(segment->flags & EVBUF_FS_DISABLE_SENDFILE);
}

/* A mapping begins at the beginning of a page. */
static int
map_contents(struct evbuffer_file_segment *segment)
{
	long page = sysconf(_SC_PAGE_SIZE);
	size_t before = page > 0 ? (size_t)(segment->offset % page) : 0;
	void *mapping;

	if (segment->size > SIZE_MAX - before)
		return -EOVERFLOW;
	mapping = mmap(NULL, segment->size + before, PROT_READ, MAP_PRIVATE, segment->fd,
	    segment->offset - (off_t)before);
	if (mapping == MAP_FAILED)
		return -errno;
	segment->mapping = mapping;
	segment->mapping_size = segment->size + before;
	segment->contents = (unsigned char *)mapping + before;
	return 0;
}

/* The file may be shorter than was said: then there is nothing to show for the rest. */
static int
read_contents(struct evbuffer_file_segment *segment)
{
	unsigned char *contents = lvn_alloc(segment->size);
	size_t got = 0;

	if (!contents)
		return -ENOMEM;
	while (got < segment->size) {
		ssize_t n = pread(
		    segment->fd, contents + got, segment->size - got, segment->offset + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int rc = n < 0 ? -errno : -ENODATA;

			lvn_free(contents);
			return rc;
		}
		got += (size_t)n;
	}
	segment->contents = contents;
	return 0;
}

int
lvn_file_segment_load_locked(struct evbuffer_file_segment *segment) REQUIRES(segment->lock)
{
	if (segment->contents || segment->size == 0)
		return 0;
	if (!(segment->flags & EVBUF_FS_DISABLE_MMAP) && map_contents(segment) == 0)
		return 0;
	return read_contents(segment);
}

/* For descriptors that the kernel does not send files to. */
static ptrdiff_t
read_and_send(int file, off_t at, size_t size, int fd)
{
	unsigned char bytes[READ_AND_SENT];
	ssize_t n = pread(file, bytes, size < sizeof(bytes) ? size : sizeof(bytes), at);

	if (n > 0)
		n = lvn_io_write(fd, bytes, (size_t)n);
	return n < 0 ? -errno : n;
}

ptrdiff_t
lvn_file_segment_send(const struct evbuffer_file_segment *segment, size_t at, size_t size, int fd)
{
	off_t offset = segment->offset + (off_t)at;
	ssize_t n = lvn_io_sendfile(fd, segment->fd, offset, size);

	if (n < 0 && (errno == EINVAL || errno == ENOSYS))
		return read_and_send(segment->fd, offset, size, fd);
	return n < 0 ? -errno : n;
}
