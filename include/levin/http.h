/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * HTTP: what Levin adds to event2/http.h, for servers and for clients.
 */
#ifndef LEVIN_HTTP_H
#define LEVIN_HTTP_H

#include <levin/http_client.h>
#include <levin/http_server.h>

#endif
