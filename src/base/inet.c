/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/inet.h"

#include <string.h>

#include "base/bytes.h"
#include "base/number.h"

#define GROUPS           8
#define MAX_GROUP_LENGTH 4

bool
lvn_inet_read_4(const char *text, const char *end, uint8_t address_out[LVN_INET4_SIZE])
{
	uint8_t address[LVN_INET4_SIZE];
	const char *at = text;

	for (size_t i = 0; i < LVN_INET4_SIZE; i++) {
		struct loose_number number;
		uint32_t value;

		if (i > 0 && (at == end || *at++ != '.'))
			return false;
		at = lvn_number_read_loose(at, end, &number);
		if (!at)
			return false;
		value = lvn_number_low_32(&number);
		if (value > UINT8_MAX)
			return false;
		address[i] = (uint8_t)value;
	}
	if (at != end)
		return false;
	memcpy(address_out, address, sizeof(address));
	return true;
}

/*
 * The groups of an IPv6 address as they are read.
 *
 * Invariants:
 *   1. count <= GROUPS
 *   2. gap <= count, or NO_GAP
 */
struct group_list {
	uint16_t groups[GROUPS];
	size_t count;
	size_t gap; /* how many groups stand before the double colon */
};

#define NO_GAP SIZE_MAX

/* Where the dotted part begins: the digits before the first dot.  `end` if there is none. */
static const char *
find_dotted_part(const char *text, const char *end)
{
	const char *dot = memchr(text, '.', (size_t)(end - text));

	if (!dot)
		return end;
	while (dot > text && dot[-1] >= '0' && dot[-1] <= '9')
		dot--;
	return dot;
}

/* Returns where the group ends, or NULL. */
static const char *
read_group(const char *text, const char *end, uint16_t *group_out)
{
	const char *at = text;
	const char *rest;
	uint64_t value;

	if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X') &&
	    lvn_number_digit_value(at[2]) >= 0)
		at += 2;
	rest = lvn_number_read_digits(at, end, 16, &value);
	if (rest == at || rest - text > MAX_GROUP_LENGTH)
		return NULL;
	*group_out = (uint16_t)value;
	return rest;
}

/* Reads groups and the double colon until `end`, which is the address's or a dotted part's. */
static bool
read_groups(const char *at, const char *end, struct group_list *list)
{
	if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
		list->gap = 0;
		at += 2;
	}
	while (at < end) {
		if (*at == ':') {
			if (list->gap != NO_GAP || list->count == 0)
				return false;
			list->gap = list->count;
			at++;
			continue;
		}
		if (list->count == GROUPS)
			return false;
		at = read_group(at, end, &list->groups[list->count]);
		if (!at)
			return false;
		list->count++;
		if (at < end && *at++ != ':')
			return false;
	}
	return true;
}

/* The dotted part makes the last two groups. */
static bool
read_dotted_part(const char *at, const char *end, struct group_list *list)
{
	uint8_t address[LVN_INET4_SIZE];
	struct reader in = {address, address + sizeof(address), false};

	if (list->count > GROUPS - 2 || !lvn_inet_read_4(at, end, address))
		return false;
	list->groups[list->count++] = (uint16_t)lvn_read_be(&in, 2);
	list->groups[list->count++] = (uint16_t)lvn_read_be(&in, 2);
	return true;
}

static void
write_groups(const struct group_list *list, uint8_t address_out[LVN_INET6_SIZE])
{
	struct writer out = {address_out, address_out + LVN_INET6_SIZE, false};
	size_t missing = GROUPS - list->count;

	for (size_t i = 0; i <= list->count; i++) {
		for (size_t k = 0; i == list->gap && k < missing; k++)
			lvn_write_be(&out, 0, 2);
		if (i < list->count)
			lvn_write_be(&out, list->groups[i], 2);
	}
}

bool
lvn_inet_read_6(const char *text, const char *end, uint8_t address_out[LVN_INET6_SIZE])
{
	struct group_list list = {.count = 0, .gap = NO_GAP};
	const char *dotted = find_dotted_part(text, end);

	/* A group directly before the dotted part would need a colon. */
	if (dotted < end && dotted > text && dotted[-1] != ':')
		return false;
	if (!read_groups(text, dotted, &list))
		return false;
	if (dotted < end && !read_dotted_part(dotted, end, &list))
		return false;
	if ((list.gap == NO_GAP) != (list.count == GROUPS))
		return false;
	write_groups(&list, address_out);
	return true;
}

static char *
write_dotted(char *at, const uint8_t address[LVN_INET4_SIZE])
{
	for (size_t i = 0; i < LVN_INET4_SIZE; i++) {
		if (i > 0)
			*at++ = '.';
		at = lvn_number_write_digits(at, address[i], 10);
	}
	return at;
}

size_t
lvn_inet_write_4(const uint8_t address[LVN_INET4_SIZE], char text_out[LVN_INET4_TEXT_CAPACITY])
{
	char *end = write_dotted(text_out, address);

	*end = '\0';
	return (size_t)(end - text_out);
}

/* The longest run of two or more zero groups; the first of several. */
struct zero_run {
	size_t first;
	size_t count; /* 0 if there is none */
};

static struct zero_run
find_zero_run(const uint16_t groups[GROUPS])
{
	struct zero_run best = {0, 0};

	for (size_t i = 0; i < GROUPS; i++) {
		struct zero_run run = {i, 0};

		while (i < GROUPS && groups[i] == 0) {
			run.count++;
			i++;
		}
		if (run.count > 1 && run.count > best.count)
			best = run;
	}
	return best;
}

/* IPv4 addresses that are mapped, or of the old compatible form with two full groups. */
static bool
looks_dotted(const uint16_t groups[GROUPS])
{
	for (size_t i = 0; i < 5; i++) {
		if (groups[i] != 0)
			return false;
	}
	if (groups[5] == 0xffff)
		return true;
	return groups[5] == 0 && groups[6] != 0 && groups[7] != 0;
}

static char *
write_hexadecimal(char *at, const uint16_t groups[GROUPS])
{
	struct zero_run run = find_zero_run(groups);
	bool after_colon = true;

	for (size_t i = 0; i < GROUPS; i++) {
		if (run.count > 0 && i == run.first) {
			*at++ = ':';
			*at++ = ':';
			after_colon = true;
			i += run.count - 1;
			continue;
		}
		if (!after_colon)
			*at++ = ':';
		at = lvn_number_write_digits(at, groups[i], 16);
		after_colon = false;
	}
	return at;
}

size_t
lvn_inet_write_6(const uint8_t address[LVN_INET6_SIZE], char text_out[LVN_INET6_TEXT_CAPACITY])
{
	struct reader in = {address, address + LVN_INET6_SIZE, false};
	uint16_t groups[GROUPS];
	char *at = text_out;

	for (size_t i = 0; i < GROUPS; i++)
		groups[i] = (uint16_t)lvn_read_be(&in, 2);
	if (looks_dotted(groups)) {
		const char *start = groups[5] ? "::ffff:" : "::";

		memcpy(at, start, strlen(start));
		at = write_dotted(at + strlen(start), address + 12);
	} else {
		at = write_hexadecimal(at, groups);
	}
	*at = '\0';
	return (size_t)(at - text_out);
}
