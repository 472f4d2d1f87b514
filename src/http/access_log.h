/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that have ended: counted, and reported to the program.
 */
#ifndef LVN_HTTP_ACCESS_LOG_H
#define LVN_HTTP_ACCESS_LOG_H

#include <levin/http_server.h>

/* For a request whose exchange has a service. */
void lvn_http_access_log_end(struct evhttp_request *request, enum levin_http_end end);

#endif
