/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The field Range (RFC 9110 14.2): one range of bytes.
 */
#ifndef LVN_HTTP_BYTE_RANGE_H
#define LVN_HTTP_BYTE_RANGE_H

#include <stdint.h>

#include "http/slice.h"

enum http_range {
	HTTP_RANGE_WHOLE,     /* no range of bytes, or several: all of it is sent */
	HTTP_RANGE_PART,      /* `size` bytes, at least one, from `at` */
	HTTP_RANGE_IMPOSSIBLE /* nothing of it is there: 416 */
};

/* The range of something of `total` bytes. */
enum http_range lvn_http_byte_range_parse(
    struct http_slice text, uint64_t total, uint64_t *at_out, uint64_t *size_out);

#endif
