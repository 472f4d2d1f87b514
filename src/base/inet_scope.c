/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/inet_scope.h"

#include <net/if.h>
#include <string.h>

#include "base/number.h"

static bool
read_scope(const char *name, unsigned *index_out)
{
	const char *end = name + strlen(name);
	struct loose_number number = {0, false};

	*index_out = if_nametoindex(name);
	if (*index_out != 0 || name == end)
		return true;
	if (lvn_number_read_loose(name, end, &number) != end)
		return false;
	*index_out = lvn_number_low_32(&number);
	return true;
}

bool
lvn_inet_scope_read_6(const char *text, uint8_t address_out[LVN_INET6_SIZE], unsigned *index_out)
{
	const char *end = text + strcspn(text, "%");

	*index_out = 0;
	if (*end == '%' && !read_scope(end + 1, index_out))
		return false;
	return lvn_inet_read_6(text, end, address_out);
}
