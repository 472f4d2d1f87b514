/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/file_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/memory.h"
#include "base/platform.h"

/* What is read at once where the kernel cannot send from a file. */
#define READ_AND_SENT 16384

/* What is known of a file before its bytes are read. */
struct file_facts {
	bool has_size; /* else its bytes end where reading ends: a device, a file of /proc */
	int64_t size;
};

/* Files of /proc and their like say that they have no bytes, and have some. */
static bool
has_bytes(int fd)
{
	char byte;

	return pread(fd, &byte, 1, 0) > 0;
}

/* 0, or -errno if it cannot be read at an offset. */
static int
examine(int fd, struct file_facts *facts)
{
	struct stat status;
	int flags;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))
		return -ESPIPE;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	facts->has_size = S_ISREG(status.st_mode) && (status.st_size > 0 || !has_bytes(fd));
	facts->size = status.st_size;
	return 0;
}

/* Fills in the length if it is -1, and checks that all of it can be addressed. */
static int
check_range(const struct file_facts *facts, int64_t offset, int64_t *length)
{
	if (*length == -1) {
		if (!facts->has_size)
			return -ESPIPE;
		*length = facts->size - offset;
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
	struct file_facts facts = {false, 0};
	int rc = offset < 0 || length < -1 ? -EINVAL : examine(fd, &facts);

	if (rc == 0)
		rc = check_range(&facts, offset, &length);
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
	segment->is_truncated = facts.has_size && offset + length > facts.size;
	*segment_out = segment;
	return 0;
}

void
lvn_file_segment_reference(struct evbuffer_file_segment *segment)
{
	atomic_fetch_add_explicit(&segment->refs, 1, memory_order_relaxed);
}

void
lvn_file_segment_release(struct evbuffer_file_segment *segment)
{
	if (atomic_fetch_sub_explicit(&segment->refs, 1, memory_order_acq_rel) > 1)
		return;
	if ((segment->flags & EVBUF_FS_CLOSE_ON_FREE) && segment->fd >= 0)
		lvn_io_close(segment->fd);
	if (segment->cleanup)
		segment->cleanup(segment, (int)segment->flags, segment->cleanup_arg);
	lvn_free(segment);
}

int
lvn_file_segment_read(
    const struct evbuffer_file_segment *segment, size_t at, void *data, size_t size)
{
	while (size > 0) {
		ssize_t got = pread(segment->fd, data, size, segment->offset + (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ENODATA;
		data = (char *)data + got;
		at += (size_t)got;
		size -= (size_t)got;
	}
	return 0;
}

/* How far the segment begins behind the beginning of a page: mappings begin there. */
static size_t
offset_in_page(const struct evbuffer_file_segment *segment)
{
	long page = sysconf(_SC_PAGE_SIZE);

	return page > 0 ? (size_t)(segment->offset % page) : 0;
}

/* NULL also if the file has become shorter: what is behind its end must not be looked at. */
static unsigned char *
map_file(const struct evbuffer_file_segment *segment, size_t size)
{
	size_t before = offset_in_page(segment);
	struct stat status;
	void *mapping;

	if (size > SIZE_MAX - before || fstat(segment->fd, &status) < 0 ||
	    status.st_size < segment->offset + (off_t)size)
		return NULL;
	mapping = mmap(NULL, size + before, PROT_READ, MAP_PRIVATE, segment->fd,
	    segment->offset - (off_t)before);
	return mapping == MAP_FAILED ? NULL : (unsigned char *)mapping + before;
}

unsigned char *
lvn_file_segment_map(const struct evbuffer_file_segment *segment, size_t size, bool *is_mapped_out)
{
	unsigned char *bytes = NULL;

	if (!(segment->flags & EVBUF_FS_DISABLE_MMAP))
		bytes = map_file(segment, size);
	*is_mapped_out = bytes != NULL;
	if (bytes)
		return bytes;
	bytes = lvn_alloc(size);
	if (bytes && lvn_file_segment_read(segment, 0, bytes, size) < 0) {
		lvn_free(bytes);
		return NULL;
	}
	return bytes;
}

void
lvn_file_segment_unmap(
    const struct evbuffer_file_segment *segment, unsigned char *bytes, size_t size, bool is_mapped)
{
	size_t before = offset_in_page(segment);

	if (is_mapped)
		munmap(bytes - before, size + before);
	else
		lvn_free(bytes);
}

/* For descriptors that the kernel does not send files to. */
static ptrdiff_t
read_and_send(int file, off_t at, size_t size, int fd)
{
	unsigned char bytes[READ_AND_SENT];
	ssize_t n = pread(file, bytes, size < sizeof(bytes) ? size : sizeof(bytes), at);

	if (n == 0)
		return -ENODATA;
	if (n > 0)
		n = lvn_io_write(fd, bytes, (size_t)n);
	return n < 0 ? -errno : n;
}

ptrdiff_t
lvn_file_segment_send(const struct evbuffer_file_segment *segment, size_t at, size_t size, int fd)
{
	off_t offset = segment->offset + (off_t)at;
	ssize_t n;

	if (segment->flags & EVBUF_FS_DISABLE_SENDFILE)
		return read_and_send(segment->fd, offset, size, fd);
	n = lvn_io_sendfile(fd, segment->fd, offset, size);
	if (n < 0 && (errno == EINVAL || errno == ENOSYS))
		return read_and_send(segment->fd, offset, size, fd);
	if (n == 0)
		return -ENODATA;
	return n < 0 ? -errno : n;
}
