/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/access_log.h"

#include <event2/event.h>
#include <event2/http_struct.h>

#include "http/connection.h"
#include "http/exchange.h"
#include "http/method.h"
#include "http/service.h"

/* A phase that has not come lasts no time, and the one before it up to the end. */
static void
fill_times(struct levin_http_log_entry *entry, const int64_t *marks_us, int64_t end_us)
{
	int64_t *const spans[HTTP_MARKS] = {
	    &entry->head_us, &entry->body_us, &entry->wait_us, &entry->reply_us};
	int64_t until_us = end_us;

	for (int i = HTTP_MARKS - 1; i >= 0; i--) {
		if (marks_us[i] == 0)
			continue;
		*spans[i] = until_us - marks_us[i];
		until_us = marks_us[i];
	}
}

static void
report(struct evhttp_request *request, enum levin_http_end end)
{
	const struct http_exchange *exchange = lvn_http_request_of(request)->exchange;
	const struct http_method *method = lvn_http_method_of_type((uint32_t)request->type);
	struct levin_http_log_entry entry = {
	    .method = method ? method->name : NULL,
	    .target = request->uri,
	    .peer = request->remote_host,
	    .peer_port = request->remote_port,
	    .code = request->response_code,
	    .end = end,
	    .began_s = exchange->began_s,
	    .bytes_in = request->headers_size + request->body_size,
	    .bytes_out = exchange->bytes_out,
	};

	fill_times(&entry, exchange->marks_us, exchange->ended_us);
	exchange->service->log(&entry, exchange->service->log_arg);
}

void
lvn_http_access_log_end(struct evhttp_request *request, enum levin_http_end end)
{
	const struct http_exchange *exchange = lvn_http_request_of(request)->exchange;
	struct levin_http_server_statistics *stats = &exchange->service->stats;

	stats->ends[end]++;
	stats->bytes_in += request->headers_size + request->body_size;
	stats->bytes_out += exchange->bytes_out;
	/* One that began before there was a log has no times. */
	if (exchange->service->log && exchange->marks_us[HTTP_MARK_BEGAN])
		report(request, end);
}
