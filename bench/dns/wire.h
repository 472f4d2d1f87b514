/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * As much of the format of DNS messages as the workloads need for themselves: questions for one
 * address, and replies with one.
 */
#ifndef BENCH_DNS_WIRE_H
#define BENCH_DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DNS_HEADER_SIZE = 12, DNS_QUERY_MAX = 512, DNS_REPLY_MAX = 1280 };

/* Returns its size. */
static inline size_t
dns_write_query(uint8_t query_out[DNS_QUERY_MAX], uint16_t id, const char *name)
{
	static const uint8_t header[DNS_HEADER_SIZE] = {[2] = 1, [5] = 1};
	static const uint8_t end[] = {0, 0, 1, 0, 1};
	uint8_t *length = query_out + DNS_HEADER_SIZE;
	uint8_t *at = length + 1;

	memcpy(query_out, header, sizeof(header));
	query_out[0] = (uint8_t)(id >> 8);
	query_out[1] = (uint8_t)id;
	for (; *name; name++, at++) {
		if (*name != '.') {
			*at = (uint8_t)*name;
			continue;
		}
		*length = (uint8_t)(at - length - 1);
		length = at;
	}
	*length = (uint8_t)(at - length - 1);
	memcpy(at, end, sizeof(end));
	return (size_t)(at - query_out) + sizeof(end);
}

/* Returns the size of a reply with one address; 0 if it is no query for one name. */
static inline size_t
dns_write_reply(uint8_t reply_out[DNS_REPLY_MAX], const uint8_t *query, size_t size)
{
	static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, 1};
	static const uint8_t edns[] = {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0};
	size_t end = DNS_HEADER_SIZE;

	while (end < size && query[end] != 0)
		end += 1U + query[end];
	end += 5;
	if (end > size || end > DNS_QUERY_MAX || query[5] != 1)
		return 0;
	memcpy(reply_out, query, end);
	reply_out[2] = 0x81;
	reply_out[3] = 0x80;
	reply_out[7] = 1;
	memcpy(reply_out + end, record, sizeof(record));
	end += sizeof(record);
	if (query[11] == 0)
		return end;
	memcpy(reply_out + end, edns, sizeof(edns));
	return end + sizeof(edns);
}

/* Whether it is a reply without an error that has one record. */
static inline bool
dns_has_address(const uint8_t *reply, size_t size)
{
	return size > DNS_HEADER_SIZE && (reply[2] & 0x80) && (reply[3] & 15) == 0 && reply[7] == 1;
}

#endif
