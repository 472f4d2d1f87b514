/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: levin_post.
 */
#include <levin/post.h>

#include <errno.h>

#include "base/memory.h"
#include "loop/base.h"

int
levin_post(struct event_base *base, levin_post_fn *fn, void *arg)
{
	struct post *post;

	if (!base || !fn) {
		errno = EINVAL;
		return -1;
	}
	post = lvn_calloc(1, sizeof(*post));
	if (!post)
		return -1;
	post->fn = fn;
	post->arg = arg;
	lvn_inbox_push_post(&base->inbox, post);
	lvn_base_wake(base);
	return 0;
}
