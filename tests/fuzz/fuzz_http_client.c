/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes for a client of event2/http.h, on a simulated base: at once, and cut into pieces.  The
 * request must end the same way both times, once, with the same response, and nothing is left.
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

#include "fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PORT = 80, TURNS = 12, IN_PIECES = 1, CUT_SEED_SHIFT = 4 };

static struct levin_sim *sim;
static struct event_base *base;
static struct evhttp_connection *connection;
static struct evbuffer *seen; /* what the program received */
static struct evbuffer *body; /* what has come of one; it may be refused at any byte */
static int listener, server;
static int ends, errors;

static void
on_log(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	(void)arg;
	must(errors++ == 0 && ends == 0);
	evbuffer_add_printf(seen, "\nerror %d", error);
}

static void
take_piece(struct evhttp_request *request, void *arg)
{
	(void)arg;
	must(ends == 0);
	evbuffer_add_buffer(body, evhttp_request_get_input_buffer(request));
}

static void
on_done(struct evhttp_request *request, void *arg)
{
	const struct evkeyval *field;

	(void)arg;
	must(ends++ == 0 && (request != NULL) == (errors == 0));
	if (!request)
		return;
	evbuffer_add_buffer(seen, body);
	evbuffer_add_buffer(seen, evhttp_request_get_input_buffer(request));
	evbuffer_add_printf(seen, "\n%d %s", evhttp_request_get_response_code(request),
	    evhttp_request_get_response_code_line(request));
	TAILQ_FOREACH (field, evhttp_request_get_input_headers(request), next)
		evbuffer_add_printf(seen, "\n%s: %s", field->key, field->value);
}

static void
turn(int count)
{
	for (int i = 0; i < count; i++)
		must(event_base_loop(base, EVLOOP_NONBLOCK) >= 0);
}

static void
start(unsigned options)
{
	static const enum evhttp_cmd_type types[] = {
	    EVHTTP_REQ_GET, EVHTTP_REQ_HEAD, EVHTTP_REQ_POST, EVHTTP_REQ_CONNECT};
	struct evhttp_request *request;
	char bytes[1000];

	ends = errors = 0;
	sim = levin_sim_new(1, NULL);
	base = levin_sim_base_new(sim, NULL);
	seen = evbuffer_new();
	body = evbuffer_new();
	listener = levin_sim_listener(sim, PORT, 1);
	connection = evhttp_connection_base_new(base, NULL, "127.0.0.1", PORT);
	evhttp_connection_set_max_body_size(connection, 2000);
	request = evhttp_request_new(on_done, NULL);
	evhttp_request_set_error_cb(request, on_error);
	if (options & IN_PIECES)
		evhttp_request_set_chunked_cb(request, take_piece);
	must(evhttp_make_request(connection, request, types[options / 2 % 4], "a:1") == 0);
	turn(TURNS);
	server = levin_sim_accept(listener);
	must(server >= 0);
	turn(TURNS);
	must(levin_sim_read(server, bytes, sizeof(bytes)) > 0);
}

/* The peer may be gone before all is sent. */
static void
send_pieces(const uint8_t *data, size_t size, size_t most)
{
	while (size > 0) {
		ssize_t sent = levin_sim_write(server, data, size < most ? size : most);

		if (sent <= 0)
			return;
		data += sent;
		size -= (size_t)sent;
		turn(2);
	}
}

static char *
stop(size_t *size_out)
{
	char *text;

	levin_sim_close(server);
	turn(TURNS);
	must(ends == 1);
	evhttp_connection_free(connection);
	levin_sim_close(listener);
	event_base_free(base);
	must(levin_sim_count_descriptors(sim) == 0);
	levin_sim_free(sim);
	evbuffer_free(body);
	*size_out = evbuffer_get_length(seen);
	text = malloc(*size_out + 1);
	must(text && evbuffer_remove(seen, text, *size_out) == (int)*size_out);
	evbuffer_free(seen);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *texts[2];
	size_t sizes[2];

	if (size < 2 || size > 20000)
		return 0;
	event_set_log_callback(on_log);
	for (int i = 0; i < 2; i++) {
		start(data[0]);
		send_pieces(
		    data + 1, size - 1, i == 0 ? size : 1U + (unsigned)(data[0] >> CUT_SEED_SHIFT));
		texts[i] = stop(&sizes[i]);
	}
	must(sizes[0] == sizes[1] && memcmp(texts[0], texts[1], sizes[0]) == 0);
	free(texts[0]);
	free(texts[1]);
	return 0;
}
