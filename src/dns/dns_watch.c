/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_watch.h"

#include <errno.h>
#include <string.h>

#include "base/private.h"

#define PAUSE_NS ((int64_t)1000000000)

int
lvn_dns_watch_start(
    struct dns_watch *watch, struct io_world *world, const char *path, int64_t now_ns)
{
	char *copy = lvn_strdup(path);

	if (!copy)
		return -ENOMEM;
	lvn_free(watch->path);
	watch->world = world;
	watch->path = copy;
	lvn_io_file_stamp(world, copy, &watch->stamp);
	watch->next_look_ns = now_ns + PAUSE_NS;
	return 0;
}

void
lvn_dns_watch_stop(struct dns_watch *watch)
{
	lvn_free(watch->path);
	watch->path = NULL;
}

bool
lvn_dns_watch_has_changed(struct dns_watch *watch, int64_t now_ns)
{
	struct io_file_stamp stamp;

	if (!watch->path || now_ns < watch->next_look_ns)
		return false;
	watch->next_look_ns = now_ns + PAUSE_NS;
	lvn_io_file_stamp(watch->world, watch->path, &stamp);
	if (memcmp(&stamp, &watch->stamp, sizeof(stamp)) == 0)
		return false;
	watch->stamp = stamp;
	return true;
}
