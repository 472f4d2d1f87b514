/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data of records as structs: A, AAAA, CNAME, DNAME, NS, PTR, MX, SOA, SRV, TXT, CAA, NAPTR,
 * TLSA, SVCB and HTTPS; those of other types are bytes (RFC 3597).  dns_text.h prints them.
 */
#ifndef LVN_DNS_DNS_RECORDS_H
#define LVN_DNS_DNS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "dns/dns_message.h"
#include "dns/dns_name.h"

/* Bytes of the message. */
struct dns_bytes {
	const uint8_t *bytes;
	size_t size;
};

struct dns_mx {
	uint16_t preference;
	struct dns_name exchange;
};

struct dns_soa {
	struct dns_name primary;
	struct dns_name mailbox;
	uint32_t serial;
	uint32_t refresh;
	uint32_t retry;
	uint32_t expire;
	uint32_t minimum;
};

struct dns_srv {
	uint16_t priority;
	uint16_t weight;
	uint16_t port;
	struct dns_name target;
};

struct dns_caa {
	uint8_t flags;
	struct dns_bytes tag;
	struct dns_bytes value;
};

struct dns_naptr {
	uint16_t order;
	uint16_t preference;
	struct dns_bytes flags;
	struct dns_bytes services;
	struct dns_bytes expression;
	struct dns_name replacement;
};

struct dns_tlsa {
	uint8_t usage;
	uint8_t selector;
	uint8_t matching_type;
	struct dns_bytes certificate;
};

struct dns_svcb {
	uint16_t priority;
	struct dns_name target;
	struct dns_bytes parameters; /* lvn_dns_records_next_parameter */
};

/* The member is chosen by the type. */
struct dns_data {
	uint16_t type;
	union {
		uint8_t a[4];
		uint8_t aaaa[16];
		struct dns_name name; /* CNAME, DNAME, NS, PTR */
		struct dns_mx mx;
		struct dns_soa soa;
		struct dns_srv srv;
		struct dns_bytes txt; /* lvn_dns_records_next_string */
		struct dns_caa caa;
		struct dns_naptr naptr;
		struct dns_tlsa tlsa;
		struct dns_svcb svcb; /* and HTTPS */
		struct dns_bytes other;
	} as;
};

/*
 * Reads all of the data of one record of class IN.  Pointers go to the message.  Returns 0; or
 * -EBADMSG when the data are not what the type has, or longer.
 */
LVN_NODISCARD int lvn_dns_records_read(
    const struct dns_reader *data, uint16_t type, struct dns_data *data_out);

/*
 * Writes the data of a record in the making, the inverse.  Strings that are too long for their
 * fields set the writer's overrun.
 */
void lvn_dns_records_write(struct dns_writer *writer, const struct dns_data *data);

/* The same with names not compressed, so that the data need no message: plain data. */
void lvn_dns_records_write_plain(struct writer *out, const struct dns_data *data);
/* How many bytes those are. */
size_t lvn_dns_records_plain_size(const struct dns_data *data);

/* Takes the first string from those of a TXT record; false when there is none. */
bool lvn_dns_records_next_string(struct dns_bytes *strings, struct dns_bytes *string_out);
/* Takes the first parameter from those of an SVCB or HTTPS record; false when there is none. */
bool lvn_dns_records_next_parameter(
    struct dns_bytes *parameters, uint16_t *key_out, struct dns_bytes *value_out);

/* How the data of a type are put together: the fields of struct dns_data in their order. */
enum dns_field_kind {
	DNS_FIELD_END,
	DNS_FIELD_U8,
	DNS_FIELD_U16,
	DNS_FIELD_U32,
	DNS_FIELD_ADDRESS_4,
	DNS_FIELD_ADDRESS_6,
	DNS_FIELD_NAME,            /* written without compression, read with it (RFC 3597 4) */
	DNS_FIELD_COMPRESSED_NAME, /* of the types of RFC 1035 */
	DNS_FIELD_STRING,          /* up to 255 bytes behind their number */
	DNS_FIELD_TAG,             /* the same: letters and digits, one at least */
	DNS_FIELD_STRINGS,         /* one or more strings, to the end of the data */
	DNS_FIELD_PARAMETERS,      /* of SVCB, to the end */
	DNS_FIELD_TEXT,            /* all bytes to the end, which are text */
	DNS_FIELD_BYTES,           /* all bytes to the end */
	DNS_FIELD_OTHER            /* the same, of a type without fields */
};

struct dns_field {
	uint8_t kind;      /* enum dns_field_kind */
	uint16_t at;       /* in struct dns_data */
	uint16_t shown_at; /* in struct levin_dns_record; unless it is DNS_FIELD_OTHER */
};

/* The fields of the type, up to DNS_FIELD_END. */
const struct dns_field *lvn_dns_records_fields(uint16_t type);

#endif
