/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_query.h"

#include "base/bytes.h"

/* The DO bit in the TTL of an OPT record: RFC 6891 6.1.4. */
#define DNSSEC_OK 0x8000

static void
write_cookie(struct writer *out, const struct dns_cookie *cookie)
{
	size_t size = (size_t)LVN_DNS_CLIENT_COOKIE_SIZE + cookie->server_size;

	lvn_write_be(out, 4 + size, 2);
	lvn_write_be(out, DNS_OPTION_CODE_COOKIE, 2);
	lvn_write_be(out, size, 2);
	lvn_write_bytes(out, cookie->client, sizeof(cookie->client));
	lvn_write_bytes(out, cookie->server, cookie->server_size);
}

static void
write_edns(struct writer *out, const struct dns_query *query)
{
	lvn_write_be(out, 0, 1);
	lvn_write_be(out, DNS_TYPE_OPT, 2);
	lvn_write_be(out, query->udp_size, 2);
	lvn_write_be(out, query->dnssec_ok ? DNSSEC_OK : 0, 4);
	if (query->cookie)
		write_cookie(out, query->cookie);
	else
		lvn_write_be(out, 0, 2);
}

static size_t
write_message(const struct dns_query *query, bool has_edns, uint8_t *message)
{
	struct writer out = {message, message + LVN_DNS_QUERY_MAX, false};

	/* The counts: one question, no answer, no authority. */
	lvn_write_be(&out, (uint64_t)query->id << 48 | (uint64_t)query->flags << 32 | 1 << 16, 8);
	lvn_write_be(&out, has_edns, 4);
	lvn_write_bytes(&out, query->question, query->question_size);
	if (has_edns)
		write_edns(&out, query);
	return (size_t)(out.at - message);
}

size_t
lvn_dns_query_write(const struct dns_query *query, uint8_t message_out[LVN_DNS_QUERY_MAX])
{
	return write_message(query, query->udp_size > 0, message_out);
}

size_t
lvn_dns_query_write_reply(const struct dns_query *query, uint8_t message_out[LVN_DNS_QUERY_MAX])
{
	return write_message(query, false, message_out);
}
