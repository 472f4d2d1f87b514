/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/dns_truth.h"

#include <stdio.h>
#include <string.h>

#include "differential/dns_script.h"

static uint32_t
hash(const char *name, int type)
{
	uint32_t value = 2166136261u ^ (uint32_t)type;

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) * 16777619u;
	value ^= value >> 15;
	value *= 0x2c1b3c6du;
	return value ^ value >> 12;
}

struct dns_truth
dns_truth_of(const char *name, int type)
{
	uint32_t chance = hash(name, type) % 32;

	if (type == TYPE_PTR)
		return chance < 8 ? (struct dns_truth){.kind = TRUTH_NO_NAME}
				  : (struct dns_truth){.kind = TRUTH_RECORDS, .count = 1};
	if (hash(name, 0) % 4 == 0)
		return (struct dns_truth){.kind = TRUTH_NO_NAME};
	if (chance < 6)
		return (struct dns_truth){.kind = TRUTH_NO_DATA};
	if (chance == 6)
		return (struct dns_truth){.kind = TRUTH_SERVFAIL};
	if (chance == 7)
		return (struct dns_truth){.kind = TRUTH_REFUSED};
	if (chance == 8)
		return (struct dns_truth){.kind = TRUTH_SILENCE};
	if (chance < 12)
		return (struct dns_truth){
		    .kind = TRUTH_RECORDS, .count = TRUTH_COUNT_MAX, .needs_tcp = true};
	return (struct dns_truth){
	    .kind = TRUTH_RECORDS, .count = 1 + chance % 5, .has_alias = chance > 24};
}

void
dns_truth_address(const char *name, int type, unsigned i, unsigned char address_out[16])
{
	static const unsigned char begins_6[16] = {0x20, 0x01, 0x0d, 0xb8};
	uint32_t which = hash(name, type + 100);

	memcpy(address_out, begins_6, sizeof(begins_6));
	if (type == TYPE_A)
		address_out[0] = 10;
	address_out[type == TYPE_A ? 1 : 13] = (unsigned char)(which >> 8);
	address_out[type == TYPE_A ? 2 : 14] = (unsigned char)which;
	address_out[type == TYPE_A ? 3 : 15] = (unsigned char)i;
}

void
dns_truth_alias(const char *name, char alias_out[TRUTH_NAME_SIZE])
{
	snprintf(alias_out, TRUTH_NAME_SIZE, "alias-%x.test", (unsigned)hash(name, TYPE_CNAME));
}

void
dns_truth_pointer(const char *name, char name_out[TRUTH_NAME_SIZE])
{
	snprintf(name_out, TRUTH_NAME_SIZE, "host-%x.test", (unsigned)hash(name, TYPE_PTR));
}
