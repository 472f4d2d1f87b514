/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/maker.h"

#include <stdio.h>

const struct tls_maker *tls_makers[] = {
    &tls_openssl,
#ifdef LEVIN_TEST_MBEDTLS
    &tls_mbedtls,
#endif
};
const unsigned tls_maker_count = sizeof(tls_makers) / sizeof(tls_makers[0]);

const char *
tls_file(const char *name)
{
	static char texts[4][512];
	static unsigned turn;
	char *text = texts[turn++ % 4];

	snprintf(text, sizeof(texts[0]), "%s/%s", LEVIN_TEST_CERTIFICATES, name);
	return text;
}
