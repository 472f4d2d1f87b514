/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of a client that are cancelled, owned and made again, and connections that are freed, also in callbacks. */
#include "http_client_kit.h"

static struct evhttp_request *running;

/* Cancelling. */
static void
cancel_before_connect(void)
{
	client_begin();
	evhttp_cancel_request(client_make("a"));
	say("cancelled");
	http_turns();
	client_make("b");
	client_take();
	client_take();
	client_answer(OK);
	client_finish();
}

static void
cancel_running(void)
{
	struct evhttp_request *req;

	client_begin();
	req = client_make("a");
	client_make("b");
	client_take();
	evhttp_cancel_request(req);
	say("cancelled");
	client_say_peer();
	client_take();
	client_answer(OK);
	client_finish();
}

static void
cancel_queued(void)
{
	struct evhttp_request *req;

	client_begin();
	client_make("a");
	req = client_make("b");
	client_make("c");
	client_take();
	evhttp_cancel_request(req);
	say("cancelled");
	client_answer(OK);
	client_say_peer();
	client_answer(OK);
	client_finish();
}

static void
cancel_amid_body(void)
{
	struct evhttp_request *req;

	client_begin();
	req = client_make("a");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
	evhttp_cancel_request(req);
	say("cancelled");
	client_say_peer();
	client_make("b");
	client_take();
	client_finish();
}

static void
cancel_not_made(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	evhttp_cancel_request(req);
	say("cancelled");
}

static void
cancel_owned(void)
{
	struct evhttp_request *req;

	client_begin();
	req = client_request(client_done, "a");
	evhttp_request_own(req);
	client_make_it(req, "a");
	client_take();
	evhttp_cancel_request(req);
	say("cancelled");
	evhttp_request_free(req);
	say("freed");
	client_finish();
}

static void
cancel_while_retrying(void)
{
	struct evhttp_request *req;

	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	evhttp_connection_set_retries(client, 4);
	req = client_make("a");
	http_turns();
	evhttp_cancel_request(req);
	say("cancelled");
	http_pass(10000);
	client_finish();
}

static void
cancelling(struct evhttp_request *req, void *arg)
{
	say("%s: chunk", (char *)arg);
	evhttp_cancel_request(req);
	say("back");
}

static void
cancel_in_chunk(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_request_set_chunked_cb(req, cancelling);
	client_make_it(req, "a");
	client_make("b");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
	client_say_peer();
	client_take();
	client_answer(OK);
	client_finish();
}

static void
cancel_in_chunk_of_chunked(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_request_set_chunked_cb(req, cancelling);
	client_make_it(req, "a");
	client_take();
	client_answer(
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
	client_finish();
}

static int
cancelling_header(struct evhttp_request *req, void *arg)
{
	say("%s: header", (char *)arg);
	evhttp_cancel_request(req);
	say("back");
	return 0;
}

static void
cancel_in_header(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_request_set_header_cb(req, cancelling_header);
	client_make_it(req, "a");
	client_make("b");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	client_take();
	client_finish();
}

static int
refusing_header(struct evhttp_request *req, void *arg)
{
	say("%s: header, code %d", (char *)arg, evhttp_request_get_response_code(req));
	return -1;
}

static void
refuse_in_header(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_request_set_header_cb(req, refusing_header);
	client_make_it(req, "a");
	client_make("b");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	client_say_peer();
	client_take();
	client_answer(OK);
	client_finish();
}

/* In the completion callback. */
static void
again(struct evhttp_request *req, void *arg)
{
	client_done(req, arg);
	client_make("next");
}

static void
next_in_done(void)
{
	client_begin();
	client_make_it(client_request(again, "a"), "a");
	client_take();
	client_answer(OK);
	client_say_peer();
	client_answer(OK);
	client_finish();
}

static void
next_in_done_of_failure(void)
{
	client_begin();
	client_make_it(client_request(again, "a"), "a");
	client_take();
	close(client_peer);
	client_take();
	client_answer(OK);
	client_finish();
}

static void
next_in_done_of_refused(void)
{
	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	client_make_it(client_request(again, "a"), "a");
	client_make("b");
	http_turns();
	client_finish();
}

static void
next_in_done_of_close(void)
{
	client_begin();
	client_make_it(client_request(again, "a"), "a");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	client_take();
	client_answer(OK);
	client_finish();
}

static void
freeing(struct evhttp_request *req, void *arg)
{
	client_done(req, arg);
	say("free in done");
	evhttp_connection_free(client);
	client = NULL;
	say("back");
}

static void
free_in_done(void)
{
	client_begin();
	client_make_it(client_request(freeing, "a"), "a");
	client_make("b");
	client_take();
	client_answer(OK);
	client_finish();
}

static void
free_in_done_of_failure(void)
{
	client_begin();
	client_make_it(client_request(freeing, "a"), "a");
	client_make("b");
	client_take();
	close(client_peer);
	client_peer = -1;
	http_turns();
	client_finish();
}

static void
free_in_done_of_timeout(void)
{
	client_begin();
	client_make_it(client_request(freeing, "a"), "a");
	client_take();
	http_pass(51000);
	client_finish();
}

static void
free_in_done_of_refused(void)
{
	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	client_make_it(client_request(freeing, "a"), "a");
	http_turns();
	client_finish();
}

static void
free_in_done_of_close(void)
{
	client_begin();
	client_make_it(client_request(freeing, "a"), "a");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	client_finish();
}

static void
freeing_error(enum evhttp_request_error error, void *arg)
{
	client_error(error, arg);
	say("free in error");
	evhttp_connection_free(client);
	client = NULL;
	say("back");
}

static void
free_in_error(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_request_set_error_cb(req, freeing_error);
	client_make_it(req, "a");
	client_take();
	close(client_peer);
	client_peer = -1;
	http_turns();
	client_finish();
}

static void
freeing_close(struct evhttp_connection *connection, void *arg)
{
	static bool inside;

	say("%s: closed", (char *)arg);
	if (!inside) {
		inside = true;
		say("free in close");
		client = NULL;
		evhttp_connection_free(connection);
		say("back");
	}
}

static void
free_in_close(void)
{
	client_begin();
	evhttp_connection_set_closecb(client, freeing_close, (void *)"connection");
	client_make("a");
	client_take();
	client_answer(OK);
	close(client_peer);
	client_peer = -1;
	http_turns();
	client_finish();
}

static void
free_in_close_with_request(void)
{
	client_begin();
	evhttp_connection_set_closecb(client, freeing_close, (void *)"connection");
	client_make("a");
	client_take();
	close(client_peer);
	client_peer = -1;
	http_turns();
	client_finish();
}

static void
freeing_chunk(struct evhttp_request *req, void *arg)
{
	(void)req;
	say("%s: chunk, free", (char *)arg);
	evhttp_connection_free(client);
	client = NULL;
	say("back");
}

static void
free_in_chunk(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_request_set_chunked_cb(req, freeing_chunk);
	client_make_it(req, "a");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
	client_finish();
}

static void
cancelling_other(struct evhttp_request *req, void *arg)
{
	client_done(req, arg);
	evhttp_cancel_request(running);
	say("cancelled the next");
}

static int
freeing_header(struct evhttp_request *req, void *arg)
{
	(void)req;
	say("%s: header, free", (char *)arg);
	evhttp_connection_free(client);
	client = NULL;
	say("back");
	return -1;
}

static void
free_in_header(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_request_set_header_cb(req, freeing_header);
	client_make_it(req, "a");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
	client_finish();
}

static void
cancelling_done(struct evhttp_request *req, void *arg)
{
	client_done(req, arg);
	if (req)
		evhttp_cancel_request(req);
	say("cancelled in done");
}

static void
cancel_in_done(void)
{
	client_begin();
	client_make_it(client_request(cancelling_done, "a"), "a");
	client_take();
	client_answer(OK);
	client_finish();
}

static void
request_freeing(struct evhttp_request *req, void *arg)
{
	client_done(req, arg);
	evhttp_request_free(req);
	say("request freed in done");
}

static void
request_freed_in_done(void)
{
	client_begin();
	client_make_it(client_request(request_freeing, "a"), "a");
	client_take();
	client_answer(OK);
	client_finish();
}

static void
owned_request_freed_in_done(void)
{
	struct evhttp_request *req = client_request(request_freeing, "a");

	client_begin();
	evhttp_request_own(req);
	client_make_it(req, "a");
	client_take();
	client_answer(OK);
	client_finish();
}

static void
cancel_other_in_done(void)
{
	client_begin();
	client_make_it(client_request(cancelling_other, "a"), "a");
	running = client_make("b");
	client_make("c");
	client_take();
	client_answer(OK);
	client_say_peer();
	client_take();
	client_answer(OK);
	client_finish();
}

static void
free_with_queue(void)
{
	client_begin();
	client_make("a");
	client_make("b");
	client_take();
	client_finish();
}

static void
free_before_connect(void)
{
	client_begin();
	client_make("a");
	client_finish();
}

static void
free_owned(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_request_own(req);
	client_make_it(req, "a");
	client_take();
	client_finish();
	say("connection %d", evhttp_request_get_connection(req) != NULL);
	evhttp_request_free(req);
}

static void
owning(struct evhttp_request *req, void *arg)
{
	client_done(req, arg);
	evhttp_request_own(req);
	running = req;
}

static void
own_in_done(void)
{
	client_begin();
	client_make_it(client_request(owning, "a"), "a");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	say("later: owned %d, body %zu, connection %d", evhttp_request_is_owned(running),
	    evbuffer_get_length(evhttp_request_get_input_buffer(running)),
	    evhttp_request_get_connection(running) != NULL);
	evhttp_request_free(running);
	client_finish();
}

static void
own_and_make_again(void)
{
	client_begin();
	client_make_it(client_request(owning, "a"), "a");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	client_make_it(running, "a");
	http_turns();
	client_say_peer();
	client_answer("HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\nde");
	say("later: owned %d, body %zu", evhttp_request_is_owned(running),
	    evbuffer_get_length(evhttp_request_get_input_buffer(running)));
	evhttp_request_free(running);
	client_finish();
}

static const struct client_case cases[] = {
    CASE(cancel_before_connect),
    CASE(cancel_running),
    CASE(cancel_queued),
    CASE(cancel_amid_body),
    CASE(cancel_not_made),
    CASE(cancel_owned),
    CASE(cancel_while_retrying),
    CASE(cancel_in_chunk),
    CASE(cancel_in_chunk_of_chunked),
    CASE(cancel_in_header),
    CASE(refuse_in_header),
    CASE(next_in_done),
    CASE(next_in_done_of_failure),
    CASE(next_in_done_of_refused),
    CASE(next_in_done_of_close),
    CASE(free_in_done),
    CASE(free_in_done_of_failure),
    CASE(free_in_done_of_timeout),
    CASE(free_in_done_of_refused),
    CASE(free_in_done_of_close),
    CASE(free_in_error),
    CASE(free_in_close),
    CASE(free_in_close_with_request),
    CASE(free_in_chunk),
    CASE(free_in_header),
    CASE(cancel_in_done),
    CASE(request_freed_in_done),
    CASE(owned_request_freed_in_done),
    CASE(cancel_other_in_done),
    CASE(free_with_queue),
    CASE(free_before_connect),
    CASE(free_owned),
    CASE(own_in_done),
    CASE(own_and_make_again),
};

int
main(int argc, char **argv)
{
	client_cases(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
	return 0;
}
