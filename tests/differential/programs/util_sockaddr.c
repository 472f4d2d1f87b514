/* SPDX-License-Identifier: BSD-3-Clause */
/* Socket addresses: from text with a port, and in order. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "kit.h"

static void
parse(const char *text, int capacity)
{
	struct sockaddr_storage address;
	const unsigned char *bytes = (const unsigned char *)&address;
	char hex[2 * 48 + 1];
	int size = capacity;
	int rc;

	memset(&address, 0xaa, sizeof(address));
	rc = evutil_parse_sockaddr_port(text, (struct sockaddr *)&address, &size);
	for (size_t i = 0; i < 48; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	printf("[%s] in %d = %d, size %d, %s\n", text, capacity, rc, size, hex);
}

static void
parse_each(void)
{
	static const char *const texts[] = {"1.2.3.4", "1.2.3.4:80", "1.2.3.4:", "1.2.3.4:0",
	    "1.2.3.4:1", "1.2.3.4:65535", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:-65535",
	    "1.2.3.4:80x", "1.2.3.4: 80", "1.2.3.4:+80", "1.2.3.4:080", "1.2.3.4:0x50",
	    "1.2.3.4:8 0", "1.2.3.4:x", "1.2.3.4:80:90", "1.2.3.4:4294967376",
	    "1.2.3.4:-4294967216", "1.2.3.4:9223372036854775888", "1.2.3.4:18446744073709551696",
	    "1.2.3.4:99999999999999999999", "1.2.3.4:-99999999999999999999", "1.2.3", " 1.2.3.4:80",
	    "01.2.3.4:80", "1.2.3.4 :80", "1.2.3.4%lo", "1.2.3.4%lo:80", ":80", "", ":", "a",
	    "localhost", "localhost:80", "unix:/tmp/x", "::1", "::", "::1:80", "::ffff:1.2.3.4",
	    "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "fe80::1%lo", "fe80::1%1", "fe80::1%",
	    "fe80::1%no-such-if", "[::1]", "[::1]:80", "[::1]:", "[::1]:0", "[::1]:65536",
	    "[::1]:80x", "[::1]80", "[::1]x", "[::1] :80", "[::1", "::1]", "[::1]]", "[[::1]]",
	    "[]", "[]:80", "[", "]", "[ ::1]:80", "[::1 ]:80", "[::1]:08", "[::1]:4294967376",
	    "[1.2.3.4]", "[1.2.3.4]:80", "[::ffff:1.2.3.4]:80", "[fe80::1%lo]:80", "[fe80::1%1]",
	    "[fe80::1%77]:8", "[fe80::1%no-such-if]:80", "[fe80::1%]:80", "[::1]:80:90",
	    " [::1]:80", "[1:2:3:4:5:6:7:8]:1"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		parse(texts[i], sizeof(struct sockaddr_storage));
}

static void
parse_into_little(void)
{
	static const int capacities[] = {-1, 0, 1, 15, 16, 17, 27, 28, 29, 40};

	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		parse("1.2.3.4", capacities[i]);
		parse("1.2.3.4:80", capacities[i]);
		parse("::1", capacities[i]);
		parse("[::1]:80", capacities[i]);
		parse("nonsense", capacities[i]);
	}
}

/* Leading zeros make a host as long as one likes. */
static void
parse_long(void)
{
	for (int zeros = 110; zeros < 130; zeros++) {
		char text[300];

		snprintf(text, sizeof(text), "%0*d.2.3.4", zeros, 1);
		parse(text, sizeof(struct sockaddr_storage));
		strcat(text, ":80");
		parse(text, sizeof(struct sockaddr_storage));
		snprintf(text, sizeof(text), "::%0*d.2.3.4", zeros, 1);
		parse(text, sizeof(struct sockaddr_storage));
		snprintf(text, sizeof(text), "[::%0*d.2.3.4]:80", zeros, 1);
		parse(text, sizeof(struct sockaddr_storage));
	}
}

static int
sign(int number)
{
	return (number > 0) - (number < 0);
}

static void
compare_each(void)
{
	static const char *const texts[] = {"1.2.3.4:80", "1.2.3.4:81", "1.2.3.5:80", "4.3.2.1:256",
	    "1.2.3.4:1", "200.2.3.4:80", "1.2.3.4:40000", "[::1]:80", "[::1]:81", "[::2]:80",
	    "[::100]:80", "[ff::1]:80", "[::1]:256", "[fe80::1%1]:80", "[fe80::1%2]:80"};
	enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
	struct sockaddr_storage addresses[COUNT];

	for (int i = 0; i < COUNT; i++) {
		int size = sizeof(addresses[i]);

		evutil_parse_sockaddr_port(texts[i], (struct sockaddr *)&addresses[i], &size);
	}
	for (int i = 0; i < COUNT; i++) {
		for (int k = 0; k < COUNT; k++) {
			const struct sockaddr *a = (struct sockaddr *)&addresses[i];
			const struct sockaddr *b = (struct sockaddr *)&addresses[k];

			printf("%s and %s: %d with ports, %d without\n", texts[i], texts[k],
			    sign(evutil_sockaddr_cmp(a, b, 1)), sign(evutil_sockaddr_cmp(a, b, 0)));
		}
	}
}

static void
compare_others(void)
{
	struct sockaddr_in inet = {.sin_family = AF_INET};
	struct sockaddr_un a = {AF_UNIX, "/a"}, b = {AF_UNIX, "/b"};
	struct sockaddr *i = (struct sockaddr *)&inet, *p = (struct sockaddr *)&a,
			*q = (struct sockaddr *)&b;

	printf("other families: %d %d %d %d\n", evutil_sockaddr_cmp(p, q, 1),
	    evutil_sockaddr_cmp(p, p, 1), evutil_sockaddr_cmp(p, i, 1),
	    evutil_sockaddr_cmp(i, p, 1));
}

int
main(void)
{
	parse_each();
	parse_into_little();
	parse_long();
	compare_each();
	compare_others();
	return 0;
}
