/* SPDX-License-Identifier: BSD-3-Clause */
/* An IPv6 address written where its text fits but its zero byte does not. */
#include <arpa/inet.h>

#include "kit.h"

int
main(void)
{
	static const char *const texts[] = {"::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		unsigned char address[16];
		char text[64];

		inet_pton(AF_INET6, texts[i], address);
		snprintf(text, sizeof(text), "as before");
		say("%s: %d, %s", texts[i],
		    evutil_inet_ntop(AF_INET6, address, text, strlen(texts[i])) != NULL, text);
	}
	return 0;
}
