/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The opening handshake of a server: a request becomes a session, or is refused.
 */
#ifndef LVN_WS_ACCEPT_H
#define LVN_WS_ACCEPT_H

#include "ws/ws_session.h"

/*
 * Replies to the request.  NULL if it was refused, or could not be replied to, with a line in the
 * log.  `caller` is for that line.
 */
LVN_NODISCARD struct levin_ws *lvn_ws_accept(struct evhttp_request *request,
    const struct levin_ws_callbacks *callbacks, const struct levin_ws_options *options, void *arg,
    const char *caller);

#endif
