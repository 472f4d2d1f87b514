/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages of RFC 1035 4: a reader and a writer of headers, questions, records and names with
 * compression.  Knows no sockets and allocates nothing; the bytes belong to the caller.
 */
#ifndef LVN_DNS_DNS_MESSAGE_H
#define LVN_DNS_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "dns/dns_name.h"

#define LVN_DNS_HEADER_SIZE 12
/* Over TCP; over UDP without EDNS (RFC 1035 2.3.4). */
#define LVN_DNS_MESSAGE_MAX 65535
#define LVN_DNS_PLAIN_MAX   512

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NAPTR = 35,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_IXFR = 251,
	DNS_TYPE_AXFR = 252,
	DNS_TYPE_ANY = 255,
	DNS_TYPE_CAA = 257
};

enum dns_class { DNS_CLASS_IN = 1, DNS_CLASS_ANY = 255 };

/* Those above 15 are in an OPT record: dns_edns.h. */
enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5,
	DNS_RCODE_NOTAUTH = 9,
	DNS_RCODE_BADVERS = 16,
	DNS_RCODE_BADCOOKIE = 23
};

/* Bits of the header's second word; the mask of the opcode is shifted by DNS_OPCODE_SHIFT. */
enum dns_flags {
	DNS_FLAG_RESPONSE = 0x8000,
	DNS_OPCODE_MASK = 0x7800,
	DNS_FLAG_AUTHORITATIVE = 0x0400,
	DNS_FLAG_TRUNCATED = 0x0200,
	DNS_FLAG_RECURSION_DESIRED = 0x0100,
	DNS_FLAG_RECURSION_AVAILABLE = 0x0080,
	DNS_FLAG_AUTHENTIC_DATA = 0x0020,
	DNS_FLAG_CHECKING_DISABLED = 0x0010,
	DNS_RCODE_MASK = 0x000f
};
#define LVN_DNS_OPCODE_SHIFT 11

/* Sections in the order of the wire, and of the header's counts. */
enum dns_section {
	DNS_SECTION_QUESTION,
	DNS_SECTION_ANSWER,
	DNS_SECTION_AUTHORITY,
	DNS_SECTION_ADDITIONAL,
	DNS_SECTION_COUNT
};

struct dns_header {
	uint16_t id;
	uint16_t flags; /* enum dns_flags */
	uint16_t counts[DNS_SECTION_COUNT];
};

struct dns_question {
	struct dns_name name;
	uint16_t type;
	uint16_t dns_class;
};

/* A record whose data are still in the message. */
struct dns_record {
	struct dns_name owner;
	uint16_t type;
	uint16_t dns_class;
	uint32_t ttl; /* by RFC 2181 8; that of an OPT record as it is */
	const uint8_t *data;
	size_t data_size;
};

/*
 * What is left of a message, or of the data of a record.  `in` may be read with base/bytes.h;
 * what is malformed sets its overrun as well.
 */
struct dns_reader {
	struct reader in;
	const uint8_t *message; /* where offsets of compressed names begin; NULL: none may be */
};

/* Begins with the header.  Returns 0, or -EBADMSG when there is none. */
LVN_NODISCARD int lvn_dns_message_open(
    struct dns_reader *reader, const void *message, size_t size, struct dns_header *header_out);

/* A reader of what is behind the header of a message that has one. */
struct dns_reader lvn_dns_message_behind_header(const void *message, size_t size);

/*
 * Each reads what comes next and returns true; or returns false, sets the overrun, and then
 * the result is undefined.  Compression may point to a prior place behind the header only.
 */
LVN_NODISCARD bool lvn_dns_message_read_name(struct dns_reader *reader, struct dns_name *name_out);
/* Passes a name and looks at its labels alone: what a pointer points to may be no name. */
LVN_NODISCARD bool lvn_dns_message_skip_name(struct dns_reader *reader);
LVN_NODISCARD bool lvn_dns_message_read_question(
    struct dns_reader *reader, struct dns_question *question_out);
LVN_NODISCARD bool lvn_dns_message_read_record(
    struct dns_reader *reader, struct dns_record *record_out);

/* A reader of the record's data, which came from the message of `reader`. */
struct dns_reader lvn_dns_message_data(
    const struct dns_reader *reader, const struct dns_record *record);

/* A reader of data that are not in a message: names in them must not be compressed. */
struct dns_reader lvn_dns_message_plain_data(const void *bytes, size_t size);

/* Whether everything was read and nothing was malformed. */
bool lvn_dns_message_is_done(const struct dns_reader *reader);

/* How many labels a writer remembers as targets of compression. */
#define LVN_DNS_COMPRESSION_CAPACITY 120

/*
 * A message in the making.  `out` may be written with base/bytes.h between
 * lvn_dns_message_begin_record and _end_record.
 *
 * Invariants:
 *   1. message to out.at is a message that is whole but for the record in the making
 *   2. labels at targets[0] to targets[target_count - 1] begin names before out.at; the last
 *      name is whole unless it is being written, or out.overrun is set
 *   3. once out.overrun is set, nothing more is written
 */
struct dns_writer {
	struct writer out;
	uint8_t *message;
	uint8_t *record;        /* the record in the making, or NULL */
	uint8_t *record_data;   /* its data */
	uint8_t record_section; /* of the last record that was begun */
	uint8_t record_targets; /* target_count before it */
	uint8_t target_count;
	struct dns_target {
		uint16_t at;
		uint16_t hash;
	} targets[LVN_DNS_COMPRESSION_CAPACITY];
};

/*
 * Begins a message of at most `limit` bytes, at least LVN_DNS_HEADER_SIZE.  The counts follow
 * what is written.
 */
void lvn_dns_message_begin(
    struct dns_writer *writer, void *message, size_t limit, uint16_t id, uint16_t flags);
/* Allows `size` bytes more, for instance for the OPT record that ends a message. */
void lvn_dns_message_extend(struct dns_writer *writer, size_t size);
void lvn_dns_message_set_flags(struct dns_writer *writer, uint16_t flags);
/* The bytes of the message so far. */
size_t lvn_dns_message_size(const struct dns_writer *writer);

/* Returns 0; or -EMSGSIZE, and the message is as it was. */
LVN_NODISCARD int lvn_dns_message_write_question(
    struct dns_writer *writer, const struct dns_question *question);

/* A question as it is in a message, for which there is enough space. */
void lvn_dns_message_put_question(struct dns_writer *writer, const uint8_t *question, size_t size);

/*
 * A record is begun, its data are written, it is ended.  Sections come in the order of the
 * wire.  _end_record returns 0; or -EMSGSIZE when not all of it could be written, and the
 * message is as it was before the record.
 */
void lvn_dns_message_begin_record(struct dns_writer *writer, enum dns_section section,
    const struct dns_name *owner, uint16_t type, uint16_t dns_class, uint32_t ttl);
LVN_NODISCARD int lvn_dns_message_end_record(struct dns_writer *writer);

/* In a record's data, of the types of RFC 1035 only (RFC 3597 4). */
void lvn_dns_message_write_compressed(struct dns_writer *writer, const struct dns_name *name);

#endif
