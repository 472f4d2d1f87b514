/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_random.h"

#include <string.h>

#include "base/assert.h"
#include "base/io.h"

int
lvn_dns_random_take(struct dns_random *random, struct io_world *world, void *data, size_t size)
{
	uint8_t *at;
	int rc;

	LVN_ASSERT(size <= sizeof(random->bytes));
	if (random->left < size) {
		rc = lvn_io_random(world, random->bytes, sizeof(random->bytes));
		if (rc < 0)
			return rc;
		random->left = sizeof(random->bytes);
	}
	at = random->bytes + sizeof(random->bytes) - random->left;
	memcpy(data, at, size);
	memset(at, 0, size);
	random->left -= size;
	return 0;
}
