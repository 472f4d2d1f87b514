/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files as replies: validators, conditions, a range, and the file itself.
 */
#ifndef LVN_HTTP_FILE_REPLY_H
#define LVN_HTTP_FILE_REPLY_H

#include <levin/http_server.h>
#include <sys/stat.h>

#include "base/compiler.h"

struct evhttp_request;

/*
 * Sends the reply to a request that owes one.  Owns the descriptor, also on failure.  `path`
 * is for the media type; may be NULL.  Returns 0 or -ENOMEM, and then has sent nothing.
 */
LVN_NODISCARD int lvn_http_file_reply_send(struct evhttp_request *request, int fd,
    const struct stat *status, const char *path, const struct levin_http_file *settings);

#endif
