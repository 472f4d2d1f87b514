/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of names and values, struct evkeyvalq: header fields, and the parameters of a query.
 * The content is not checked here.
 *
 * Programs walk the lists, and may put nodes into them that they made themselves, with three
 * allocations.  A node of ours is one allocation: its name and its value are behind it, and that
 * is how the two kinds are told apart.  A list of zeros is an empty one.
 */
#ifndef LVN_HTTP_FIELDS_H
#define LVN_HTTP_FIELDS_H

#include <event2/keyvalq_struct.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

void lvn_http_fields_init(struct evkeyvalq *fields);
/* Frees all nodes. */
void lvn_http_fields_clear(struct evkeyvalq *fields);

/* Appends a copy.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_fields_add(struct evkeyvalq *fields, const char *name, size_t name_size,
    const char *value, size_t value_size);

/* The last field of a list that is not empty. */
struct evkeyval *lvn_http_fields_last(const struct evkeyvalq *fields);
/* The first field with the name, in either case; NULL if there is none. */
struct evkeyval *lvn_http_fields_first(const struct evkeyvalq *fields, const char *name);
/* The next one with the same name behind it. */
struct evkeyval *lvn_http_fields_next(const struct evkeyval *field, const char *name);
/* The value of the first one, or NULL. */
const char *lvn_http_fields_find(const struct evkeyvalq *fields, const char *name);

/*
 * Whether the values of all fields with the name, read as one list (RFC 9110 5.6.1), have the
 * token, in either case.
 */
bool lvn_http_fields_have_token(
    const struct evkeyvalq *fields, const char *name, const char *token);

/* Takes the field out of its list and frees it. */
void lvn_http_fields_remove(struct evkeyvalq *fields, struct evkeyval *field);
/* Removes all with the name. */
void lvn_http_fields_remove_all(struct evkeyvalq *fields, const char *name);

/* Frees a field that is in no list.  Accepts NULL. */
void lvn_http_field_free(struct evkeyval *field);

#endif
