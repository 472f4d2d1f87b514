/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The four forms of a request target (RFC 9112 3.2).
 */
#ifndef LVN_HTTP_TARGET_H
#define LVN_HTTP_TARGET_H

#include "http/slice.h"

enum http_target_form {
	HTTP_TARGET_ORIGIN,    /* "/path?query"; never an authority, whatever it begins with */
	HTTP_TARGET_ABSOLUTE,  /* "scheme://host..." */
	HTTP_TARGET_AUTHORITY, /* "host:port", of CONNECT only */
	HTTP_TARGET_ASTERISK,  /* "*", of OPTIONS only */
};

/*
 * Which form it is, for this method.  Returns NULL, or a short English text that says why the
 * request is to be refused with 400.  The bytes of a target are checked, by the class
 * HTTP_CLASS_TARGET, before.  `lenient` are bits of enum http_lenient.
 */
const char *lvn_http_target_check(struct http_slice method, struct http_slice target,
    unsigned lenient, enum http_target_form *form_out);

#endif
