/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/platform.h"
#include "base/random.h"
#include "support/deny.h"
#include "support/suite.h"

enum { LARGE = 1 << 20 };

/* The name of a new file with this content, which the caller unlinks. */
static const char *
file_of(const char *content, size_t size)
{
	static char name[] = "/tmp/levin-random-XXXXXX";
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, size), (ssize_t)size);
	close(fd);
	return name;
}

TEST(lvn_random_fill__two_fillings_differ)
{
	uint8_t first[32] = {0};
	uint8_t second[32] = {0};

	ck_assert_int_eq(lvn_random_fill(first, sizeof(first)), 0);
	ck_assert_int_eq(lvn_random_fill(second, sizeof(second)), 0);

	ck_assert_mem_ne(first, second, sizeof(first));
}

TEST(lvn_random_fill__fills_exactly_the_range)
{
	uint8_t data[64] = {0};

	ck_assert_int_eq(lvn_random_fill(data, 32), 0);
	ck_assert_int_eq(lvn_random_fill(data, 0), 0);

	for (size_t i = 32; i < sizeof(data); i++)
		ck_assert_uint_eq(data[i], 0);
}

TEST(lvn_random_fill__large_amounts)
{
	uint8_t *data = calloc(1, LARGE);
	uint8_t *zeros = calloc(1, 32);

	ck_assert_int_eq(lvn_random_fill(data, LARGE), 0);

	for (size_t at = 0; at + 32 <= LARGE; at += 32)
		ck_assert_mem_ne(data + at, zeros, 32);
	free(zeros);
	free(data);
}

TEST(lvn_random_fill__keeps_errno)
{
	uint8_t data[8];

	errno = ENOTTY;
	ck_assert_int_eq(lvn_random_fill(data, sizeof(data)), 0);
	ck_assert_int_eq(errno, ENOTTY);
}

static const int refusals[] = {ENOSYS, EPERM};

TEST_RANGE(lvn_random_fill__no_getrandom_reads_the_device_file, 0, 2)
{
	uint8_t data[64] = {0};
	uint8_t zeros[64] = {0};

	if (!deny_system_call(SYS_getrandom, refusals[_i]))
		return;
	errno = 0;
	ck_assert_int_eq(lvn_random_fill(data, sizeof(data)), 0);
	ck_assert_mem_ne(data, zeros, sizeof(data));
	ck_assert_int_eq(errno, 0);
}

TEST(lvn_random_set_device_file__is_read)
{
	const char *name = file_of("0123456789abcdef", 16);
	char data[17] = {0};

	if (!deny_system_call(SYS_getrandom, ENOSYS)) {
		unlink(name);
		return;
	}
	lvn_random_set_device_file(name);
	ck_assert_int_eq(lvn_random_fill(data, 16), 0);
	ck_assert_str_eq(data, "0123456789abcdef");
	unlink(name);
	lvn_random_set_device_file(NULL);
	ck_assert_int_eq(lvn_random_fill(data, 16), 0);
	ck_assert_str_ne(data, "0123456789abcdef");
}

TEST(lvn_random_fill__device_file_that_ends)
{
	const char *name = file_of("0123456789abcdef", 16);
	char data[17];

	lvn_random_set_device_file(name);
	if (deny_system_call(SYS_getrandom, ENOSYS))
		ck_assert_int_eq(lvn_random_fill(data, 17), -EIO);
	unlink(name);
}

TEST_IF(LVN_HAVE_GETRANDOM, lvn_random_fill__device_file_that_cannot_be_opened)
{
	char data[16];

	lvn_random_set_device_file("/nonexistent/urandom");
	ck_assert_int_eq(lvn_random_fill(data, sizeof(data)), 0);
	if (deny_system_call(SYS_getrandom, ENOSYS))
		ck_assert_int_eq(lvn_random_fill(data, sizeof(data)), -ENOENT);
}

TEST(lvn_random_fill__device_file_that_cannot_be_read)
{
	char data[16];

	lvn_random_set_device_file("/");
	if (deny_system_call(SYS_getrandom, ENOSYS))
		ck_assert_int_eq(lvn_random_fill(data, sizeof(data)), -EISDIR);
}
