/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of resolv.conf to a struct, by the rules of resolv.conf(5).  Reads no file.
 */
#ifndef LVN_DNS_RESOLV_CONF_H
#define LVN_DNS_RESOLV_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sockaddr.h"
#include "dns/dns_options.h"

struct dns_suffixes;

/* The largest file that is read. */
#define LVN_RESOLV_CONF_SIZE (1024 * 1024)

/* More than any file has; what is beyond is left out, with a warning. */
#define LVN_RESOLV_CONF_SERVERS 32

struct resolv_conf {
	union inet_sockaddr servers[LVN_RESOLV_CONF_SERVERS]; /* in order; each has its port */
	size_t server_count;
	struct dns_suffixes *suffixes; /* of the last search or domain; NULL if there is none */
	struct dns_options options;    /* those from before, with what the file says */
};

/*
 * Reads the parts (DNS_OPTION_NAMESERVERS, _SEARCH, _MISC) of the text that are asked for.
 * Without a search list in the text, the domain of `host_name` is the only suffix, if that is
 * not NULL and has one.  Lines that make no sense are skipped; a refused value is logged.
 * Returns 0 or -ENOMEM; lvn_resolv_conf_clear frees what is in *conf_out.
 */
int lvn_resolv_conf_read(const char *text, size_t size, const char *host_name, unsigned parts,
    const struct dns_options *before, struct resolv_conf *conf_out);

/* Accepts zeroed memory. */
void lvn_resolv_conf_clear(struct resolv_conf *conf);

#endif
