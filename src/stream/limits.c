/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/limits.h"

/* While no bound was set.  The kernel's buffers bound it as well. */
#define SINGLE_READ_MAX  ((size_t)128 * 1024)
#define SINGLE_WRITE_MAX ((size_t)1024 * 1024)

size_t
lvn_stream_read_allowance_locked(struct stream *stream)
{
	return stream->max_single_read ? stream->max_single_read : SINGLE_READ_MAX;
}

size_t
lvn_stream_write_allowance_locked(struct stream *stream)
{
	return stream->max_single_write ? stream->max_single_write : SINGLE_WRITE_MAX;
}

void
lvn_stream_charge_read_locked(struct stream *stream, size_t size)
{
	(void)stream;
	(void)size;
}

void
lvn_stream_charge_write_locked(struct stream *stream, size_t size)
{
	(void)stream;
	(void)size;
}

void
lvn_stream_drop_limits_locked(struct stream *stream)
{
	stream->limits = NULL;
}
