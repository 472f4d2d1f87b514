/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Name servers and search list of a resolver, from the program and from resolv.conf, which is
 * read again when it has changed.  The lock of the resolver protects them.
 *
 * What the program sets by hand is not taken from a file that has changed.
 */
#ifndef LVN_DNS_DNS_CONFIG_H
#define LVN_DNS_DNS_CONFIG_H

#include <stdint.h>

#include "base/compiler.h"

struct evdns_base;
struct sockaddr;

/*
 * Reads resolv.conf at this path; NULL is one that is not there.  `parts` are DNS_OPTION_ bits.
 * Returns an EVDNS_ERROR_ number; whatever it is, there is a name server then, if there should be.
 */
int lvn_dns_config_read_locked(struct evdns_base *base, unsigned parts, const char *path);

/* Reads it again if it has changed.  A file without a name server changes nothing. */
void lvn_dns_config_refresh_locked(struct evdns_base *base, int64_t now_ns);

/* Adds a name server, port 53 by default.  0 or -errno: -EEXIST. */
int lvn_dns_config_add_server_locked(
    struct evdns_base *base, const struct sockaddr *address, unsigned size);
void lvn_dns_config_clear_servers_locked(struct evdns_base *base);

/* Puts a domain in front of the search list.  0 or -errno. */
int lvn_dns_config_add_suffix_locked(struct evdns_base *base, const char *suffix);
void lvn_dns_config_clear_suffixes_locked(struct evdns_base *base);
void lvn_dns_config_set_ndots_locked(struct evdns_base *base, int ndots);

/* 0 or -EINVAL. */
int lvn_dns_config_set_option_locked(
    struct evdns_base *base, const char *option, const char *value);

/* Frees what is here; accepts zeroed memory. */
void lvn_dns_config_clear_locked(struct evdns_base *base);

#endif
