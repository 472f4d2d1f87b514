/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * What Levin adds to bufferevents.
 */
#ifndef LEVIN_BUFFEREVENT_H
#define LEVIN_BUFFEREVENT_H

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;

/**
 * Set whether a bufferevent connects to the first address of a name alone, as with libevent.
 *
 * Then bufferevent_socket_connect_hostname() waits for the addresses of both families, connects
 * to the first one, and reports BEV_EVENT_ERROR if that fails.  Otherwise it tries all addresses.
 * Set it before you connect: a lookup that is under way may already have begun to connect.
 *
 * @param bufev  a bufferevent of a socket, with or without TLS
 * @param on     not 0 for the first address alone; 0 for all, which is the default
 * @return 0, or -1 if this kind of bufferevent does not connect (errno is EINVAL)
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_bufferevent_set_first_address_only(struct bufferevent *bufev, int on);

#ifdef __cplusplus
}
#endif

#endif
