/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Domain names in the form of the wire, without compression.  Upper and lower case are kept
 * and do not matter: equality, order below a zone and hashes are those of RFC 4343.
 */
#ifndef LVN_DNS_DNS_NAME_H
#define LVN_DNS_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/siphash.h"

/* RFC 1035 2.3.4. */
#define LVN_DNS_LABEL_MAX 63
#define LVN_DNS_NAME_MAX  255

/* The longest text with its zero byte: 250 bytes that are all escaped, in four labels. */
#define LVN_DNS_NAME_TEXT_CAPACITY 1004

/* One bit for each letter that lvn_dns_name_mix_case may change. */
#define LVN_DNS_NAME_CASE_BYTES 32

/*
 * Invariants:
 *   1. wire[0] to wire[size - 1] are labels of 1 to 63 bytes, each behind its length, and the
 *      zero byte of the root; size is 1 to 255
 *   2. what follows is never read
 */
struct dns_name {
	uint8_t size;
	uint8_t wire[LVN_DNS_NAME_MAX];
};

/*
 * Reads `length` characters as a name: labels with dots between them, a dot at the end or none,
 * "." for the root; \C is the character C and \DDD the byte with this decimal value (RFC 1035
 * 5.1).  Every other byte stands for itself.  Returns 0; -EINVAL for an empty text, an empty
 * label or a bad escape; -ENAMETOOLONG.  On failure name_out is unchanged.
 */
LVN_NODISCARD int lvn_dns_name_parse(const char *text, size_t length, struct dns_name *name_out);

/*
 * Takes the labels from `wire`, which must be one whole name of exactly `size` bytes without
 * compression.  Returns 0 or -EBADMSG; then name_out is unchanged.
 */
LVN_NODISCARD int lvn_dns_name_from_wire(
    const uint8_t *wire, size_t size, struct dns_name *name_out);

/*
 * Writes the name as text with a zero byte, without a dot at its end; the root is ".".
 * Returns the length.  lvn_dns_name_parse reads the same name from it.
 */
size_t lvn_dns_name_print(const struct dns_name *name, char text_out[LVN_DNS_NAME_TEXT_CAPACITY]);

bool lvn_dns_name_equal(const struct dns_name *left, const struct dns_name *right);
/* The same for a name whose bytes are kept elsewhere. */
bool lvn_dns_name_equal_wire(const struct dns_name *name, const uint8_t *wire, size_t size);
/* Equal, and every letter in the same case. */
bool lvn_dns_name_same_case(const struct dns_name *left, const struct dns_name *right);
/* Equal names have equal hashes, which depend on the key. */
uint64_t lvn_dns_name_hash(const struct dns_name *name, const uint8_t key[LVN_SIPHASH_KEY_SIZE]);

/* Whether `name` is `zone` or ends in it. */
bool lvn_dns_name_is_below(const struct dns_name *name, const struct dns_name *zone);

/* Names that no server is asked for (RFC 6761, RFC 7686). */
enum dns_special {
	DNS_ORDINARY,
	DNS_LOOPBACK,    /* localhost and names below it: 127.0.0.1 and ::1 */
	DNS_NONEXISTENT, /* invalid, onion, and names below them */
};
enum dns_special lvn_dns_name_special(const struct dns_name *name);

/* Puts `suffix` in place of the root.  Returns 0, or -ENAMETOOLONG and leaves `name`. */
LVN_NODISCARD int lvn_dns_name_append(struct dns_name *name, const struct dns_name *suffix);

/* The name for a reverse lookup, in in-addr.arpa and ip6.arpa. */
void lvn_dns_name_of_address_4(const uint8_t address[4], struct dns_name *name_out);
void lvn_dns_name_of_address_6(const uint8_t address[16], struct dns_name *name_out);

/* Each letter becomes upper or lower case, by one bit of `random` for each byte of the name. */
void lvn_dns_name_mix_case(uint8_t *wire, size_t size, const uint8_t *random);

#endif
