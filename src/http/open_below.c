/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/open_below.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/private.h"
#include "http/slice.h"

/* To pass through a directory, the right to list it is not needed. */
#ifdef O_PATH
#define PASS_THROUGH O_PATH
#else
#define PASS_THROUGH O_RDONLY
#endif

#define NAME_SIZE 256

/* Takes the next name off a path, with the slashes before it; returns whether there is one. */
static bool
next_name(const char **path, struct http_slice *name_out)
{
	*path += strspn(*path, "/");
	name_out->at = *path;
	name_out->size = strcspn(*path, "/");
	*path += name_out->size;
	return name_out->size > 0;
}

static int
open_name(int directory, struct http_slice name, bool is_last)
{
	char text[NAME_SIZE];
	int fd;

	if (lvn_http_slice_is(name, ".."))
		return -EACCES;
	if (name.size >= sizeof(text))
		return -ENAMETOOLONG;
	memcpy(text, name.at, name.size);
	text[name.size] = '\0';
	/* A FIFO without a writer must not stop the loop. */
	fd = openat(directory, text,
	    O_CLOEXEC | O_NOFOLLOW |
		(is_last ? O_RDONLY | O_NONBLOCK : PASS_THROUGH | O_DIRECTORY));
	return fd < 0 ? -errno : fd;
}

/* The file's, or a negative errno. */
static int
walk(int directory, const char *path)
{
	struct http_slice name;
	int current = directory;

	while (next_name(&path, &name)) {
		int next = open_name(current, name, *path == '\0');

		if (current != directory)
			(void)close(current);
		if (next < 0 || *path == '\0')
			return next;
		current = next;
	}
	/* A slash at the end, or nothing: a directory. */
	if (current != directory)
		(void)close(current);
	return -EISDIR;
}

int
lvn_http_open_below(int directory, const char *path, struct stat *status_out)
{
	int fd = walk(directory, path);
	int rc = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, status_out) < 0)
		rc = -errno;
	else if (S_ISDIR(status_out->st_mode))
		rc = -EISDIR;
	else if (!S_ISREG(status_out->st_mode))
		rc = -EACCES;
	if (rc == 0)
		return fd;
	(void)close(fd);
	return rc;
}
