/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: names to addresses, blocking, and the texts of its errors.
 */
#include <event2/util.h>

#include "base/addrinfo.h"
#include "base/compiler.h"

int
evutil_getaddrinfo(const char *nodename, const char *servname,
    const struct evutil_addrinfo *hints_in, struct evutil_addrinfo **res)
{
	return lvn_addrinfo_look_up(nodename, servname, hints_in, res);
}

void
evutil_freeaddrinfo(struct evutil_addrinfo *ai)
{
	lvn_addrinfo_free(ai);
}

static const struct {
	int error;
	const char *text;
} error_texts[] = {
    {0, "No error"},
    {EVUTIL_EAI_ADDRFAMILY, "address family for nodename not supported"},
    {EVUTIL_EAI_AGAIN, "temporary failure in name resolution"},
    {EVUTIL_EAI_BADFLAGS, "invalid value for ai_flags"},
    {EVUTIL_EAI_CANCEL, "Request canceled"},
    {EVUTIL_EAI_FAIL, "non-recoverable failure in name resolution"},
    {EVUTIL_EAI_FAMILY, "ai_family not supported"},
    {EVUTIL_EAI_MEMORY, "memory allocation failure"},
    {EVUTIL_EAI_NODATA, "no address associated with nodename"},
    {EVUTIL_EAI_NONAME, "nodename nor servname provided, or not known"},
    {EVUTIL_EAI_SERVICE, "servname not supported for ai_socktype"},
    {EVUTIL_EAI_SOCKTYPE, "ai_socktype not supported"},
    {EVUTIL_EAI_SYSTEM, "system error"},
};

const char *
evutil_gai_strerror(int err)
{
	for (size_t i = 0; i < LVN_COUNT_OF(error_texts); i++) {
		if (error_texts[i].error == err)
			return error_texts[i].text;
	}
	return gai_strerror(err);
}
