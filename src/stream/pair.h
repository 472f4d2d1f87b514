/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two streams in memory: the output of each is the input of the other.
 */
#ifndef LVN_STREAM_PAIR_H
#define LVN_STREAM_PAIR_H

#include "stream/stream.h"

struct pair;

/* 0, or -errno and nothing is left. */
int lvn_pair_new(struct event_base *base, int options, struct stream *pair_out[2]);

/* NULL if the stream is none of a pair. */
struct pair *lvn_pair_of(struct stream *stream);
/* NULL if that was freed. */
struct stream *lvn_pair_partner_locked(const struct pair *pair);

#endif
