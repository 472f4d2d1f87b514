/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The OPT record of EDNS (RFC 6891) and its options: cookies (RFC 7873), padding (RFC 7830).
 */
#ifndef LVN_DNS_DNS_EDNS_H
#define LVN_DNS_DNS_EDNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_message.h"

enum dns_option_code { DNS_OPTION_CODE_COOKIE = 10, DNS_OPTION_CODE_PADDING = 12 };

#define LVN_DNS_CLIENT_COOKIE_SIZE 8
#define LVN_DNS_SERVER_COOKIE_MIN  8
#define LVN_DNS_SERVER_COOKIE_MAX  32

/* An OPT record without options and data: root, type, class, TTL, length. */
#define LVN_DNS_EDNS_SIZE 11

struct dns_edns {
	bool present;
	bool dnssec_ok;
	uint8_t version;
	uint8_t extended_rcode; /* the upper 8 bits of 12 */
	uint16_t udp_size;      /* at least LVN_DNS_PLAIN_MAX */
	const uint8_t *options; /* in the message */
	size_t options_size;
};

struct dns_cookie {
	uint8_t client[LVN_DNS_CLIENT_COOKIE_SIZE];
	uint8_t server[LVN_DNS_SERVER_COOKIE_MAX];
	uint8_t server_size; /* 0, or LVN_DNS_SERVER_COOKIE_MIN to _MAX */
};

/*
 * Goes through a whole message and finds its OPT record.  Returns 0, also without one; -EBADMSG
 * when the records are not what the message has, or there are two of them, or one outside of the
 * additional section, or one whose owner is not the root.  Does not look into other records, and
 * not where pointers in names lead to.
 */
LVN_NODISCARD int lvn_dns_edns_find(const void *message, size_t size, struct dns_edns *edns_out);

/* Takes the fields of an OPT record.  Returns 0 or -EBADMSG. */
LVN_NODISCARD int lvn_dns_edns_of_record(
    const struct dns_record *record, struct dns_edns *edns_out);

/* All 12 bits. */
uint16_t lvn_dns_edns_rcode(const struct dns_edns *edns, uint16_t flags);

/* The first option with this code; false if there is none. */
bool lvn_dns_edns_option(
    const struct dns_edns *edns, uint16_t code, const uint8_t **data_out, size_t *size_out);
/* Returns 0; -ENOENT without one; -EBADMSG when its size is wrong. */
LVN_NODISCARD int lvn_dns_edns_cookie(const struct dns_edns *edns, struct dns_cookie *cookie_out);

/*
 * An OPT record is begun, options are added, it is ended.  Its version is 0.  _end returns 0; or
 * -EMSGSIZE, and the message is as it was.
 */
void lvn_dns_edns_begin(
    struct dns_writer *writer, uint16_t udp_size, bool dnssec_ok, uint8_t extended_rcode);
void lvn_dns_edns_add(struct dns_writer *writer, uint16_t code, const void *data, size_t size);
void lvn_dns_edns_add_cookie(struct dns_writer *writer, const struct dns_cookie *cookie);
/* The last option: the message becomes a multiple of `block` bytes, if its limit allows. */
void lvn_dns_edns_add_padding(struct dns_writer *writer, size_t block);
LVN_NODISCARD int lvn_dns_edns_end(struct dns_writer *writer);

#endif
