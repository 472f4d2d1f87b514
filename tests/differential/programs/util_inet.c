/* SPDX-License-Identifier: BSD-3-Clause */
/* Internet addresses from text and back, odd ones above all. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "kit.h"

static const char *const dotted[] = {"1.2.3.4", "0.0.0.0", "255.255.255.255", "256.1.1.1",
    "1.1.1.256", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", "  1.2.3.4", " 1. 2.3.4", "1 .2.3.4",
    "1.\t2.3.4", "1.2.3.4\n", "+1.2.3.4", "1.2.3.+5", "-1.2.3.4", "1.2.3.-0", "01.2.3.4",
    "001.002.003.004", "1.2.3.04", "0000001.2.3.4", "0x1.2.3.4", "1.2.3.4x", "", ".", "....",
    "1...2", "a.b.c.d", "4294967297.0.0.1", "1.2.3.4294967300", "4294967295.1.1.1",
    "-4294967295.1.1.1", "9223372036854775809.1.1.1", "18446744073709551616.1.1.1",
    "-18446744073709551616.1.1.1", "18446744073709551617.2.3.4", "99999999999999999999999.2.3.4",
    "1.2.3.- 4", "1.2.3.--4", "1.2.3.+-4", "1.2.3.", ".1.2.3", "1,2,3,4", "1.2.3.4%lo", "::1"};

static const char *const hexadecimal[] = {"::", "::1", "1::", "1::2", "fe80::1",
    "FFFF::", "ffff::", "abcd:EF01::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8::", "1:2:3:4::5:6:7:8", "1:2:3::5:6:7:8",
    "1:2:3:4:5:6:7:8:", "1::2:3:4:5:6:7:", "1::2:", "::1:", "::1::", "1:", ":1", ":",
    ":::", "::::", "1:::2", "1::2::3", ":1::2", ":1:2:3:4:5:6:7:8", "", " ::1", "::1 ", ":: 1",
    ": :1", "::-1", "::+1", "::g", "g::", "12345::", "00001::", "0001::", "::0x1", "::0X1", "::0x",
    "::0xf", "::0xff", "::0xfff", "::00x1", "0x1::", "::1x", "::1%lo", "::%lo", "\t::1"};

static const char *const mixed[] = {"::1.2.3.4", "::ffff:1.2.3.4", "::ffff:0:1.2.3.4", "1::1.2.3.4",
    "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5::1.2.3.4",
    "1:2:3:4:5:6::1.2.3.4", "::1:2:3:4:5:1.2.3.4", "::1:2:3:4:5:6:1.2.3.4", "1.2.3.4",
    "1.2.3.4::", "1.2.3.4::1", "::1.2.3.4:5", "::1.2.3.4:", "::1.2.3", "::1.2.3.4.5", "::1.2.3.4.",
    "::.1.2.3", "::1..2.3", "::256.1.1.1", "::01.2.3.4", "::00000000000001.2.3.4", "::1.2.3.4x",
    "::1.2.3.4 ", "::1. 2.3.4", "::+1.2.3.4", "::1.2.3.+4", "::1.2.3.-0", "::-1.2.3.4",
    "::a1.2.3.4", "::1.a.3.4", "::0x1.2.3.4", "::0x1:1.2.3.4", "::1 1.2.3.4", "::1:.2.3.4", "::.",
    "::1.", "1:.2::", ".::1", "::12345.2.3.4", "::1.2.3.4294967300", "1:2:3:4:5:6:7.8.9.1",
    "::%1.2.3.4", "::1.2.3.4%lo"};

static const char *const numbers[] = {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:0:0:4:5:6:7:8",
    "1:0:3:4:5:6:7:8", "0:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:8", "0:0:3:4:5:6:7:8", "1:2:3:4:5:6:7:0",
    "1:2:3:4:5:6:0:0", "1:0:0:4:0:0:0:8", "1:0:0:4:5:0:0:8", "1:0:0:0:5:0:0:0", "0:1:0:1:0:1:0:1",
    "0:0:1::", "::1:0:0:0", "::ffff:1.2.3.4", "::ffff:0:0", "::ffff:0.0.0.1", "::1.2.3.4",
    "::0.1.2.3", "::0.0.1.3", "::1:0", "::ffff:0", "::1:2", "::ffff", "::1:2:3", "::fffe:1:2",
    "::ffff:0:1:2", "1::ffff:1:2", "0:0:0:0:1:ffff:1:2", "64:ff9b::1.2.3.4",
    "abcd:ef00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:255.255.255.255",
    "10:200:3000::1"};

static const char *
hex(const unsigned char *bytes, size_t size)
{
	static char text[64];

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

static void
read_each(int family, size_t size, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char address[16];
		int rc;

		memset(address, 0xaa, sizeof(address));
		rc = evutil_inet_pton(family, texts[i], address);
		printf("[%s] = %d, %s\n", texts[i], rc, hex(address, size));
	}
}

static void
write_each(void)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned char address[16];
		char text[64];
		size_t length;

		inet_pton(AF_INET6, numbers[i], address);
		printf("%s -> %s\n", numbers[i],
		    evutil_inet_ntop(AF_INET6, address, text, sizeof(text)));
		length = strlen(text);
		memset(text, '#', sizeof(text));
		printf(
		    "    just enough: %s\n", evutil_inet_ntop(AF_INET6, address, text, length + 1));
		memset(text, '#', sizeof(text));
		text[sizeof(text) - 1] = '\0';
		printf("    too little: %d, %.4s\n",
		    evutil_inet_ntop(AF_INET6, address, text, length - 1) != NULL, text);
	}
}

static void
write_dotted(void)
{
	static const unsigned char addresses[][4] = {{0, 0, 0, 0}, {1, 2, 3, 4}, {10, 20, 30, 40},
	    {192, 168, 100, 200}, {255, 255, 255, 255}};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		for (size_t capacity = 0; capacity < 18; capacity++) {
			char text[32];
			const char *got;

			memset(text, '#', sizeof(text));
			text[sizeof(text) - 1] = '\0';
			got = evutil_inet_ntop(AF_INET, addresses[i], text, capacity);
			printf("%s in %d: %d, %s\n", hex(addresses[i], 4), (int)capacity,
			    got == text, text);
		}
	}
}

static void
read_scopes(void)
{
	static const char *const texts[] = {"fe80::1", "fe80::1%lo", "fe80::1%1", "fe80::1%",
	    "fe80::1%0", "fe80::1%no-such-if", "fe80::1%99", "fe80::1%1x", "fe80::1%x1",
	    "fe80::1%-1", "fe80::1% 1", "fe80::1%+1", "fe80::1% ", "fe80::1%+", "fe80::1%010",
	    "fe80::1%0x1", "fe80::1%lo%lo", "fe80::1%%lo", "fe80::1%4294967295",
	    "fe80::1%4294967297", "fe80::1%-4294967295", "fe80::1%18446744073709551615",
	    "fe80::1%18446744073709551617", "fe80::1%-18446744073709551617", "::1.2.3.4%lo",
	    "1.2.3.4%lo", "%lo", "", "g", "g%lo", "g%no-such-if", "1.2.3.4"};
	static const int families[] = {AF_INET6, AF_INET, AF_UNIX, 99};

	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			unsigned char address[16];
			unsigned index = 0xeeee;
			int rc;

			memset(address, 0xaa, sizeof(address));
			rc = evutil_inet_pton_scope(families[f], texts[i], address, &index);
			printf("%d [%s] = %d, index %u, %s\n", families[f], texts[i], rc, index,
			    hex(address, 16));
		}
	}
}

int
main(void)
{
	unsigned char address[16] = {0};
	char text[64] = "as before";

	printf("-- dotted\n");
	read_each(AF_INET, 4, dotted, sizeof(dotted) / sizeof(dotted[0]));
	printf("-- hexadecimal\n");
	read_each(AF_INET6, 16, hexadecimal, sizeof(hexadecimal) / sizeof(hexadecimal[0]));
	printf("-- mixed\n");
	read_each(AF_INET6, 16, mixed, sizeof(mixed) / sizeof(mixed[0]));
	read_each(AF_INET6, 16, dotted, sizeof(dotted) / sizeof(dotted[0]));
	printf("-- other families\n");
	read_each(AF_UNIX, 16, dotted, 2);
	read_each(99, 16, dotted, 2);
	printf("-- back to text\n");
	write_each();
	write_dotted();
	errno = 0;
	printf("family 99: %d, %s, errno %d\n",
	    evutil_inet_ntop(99, address, text, sizeof(text)) != NULL, text, errno);
	printf("-- scopes\n");
	read_scopes();
	return 0;
}
