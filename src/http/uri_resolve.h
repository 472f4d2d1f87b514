/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * References against a base URI (RFC 3986 5.2).
 */
#ifndef LVN_HTTP_URI_RESOLVE_H
#define LVN_HTTP_URI_RESOLVE_H

#include <stddef.h>

#include "base/compiler.h"

struct evhttp_uri;

/* Removes "." and ".." segments (RFC 3986 5.2.4), in place. */
void lvn_http_uri_resolve_dots(char *path);

/*
 * The URI that the reference stands for, as text, without its fragment.  `base` is absolute and
 * has a host.  Returns 0, -EINVAL if the text is no reference, or -ENOMEM.
 */
LVN_NODISCARD int lvn_http_uri_resolve(
    const struct evhttp_uri *base, const char *reference, char **text_out);

#endif
