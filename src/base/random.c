/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/platform.h"

#if LVN_HAVE_GETRANDOM
#include <sys/random.h>
#endif

#define DEFAULT_DEVICE_FILE "/dev/urandom"

static const char *device_file = DEFAULT_DEVICE_FILE;

void
lvn_random_set_device_file(const char *name)
{
	device_file = name ? name : DEFAULT_DEVICE_FILE;
}

/* Up to `size` bytes from the kernel, or from the device file if `fd` is not negative. */
static ssize_t
read_some(int fd, uint8_t *at, size_t size)
{
	if (fd >= 0)
		return read(fd, at, size);
#if LVN_HAVE_GETRANDOM
	return getrandom(at, size, 0);
#else
	errno = ENOSYS;
	return -1;
#endif
}

static int
fill_from(int fd, uint8_t *at, size_t size)
{
	while (size > 0) {
		ssize_t got = read_some(fd, at, size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		at += got;
		size -= (size_t)got;
	}
	return 0;
}

static int
fill_from_device_file(uint8_t *at, size_t size)
{
	int fd;
	int rc;

	do {
		fd = open(device_file, O_RDONLY | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -errno;
	rc = fill_from(fd, at, size);
	close(fd);
	return rc;
}

int
lvn_random_fill(void *data, size_t size)
{
	int saved_errno = errno;
	int rc = fill_from(-1, data, size);

	if (rc < 0)
		rc = fill_from_device_file(data, size);
	errno = saved_errno;
	return rc;
}
