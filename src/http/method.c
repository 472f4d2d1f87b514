/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/method.h"

#include <event2/http.h>
#include <string.h>

#include "base/compiler.h"

#define SAFE (HTTP_METHOD_SAFE | HTTP_METHOD_IDEMPOTENT)

/* In the order of their bits, from GET on. */
static const struct http_method methods[] = {
    {"GET", EVHTTP_REQ_GET, SAFE},
    {"POST", EVHTTP_REQ_POST, HTTP_METHOD_HAS_BODY},
    {"HEAD", EVHTTP_REQ_HEAD, SAFE},
    {"PUT", EVHTTP_REQ_PUT, HTTP_METHOD_HAS_BODY | HTTP_METHOD_IDEMPOTENT},
    {"DELETE", EVHTTP_REQ_DELETE, HTTP_METHOD_IDEMPOTENT},
    {"OPTIONS", EVHTTP_REQ_OPTIONS, SAFE},
    {"TRACE", EVHTTP_REQ_TRACE, SAFE},
    {"CONNECT", EVHTTP_REQ_CONNECT, 0},
    {"PATCH", EVHTTP_REQ_PATCH, HTTP_METHOD_HAS_BODY},
    /* RFC 4918 */
    {"PROPFIND", EVHTTP_REQ_PROPFIND, HTTP_METHOD_HAS_BODY | SAFE},
    {"PROPPATCH", EVHTTP_REQ_PROPPATCH, HTTP_METHOD_HAS_BODY | HTTP_METHOD_IDEMPOTENT},
    {"MKCOL", EVHTTP_REQ_MKCOL, HTTP_METHOD_HAS_BODY | HTTP_METHOD_IDEMPOTENT},
    {"LOCK", EVHTTP_REQ_LOCK, HTTP_METHOD_HAS_BODY},
    {"UNLOCK", EVHTTP_REQ_UNLOCK, HTTP_METHOD_IDEMPOTENT},
    {"COPY", EVHTTP_REQ_COPY, HTTP_METHOD_IDEMPOTENT},
    {"MOVE", EVHTTP_REQ_MOVE, HTTP_METHOD_IDEMPOTENT},
};

const struct http_method *
lvn_http_method_find(const char *name, size_t size)
{
	for (size_t i = 0; i < LVN_COUNT_OF(methods); i++) {
		if (strlen(methods[i].name) == size && memcmp(methods[i].name, name, size) == 0)
			return &methods[i];
	}
	return NULL;
}

const struct http_method *
lvn_http_method_of_type(uint32_t type)
{
	unsigned index = lvn_bit_width(type) - 1;

	/* No bit, or one of an application's own methods. */
	if (type == 0 || index >= LVN_COUNT_OF(methods) || methods[index].type != type)
		return NULL;
	return &methods[index];
}
