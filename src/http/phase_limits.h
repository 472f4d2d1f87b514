/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long each phase of a connection may last, by the settings of the server; without settings all
 * of it is as in libevent.
 */
#ifndef LVN_HTTP_PHASE_LIMITS_H
#define LVN_HTTP_PHASE_LIMITS_H

#include <event2/util.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "base/compiler.h"

struct evhttp_connection;

/* Sets the timeouts of the stream, by the phase that the connection is in. */
void lvn_http_phase_limits_apply(struct evhttp_connection *connection);
/* Whether it differs from phase to phase. */
bool lvn_http_phase_limits_differ(const struct evhttp_connection *connection);
/* A part of the head has come.  Returns whether there is time left for the rest. */
bool lvn_http_phase_limits_wait_for_head(struct evhttp_connection *connection);
void lvn_http_phase_limits_head_has_come(struct evhttp_connection *connection);

/* For servers with a service.  `on_deadline`: the time for the whole request is over. */
LVN_NODISCARD int lvn_http_phase_limits_begin_request(
    struct evhttp_connection *connection, void (*on_deadline)(evutil_socket_t, short, void *));
/* The head of the current request has been read, and has decided whether the connection stays. */
void lvn_http_phase_limits_enter_body(struct evhttp_connection *connection);

/* Whether the body that comes is slower than it may be. */
bool lvn_http_phase_limits_is_slow(struct evhttp_connection *connection);
/* The rate is looked at from now on. */
void lvn_http_phase_limits_restart_body(struct evhttp_connection *connection);

#endif
