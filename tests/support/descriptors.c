/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/descriptors.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_open(const struct descriptor_set *set, int fd)
{
	return set->bits[fd / 8] & (1u << (fd % 8));
}

int
descriptors_open_now(struct descriptor_set *set)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	int count = 0;

	memset(set, 0, sizeof(*set));
	if (!folder)
		return -1;
	while ((entry = readdir(folder))) {
		char *end;
		long fd = strtol(entry->d_name, &end, 10);

		if (*end || end == entry->d_name || fd == dirfd(folder) || fd >= DESCRIPTORS_MAX)
			continue;
		set->bits[fd / 8] |= (unsigned char)(1u << (fd % 8));
		count++;
	}
	closedir(folder);
	return count;
}

int
descriptors_describe_new(const struct descriptor_set *before, const struct descriptor_set *after,
    char *text, size_t size)
{
	size_t used = 0;
	int count = 0;

	text[0] = '\0';
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
		char link[64], target[128];
		ssize_t length;
		int written;

		if (!is_open(after, fd) || is_open(before, fd))
			continue;
		count++;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		length = readlink(link, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		written =
		    snprintf(text + used, size - used, "%s%d (%s)", used ? ", " : "", fd, target);
		if (written > 0 && (size_t)written < size - used)
			used += (size_t)written;
		else
			text[used] = '\0';
	}
	return count;
}
