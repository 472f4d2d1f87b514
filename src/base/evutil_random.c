/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: random bytes.
 */
#include <event2/util.h>

#include <string.h>

#include "base/log.h"
#include "base/random.h"

/* What a program sees that dies because it cannot be given random bytes. */
#define EXIT_CODE 1

int
evutil_secure_rng_set_urandom_device_file(char *fname)
{
	lvn_random_set_device_file(fname);
	return 0;
}

int
evutil_secure_rng_init(void)
{
	unsigned char probe;

	return lvn_random_fill(&probe, sizeof(probe)) < 0 ? -1 : 0;
}

void
evutil_secure_rng_get_bytes(void *buf, size_t n)
{
	int rc = lvn_random_fill(buf, n);

	/* The function returns nothing, and its caller must not go on with bytes that can be guessed. */
	if (rc < 0)
		lvn_log_fatal(
		    EXIT_CODE, "%s: no source of random bytes: %s", __func__, strerror(-rc));
}

/* The kernel's generator needs no seed from us. */
void
evutil_secure_rng_add_bytes(const char *dat, size_t datlen)
{
	(void)dat;
	(void)datlen;
}
