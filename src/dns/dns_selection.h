/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which server to ask: that with the fewest failures in a row, then the fastest, then the first
 * that was added.  No server is out of the question for ever.
 */
#ifndef LVN_DNS_DNS_SELECTION_H
#define LVN_DNS_DNS_SELECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct dns_server;

/* The best server whose number is no bit of `without`; NULL if there is none. */
struct dns_server *lvn_dns_selection_best(
    struct dns_server *const *servers, size_t count, uint64_t without);

/*
 * A server, beside the one that is asked, that is not known to work and may be asked now, to
 * find out; NULL if there is none.
 */
struct dns_server *lvn_dns_selection_probe(struct dns_server *const *servers, size_t count,
    const struct dns_server *asked, int64_t now_ns);

#endif
