/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fetches the URLs of a list at the same time, and prints a line for each as it ends: the status,
 * the bytes of the body, the milliseconds, and the URL; or why it has failed.
 *
 * usage: http_fetch [--trust FILE] < LIST
 *
 * Bodies are counted as they come and not kept.  With --trust the certificates of a file are
 * trusted instead of the system's.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <levin/http_client.h>
#include <levin/http_tls.h>
#include <levin/tls.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int failures;

static void
on_data(struct levin_http_fetch *fetch, struct evbuffer *data, void *arg)
{
	(void)fetch;
	(void)arg;
	evbuffer_drain(data, evbuffer_get_length(data));
}

static void
on_end(struct levin_http_fetch *fetch, const struct levin_http_fetch_result *result, void *arg)
{
	(void)fetch;
	(void)arg;
	if (result->end == LEVIN_HTTP_FETCH_RESPONSE) {
		printf("%d %llu %lld %s\n", result->status, (unsigned long long)result->body_size,
		    (long long)(result->duration_ns / 1000000), result->url);
	} else {
		printf("failed: %s: %s\n", result->reason, result->url);
		failures++;
	}
}

static void
start(struct levin_http_client *client, const char *url)
{
	struct levin_http_fetch *fetch = levin_http_fetch_new(client, "GET", url, on_end, NULL);

	if (fetch && levin_http_fetch_on_data(fetch, on_data) == 0 &&
	    levin_http_fetch_start(fetch) == 0)
		return;
	printf("failed: no URL that can be fetched: %s\n", url);
	levin_http_fetch_cancel(fetch);
	failures++;
}

static void
fetch_all(struct event_base *base, struct levin_http_client *client)
{
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (*line)
			start(client, line);
	}
	event_base_dispatch(base);
}

int
main(int argc, char **argv)
{
	/* A connection that stayed open would keep the loop from its end. */
	struct levin_http_client_settings settings = {
	    .keep_alive_timeout_ms = 1000, .timeouts = {.total_ms = 20000}};
	struct levin_tls_settings tls = {.trust_file = NULL};
	char reason[LEVIN_TLS_REASON_SIZE] = "memory is short";
	struct levin_http_client *client;
	struct event_base *base;

	if (argc == 3 && strcmp(argv[1], "--trust") == 0)
		tls.trust_file = argv[2];
	/* A peer that has gone is an error of its connection, not a signal. */
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	client = base ? levin_http_client_new(base, NULL, &settings) : NULL;
	if (!client || levin_http_client_use_tls(client, &tls, reason, sizeof(reason)) != 0) {
		fprintf(stderr, "http_fetch: %s\n", reason);
		return 1;
	}
	fetch_all(base, client);
	levin_http_client_free(client);
	event_base_free(base);
	return failures > 0;
}
