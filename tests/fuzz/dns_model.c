/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/dns_model.h"

#include <event2/dns.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "differential/dns_script.h"

/* ---- Results ---------------------------------------------------------------------------- */

model_results
model_result(int result)
{
	return (model_results)1 << (result < DNS_ERR_TRUNCATED ? result : result - 55);
}

model_results
model_of_error(int error)
{
	switch (error) {
	case 0:
		return model_result(DNS_ERR_NONE);
	case EVUTIL_EAI_NONAME:
		return model_result(DNS_ERR_NOTEXIST);
	case EVUTIL_EAI_NODATA:
		return model_result(DNS_ERR_NODATA);
	case EVUTIL_EAI_AGAIN:
		return model_result(DNS_ERR_SERVERFAILED) | model_result(DNS_ERR_TIMEOUT);
	case EVUTIL_EAI_CANCEL:
		return model_result(DNS_ERR_CANCEL);
	case EVUTIL_EAI_FAIL:
		return model_result(DNS_ERR_FORMAT) | model_result(DNS_ERR_NOTIMPL) |
		       model_result(DNS_ERR_REFUSED) | model_result(DNS_ERR_TRUNCATED) |
		       model_result(DNS_ERR_UNKNOWN) | model_result(DNS_ERR_SHUTDOWN);
	default:
		return 0;
	}
}

/* ---- Names ------------------------------------------------------------------------------ */

static void
add_name(struct model_lookup *lookup, const char *name, const char *suffix)
{
	snprintf(lookup->names[lookup->name_count++], TRUTH_NAME_SIZE, "%s%s%s", name,
	    *suffix ? "." : "", suffix);
}

void
model_names(
    struct model_lookup *lookup, const struct model_search *search, const char *name, bool searches)
{
	int dots = 0;
	size_t length = strlen(name);
	char plain[TRUTH_NAME_SIZE];

	lookup->name_count = 0;
	if (length > 0 && name[length - 1] == '.') {
		snprintf(plain, sizeof(plain), "%.*s", (int)length - 1, name);
		add_name(lookup, plain, "");
		return;
	}
	for (const char *at = name; *at; at++)
		dots += *at == '.';
	if (!searches || dots >= search->ndots)
		add_name(lookup, name, "");
	for (int i = 0; searches && i < search->suffix_count; i++)
		add_name(lookup, name, search->suffixes[i]);
	if (searches && dots < search->ndots)
		add_name(lookup, name, "");
}

/* ---- Outcomes --------------------------------------------------------------------------- */

/* Of one question. */
static model_results
results_of_question(
    const struct model_lookup *lookup, const char *name, int type, unsigned disturbances)
{
	static const int results[] = {[TRUTH_NO_NAME] = DNS_ERR_NOTEXIST,
	    [TRUTH_NO_DATA] = DNS_ERR_NODATA,
	    [TRUTH_SERVFAIL] = DNS_ERR_SERVERFAILED,
	    [TRUTH_REFUSED] = DNS_ERR_REFUSED,
	    [TRUTH_SILENCE] = DNS_ERR_TIMEOUT};
	struct dns_truth truth = dns_truth_of(name, type);
	model_results set = model_result(results[truth.kind]);

	/* A server that is in doubt is asked by TCP all the same. */
	if (truth.needs_tcp && lookup->ignores_truncation)
		set = model_result(DNS_ERR_TRUNCATED) | (disturbances ? set : 0);
	if (disturbances & DISTURBS_TIME)
		set |= model_result(DNS_ERR_TIMEOUT);
	if (disturbances & DISTURBS_ERROR)
		set |= model_result(DNS_ERR_FORMAT) | model_result(DNS_ERR_SERVERFAILED) |
		       model_result(DNS_ERR_NOTIMPL) | model_result(DNS_ERR_REFUSED) |
		       model_result(DNS_ERR_UNKNOWN);
	if (disturbances & DISTURBS_TCP)
		set |= model_result(DNS_ERR_TRUNCATED) | model_result(DNS_ERR_TIMEOUT);
	if (disturbances & DISTURBS_MEMORY)
		set |= model_result(DNS_ERR_TIMEOUT) | model_result(DNS_ERR_UNKNOWN) |
		       model_result(DNS_ERR_TRUNCATED);
	return set;
}

/*
 * Data end a search, a timeout as well; everything else leads to the next name.  Which of several
 * errors counts is left open.
 */
model_results
model_allowed(const struct model_lookup *lookup, unsigned disturbances)
{
	const model_results data = model_result(DNS_ERR_NONE);
	const model_results timeout = model_result(DNS_ERR_TIMEOUT);
	model_results allowed = 0;

	for (int i = 0; i < lookup->name_count; i++) {
		bool has_data_surely = false, is_silent_surely = false;

		for (int k = 0; k < lookup->type_count; k++) {
			model_results set = results_of_question(
			    lookup, lookup->names[i], lookup->types[k], disturbances);

			allowed |= set;
			has_data_surely |= set == data;
			is_silent_surely |= set == timeout;
		}
		if (has_data_surely)
			return data | (i > 0 ? allowed & timeout : 0);
		if (is_silent_surely && !(allowed & data))
			return allowed & (i > 0 ? ~(model_results)0 : timeout);
	}
	return allowed;
}

/* ---- Addresses -------------------------------------------------------------------------- */

bool
model_is_of_name(const char *name, int type, const unsigned char *addresses, int count)
{
	struct dns_truth truth = dns_truth_of(name, type);
	size_t size = type == TYPE_A ? 4 : 16;
	uint64_t found = 0;

	if (truth.kind != TRUTH_RECORDS || truth.count != (unsigned)count)
		return false;
	for (unsigned i = 1; i <= truth.count; i++) {
		unsigned char expected[16];

		dns_truth_address(name, type, i, expected);
		for (int k = 0; k < count; k++) {
			if (memcmp(addresses + (size_t)k * size, expected, size) == 0)
				found |= UINT64_C(1) << k;
		}
	}
	return found == (count == 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1);
}

bool
model_has_addresses(
    const struct model_lookup *lookup, int type, const unsigned char *addresses, int count)
{
	for (int i = 0; i < lookup->name_count; i++) {
		if (model_is_of_name(lookup->names[i], type, addresses, count))
			return true;
	}
	return false;
}

/* ---- Lists ------------------------------------------------------------------------------ */

int
model_gather(struct evutil_addrinfo *list, int family, unsigned char *addresses_out)
{
	int count = 0;

	for (struct evutil_addrinfo *at = list; at; at = at->ai_next) {
		if (at->ai_family != family || count == TRUTH_COUNT_MAX)
			continue;
		if (family == AF_INET)
			memcpy(addresses_out + (size_t)count++ * 4,
			    &((struct sockaddr_in *)at->ai_addr)->sin_addr, 4);
		else
			memcpy(addresses_out + (size_t)count++ * 16,
			    &((struct sockaddr_in6 *)at->ai_addr)->sin6_addr, 16);
	}
	return count;
}
