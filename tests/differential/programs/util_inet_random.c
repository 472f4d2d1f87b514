/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 100,000 random texts that look like addresses, read in every way there is; random
 * addresses written and read again.  The seed is fixed: the texts are always the same.
 */
#include <netinet/in.h>

#include "kit.h"

#define TEXTS     100000
#define ADDRESSES 20000
#define CAPACITY  200

static uint64_t state = 20240229;

/* Numbers below limit, the same on every machine. */
static unsigned
below(unsigned limit)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)((state >> 33) % limit);
}

/* Pieces that make texts nearly right. */
static const char *const pieces[] = {"0", "1", "2", "10", "127", "255", "256", "65535", "65536",
    "00", "01", "0001", "00000", "a", "f", "ff", "abcd", "ABCD", "fffff", "g", "0x", "0x1", "x",
    ":", ":", ":", ":", "::", "::", ":::", ".", ".", ".", "..", "1.2.3.4", "1.2.3.4", "192.168.0.1",
    "01.2.3.4", "1.2.3", "%", "%lo", "%1", "%2x", "[", "]", "]:", "[::1]", " ", "-", "+", "\t",
    "::ffff:", "fe80::", "1:2:3:4:5:6:", "1:2:3:", ":80", ":0", ":65536", "4294967296",
    "18446744073709551616", "localhost"};

static void
random_pieces(char *text, size_t capacity)
{
	unsigned count = 1 + below(9);

	text[0] = '\0';
	for (unsigned i = 0; i < count; i++) {
		const char *piece = pieces[below(sizeof(pieces) / sizeof(pieces[0]))];

		if (strlen(text) + strlen(piece) < capacity)
			strcat(text, piece);
	}
}

static void
random_dotted(char *text, size_t capacity)
{
	static const char *const forms[] = {"%u.%u.%u.%u", "%u.%u.%u.%u:%u", " %u.%03u.%u.%u",
	    "%u.%u.%u", "+%u.%u.%u.-%u:%u", "[%u.%u.%u.%u]"};

	snprintf(text, capacity, forms[below(sizeof(forms) / sizeof(forms[0]))], below(270),
	    below(270), below(270), below(270), below(70000));
}

/* Groups with at most one gap, sometimes one too many or too few of everything. */
static void
random_groups(char *text, size_t capacity)
{
	unsigned count = below(4) ? 1 + below(9) : 8;
	unsigned gap = below(3) ? below(10) : 99;
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < count && at + 16 < capacity; i++) {
		if (i == gap)
			at += (size_t)snprintf(text + at, capacity - at, i ? ":" : "::");
		at += (size_t)snprintf(text + at, capacity - at, below(9) ? "%x" : "%04X",
		    below(3) ? below(0x10000) : below(2));
		if (i + 1 < count || i + 1 == gap)
			at += (size_t)snprintf(text + at, capacity - at, ":");
	}
	if (count == gap && at + 2 < capacity)
		at += (size_t)snprintf(text + at, capacity - at, ":");
	if (!below(5) && at + 24 < capacity)
		snprintf(text + at, capacity - at, ":%u.%u.%u.%u", below(260), below(256),
		    below(256), below(256));
}

/* A bracket around it, a scope and a port behind it, or one character changed. */
static void
spoil(char *text, size_t capacity)
{
	char copy[CAPACITY];

	strncpy(copy, text, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	switch (below(8)) {
	case 0:
		snprintf(text, capacity, "[%s]", copy);
		break;
	case 1:
		snprintf(text, capacity, "[%s]:%u", copy, below(70000));
		break;
	case 2:
		snprintf(text, capacity, "%s%%lo", copy);
		break;
	case 3:
		snprintf(text, capacity, "[%s%%1]:%u", copy, below(10));
		break;
	case 4:
		if (text[0])
			text[below((unsigned)strlen(text))] = "0:.xf%[] -"[below(10)];
		break;
	default:
		break;
	}
}

static void
show_hex(const char *name, int rc, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	char text[64];

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	printf("    %s %d %s\n", name, rc, text);
}

/* Failures are one line, so that the transcript stays small. */
static void
read_in_every_way(const char *text)
{
	unsigned char v4[4] = {0}, v6[16] = {0}, scoped[16] = {0}, whole[28];
	struct sockaddr_storage address;
	unsigned index = 0;
	int size = (int)sizeof(address);
	int got_v4 = evutil_inet_pton(AF_INET, text, v4);
	int got_v6 = evutil_inet_pton(AF_INET6, text, v6);
	int got_scoped = evutil_inet_pton_scope(AF_INET6, text, scoped, &index);
	int got_address = evutil_parse_sockaddr_port(text, (struct sockaddr *)&address, &size);

	printf("[%s] %d %d %d %d\n", text, got_v4, got_v6, got_scoped, got_address);
	if (got_v4 == 1)
		show_hex("dotted", got_v4, v4, sizeof(v4));
	if (got_v6 == 1)
		show_hex("groups", got_v6, v6, sizeof(v6));
	if (got_scoped == 1)
		show_hex("scope", (int)index, scoped, sizeof(scoped));
	if (got_address == 0) {
		memcpy(whole, &address, sizeof(whole));
		show_hex("address", size, whole, (size_t)size);
	}
}

static void
write_and_read_again(void)
{
	unsigned char address[16], again[16];
	unsigned zeros = below(4);
	char text[64];

	for (size_t i = 0; i < sizeof(address); i += 2) {
		bool zero = zeros && below(zeros + 1);

		address[i] = (unsigned char)(zero ? 0 : below(3) ? below(256) : 0);
		address[i + 1] = (unsigned char)(zero ? 0 : below(256));
	}
	if (!below(4))
		memset(address, 0, 10);
	if (!below(4))
		memset(address + 10, below(2) ? 0xff : 0, 2);
	evutil_inet_ntop(AF_INET6, address, text, sizeof(text));
	printf("%s %d\n", text,
	    evutil_inet_pton(AF_INET6, text, again) == 1 && !memcmp(address, again, 16));
}

int
main(void)
{
	static void (*const makers[])(char *, size_t) = {
	    random_pieces, random_dotted, random_groups};
	char text[CAPACITY + 32];

	for (int i = 0; i < TEXTS; i++) {
		makers[below(3)](text, CAPACITY);
		spoil(text, sizeof(text));
		read_in_every_way(text);
	}
	for (int i = 0; i < ADDRESSES; i++)
		write_and_read_again();
	return 0;
}
