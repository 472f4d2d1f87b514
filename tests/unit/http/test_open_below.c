/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/open_below.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/descriptors.h"
#include "support/suite.h"

static char top[] = "open_below_XXXXXX";
static int directory;

static void
create(const char *name, const char *text)
{
	int fd = openat(directory, name, O_CREAT | O_WRONLY | O_EXCL, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

/* files: a, in/b; links: link to a, in/out to the directory above; a FIFO. */
static void
start(void)
{
	ck_assert_ptr_nonnull(mkdtemp(top));
	directory = open(top, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(directory, 0);
	create("a", "one");
	ck_assert_int_eq(mkdirat(directory, "in", 0700), 0);
	create("in/b", "four");
	ck_assert_int_eq(symlinkat("a", directory, "link"), 0);
	ck_assert_int_eq(symlinkat("..", directory, "in/out"), 0);
	ck_assert_int_eq(mkfifoat(directory, "fifo", 0600), 0);
}

static void
stop(void)
{
	static const char *const names[] = {"a", "in/b", "link", "in/out", "fifo"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(unlinkat(directory, names[i], 0), 0);
	ck_assert_int_eq(unlinkat(directory, "in", AT_REMOVEDIR), 0);
	ck_assert_int_eq(close(directory), 0);
	ck_assert_int_eq(rmdir(top), 0);
}

/* The size of the file, or the error. */
static int
size_of(const char *path)
{
	struct stat status;
	int fd = lvn_http_open_below(directory, path, &status);

	if (fd < 0)
		return fd;
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(close(fd), 0);
	return (int)status.st_size;
}

TEST(lvn_http_open_below__files)
{
	start();

	ck_assert_int_eq(size_of("a"), 3);
	ck_assert_int_eq(size_of("/a"), 3);
	ck_assert_int_eq(size_of("in/b"), 4);
	ck_assert_int_eq(size_of("//in//b"), 4);
	ck_assert_int_eq(size_of("./in/./b"), 4);
	stop();
}

TEST(lvn_http_open_below__what_is_refused)
{
	static struct descriptor_set before, after;
	char name[300];

	start();
	ck_assert_int_ge(descriptors_open_now(&before), 0);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';

	ck_assert_int_eq(size_of("none"), -ENOENT);
	ck_assert_int_eq(size_of("none/a"), -ENOENT);
	ck_assert_int_eq(size_of("a/b"), -ENOTDIR);
	ck_assert_int_eq(size_of(""), -EISDIR);
	ck_assert_int_eq(size_of("/"), -EISDIR);
	ck_assert_int_eq(size_of("in"), -EISDIR);
	ck_assert_int_eq(size_of("in/"), -EISDIR);
	ck_assert_int_eq(size_of("."), -EISDIR);
	ck_assert_int_eq(size_of(".."), -EACCES);
	ck_assert_int_eq(size_of("in/../a"), -EACCES);
	ck_assert_int_eq(size_of("link"), -ELOOP);
	ck_assert_int_lt(size_of("in/out/a"), 0);
	ck_assert_int_eq(size_of("fifo"), -EACCES);
	ck_assert_int_eq(size_of(name), -ENAMETOOLONG);
	ck_assert_int_ge(descriptors_open_now(&after), 0);
	ck_assert_mem_eq(&before, &after, sizeof(before));
	stop();
}
