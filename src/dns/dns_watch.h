/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether a configuration file has changed.  Looks when it is asked, and not more often than
 * once a second; there is no event and no descriptor, so that an idle base has neither.
 */
#ifndef LVN_DNS_DNS_WATCH_H
#define LVN_DNS_DNS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/io.h"

struct dns_watch {
	struct io_world *world;
	char *path; /* NULL: nothing is watched */
	struct io_file_stamp stamp;
	int64_t next_look_ns;
};

/*
 * Watches the file from now on, in place of another one; the watch was zeroed at first.  Call it
 * before the file is read, so that no change is missed.  A file that is not there is watched as
 * well.  Returns 0; or -ENOMEM, and the watch is as it was.
 */
int lvn_dns_watch_start(
    struct dns_watch *watch, struct io_world *world, const char *path, int64_t now_ns);

/* Accepts zeroed memory. */
void lvn_dns_watch_stop(struct dns_watch *watch);

/*
 * Whether the file is another one than at the last look: made, removed, replaced or written.
 * True once for each change.  `now_ns` is of the monotonic clock.
 */
bool lvn_dns_watch_has_changed(struct dns_watch *watch, int64_t now_ns);

#endif
