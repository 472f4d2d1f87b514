/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests, connections and servers that are freed in callbacks and while a reply is owed. */
#include "http_kit.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

enum what { CONNECTION, REQUEST, SERVER, CALLBACK, BREAK };

static struct evhttp *http;
static struct evhttp_request *kept;
static int port, fd;
static enum what what;
static const char *requests = GET;

static void
free_it(struct evhttp_request *req, struct evhttp_connection *connection)
{
	switch (what) {
	case CONNECTION:
		say("free the connection");
		evhttp_connection_free(connection);
		break;
	case REQUEST:
		say("free the request");
		evhttp_request_free(req);
		break;
	case SERVER:
		say("free the server");
		evhttp_free(http);
		http = NULL;
		break;
	case CALLBACK:
		say("del_cb %d", evhttp_del_cb(http, "/"));
		break;
	case BREAK:
		event_base_loopbreak(http_base);
		break;
	}
	say("back");
}

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	say("%s: closed", (char *)arg);
}

static void
on_complete(struct evhttp_request *req, void *arg)
{
	(void)req;
	say("%s: complete", (char *)arg);
}

static void
watch(struct evhttp_request *req)
{
	evhttp_request_set_on_complete_cb(req, on_complete, (void *)"request");
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(req), on_close, (void *)"connection");
}

static void
in_request(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	watch(req);
	free_it(req, evhttp_request_get_connection(req));
}

static void
after_reply(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	watch(req);
	evhttp_send_reply(req, 200, "OK", NULL);
	free_it(req, evhttp_request_get_connection(req));
}

static void
after_start(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	watch(req);
	evhttp_send_reply_start(req, 200, "OK");
	evhttp_send_reply_chunk(req, http_text("one"));
	free_it(req, evhttp_request_get_connection(req));
}

static void
freeing_complete(struct evhttp_request *req, void *arg)
{
	say("%s: complete", (char *)arg);
	free_it(req, evhttp_request_get_connection(req));
}

static void
in_complete(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	watch(req);
	evhttp_request_set_on_complete_cb(req, freeing_complete, (void *)"request");
	evhttp_send_reply(req, 200, "OK", NULL);
}

static void
in_complete_of_error(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	watch(req);
	evhttp_request_set_on_complete_cb(req, freeing_complete, (void *)"request");
	evhttp_send_error(req, 500, NULL);
}

static void
freeing_chunk(struct evhttp_connection *connection, void *arg)
{
	say("chunk written");
	free_it(arg, connection);
}

static void
in_chunk(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	watch(req);
	evhttp_send_reply_start(req, 200, "OK");
	evhttp_send_reply_chunk_with_cb(req, http_text("one"), freeing_chunk, req);
}

static void
ending_chunk(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	say("chunk written");
	evhttp_send_reply_end(arg);
}

static void
ends_in_chunk(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	watch(req);
	evhttp_send_reply_start(req, 200, "OK");
	evhttp_send_reply_chunk_with_cb(req, http_text("one"), ending_chunk, req);
}

static void
freeing_close(struct evhttp_connection *connection, void *arg)
{
	static bool inside;

	(void)arg;

	say("closed");
	/* A connection that is freed calls this again. */
	if (!inside) {
		inside = true;
		free_it(NULL, connection);
	}
}

static void
in_close(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	evhttp_connection_set_closecb(evhttp_request_get_connection(req), freeing_close, NULL);
	evhttp_send_reply(req, 200, "OK", NULL);
}

static void
in_close_of_chunks(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	kept = req;
	evhttp_connection_set_closecb(evhttp_request_get_connection(req), freeing_close, NULL);
	evhttp_send_reply_start(req, 200, "OK");
}

static void
keep(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	watch(req);
	kept = req;
}

static void
keep_chunks(struct evhttp_request *req, void *arg)
{
	keep(req, arg);
	evhttp_send_reply_start(req, 200, "OK");
	evhttp_send_reply_chunk(req, http_text("one"));
}

static void
begin(void (*cb)(struct evhttp_request *, void *))
{
	http = http_server(&port);
	evhttp_set_cb(http, "/", cb, NULL);
	fd = http_connect(port);
	http_put_text(fd, requests);
	http_turns();
}

static void
finish(void)
{
	http_say_short(fd);
	if (http) {
		say("end: free the server");
		evhttp_free(http);
	}
	http_turns();
	http_say_short(fd);
	event_base_free(http_base);
	say("end");
}

struct free_case {
	const char *name;
	void (*cb)(struct evhttp_request *, void *);
	enum what what;
	bool leave, pipelined;
};

static void
free_in(const void *arg)
{
	const struct free_case *one = arg;

	what = one->what;
	if (one->pipelined)
		requests = GET GET;
	begin(one->cb);
	if (one->leave) {
		say("leave");
		shutdown(fd, SHUT_RDWR);
		http_turns();
	}
	finish();
}

static const struct free_case cases[] = {
    {"request callback: connection", in_request, CONNECTION, false, false},
    {"request callback: server", in_request, SERVER, false, false},
    {"request callback: path", in_request, CALLBACK, false, false},
    {"request callback: break", in_request, BREAK, false, false},
    {"after reply: connection", after_reply, CONNECTION, false, false},
    {"after reply: server", after_reply, SERVER, false, false},
    {"after reply: path", after_reply, CALLBACK, false, false},
    {"after chunk: connection", after_start, CONNECTION, false, false},
    {"after chunk: server", after_start, SERVER, false, false},
    {"complete callback: connection", in_complete, CONNECTION, false, false},
    {"complete callback: server", in_complete, SERVER, false, false},
    {"complete callback of error: connection", in_complete_of_error, CONNECTION, false, false},
    {"chunk callback: end", ends_in_chunk, CONNECTION, false, false},
    {"chunk callback: connection", in_chunk, CONNECTION, false, false},
    {"chunk callback: server", in_chunk, SERVER, false, false},
    {"close callback: connection", in_close, CONNECTION, true, false},
    {"close callback: server", in_close, SERVER, true, false},
    {"close callback amid chunks: connection", in_close_of_chunks, CONNECTION, true, false},
    {"request callback: connection, pipelined", in_request, CONNECTION, false, true},
    {"request callback: server, pipelined", in_request, SERVER, false, true},
    {"request callback: path, pipelined", after_reply, CALLBACK, false, true},
    {"chunk callback: end, pipelined", ends_in_chunk, CONNECTION, false, true},
    {"chunk callback: connection, pipelined", in_chunk, CONNECTION, false, true},
    {"close callback: connection, pipelined", in_close, CONNECTION, true, true},
    {"complete callback: connection, pipelined", in_complete, CONNECTION, false, true},
    {"complete callback: server, pipelined", in_complete, SERVER, false, true},
    {"request callback: request", in_request, REQUEST, false, false},
    {"after reply: request", after_reply, REQUEST, false, false},
    {"complete callback: request", in_complete, REQUEST, false, false},
};

static void
server_with_request(void)
{
	begin(keep);
	say("free the server");
	evhttp_free(http);
	http = NULL;
	http_turns();
	finish();
}

static void
server_with_owned_request(void)
{
	begin(keep);
	evhttp_request_own(kept);
	say("free the server");
	evhttp_free(http);
	http = NULL;
	http_turns();
	say("free the request");
	evhttp_request_free(kept);
	finish();
}

static void
server_with_chunks(void)
{
	begin(keep_chunks);
	say("free the server");
	evhttp_free(http);
	http = NULL;
	finish();
}

static void
server_with_unwritten_reply(void)
{
	begin(keep);
	evhttp_send_reply(kept, 200, "OK", http_text("body\n"));
	say("free the server");
	evhttp_free(http);
	http = NULL;
	finish();
}

static void
server_amid_body(void)
{
	http = http_server(&port);
	evhttp_set_cb(http, "/", keep, NULL);
	fd = http_connect(port);
	HTTP_PUT(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
	http_turns();
	say("free the server");
	evhttp_free(http);
	http = NULL;
	finish();
}

static void
server_with_error(void)
{
	begin(keep);
	evhttp_send_error(kept, 500, NULL);
	say("free the server");
	evhttp_free(http);
	http = NULL;
	finish();
}

static void
base_first(void)
{
	begin(keep);
	say("free the base");
	event_base_free(http_base);
	say("free the server");
	evhttp_free(http);
	say("end");
}

static struct bufferevent *
freeing_bev(struct event_base *base, void *arg)
{
	(void)arg;
	say("bevcb: free the server");
	evhttp_free(http);
	http = NULL;
	say("back");
	return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

static void
server_in_bevcb(void)
{
	http = http_server(&port);
	evhttp_set_bevcb(http, freeing_bev, NULL);
	fd = http_connect(port);
	http_turns();
	finish();
}

/* Connections that the listener has not accepted. */
static void
server_with_waiting(void)
{
	http = http_server(&port);
	evhttp_set_cb(http, "/", keep, NULL);
	fd = http_connect(port);
	HTTP_PUT(fd, GET);
	say("free the server");
	evhttp_free(http);
	http = NULL;
	finish();
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		http_case_with(cases[i].name, free_in, &cases[i]);
	http_case("server with a request", server_with_request);
	http_case("server with chunks", server_with_chunks);
	http_case("server with an unwritten reply", server_with_unwritten_reply);
	http_case("server with an unwritten error", server_with_error);
	http_case("server amid a body", server_amid_body);
	http_case("server with waiting connections", server_with_waiting);
	http_case("the base first", base_first);
	http_case("server in bevcb", server_in_bevcb);
	http_case("server with an owned request", server_with_owned_request);
	return 0;
}
