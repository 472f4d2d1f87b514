/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/trailer.h"

#include "support/suite.h"

static bool
is_allowed(const char *name)
{
	return lvn_http_trailer_is_allowed(lvn_http_slice_of(name));
}

TEST(lvn_http_trailer_is_allowed__not_what_a_head_is_for)
{
	static const char *const names[] = {"Content-Length", "TRANSFER-ENCODING", "host",
	    "Trailer", "Connection", "Authorization", "Cookie", "Set-Cookie", "X-Forwarded-For",
	    "Expect", "If-None-Match", "Content-Type", "Content-Encoding", "Cache-Control",
	    "Location"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_msg(!is_allowed(names[i]), "%s", names[i]);
}

TEST(lvn_http_trailer_is_allowed__others)
{
	ck_assert(is_allowed("X"));
	ck_assert(is_allowed("Digest"));
	ck_assert(is_allowed("Server-Timing"));
	ck_assert(is_allowed("grpc-status"));
	ck_assert(is_allowed("Hosts"));
}
