/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Types and the data of records as text, in the form of zone files (RFC 1035 5, RFC 3597).
 */
#ifndef LVN_DNS_DNS_TEXT_H
#define LVN_DNS_DNS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_records.h"

/* "NAPTR", "TYPE65535". */
#define LVN_DNS_TYPE_TEXT_CAPACITY 12

/* Writes the name of the type and a zero byte; returns its length. */
size_t lvn_dns_text_print_type(uint16_t type, char text_out[LVN_DNS_TYPE_TEXT_CAPACITY]);
/* Reads a name of a type, in either case, or TYPE and a number. */
LVN_NODISCARD bool lvn_dns_text_parse_type(const char *text, uint16_t *type_out);

/*
 * Writes the data as text and a zero byte, as much as `capacity` allows, 1 at least.  Returns the
 * length of the whole text, as snprintf does.
 */
size_t lvn_dns_text_print_data(const struct dns_data *data, char *text_out, size_t capacity);
/* The same of a whole record of class IN, whose owner is printed without a dot at its end. */
size_t lvn_dns_text_print_record(
    const char *owner, uint32_t ttl, const struct dns_data *data, char *text_out, size_t capacity);

#endif
