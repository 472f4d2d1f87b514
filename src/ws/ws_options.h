/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options of a session, and what holds where the program sets none.
 */
#ifndef LVN_WS_OPTIONS_H
#define LVN_WS_OPTIONS_H

#include "ws/ws_session.h"

/* NULL if the callbacks and the options, which may be NULL, can be used. */
const char *lvn_ws_options_why_bad(
    const struct levin_ws_callbacks *callbacks, const struct levin_ws_options *options);

/* Sets what a session takes from the options, which may be NULL. */
void lvn_ws_options_apply(struct levin_ws *ws, const struct levin_ws_options *options);

/* How long a client waits for the response. */
unsigned lvn_ws_options_handshake_ms(const struct levin_ws_options *options);

#endif
