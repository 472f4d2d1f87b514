/* SPDX-License-Identifier: BSD-3-Clause */
/* Client connections to names that a DNS base resolves, and the older functions. */
#include "http_kit.h"

#include <event2/dns.h>
#include <event2/event_compat.h>
#include <event2/http_compat.h>
#include <netinet/in.h>

static struct evhttp_connection *client;
static struct evdns_base *dns;
static int server, port, listener;

static void
on_done(struct evhttp_request *req, void *arg)
{
	if (req)
		say("%s: done, code %d", (char *)arg, evhttp_request_get_response_code(req));
	else
		say("%s: done, NULL", (char *)arg);
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	say("%s: error %s", (char *)arg, http_error(error));
}

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	say("%s: closed", (char *)arg);
}

static struct evhttp_request *
make(const char *name)
{
	struct evhttp_request *req = evhttp_request_new(on_done, (void *)name);

	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", "a");
	evhttp_request_set_error_cb(req, on_error);
	say("make %s: %d", name, evhttp_make_request(client, req, EVHTTP_REQ_GET, "/"));
	return req;
}

static void
begin(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	struct sockaddr_in to;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	bind(server, (struct sockaddr *)&address, sizeof(address));
	getsockname(server, (struct sockaddr *)&to, &size);
	dns = evdns_base_new(http_base, 0);
	evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&to, size, 0);
	evdns_base_set_option(dns, "randomize-case:", "0");
	evdns_base_set_option(dns, "attempts:", "1");
	listener = http_listen(&port);
	client = evhttp_connection_base_new(http_base, dns, "name.example.", (ev_uint16_t)port);
	evhttp_connection_set_closecb(client, on_close, (void *)"connection");
}

/* Replies to the questions that are there: 127.0.0.1, or a code. */
static int
reply(int code)
{
	unsigned char bytes[512];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t n;
	int count = 0;

	while ((n = recvfrom(
		    server, bytes, sizeof(bytes) - 16, 0, (struct sockaddr *)&from, &size)) > 0) {
		static const unsigned char answer[] = {
		    0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1};
		size_t end = 12;
		bool is_a;

		/* What comes behind the question, such as EDNS, is left out. */
		while (bytes[end])
			end += bytes[end] + 1U;
		end += 5;
		n = (ssize_t)end;
		bytes[11] = 0;
		is_a = bytes[end - 3] == 1;
		bytes[2] = 0x81;
		bytes[3] = (unsigned char)(0x80 | code);
		bytes[7] = !code && is_a;
		if (bytes[7]) {
			memcpy(bytes + n, answer, sizeof(answer));
			n += (ssize_t)sizeof(answer);
		}
		sendto(server, bytes, (size_t)n, 0, (struct sockaddr *)&from, size);
		count++;
	}
	http_turns();
	return count;
}

static void
finish(void)
{
	say("free the connection");
	evhttp_connection_free(client);
	http_turns();
	evdns_base_free(dns, 1);
	http_turns();
}

static void
found(void)
{
	int peer;

	begin();
	make("a");
	http_turns();
	say("questions %d", reply(0) > 0);
	peer = http_accept(listener);
	HTTP_PUT(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	http_turns();
	finish();
}

static void
not_found(void)
{
	begin();
	make("a");
	make("b");
	http_turns();
	say("questions %d", reply(3) > 0);
	reply(3);
	reply(3);
	finish();
}

static void
not_found_with_retries(void)
{
	begin();
	evhttp_connection_set_retries(client, 2);
	make("a");
	http_turns();
	for (int i = 0; i < 10; i++) {
		say("%d s, questions %d", i, reply(3) > 0);
		http_pass(1000);
	}
	finish();
}

static void
no_reply(void)
{
	begin();
	make("a");
	for (int i = 0; i < 12; i++) {
		http_pass(5000);
		say("%d s", 5 * (i + 1));
	}
	finish();
}

static void
cancelled(void)
{
	struct evhttp_request *req;

	begin();
	req = make("a");
	http_turns();
	evhttp_cancel_request(req);
	say("cancelled");
	say("questions %d", reply(0) > 0);
	finish();
}

static void
cancelled_and_another(void)
{
	struct evhttp_request *req;
	int peer;

	begin();
	req = make("a");
	make("b");
	http_turns();
	evhttp_cancel_request(req);
	say("cancelled");
	reply(0);
	reply(0);
	peer = http_accept(listener);
	if (peer >= 0)
		HTTP_PUT(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	http_turns();
	finish();
}

static void
freed(void)
{
	begin();
	make("a");
	http_turns();
	evhttp_connection_free(client);
	say("freed");
	say("questions %d", reply(0) > 0);
	evdns_base_free(dns, 1);
	http_turns();
}

static void
answers(void)
{
	int peer = http_accept(listener);

	if (peer < 0)
		return;
	http_say_short(peer);
	HTTP_PUT(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	http_turns();
}

static void
without_base(void)
{
	listener = http_listen(&port);
	client = evhttp_connection_new("127.0.0.1", (ev_uint16_t)port);
	say("new %d, base %d", client != NULL, evhttp_connection_get_base(client) != NULL);
}

static void
with_current_base(void)
{
	event_base_free(http_base);
	http_base = event_init();
	without_base();
	evhttp_connection_set_base(client, http_base);
	say("base %d", evhttp_connection_get_base(client) == http_base);
	make("a");
	http_turns();
	answers();
	evhttp_connection_free(client);
}

static void
with_current_base_only(void)
{
	event_base_free(http_base);
	http_base = event_init();
	without_base();
	make("a");
	http_turns();
	answers();
	evhttp_connection_free(client);
}

static void
with_base_later(void)
{
	without_base();
	evhttp_connection_set_base(client, http_base);
	make("a");
	http_turns();
	answers();
	evhttp_connection_free(client);
}

static void
no_callback(void)
{
	struct evhttp_request *req = evhttp_request_new(NULL, NULL);

	listener = http_listen(&port);
	client = evhttp_connection_base_new(http_base, NULL, "127.0.0.1", (ev_uint16_t)port);
	say("make %d", evhttp_make_request(client, req, EVHTTP_REQ_GET, "/"));
	http_turns();
	answers();
	evhttp_connection_free(client);
}

static void
request_alone(void)
{
	struct evhttp_request *req = evhttp_request_new(on_done, NULL);

	say("kind %d, type %d, version %d.%d, flags %d, code %d, uri %d, ntoread %lld", req->kind,
	    (int)req->type, req->major, req->minor, req->flags, req->response_code,
	    req->uri != NULL, (long long)req->ntoread);
	say("uri %d, parsed %d, host %d, connection %d, line %d, command %d, owned %d",
	    evhttp_request_get_uri(req) != NULL, evhttp_request_get_evhttp_uri(req) != NULL,
	    evhttp_request_get_host(req) != NULL, evhttp_request_get_connection(req) != NULL,
	    evhttp_request_get_response_code_line(req) != NULL, evhttp_request_get_command(req),
	    evhttp_request_is_owned(req));
	say("sizes %zu %zu, remote %d %d", req->headers_size, req->body_size,
	    req->remote_host != NULL, req->remote_port);
	evhttp_request_free(req);
}

static void
started(void)
{
	struct evhttp *http;

	listener = http_listen(&port);
	close(listener);
	event_base_free(http_base);
	http_base = event_init();
	http = evhttp_start("127.0.0.1", (ev_uint16_t)port);
	say("start %d", http != NULL);
	int fd = http_connect(port);
	HTTP_PUT(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_short(fd);
	evhttp_free(http);
	http_turns();
	http_listen(&port);
	say("in use: %d", evhttp_start("127.0.0.1", (ev_uint16_t)port) != NULL);
}

int
main(void)
{
	http_case("found", found);
	http_case("not found", not_found);
	http_case("not found, with retries", not_found_with_retries);
	http_case("no reply", no_reply);
	http_case("cancelled", cancelled);
	http_case("cancelled, and another", cancelled_and_another);
	http_case("freed", freed);
	http_case("without a base", without_base);
	http_case("with a base later", with_base_later);
	http_case("with a current base", with_current_base);
	http_case("with a current base alone", with_current_base_only);
	http_case("without a callback", no_callback);
	http_case("a request alone", request_alone);
	http_case("evhttp_start", started);
	return 0;
}
