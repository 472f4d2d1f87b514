/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that look behind evhttp: the connection's bufferevent, fields of the request. */
#include "http_kit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static struct evhttp *http;
static struct evhttp_request *kept;
static struct evhttp_connection *client;
static int port, fd, listener, peer = -1;

static void
say_stream(const char *when, struct evhttp_connection *connection)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);
	bufferevent_data_cb on_read, on_write;
	bufferevent_event_cb on_event;
	void *arg;
	size_t low[2], high[2];

	bufferevent_getcb(bev, &on_read, &on_write, &on_event, &arg);
	bufferevent_getwatermark(bev, EV_READ, &low[0], &high[0]);
	bufferevent_getwatermark(bev, EV_WRITE, &low[1], &high[1]);
	say("%s: enabled %s, callbacks %d%d%d, arg is the connection %d, watermarks %zu %zu %zu "
	    "%zu, in %zu, "
	    "out %zu",
	    when, bits(bufferevent_get_enabled(bev)), on_read != NULL, on_write != NULL,
	    on_event != NULL, arg == connection, low[0], high[0], low[1], high[1],
	    evbuffer_get_length(bufferevent_get_input(bev)),
	    evbuffer_get_length(bufferevent_get_output(bev)));
}

static void
say_fields(const char *when, struct evhttp_request *req)
{
	say("%s: flags %x, kind %d, type %s, sizes %zu %zu, ntoread %lld, chunked %d, userdone %d, "
	    "version %d.%d, cb %d, chunk_cb %d",
	    when, (unsigned)req->flags, req->kind, http_method((int)req->type), req->headers_size,
	    req->body_size, (long long)req->ntoread, req->chunked, req->userdone, req->major,
	    req->minor, req->cb != NULL, req->chunk_cb != NULL);
}

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	say("%s: closed", (char *)arg);
}

static void
keep(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	kept = req;
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(req), on_close, (void *)"connection");
	say_stream("in the callback", evhttp_request_get_connection(req));
	say_fields("in the callback", req);
}

static void
begin(const char *request)
{
	http = http_server(&port);
	evhttp_set_gencb(http, keep, NULL);
	fd = http_connect(port);
	http_put_text(fd, request);
	http_turns();
}

static void
streams(void)
{
	struct evhttp_connection *connection;

	begin(GET);
	connection = evhttp_request_get_connection(kept);
	say_stream("later", connection);
	evhttp_send_reply(kept, 200, "OK", http_text("body\n"));
	say_stream("after the reply", connection);
	http_turns();
	say_stream("idle", connection);
	HTTP_PUT(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
	http_turns();
	say_stream("in a body", connection);
	HTTP_PUT(fd, "bcGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	evhttp_send_reply_start(kept, 200, "OK");
	say_stream("after the start", connection);
	say_fields("after the start", kept);
	http_turns();
	say_stream("started", connection);
	evhttp_send_reply_chunk(kept, http_text("one"));
	say_stream("after a chunk", connection);
	http_turns();
	say_stream("written", connection);
	evhttp_send_reply_end(kept);
	say_stream("after the end", connection);
	say_fields("after the end", kept);
	http_turns();
	evhttp_free(http);
}

static void
chunked_request(void)
{
	begin("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	      "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
	evhttp_free(http);
}

/* A program that stops reading while it works, as bitcoind did. */
static void
read_disabled(void)
{
	struct bufferevent *bev;

	begin(GET);
	bev = evhttp_connection_get_bufferevent(evhttp_request_get_connection(kept));
	bufferevent_disable(bev, EV_READ);
	HTTP_PUT(fd, GET);
	http_turns();
	evhttp_send_reply(kept, 200, "OK", NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	http_turns();
	http_say_short(fd);
	say("the second");
	evhttp_send_reply(kept, 200, "OK", NULL);
	http_turns();
	http_say_short(fd);
	evhttp_free(http);
}

/* A program that reads itself while it owes a reply, to hear that the peer leaves. */
static void
read_enabled(void)
{
	begin(GET);
	bufferevent_enable(
	    evhttp_connection_get_bufferevent(evhttp_request_get_connection(kept)), EV_READ);
	http_turns();
	say("the client leaves");
	close(fd);
	http_turns();
	say("connection %d", evhttp_request_get_connection(kept) != NULL);
	evhttp_send_reply(kept, 200, "OK", NULL);
	http_turns();
	evhttp_free(http);
}

static void
read_enabled_pipelined(void)
{
	begin(GET);
	bufferevent_enable(
	    evhttp_connection_get_bufferevent(evhttp_request_get_connection(kept)), EV_READ);
	http_turns();
	HTTP_PUT(fd, GET);
	http_turns();
	say("connection %d", evhttp_request_get_connection(kept) != NULL);
	evhttp_send_reply(kept, 200, "OK", NULL);
	http_turns();
	http_say_short(fd);
	evhttp_free(http);
}

static void
taken_read(struct bufferevent *bev, void *arg)
{
	(void)arg;
	http_say_buffer("taken: ", bufferevent_get_input(bev));
	evbuffer_drain(bufferevent_get_input(bev), evbuffer_get_length(bufferevent_get_input(bev)));
}

static void
taken_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)arg;
	say("taken: event %x", what);
}

/* Upgrades as programs make them. */
static void
upgrade_start(void)
{
	struct bufferevent *bev;

	begin("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
	evhttp_add_header(evhttp_request_get_output_headers(kept), "Upgrade", "x");
	evhttp_add_header(evhttp_request_get_output_headers(kept), "Connection", "Upgrade");
	evhttp_send_reply_start(kept, 101, "Switching Protocols");
	bev = evhttp_connection_get_bufferevent(evhttp_request_get_connection(kept));
	bufferevent_setcb(bev, taken_read, NULL, taken_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	http_turns();
	http_say_received(fd);
	HTTP_PUT(fd, "hello");
	http_turns();
	bufferevent_write(bev, "world", 5);
	http_turns();
	http_say_received(fd);
	say("free the connection");
	evhttp_connection_free(evhttp_request_get_connection(kept));
	http_turns();
	http_say_received(fd);
	evhttp_free(http);
}

static void
upgrade_written(void)
{
	struct bufferevent *bev;

	begin("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nearly");
	bev = evhttp_connection_get_bufferevent(evhttp_request_get_connection(kept));
	say("waiting %zu", evbuffer_get_length(bufferevent_get_input(bev)));
	bufferevent_setcb(bev, taken_read, NULL, taken_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_write(bev, "HTTP/1.1 101 x\r\n\r\n", 18);
	http_turns();
	http_say_received(fd);
	HTTP_PUT(fd, "hello");
	http_turns();
	say("the client leaves");
	close(fd);
	http_turns();
	evhttp_free(http);
}

/* A client that tunnels. */
static void
on_connected(struct evhttp_request *req, void *arg)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(client);

	(void)arg;
	say("done, code %d", req ? evhttp_request_get_response_code(req) : -1);
	say_stream("in done", client);
	bufferevent_setcb(bev, taken_read, NULL, taken_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_write(bev, "hello", 5);
}

static void
tunnel(const void *reply)
{
	struct evhttp_request *req = evhttp_request_new(on_connected, NULL);

	listener = http_listen(&port);
	client = evhttp_connection_base_new(http_base, NULL, "127.0.0.1", (ev_uint16_t)port);
	evhttp_connection_set_closecb(client, on_close, (void *)"client");
	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", "a");
	evhttp_make_request(client, req, EVHTTP_REQ_CONNECT, "other:80");
	say_fields("made", req);
	http_turns();
	peer = http_accept(listener);
	http_turns();
	say_stream("waiting", client);
	say_fields("waiting", req);
	http_say_received(peer);
	http_put_text(peer, reply);
	http_turns();
	say_stream("later", client);
	http_say_received(peer);
	HTTP_PUT(peer, "world");
	http_turns();
	evhttp_connection_free(client);
	http_turns();
	http_say_received(peer);
}

static void
on_done(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("done, code %d", req ? evhttp_request_get_response_code(req) : -1);
	if (req)
		say_fields("in done", req);
	say_stream("in done", client);
}

static void
client_streams(void)
{
	struct evhttp_request *req = evhttp_request_new(on_done, NULL);

	listener = http_listen(&port);
	client = evhttp_connection_base_new(http_base, NULL, "127.0.0.1", (ev_uint16_t)port);
	say_stream("new", client);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", "a:1");
	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", "a");
	evhttp_make_request(client, req, EVHTTP_REQ_GET, "/x?y");
	say("uri %s, parsed %d, host %s, connection %d", evhttp_request_get_uri(req),
	    evhttp_request_get_evhttp_uri(req) != NULL,
	    evhttp_request_get_host(req) ? evhttp_request_get_host(req) : "NULL",
	    evhttp_request_get_connection(req) == client);
	say_stream("made", client);
	http_turns();
	peer = http_accept(listener);
	http_turns();
	say_stream("waiting", client);
	HTTP_PUT(peer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
	http_turns();
	say_stream("in the body", client);
	HTTP_PUT(peer, "bc");
	http_turns();
	say_stream("idle", client);
	evhttp_connection_free(client);
}

static void
backlog(void)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);
	struct evhttp_bound_socket *bound;

	http = evhttp_new(http_base);
	bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	getsockopt(evhttp_bound_socket_get_fd(bound), IPPROTO_TCP, TCP_INFO, &info, &size);
	say("backlog %u", info.tcpi_sacked);
	evhttp_free(http);
}

static void
flag_taken_off(void)
{
	http = http_server(&port);
	evhttp_set_gencb(http, keep, NULL);
	evhttp_set_max_body_size(http, 10);
	evhttp_set_flags(http, EVHTTP_SERVER_LINGERING_CLOSE);
	evhttp_set_flags(http, 0);
	fd = http_connect(port);
	HTTP_PUT(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n1234");
	http_turns();
	http_say_short(fd);
}

/* Requests that cannot be made. */
static void
not_made(bool owned)
{
	struct evhttp_request *req = evhttp_request_new(on_done, NULL);

	listener = http_listen(&port);
	client = evhttp_connection_base_new(http_base, NULL, "127.0.0.1", (ev_uint16_t)port);
	evhttp_connection_set_local_address(client, "10.255.255.1");
	if (owned)
		evhttp_request_own(req);
	say("make %d", evhttp_make_request(client, req, EVHTTP_REQ_GET, "/"));
	if (owned) {
		say("owned %d, connection %d", evhttp_request_is_owned(req),
		    evhttp_request_get_connection(req) != NULL);
		evhttp_request_free(req);
	}
	http_turns();
	evhttp_connection_free(client);
}

static void
not_made_plain(void)
{
	not_made(false);
}

static void
not_made_owned(void)
{
	not_made(true);
}

int
main(void)
{
	http_case("streams of a server", streams);
	http_case("a chunked request", chunked_request);
	http_case("reading disabled", read_disabled);
	http_case("reading enabled", read_enabled);
	http_case("reading enabled, pipelined", read_enabled_pipelined);
	http_case("upgrade by send_reply_start", upgrade_start);
	http_case("upgrade written by the program", upgrade_written);
	http_case_with("a tunnel", tunnel, "HTTP/1.1 200 OK\r\n\r\n");
	http_case_with("a tunnel with early bytes", tunnel, "HTTP/1.1 200 OK\r\n\r\nearly");
	http_case("streams of a client", client_streams);
	http_case("the backlog", backlog);
	http_case("a flag that is taken off", flag_taken_off);
	http_case("not made", not_made_plain);
	http_case("not made, owned", not_made_owned);
	return 0;
}
