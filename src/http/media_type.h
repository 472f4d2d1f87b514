/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Media types by the ends of file names.
 */
#ifndef LVN_HTTP_MEDIA_TYPE_H
#define LVN_HTTP_MEDIA_TYPE_H

/* "text/html; charset=utf-8" for "a/index.HTML"; never NULL. */
const char *lvn_http_media_type_of(const char *path);

#endif
