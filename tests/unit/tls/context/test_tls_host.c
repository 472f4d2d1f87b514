/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_host.h"

#include <string.h>

#include "base/compiler.h"
#include "support/suite.h"

#define LABEL_63 "a23456789012345678901234567890123456789012345678901234567890123"

static const struct {
	const char *text;
	const char *host; /* NULL: refused */
	size_t address_size;
} hosts[] = {
    {"www.example.org", "www.example.org", 0},
    {"WWW.Example.ORG", "www.example.org", 0},
    {"www.example.org.", "www.example.org", 0},
    {"localhost", "localhost", 0},
    {"_service.example", "_service.example", 0},
    {"xn--bcher-kva.example", "xn--bcher-kva.example", 0},
    {"1.example", "1.example", 0},
    {LABEL_63 ".example", LABEL_63 ".example", 0},
    {LABEL_63 "x.example", NULL, 0},
    {LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63, NULL, 0},
    {"", NULL, 0},
    {".", NULL, 0},
    {".example.org", NULL, 0},
    {"www..example.org", NULL, 0},
    {"example.org..", NULL, 0},
    {"*.example.org", NULL, 0},
    {"www.example.org:443", NULL, 0},
    {"b\xc3\xbc"
     "cher.example",
	NULL, 0},
    {"a b", NULL, 0},
    {"127.0.0.1", "127.0.0.1", 4},
    {"127.0.0.1.", "127.0.0.1", 4},
    {"127.0.0", NULL, 0},
    {"127.0.0.256", NULL, 0},
    {"127.0.0.+1", NULL, 0},
    {" 127.0.0.1", NULL, 0},
    {"127", NULL, 0},
    {"::1", "::1", 16},
    {"FE80::1%eth0", "fe80::1", 16},
    {"::ffff:1.2.3.4", "::ffff:1.2.3.4", 16},
    {"[::1]", NULL, 0},
    {":::1", NULL, 0},
    {"::1.", NULL, 0},
};

TEST_RANGE(tls_host_read__tells_names_from_addresses, 0, (int)LVN_COUNT_OF(hosts))
{
	struct tls_host host, untouched;

	memset(&host, 7, sizeof(host));
	untouched = host;
	ck_assert_int_eq(lvn_tls_host_read(&host, hosts[_i].text), hosts[_i].host != NULL);
	if (!hosts[_i].host) {
		ck_assert_mem_eq(&host, &untouched, sizeof(host));
		return;
	}
	ck_assert_str_eq(host.text, hosts[_i].host);
	ck_assert_uint_eq(host.address_size, hosts[_i].address_size);
}

TEST(tls_host_read__has_the_bytes_of_an_address)
{
	static const uint8_t expected[4] = {192, 0, 2, 7};
	struct tls_host host;

	ck_assert(lvn_tls_host_read(&host, "192.0.2.7"));
	ck_assert_mem_eq(host.address, expected, sizeof(expected));
}
