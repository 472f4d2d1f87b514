/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hosts files of a resolver, in the order in which they were loaded.  Its lock protects them.
 */
#ifndef LVN_DNS_DNS_HOST_FILES_H
#define LVN_DNS_DNS_HOST_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct address_list;
struct dns_name;
struct evdns_base;

/* Loads a file beside those that are there.  0 or -errno. */
int lvn_dns_host_files_load_locked(struct evdns_base *base, const char *path);
/* The same with /etc/hosts, which is read again when it changes. */
int lvn_dns_host_files_load_system_locked(struct evdns_base *base);
/* Forgets all of them. */
void lvn_dns_host_files_clear_locked(struct evdns_base *base);
/* Reads /etc/hosts again if it has changed. */
void lvn_dns_host_files_refresh_locked(struct evdns_base *base, int64_t now_ns);

/*
 * Adds the addresses of a name that are of these families (ADDRESS_FAMILY_ bits).  If there are
 * any, *canonical_out is the first name of the first line.  Returns whether there are.
 */
bool lvn_dns_host_files_find_locked(const struct evdns_base *base, const struct dns_name *name,
    unsigned families, struct address_list *addresses, struct dns_name *canonical_out);

#endif
