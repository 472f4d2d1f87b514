/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The system's list macros after our headers: ours are gone by then.
 */
#include <event.h>

#include <sys/queue.h>

TAILQ_HEAD(names, name);

struct name {
	TAILQ_ENTRY(name) links;
	LIST_ENTRY(name) other_links;
	struct event ev;
};

struct name *after(struct names *names, struct name *name);

struct name *
after(struct names *names, struct name *name)
{
	struct name *next = TAILQ_NEXT(name, links);

	return next ? next : TAILQ_FIRST(names);
}
