/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DNS messages byte by byte, for suites that see the public interface alone, and for malformed
 * ones.
 */
#ifndef LEVIN_TESTS_SUPPORT_DNS_BYTES_H
#define LEVIN_TESTS_SUPPORT_DNS_BYTES_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dns_bytes {
	size_t size;
	uint8_t at[65536];
};

static inline void
put_8(struct dns_bytes *bytes, unsigned value)
{
	ck_assert_uint_lt(bytes->size, sizeof(bytes->at));
	bytes->at[bytes->size++] = (uint8_t)value;
}

static inline void
put_16(struct dns_bytes *bytes, unsigned value)
{
	put_8(bytes, value >> 8);
	put_8(bytes, value & 255);
}

/* Labels and the root; dots cannot be escaped. */
static inline void
put_name(struct dns_bytes *bytes, const char *name)
{
	while (*name) {
		size_t size = strcspn(name, ".");

		put_8(bytes, (unsigned)size);
		for (size_t i = 0; i < size; i++)
			put_8(bytes, (uint8_t)name[i]);
		name += size + (name[size] == '.');
	}
	put_8(bytes, 0);
}

static inline void
put_header(struct dns_bytes *bytes, unsigned id, unsigned flags, unsigned questions,
    unsigned answers, unsigned authority, unsigned additional)
{
	bytes->size = 0;
	put_16(bytes, id);
	put_16(bytes, flags);
	put_16(bytes, questions);
	put_16(bytes, answers);
	put_16(bytes, authority);
	put_16(bytes, additional);
}

static inline void
put_question(struct dns_bytes *bytes, const char *name, unsigned type)
{
	put_name(bytes, name);
	put_16(bytes, type);
	put_16(bytes, 1);
}

/* An OPT record without options. */
static inline void
put_opt(struct dns_bytes *bytes, unsigned udp_size, unsigned version, unsigned flags)
{
	put_8(bytes, 0);
	put_16(bytes, 41);
	put_16(bytes, udp_size);
	put_16(bytes, version);
	put_16(bytes, flags);
	put_16(bytes, 0);
}

/* A query for one name, with recursion desired. */
static inline void
put_query(struct dns_bytes *bytes, unsigned id, const char *name, unsigned type)
{
	put_header(bytes, id, 0x100, 1, 0, 0, 0);
	put_question(bytes, name, type);
}

/* The number at an offset. */
static inline unsigned
get_16(const struct dns_bytes *bytes, size_t at)
{
	ck_assert_uint_le(at + 2, bytes->size);
	return (unsigned)(bytes->at[at] << 8 | bytes->at[at + 1]);
}

static inline unsigned
id_of(const struct dns_bytes *bytes)
{
	return get_16(bytes, 0);
}

static inline unsigned
flags_of(const struct dns_bytes *bytes)
{
	return get_16(bytes, 2);
}

/* How many records, or questions, a section has: 0 to 3. */
static inline unsigned
count_of(const struct dns_bytes *bytes, unsigned section)
{
	return get_16(bytes, 4 + 2 * section);
}

static inline void
check_bytes(const struct dns_bytes *bytes, const struct dns_bytes *expected)
{
	ck_assert_uint_eq(bytes->size, expected->size);
	ck_assert_mem_eq(bytes->at, expected->at, expected->size);
}

#endif
