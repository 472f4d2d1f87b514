/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes for a server of event2/http.h, on a simulated base: at once, and cut into pieces.  The
 * program must receive the same requests both times, and the client the same replies, but for 100
 * Continue; each request ends once, and nothing is left.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PORT = 80, TURNS = 12, TURNS_MAX = 100000 };

static struct levin_sim *sim;
static struct event_base *base;
static struct evhttp *http;
static struct evbuffer *requests; /* what the program received */
static struct evbuffer *body;     /* what has come of one; it may be refused at any byte */
static struct evbuffer *replies;
static int client;
static bool in_pieces; /* bodies */
static long owed;

static void
on_log(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

static void
take_piece(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evbuffer_add_buffer(body, evhttp_request_get_input_buffer(request));
}

static void
on_complete(struct evhttp_request *request, void *arg)
{
	(void)request;
	(void)arg;
	must(owed > 0);
	owed--;
}

static int
on_new_request(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evbuffer_drain(body, evbuffer_get_length(body));
	if (in_pieces)
		evhttp_request_set_chunked_cb(request, take_piece);
	return 0;
}

static void
reply_chunks(struct evhttp_request *request)
{
	struct evbuffer *chunk = evbuffer_new();

	evhttp_send_reply_start(request, 200, NULL);
	for (int i = 0; i < 3; i++) {
		evbuffer_add_printf(chunk, "chunk %d", i);
		evhttp_send_reply_chunk(request, chunk);
	}
	evhttp_send_reply_end(request);
	evbuffer_free(chunk);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	const char *target = evhttp_request_get_uri(request);
	const struct evkeyval *field;

	(void)arg;
	owed++;
	evhttp_request_set_on_complete_cb(request, on_complete, NULL);
	evbuffer_add_printf(requests, "\n%d %s", evhttp_request_get_command(request), target);
	TAILQ_FOREACH (field, evhttp_request_get_input_headers(request), next)
		evbuffer_add_printf(requests, "\n%s: %s", field->key, field->value);
	evbuffer_add_buffer(requests, body);
	evbuffer_add_buffer(requests, evhttp_request_get_input_buffer(request));
	if (strchr(target, 'c'))
		reply_chunks(request);
	else if (strchr(target, 'e'))
		evhttp_send_error(request, 404, NULL);
	else
		evhttp_send_reply(request, 200, NULL, NULL);
}

/* ---- The client ---- */

static void
read_replies(void)
{
	char bytes[4096];
	ssize_t size;

	while ((size = levin_sim_read(client, bytes, sizeof(bytes))) > 0)
		evbuffer_add(replies, bytes, (size_t)size);
}

static void
turn(int count)
{
	for (int i = 0; i < count; i++) {
		must(event_base_loop(base, EVLOOP_NONBLOCK) >= 0);
		read_replies();
	}
}

static void
send_bytes(const uint8_t *data, size_t size)
{
	ssize_t sent;

	for (int turns = 0; size > 0; turns++) {
		sent = levin_sim_write(client, data, size);
		if (sent > 0) {
			data += sent;
			size -= (size_t)sent;
		} else if (evhttp_get_connection_count(http) == 0 || turns > TURNS_MAX) {
			return;
		}
		turn(1);
	}
}

/* Pieces of 1 to 8 bytes, by a seed. */
static void
send_pieces(const uint8_t *data, size_t size, uint32_t seed)
{
	while (size > 0) {
		size_t piece;

		seed = seed * 1103515245 + 12345;
		piece = 1 + (seed >> 16) % 8;
		if (piece > size)
			piece = size;
		send_bytes(data, piece);
		turn(1);
		data += piece;
		size -= piece;
	}
}

/* ---- One input ---- */

static void
start(void)
{
	sim = levin_sim_new(1, NULL);
	base = levin_sim_base_new(sim, NULL);
	http = evhttp_new(base);
	evhttp_accept_socket(http, levin_sim_listener(sim, PORT, 1));
	evhttp_set_gencb(http, on_request, NULL);
	evhttp_set_newreqcb(http, on_new_request, NULL);
	evhttp_set_max_body_size(http, 2000);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
					     EVHTTP_REQ_PUT | EVHTTP_REQ_OPTIONS |
					     EVHTTP_REQ_CONNECT);
	requests = evbuffer_new();
	body = evbuffer_new();
	replies = evbuffer_new();
	client = levin_sim_connect(sim, PORT);
	turn(TURNS);
}

static char *
text_of(struct evbuffer *buffer, size_t *size_out)
{
	char *text;

	*size_out = evbuffer_get_length(buffer);
	text = malloc(*size_out + 1);
	must(text && evbuffer_remove(buffer, text, *size_out) == (int)*size_out);
	text[*size_out] = '\0';
	evbuffer_free(buffer);
	return text;
}

/* The connection ends with its client; each request of the program had its end. */
static void
stop(void)
{
	struct timeval long_time = {100, 0};

	levin_sim_shutdown(client, SHUT_WR);
	turn(TURNS);
	levin_sim_close(client);
	event_base_loopexit(base, &long_time);
	must(event_base_dispatch(base) == 0);
	must(evhttp_get_connection_count(http) == 0);
	evhttp_free(http);
	event_base_free(base);
	must(levin_sim_count_descriptors(sim) == 0);
	levin_sim_free(sim);
}

static void
without_continue(char *text)
{
	static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
	char *at;

	while ((at = strstr(text, interim)) != NULL)
		memmove(at, at + strlen(interim), strlen(at + strlen(interim)) + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *seen[2], *answers[2];
	size_t sizes[2], answer_size;

	if (size < 2)
		return 0;
	event_set_log_callback(on_log);
	in_pieces = data[0] & 1;
	for (int i = 0; i < 2; i++) {
		owed = 0;
		start();
		if (i == 0)
			send_bytes(data + 1, size - 1);
		else
			send_pieces(data + 1, size - 1, data[0]);
		turn(TURNS);
		must(owed == 0);
		stop();
		evbuffer_free(body);
		seen[i] = text_of(requests, &sizes[i]);
		answers[i] = text_of(replies, &answer_size);
		must(strlen(answers[i]) == answer_size);
		without_continue(answers[i]);
	}
	must(sizes[0] == sizes[1] && memcmp(seen[0], seen[1], sizes[0]) == 0);
	must(strcmp(answers[0], answers[1]) == 0);
	for (int i = 0; i < 2; i++) {
		free(seen[i]);
		free(answers[i]);
	}
	return 0;
}
