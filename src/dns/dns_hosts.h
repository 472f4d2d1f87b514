/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of a hosts file to a table by name.  Reads no file.
 */
#ifndef LVN_DNS_DNS_HOSTS_H
#define LVN_DNS_DNS_HOSTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "base/sockaddr.h"

struct dns_name;

/* The largest file that is read. */
#define LVN_DNS_HOSTS_SIZE (64 * 1024 * 1024)

/* One file.  Never changes: a file that has changed becomes another table. */
struct dns_hosts;

/* One name of one line. */
struct dns_host;

/*
 * Makes a table of the text.  What stands behind a # is a comment; lines without an address or
 * name, and names that are none, are skipped.  The key is random, so that names
 * of one hash cannot be chosen.  Returns 0 or -ENOMEM.
 */
int lvn_dns_hosts_read(const char *text, size_t size, const uint8_t key[LVN_SIPHASH_KEY_SIZE],
    struct dns_hosts **hosts_out);

/* Accepts NULL. */
void lvn_dns_hosts_free(struct dns_hosts *hosts);

/* How many names there are. */
size_t lvn_dns_hosts_count(const struct dns_hosts *hosts);

/*
 * The entries of a name in the order of the file: the first one, or the one after `last`.
 * NULL when there is none.
 */
const struct dns_host *lvn_dns_hosts_find(
    const struct dns_hosts *hosts, const struct dns_name *name, const struct dns_host *last);

/* Its address, with port 0 and the scope, if there is one. */
void lvn_dns_hosts_address(
    const struct dns_hosts *hosts, const struct dns_host *host, union inet_sockaddr *address_out);

/* The first name of its line. */
void lvn_dns_hosts_canonical(
    const struct dns_hosts *hosts, const struct dns_host *host, struct dns_name *name_out);

#endif
