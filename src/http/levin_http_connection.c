/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of event2/http.h: public function of levin/http_client.h.
 */
#include <errno.h>
#include <levin/http_client.h>

#include "base/private.h"
#include "http/client.h"

int
levin_http_connection_send_again(struct evhttp_connection *evcon, int on)
{
	if (!evcon || evcon->server) {
		lvn_log_misuse(__func__, "it is no connection of a client");
		errno = EINVAL;
		return -1;
	}
	lvn_http_client_of(evcon)->sends_again = on != 0;
	return 0;
}
