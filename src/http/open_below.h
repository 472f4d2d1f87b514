/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opening a file below a directory by a path that comes from a client.
 */
#ifndef LVN_HTTP_OPEN_BELOW_H
#define LVN_HTTP_OPEN_BELOW_H

#include <sys/stat.h>

#include "base/compiler.h"

/*
 * Opens a regular file for reading.  No "..", no symbolic link is followed, whoever changes the
 * tree meanwhile; slashes at the beginning and double ones do not count.  Returns the descriptor,
 * which is closed on exec, or a negative errno: -EISDIR for a directory, -EACCES for "..", and for
 * what is no regular file.
 */
LVN_NODISCARD int lvn_http_open_below(int directory, const char *path, struct stat *status_out);

#endif
