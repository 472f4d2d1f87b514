/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What becomes of a request that is redirected (RFC 9110 15.4).  Rules alone: no connections.
 */
#ifndef LVN_HTTP_REDIRECT_H
#define LVN_HTTP_REDIRECT_H

#include <event2/keyvalq_struct.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "http/url.h"

struct http_method;

/* Whether the status says that the request is to be sent to another place. */
bool lvn_http_redirect_is(int status);

/* The method of the next request: GET where the status or long practice says so. */
const struct http_method *lvn_http_redirect_method(const struct http_method *method, int status);

/*
 * Reads the field Location.  Returns 0, -ENOMEM, or -EINVAL with *why_out: it is no http or https
 * URL, or it leads from https to http and `may_downgrade` is false.
 */
LVN_NODISCARD int lvn_http_redirect_url(const struct http_url *from, const char *location,
    bool may_downgrade, struct http_url *url_out, const char **why_out);

/*
 * Removes what was meant for the other origin alone, credentials among it; and, if the body is not
 * sent again, the fields that describe it.
 */
void lvn_http_redirect_fields(struct evkeyvalq *fields, bool is_same_origin, bool keeps_body);

#endif
