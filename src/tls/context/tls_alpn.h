/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of application protocols, from "h2,http/1.1" to the form of RFC 7301, in which the
 * length of each name comes before it.
 */
#ifndef LVN_TLS_CONTEXT_TLS_ALPN_H
#define LVN_TLS_CONTEXT_TLS_ALPN_H

#include <stddef.h>

/*
 * The caller frees the list with lvn_free.  Returns 0; -ENOMEM; or -EINVAL if a name is empty,
 * has more than 255 bytes or a blank, or if the names do not fit into one extension.
 */
int lvn_tls_alpn_encode(const char *names, unsigned char **list_out, size_t *size_out);

#endif
