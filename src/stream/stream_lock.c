/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stream_lock.h"

#include <errno.h>

#include "base/atomic.h"
#include "base/memory.h"

struct stream_lock {
	struct lock lock;
	LVN_ATOMIC(unsigned) streams; /* that have it */
};

/* Nobody writes to it: the functions for locks leave one that is absent alone. */
static struct lock absent_lock = {.kind = LOCK_ABSENT};

/* NULL if it is absent. */
static struct stream_lock *
shared_lock_of(struct stream *stream)
{
	if (stream->lock == &absent_lock)
		return NULL;
	return container_of(stream->lock, struct stream_lock, lock);
}

int
lvn_stream_lock_init(struct stream *stream, int options, struct stream *sibling)
{
	struct stream_lock *shared = NULL;
	int rc;

	if (sibling) {
		shared = shared_lock_of(sibling);
		if (shared)
			atomic_fetch_add_explicit(&shared->streams, 1, memory_order_relaxed);
	} else if ((options & BEV_OPT_THREADSAFE) && lvn_lock_threads_enabled()) {
		shared = lvn_calloc(1, sizeof(*shared));
		if (!shared)
			return -ENOMEM;
		rc = lvn_lock_init(&shared->lock, true);
		if (rc < 0) {
			lvn_free(shared);
			return rc;
		}
		atomic_init(&shared->streams, 1);
	}
	stream->lock = shared ? &shared->lock : &absent_lock;
	return 0;
}

void
lvn_stream_lock_clear(struct stream *stream)
{
	struct stream_lock *shared = shared_lock_of(stream);

	stream->lock = &absent_lock;
	if (!shared || atomic_fetch_sub_explicit(&shared->streams, 1, memory_order_acq_rel) > 1)
		return;
	lvn_lock_clear(&shared->lock);
	lvn_free(shared);
}
