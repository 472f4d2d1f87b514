/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The body of a request that the program sends as it has it.
 */
#ifndef LVN_HTTP_FETCH_UPLOAD_H
#define LVN_HTTP_FETCH_UPLOAD_H

#include "http/fetch.h"

struct evbuffer;

/* For the head of the request that is about to be sent.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_fetch_upload_announce(struct levin_http_fetch *fetch);

/*
 * Adds bytes, or the end, to `output`.  Returns 0, -EINVAL for more or fewer bytes than were
 * announced, or -ENOMEM: then nothing has changed.
 */
LVN_NODISCARD int lvn_http_fetch_upload_write(
    struct levin_http_fetch *fetch, struct evbuffer *output, struct evbuffer *data);
LVN_NODISCARD int lvn_http_fetch_upload_finish(
    struct levin_http_fetch *fetch, struct evbuffer *output);

#endif
