/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names that no server is asked for (RFC 6761, RFC 7686).
 */
#ifndef LVN_DNS_DNS_SPECIAL_H
#define LVN_DNS_DNS_SPECIAL_H

struct dns_name;

enum dns_special {
	DNS_ORDINARY,
	DNS_LOOPBACK,    /* localhost and names below it: 127.0.0.1 and ::1 */
	DNS_NONEXISTENT, /* invalid, onion, and names below them */
};

enum dns_special lvn_dns_special_of(const struct dns_name *name);

#endif
