/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queries with parameters, "a=1&b=2", as lists of fields.
 */
#ifndef LVN_HTTP_QUERY_H
#define LVN_HTTP_QUERY_H

#include <event2/keyvalq_struct.h>
#include <stddef.h>

#include "base/compiler.h"

/*
 * Makes a list of the parameters; what was in the list is not freed.  Values are decoded, names
 * are not.  The flags are those of evhttp_parse_query_str_flags.  Returns 0, -EINVAL or -ENOMEM;
 * on failure the list is empty.
 */
LVN_NODISCARD int lvn_http_query_parse(
    const char *query, size_t size, unsigned flags, struct evkeyvalq *fields);

#endif
