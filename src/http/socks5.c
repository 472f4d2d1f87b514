/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/socks5.h"

#include <event2/util.h>
#include <netinet/in.h>
#include <string.h>

#include "base/bytes.h"
#include "base/inet.h"

#define VERSION      5
#define USER_VERSION 1
#define CONNECT      1
#define NAME_MOST    255

enum address_type { ADDRESS_4 = 1, ADDRESS_NAME = 3, ADDRESS_6 = 4 };

/* ---- what is written ---- */

size_t
lvn_http_socks5_write_greeting(uint8_t *bytes_out, bool has_user)
{
	bytes_out[0] = VERSION;
	bytes_out[1] = has_user ? 2 : 1;
	bytes_out[2] = HTTP_SOCKS5_NO_USER;
	bytes_out[3] = HTTP_SOCKS5_USER;
	return has_user ? 4 : 3;
}

/* A byte with the size, then the text. */
static uint8_t *
put_text(uint8_t *at, const char *text)
{
	size_t size = strlen(text);

	*at++ = (uint8_t)size;
	memcpy(at, text, size);
	return at + size;
}

size_t
lvn_http_socks5_write_user(uint8_t *bytes_out, const char *user, const char *password)
{
	uint8_t *at = bytes_out;

	if (!*user || strlen(user) > NAME_MOST || strlen(password) > NAME_MOST)
		return 0;
	*at++ = USER_VERSION;
	at = put_text(at, user);
	at = put_text(at, password);
	return (size_t)(at - bytes_out);
}

/* An address as it is, any other host as a name. */
static uint8_t *
put_host(uint8_t *at, const char *host)
{
	if (evutil_inet_pton(AF_INET, host, at + 1) == 1) {
		*at = ADDRESS_4;
		return at + 1 + sizeof(struct in_addr);
	}
	if (evutil_inet_pton(AF_INET6, host, at + 1) == 1) {
		*at = ADDRESS_6;
		return at + 1 + sizeof(struct in6_addr);
	}
	*at = ADDRESS_NAME;
	return put_text(at + 1, host);
}

size_t
lvn_http_socks5_write_connect(uint8_t *bytes_out, const char *host, uint16_t port)
{
	uint8_t *at = bytes_out;

	if (!*host || strlen(host) > NAME_MOST)
		return 0;
	*at++ = VERSION;
	*at++ = CONNECT;
	*at++ = 0;
	at = put_host(at, host);
	*at++ = (uint8_t)(port >> 8);
	*at++ = (uint8_t)port;
	return (size_t)(at - bytes_out);
}

/* ---- what is read ---- */

static int
refuse(const char *why, const char **why_out)
{
	*why_out = why;
	return -1;
}

int
lvn_http_socks5_read_method(
    const uint8_t *bytes, size_t size, enum http_socks5_method *method_out, const char **why_out)
{
	if (size > 0 && bytes[0] != VERSION)
		return refuse("the proxy does not speak SOCKS5", why_out);
	if (size < 2)
		return 0;
	if (bytes[1] != HTTP_SOCKS5_NO_USER && bytes[1] != HTTP_SOCKS5_USER)
		return refuse("the proxy accepts no way of authentication", why_out);
	*method_out = (enum http_socks5_method)bytes[1];
	return 2;
}

int
lvn_http_socks5_read_status(const uint8_t *bytes, size_t size, const char **why_out)
{
	if (size > 0 && bytes[0] != USER_VERSION)
		return refuse("the proxy does not speak SOCKS5", why_out);
	if (size < 2)
		return 0;
	return bytes[1] == 0 ? 2 : refuse("the proxy does not accept the user", why_out);
}

static const char *
reason_of(uint8_t reply)
{
	static const char *const reasons[] = {NULL, "the proxy has failed",
	    "the proxy does not allow the connection", "the network is unreachable for the proxy",
	    "the host is unreachable for the proxy", "the server refuses the proxy's connection",
	    "the connection of the proxy took too long", "the proxy knows no CONNECT",
	    "the proxy does not know this kind of address"};

	return reply < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reply]
							    : "the proxy has refused";
}

/* Of the address at the end, with its port; 0 if its size is not known yet, -1 if it is none. */
static int
size_of_address(const uint8_t *bytes, size_t size)
{
	if (size < 1)
		return 0;
	switch (bytes[0]) {
	case ADDRESS_4:
		return 1 + (int)sizeof(struct in_addr) + 2;
	case ADDRESS_6:
		return 1 + (int)sizeof(struct in6_addr) + 2;
	case ADDRESS_NAME:
		return size < 2 ? 0 : 2 + bytes[1] + 2;
	default:
		return -1;
	}
}

int
lvn_http_socks5_read_reply(const uint8_t *bytes, size_t size, const char **why_out)
{
	int address;

	if (size > 0 && bytes[0] != VERSION)
		return refuse("the proxy does not speak SOCKS5", why_out);
	if (size > 1 && bytes[1] != 0)
		return refuse(reason_of(bytes[1]), why_out);
	address = size > 3 ? size_of_address(bytes + 3, size - 3) : 0;
	if (address < 0)
		return refuse("the proxy does not speak SOCKS5", why_out);
	return address > 0 && size >= 3 + (size_t)address ? 3 + address : 0;
}
