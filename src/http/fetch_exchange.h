/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the request of a fetch is sent on a connection of the pool, and what becomes of the response.
 */
#ifndef LVN_HTTP_FETCH_EXCHANGE_H
#define LVN_HTTP_FETCH_EXCHANGE_H

#include "http/fetch.h"

/* Returns 0, -ENOBUFS or -ENOMEM: then nothing has changed. */
LVN_NODISCARD int lvn_http_fetch_exchange_start(struct levin_http_fetch *fetch);
void lvn_http_fetch_exchange_pause(struct levin_http_fetch *fetch);
void lvn_http_fetch_exchange_resume(struct levin_http_fetch *fetch);
/* Return 0, -EAGAIN if it is not the time, or as in fetch_upload.h. */
LVN_NODISCARD int lvn_http_fetch_exchange_write(
    struct levin_http_fetch *fetch, struct evbuffer *data);
LVN_NODISCARD int lvn_http_fetch_exchange_finish(struct levin_http_fetch *fetch);

/* From the loop: those that were resumed go on, and uploads that may. */
void lvn_http_fetch_exchange_run_listed(struct levin_http_client *client);

#endif
