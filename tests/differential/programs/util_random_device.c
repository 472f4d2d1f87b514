/* SPDX-License-Identifier: BSD-3-Clause */
/* A device file of the program's choice for random bytes. */
#include "kit.h"

int
main(void)
{
	char name[] = "/dev/urandom";
	unsigned char bytes[16] = {0}, zeros[16] = {0};

	say("set: %d", evutil_secure_rng_set_urandom_device_file(name));
	say("init: %d", evutil_secure_rng_init());
	evutil_secure_rng_get_bytes(bytes, sizeof(bytes));
	say("all zeros: %d", !memcmp(bytes, zeros, sizeof(bytes)));
	return 0;
}
