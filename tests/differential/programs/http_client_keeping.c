/* SPDX-License-Identifier: BSD-3-Clause */
/* Client connections that are kept, retried, and freed on completion. */
#include "http_client_kit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/syscall.h>

static int64_t first_us;

/* When connections are tried. */
static bool say_connects;

int
connect(int fd, const struct sockaddr *address, socklen_t size)
{
	if (say_connects)
		say("connect, at %d ms", (int)((virtual_now_us() - first_us) / 1000));
	return (int)syscall(SYS_connect, fd, address, size);
}
/* A kept connection that the server has closed, with and without the client having noticed. */
static void
server_closed_noticed(void)
{
	client_begin();
	client_make("a");
	client_take();
	client_answer(OK);
	close(client_peer);
	say("the server closes");
	http_turns();
	client_make("b");
	client_take();
	client_answer(OK);
	client_finish();
}

static void
server_closed_unnoticed(void)
{
	client_begin();
	client_make("a");
	client_take();
	client_answer(OK);
	close(client_peer);
	client_make("b");
	http_turns();
	client_peer = -1;
	client_take();
	if (client_peer >= 0)
		client_answer(OK);
	client_finish();
}

static void
server_reset_unnoticed(void)
{
	client_begin();
	client_make("a");
	client_take();
	client_answer(OK);
	http_reset(client_peer);
	client_make("b");
	http_turns();
	client_peer = -1;
	client_take();
	if (client_peer >= 0)
		client_answer(OK);
	client_finish();
}

static void
server_closed_with_retries(void)
{
	client_begin();
	evhttp_connection_set_retries(client, 3);
	client_make("a");
	client_take();
	client_answer(OK);
	close(client_peer);
	client_make("b");
	http_turns();
	http_pass(3000);
	client_peer = -1;
	client_take();
	client_finish();
}

static void
server_closes_with_reply(void)
{
	client_begin();
	client_make("a");
	client_take();
	http_put_text(client_peer, OK);
	close(client_peer);
	http_turns();
	client_make("b");
	client_take();
	client_finish();
}

static void
server_closes_with_reply_and_queue(void)
{
	client_begin();
	client_make("a");
	client_make("b");
	client_take();
	http_put_text(client_peer, OK);
	close(client_peer);
	http_turns();
	client_peer = -1;
	client_take();
	client_finish();
}

static void
idle_bytes(void)
{
	client_begin();
	client_make("a");
	client_take();
	client_answer(OK);
	client_answer("x");
	client_make("b");
	http_turns();
	client_peer = -1;
	client_take();
	if (client_peer >= 0)
		client_answer(OK);
	client_finish();
}

static void
idle_time(void)
{
	client_begin();
	client_make("a");
	client_take();
	client_answer(OK);
	http_pass(49000);
	say("49 s");
	http_pass(2000);
	say("51 s");
	http_pass(100000);
	say("151 s");
	client_say_peer();
	client_make("b");
	http_turns();
	client_say_peer();
	client_peer = -1;
	client_take();
	client_finish();
}

/* Retries. */
static void
retry_then_answer(void)
{
	int reserved;

	client_listener = http_listen(&client_port);
	close(client_listener);
	client = evhttp_connection_base_new(http_base, NULL, "127.0.0.1", (ev_uint16_t)client_port);
	evhttp_connection_set_closecb(client, client_closed, (void *)"connection");
	evhttp_connection_set_retries(client, 2);
	client_make("a");
	http_turns();
	http_pass(1900);
	client_make("b");
	http_turns();
	client_listener = socket(AF_INET, SOCK_STREAM, 0);
	reserved = 1;
	setsockopt(client_listener, SOL_SOCKET, SO_REUSEADDR, &reserved, sizeof(reserved));
	struct sockaddr_in address = {.sin_family = AF_INET};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)client_port);
	say("bind %d", bind(client_listener, (struct sockaddr *)&address, sizeof(address)));
	listen(client_listener, 5);
	http_pass(200);
	client_take();
	client_answer(OK);
	client_answer(OK);
	close(client_listener);
	say("no listener any more");
	close(client_peer);
	client_peer = -1;
	http_turns();
	client_make("c");
	http_turns();
	http_pass(1900);
	say("1.9 s");
	http_pass(200);
	say("2.1 s");
	http_pass(3800);
	say("5.9 s");
	http_pass(200);
	say("6.1 s");
	client_finish();
}

static void
retry_delay(void)
{
	struct timeval tv = {0, 300000};

	say_connects = true;
	first_us = virtual_now_us();
	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	evhttp_connection_set_retries(client, 4);
	evhttp_connection_set_initial_retry_tv(client, &tv);
	client_make("a");
	for (int ms = 0; ms < 12000; ms += 50)
		http_pass(50);
	client_finish();
}

static void
retry_default_delay(void)
{
	say_connects = true;
	first_us = virtual_now_us();
	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	evhttp_connection_set_retries(client, 4);
	client_make("a");
	for (int ms = 0; ms < 40000; ms += 100)
		http_pass(100);
	client_make("b");
	for (int ms = 0; ms < 60000; ms += 100)
		http_pass(100);
	client_finish();
}

static void
after_refusal(void)
{
	say_connects = true;
	first_us = virtual_now_us();
	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	client_make("a");
	http_turns();
	client_make("b");
	http_turns();
	client_finish();
}

static void
retry_for_ever(void)
{
	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	evhttp_connection_set_retries(client, -1);
	say_connects = true;
	first_us = virtual_now_us();
	client_make("a");
	for (int i = 0; i < 16; i++)
		http_pass(1000 << i);
	say("still trying");
	evhttp_cancel_request(client_make("b"));
	say("cancelled b");
	client_finish();
}

static void
free_while_retrying(void)
{
	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	evhttp_connection_set_retries(client, 4);
	client_make("a");
	client_make("b");
	http_turns();
	client_finish();
}

/* In the completion callback. */
static void
again(struct evhttp_request *req, void *arg)
{
	client_done(req, arg);
	client_make("next");
}

/* Free on completion. */
static void
completion_none(void)
{
	client_begin();
	evhttp_connection_free_on_completion(client);
	http_turns();
	say("set");
	client_make("a");
	client_take();
	client_answer(OK);
	client = NULL;
	client_finish();
}

static void
completion_idle(void)
{
	client_begin();
	client_make("a");
	client_take();
	client_answer(OK);
	evhttp_connection_free_on_completion(client);
	http_turns();
	say("set");
	client_say_peer();
	client = NULL;
	client_finish();
}

static void
completing(struct evhttp_request *req, void *arg)
{
	client_done(req, arg);
	evhttp_connection_free_on_completion(client);
	say("set in done");
}

static void
completion_in_done(void)
{
	client_begin();
	client_make_it(client_request(completing, "a"), "a");
	client_take();
	client_answer(OK);
	client = NULL;
	client_finish();
}

static void
completion_in_done_of_failure(void)
{
	client_begin();
	client_make_it(client_request(completing, "a"), "a");
	client_take();
	close(client_peer);
	client_peer = -1;
	http_turns();
	client = NULL;
	client_finish();
}

static void
completion_and_again(void)
{
	client_begin();
	client_make_it(client_request(again, "a"), "a");
	evhttp_connection_free_on_completion(client);
	client_take();
	client_answer(OK);
	client_say_peer();
	client_answer(OK);
	client = NULL;
	client_finish();
}

static void
completion_and_close(void)
{
	client_begin();
	client_make("a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	client_say_peer();
	say("end");
	client_finish();
}

static void
completion_and_keep(void)
{
	client_begin();
	client_make("a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	client_take();
	client_answer(OK);
	client_say_peer();
	http_pass(49000);
	say("49 s");
	http_pass(2000);
	say("51 s");
	client_say_peer();
	client_finish();
}

static void
completion_and_keep_then_closed(void)
{
	client_begin();
	client_make("a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	client_take();
	client_answer(OK);
	close(client_peer);
	client_peer = -1;
	http_turns();
	say("the server has closed");
	client_finish();
}

static void
completion_until_close(void)
{
	client_begin();
	client_make("a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	client_take();
	client_answer("HTTP/1.1 200 OK\r\n\r\nabc");
	close(client_peer);
	client_peer = -1;
	http_turns();
	say("the server has closed");
	client_finish();
}

static void
completion_own_close(void)
{
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	evhttp_add_header(evhttp_request_get_output_headers(req), "Connection", "close");
	client_make_it(req, "a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	client_take();
	client_answer(OK);
	client_say_peer();
	client_finish();
}

static void
completion_of_failure(void)
{
	client_begin();
	client_make("a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	client_take();
	close(client_peer);
	client_peer = -1;
	http_turns();
	say("the server has closed");
	client_finish();
}

static void
completion_of_timeout(void)
{
	client_begin();
	client_make("a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	client_take();
	http_pass(51000);
	client_finish();
}

static void
completion_of_refused(void)
{
	client = evhttp_connection_base_new(
	    http_base, NULL, "127.0.0.1", (ev_uint16_t)http_closed_port());
	client_watch();
	client_make("a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	http_turns();
	client_finish();
}

static void
completion_of_cancel(void)
{
	struct evhttp_request *req;

	client_begin();
	req = client_make("a");
	evhttp_connection_free_on_completion(client);
	client = NULL;
	client_take();
	evhttp_cancel_request(req);
	say("cancelled");
	http_turns();
	client_finish();
}

static const struct client_case cases[] = {
    CASE(server_closed_noticed),
    CASE(server_closed_unnoticed),
    CASE(server_reset_unnoticed),
    CASE(server_closed_with_retries),
    CASE(server_closes_with_reply),
    CASE(server_closes_with_reply_and_queue),
    CASE(idle_bytes),
    CASE(idle_time),
    CASE(retry_then_answer),
    CASE(retry_delay),
    CASE(retry_default_delay),
    CASE(after_refusal),
    CASE(retry_for_ever),
    CASE(free_while_retrying),
    CASE(completion_none),
    CASE(completion_idle),
    CASE(completion_in_done),
    CASE(completion_in_done_of_failure),
    CASE(completion_and_again),
    CASE(completion_and_close),
    CASE(completion_and_keep),
    CASE(completion_and_keep_then_closed),
    CASE(completion_until_close),
    CASE(completion_own_close),
    CASE(completion_of_failure),
    CASE(completion_of_timeout),
    CASE(completion_of_refused),
    CASE(completion_of_cancel),
};

int
main(int argc, char **argv)
{
	client_cases(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
	return 0;
}
