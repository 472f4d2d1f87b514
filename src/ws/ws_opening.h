/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The opening handshake of a client: its request goes out, and the response is read.
 */
#ifndef LVN_WS_OPENING_H
#define LVN_WS_OPENING_H

#include "ws/ws_session.h"

/*
 * Writes the request into the output of `bev`, and makes the session wait for the response.
 * Returns 0, -EINVAL if a part of the request cannot be sent, -ENOMEM, or the error of random
 * bytes; then nothing was written.
 */
LVN_NODISCARD int lvn_ws_opening_start(struct levin_ws *ws, struct bufferevent *bev,
    const char *host, const char *target, const struct levin_ws_options *options);

#endif
