/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queries of any type with the whole answer: public functions.
 */
#include <errno.h>
#include <event2/dns.h>
#include <levin/dns.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_answer.h"
#include "dns/dns_base.h"
#include "dns/dns_exchange.h"
#include "dns/dns_message.h"
#include "dns/dns_name.h"
#include "dns/dns_records.h"
#include "dns/dns_request.h"
#include "dns/dns_text.h"
#include "dns/dns_view.h"

/* An answer with what it means. */
struct verdict {
	struct levin_dns_answer *answer; /* NULL: none */
	int result;                      /* a DNS_ERR_ number */
};

/*
 * Of several names that are searched for, `latest` is that of the last reply, and `best` the one
 * that the result of the search comes from.
 */
struct levin_dns_request {
	struct dns_request request;
	struct verdict latest;
	struct verdict best;
	levin_dns_query_fn *callback;
	void *arg;
};

/* ---- Answers -------------------------------------------------------------------------- */

static void
replace(struct verdict *verdict, struct verdict with)
{
	lvn_dns_view_free(verdict->answer);
	*verdict = with;
}

/* The latest answer becomes the best one if the result is its. */
static void
sort_out(struct levin_dns_request *handle, int result)
{
	if (handle->latest.answer && handle->latest.result == result &&
	    (!handle->best.answer || handle->best.result != result)) {
		replace(&handle->best, handle->latest);
		handle->latest.answer = NULL;
	}
}

/*
 * What the reply says about its question: a DNS_ERR_ number, as of the other lookups.  It is no
 * answer, by -errno, if its aliases form a loop, or without memory.
 */
static int
result_of_aliases(const struct dns_outcome *outcome)
{
	struct dns_reader reader = lvn_dns_message_behind_header(outcome->message, outcome->size);
	struct dns_question question;
	struct dns_answer *answer;
	int rc = -EBADMSG;

	if (lvn_dns_message_read_question(&reader, &question))
		rc = lvn_dns_answer_read(outcome->message, outcome->size, &question, &answer);
	if (rc < 0)
		return rc;
	rc = lvn_dns_request_result(answer->status);
	lvn_dns_answer_unref(answer);
	return rc;
}

/* No alias is followed for all types at once. */
static int
result_of(const struct dns_outcome *outcome, const struct levin_dns_answer *answer)
{
	if (answer->is_truncated)
		return DNS_ERR_TRUNCATED;
	if (outcome->rcode != DNS_RCODE_NOERROR)
		return lvn_dns_request_result(outcome->rcode);
	if (answer->type == DNS_TYPE_ANY)
		return answer->records ? DNS_ERR_NONE : DNS_ERR_NODATA;
	return result_of_aliases(outcome);
}

static struct verdict
judge(const struct dns_outcome *outcome, const struct dns_name *asked)
{
	struct verdict none = {NULL, DNS_ERR_UNKNOWN}, verdict;

	if (lvn_dns_view_new(outcome, asked, &verdict.answer) < 0)
		return none;
	verdict.result = result_of(outcome, verdict.answer);
	if (verdict.result >= 0)
		return verdict;
	lvn_dns_view_free(verdict.answer);
	return none;
}

static int
read_reply(struct dns_request *request, const struct dns_outcome *outcome)
{
	struct levin_dns_request *handle = container_of(request, struct levin_dns_request, request);
	struct dns_name name;

	sort_out(handle, request->search.result);
	lvn_dns_search_current(&request->search, &name);
	replace(&handle->latest, judge(outcome, &name));
	return handle->latest.result;
}

static void
clear(struct dns_request *request)
{
	struct levin_dns_request *handle = container_of(request, struct levin_dns_request, request);

	lvn_dns_view_free(handle->latest.answer);
	lvn_dns_view_free(handle->best.answer);
}

/* ---- Names that no server is asked for ------------------------------------------------ */

/* Adds the addresses of the host itself. */
static int
write_addresses(
    struct dns_writer *writer, const struct dns_name *owner, const struct dns_answer *answer)
{
	struct dns_data data = {.type = answer->type};

	if (answer->count == 0)
		return 0;
	memcpy(&data.as, lvn_dns_answer_addresses(answer), answer->type == DNS_TYPE_A ? 4 : 16);
	lvn_dns_message_begin_record(
	    writer, DNS_SECTION_ANSWER, owner, answer->type, DNS_CLASS_IN, answer->ttl);
	lvn_dns_records_write(writer, &data);
	return lvn_dns_message_end_record(writer);
}

/* What a server would have replied about this name. */
static struct verdict
answer_locally(const struct dns_request *request, const struct dns_name *name)
{
	const struct dns_lookup *lookup = &request->lookups[0];
	uint8_t message[LVN_DNS_PLAIN_MAX];
	struct dns_writer writer;
	struct dns_question question = {
	    .name = *name, .type = lookup->type, .dns_class = DNS_CLASS_IN};
	struct dns_outcome outcome = {.message = message};
	struct verdict verdict = {NULL, DNS_ERR_UNKNOWN};

	if (request->result == DNS_ERR_NOTEXIST)
		outcome.rcode = DNS_RCODE_NXDOMAIN;
	lvn_dns_message_begin(&writer, message, sizeof(message), 0,
	    (uint16_t)(DNS_FLAG_RESPONSE | DNS_FLAG_RECURSION_DESIRED |
		       DNS_FLAG_RECURSION_AVAILABLE | outcome.rcode));
	if (lvn_dns_message_write_question(&writer, &question) < 0 ||
	    (lookup->answer && write_addresses(&writer, name, lookup->answer) < 0))
		return verdict;
	outcome.size = lvn_dns_message_size(&writer);
	return judge(&outcome, name);
}

/* The answer that the result comes from, which is taken out of the request. */
static struct verdict
conclude(struct levin_dns_request *handle)
{
	const struct dns_request *request = &handle->request;
	struct verdict verdict = {NULL, request->result};
	struct dns_name name;

	sort_out(handle, request->result);
	if (handle->best.answer && handle->best.result == request->result) {
		verdict.answer = handle->best.answer;
		handle->best.answer = NULL;
		return verdict;
	}
	lvn_dns_search_current(&request->search, &name);
	if (lvn_dns_name_special(&name) != DNS_ORDINARY &&
	    (request->result == DNS_ERR_NONE || request->result == DNS_ERR_NODATA ||
		request->result == DNS_ERR_NOTEXIST))
		verdict = answer_locally(request, &name);
	return verdict;
}

/* ---- Callbacks ------------------------------------------------------------------------ */

static void
report(struct dns_request *request)
{
	struct levin_dns_request *handle = container_of(request, struct levin_dns_request, request);
	struct verdict verdict = conclude(handle);

	handle->callback(verdict.result, verdict.answer, handle->arg);
	lvn_dns_request_free(request);
}

static const struct dns_request_ops ops = {
    .report = report,
    .read_reply = read_reply,
    .clear = clear,
};

/* ---- Queries -------------------------------------------------------------------------- */

static uint8_t
exchange_flags_of(unsigned flags)
{
	static const struct {
		unsigned flag;
		unsigned exchange_flag;
	} pairs[] = {
	    {LEVIN_DNS_USE_TCP, DNS_EXCHANGE_TCP},
	    {LEVIN_DNS_IGNORE_TRUNCATION, DNS_EXCHANGE_IGNORE_TRUNCATION},
	    {LEVIN_DNS_DNSSEC_OK, DNS_EXCHANGE_DNSSEC_OK},
	    {LEVIN_DNS_CHECKING_DISABLED, DNS_EXCHANGE_NO_CHECKING},
	    {LEVIN_DNS_NO_RECURSION, DNS_EXCHANGE_NO_RECURSION},
	};
	unsigned exchange_flags = DNS_EXCHANGE_AUTHENTIC;

	for (size_t i = 0; i < LVN_COUNT_OF(pairs); i++) {
		if (flags & pairs[i].flag)
			exchange_flags |= pairs[i].exchange_flag;
	}
	return (uint8_t)exchange_flags;
}

/* Of one message with records. */
static bool
is_type(int type)
{
	return type > 0 && type <= UINT16_MAX && type != DNS_TYPE_OPT && type != DNS_TYPE_IXFR &&
	       type != DNS_TYPE_AXFR;
}

struct levin_dns_request *
levin_dns_query(struct evdns_base *base, const char *name, int type, unsigned flags,
    levin_dns_query_fn *callback, void *arg)
{
	struct dns_wanted wanted = {
	    .name = name,
	    .types = {(uint16_t)type},
	    .searches = !(flags & LEVIN_DNS_NO_SEARCH),
	    .exchange_flags = exchange_flags_of(flags),
	    .ops = &ops,
	};
	struct levin_dns_request *handle;
	int rc;

	if (!base || !name || !callback || !is_type(type)) {
		lvn_log_misuse(__func__, "no resolver, name or callback, or a type of no records");
		errno = EINVAL;
		return NULL;
	}
	handle = lvn_calloc(1, sizeof(*handle));
	if (!handle) {
		errno = ENOMEM;
		return NULL;
	}
	handle->callback = callback;
	handle->arg = arg;
	rc = lvn_dns_request_start(base, &handle->request, &wanted);
	if (rc < 0) {
		lvn_free(handle);
		errno = -rc;
		return NULL;
	}
	return handle;
}

/* A request knows its resolver. */
void
levin_dns_cancel(struct levin_dns_request *request)
{
	if (request)
		lvn_dns_request_cancel(&request->request);
	else
		lvn_log_misuse(__func__, "no request");
}

/* ---- Answers in the hands of programs ------------------------------------------------- */

void
levin_dns_answer_free(struct levin_dns_answer *answer)
{
	lvn_dns_view_free(answer);
}

size_t
levin_dns_record_print(const struct levin_dns_record *record, char *text, size_t capacity)
{
	struct dns_reader reader =
	    lvn_dns_message_plain_data(record->data.bytes, record->data.size);
	struct dns_data data;
	char none[1];

	/* Data that the program has changed may be malformed. */
	if (lvn_dns_records_read(&reader, record->type, &data) < 0) {
		errno = EINVAL;
		if (capacity > 0)
			*text = '\0';
		return 0;
	}
	return lvn_dns_text_print_record(
	    record->name, record->ttl, &data, capacity ? text : none, capacity ? capacity : 1);
}

int
levin_dns_type_parse(const char *text)
{
	uint16_t type;

	if (!text || !lvn_dns_text_parse_type(text, &type)) {
		errno = EINVAL;
		return -1;
	}
	return type;
}
