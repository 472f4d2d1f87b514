/* SPDX-License-Identifier: BSD-3-Clause */
/* HTTPS by bufferevents over TLS: a server, and a client, each against OpenSSL alone. */
#include "http_kit.h"
#include "tls_kit.h"

static struct evhttp *http;
static struct evhttp_request *kept;
static struct evhttp_connection *client;
static int port, fd = -1, listener;
static SSL *peer;
static SSL_CTX *context;
static int bev_options = BEV_OPT_CLOSE_ON_FREE;
static bool keeps;

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
	(void)arg;
	say("complete");
}

static struct bufferevent *
make(struct event_base *base, void *arg)
{
	(void)arg;
	return bufferevent_openssl_socket_new(
	    base, -1, SSL_new(context), BUFFEREVENT_SSL_ACCEPTING, bev_options);
}

static void
handle(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request %s, remote %s", evhttp_request_get_uri(req), req->remote_host);
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(req), on_close, (void *)"connection");
	evhttp_request_set_on_complete_cb(req, on_complete, NULL);
	kept = req;
	if (!keeps)
		evhttp_send_reply(req, 200, "OK", http_text("body\n"));
}

/* Turns of both sides, until the peer has what there is. */
static void
move(void)
{
	static char bytes[65536];
	size_t size = 0;
	int n = 0, error = SSL_ERROR_WANT_READ;
	unsigned long why;

	for (int i = 0; i < 6; i++) {
		http_turns();
		if (!SSL_is_init_finished(peer)) {
			SSL_do_handshake(peer);
			continue;
		}
		ERR_clear_error();
		while ((n = SSL_read(peer, bytes + size, (int)(sizeof(bytes) - size))) > 0)
			size += (size_t)n;
		error = SSL_get_error(peer, n);
	}
	why = ERR_get_error();
	http_say_bytes("< ", bytes, size);
	say("< (%s)", error == SSL_ERROR_ZERO_RETURN  ? "close_notify"
		      : error == SSL_ERROR_WANT_READ  ? "open"
		      : error == SSL_ERROR_SSL && why ? ERR_reason_error_string(why)
						      : "end without close_notify");
}

static void
put(const char *text)
{
	if (SSL_write(peer, text, (int)strlen(text)) <= 0)
		say("kit: not written");
}

static void
begin(void)
{
	context = tls_context(TLS1_3_VERSION);
	http = http_server(&port);
	evhttp_set_gencb(http, handle, NULL);
	evhttp_set_bevcb(http, make, NULL);
	fd = http_connect(port);
	peer = SSL_new(context);
	SSL_set_fd(peer, fd);
	SSL_set_connect_state(peer);
	move();
}

static void
finish(void)
{
	say("free the server");
	evhttp_free(http);
	move();
}

static void
stays(void)
{
	begin();
	put("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
	move();
	put("GET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
	move();
	finish();
}

static void
closes(void)
{
	begin();
	put("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	move();
	finish();
}

static void
leaves_cleanly(void)
{
	begin();
	put("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	move();
	SSL_shutdown(peer);
	say("close_notify");
	move();
	finish();
}

static void
leaves_dirtily(void)
{
	begin();
	put("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	move();
	shutdown(fd, SHUT_WR);
	say("end");
	move();
	finish();
}

static void
leaves_before_reply(void)
{
	keeps = true;
	begin();
	put("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	move();
	SSL_shutdown(peer);
	say("close_notify");
	move();
	say("connection %d", evhttp_request_get_connection(kept) != NULL);
	evhttp_send_reply(kept, 200, "OK", http_text("body\n"));
	move();
	finish();
}

static void
resets_before_reply(void)
{
	keeps = true;
	begin();
	put("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	move();
	http_reset(fd);
	http_turns();
	say("connection %d", evhttp_request_get_connection(kept) != NULL);
	evhttp_send_reply(kept, 200, "OK", http_text("body\n"));
	http_turns();
	evhttp_free(http);
}

static void
no_tls(void)
{
	context = tls_context(TLS1_3_VERSION);
	http = http_server(&port);
	evhttp_set_gencb(http, handle, NULL);
	evhttp_set_bevcb(http, make, NULL);
	fd = http_connect(port);
	HTTP_PUT(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_short(fd);
	evhttp_free(http);
}

static void
no_handshake(void)
{
	context = tls_context(TLS1_3_VERSION);
	http = http_server(&port);
	evhttp_set_gencb(http, handle, NULL);
	evhttp_set_bevcb(http, make, NULL);
	evhttp_set_timeout(http, 3);
	fd = http_connect(port);
	http_turns();
	http_pass(2000);
	http_say_short(fd);
	http_pass(2000);
	http_say_short(fd);
	evhttp_free(http);
}

static void
free_connection(void)
{
	keeps = true;
	begin();
	put("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	move();
	evhttp_connection_free(evhttp_request_get_connection(kept));
	move();
	finish();
}

static void
not_closing(void)
{
	bev_options = 0;
	begin();
	put("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	move();
	finish();
}

/* The client. */
static void
on_done(struct evhttp_request *req, void *arg)
{
	if (req)
		say("%s: done, code %d, body %zu", (char *)arg,
		    evhttp_request_get_response_code(req),
		    evbuffer_get_length(evhttp_request_get_input_buffer(req)));
	else
		say("%s: done, NULL", (char *)arg);
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	say("%s: error %s", (char *)arg, http_error(error));
}

static void
request(const char *name)
{
	struct evhttp_request *req = evhttp_request_new(on_done, (void *)name);

	evhttp_request_set_error_cb(req, on_error);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", "a");
	say("make %s: %d", name, evhttp_make_request(client, req, EVHTTP_REQ_GET, "/"));
}

static void
accept_client(void)
{
	http_turns();
	fd = http_accept(listener);
	if (fd < 0)
		return;
	peer = SSL_new(context);
	SSL_set_fd(peer, fd);
	SSL_set_accept_state(peer);
	move();
}

static void
begin_client(void)
{
	context = tls_context(TLS1_3_VERSION);
	listener = http_listen(&port);
	client = evhttp_connection_base_bufferevent_new(http_base, NULL,
	    bufferevent_openssl_socket_new(
		http_base, -1, SSL_new(context), BUFFEREVENT_SSL_CONNECTING, bev_options),
	    "127.0.0.1", (ev_uint16_t)port);
	evhttp_connection_set_closecb(client, on_close, (void *)"client");
	request("a");
	accept_client();
}

static void
finish_client(void)
{
	say("free the client");
	evhttp_connection_free(client);
	if (peer)
		move();
}

static void
client_stays(void)
{
	begin_client();
	put("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	move();
	request("b");
	move();
	put("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	move();
	finish_client();
}

static void
client_reconnects(void)
{
	begin_client();
	put("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");
	move();
	request("b");
	accept_client();
	put("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	move();
	finish_client();
}

static void
client_until_close(void)
{
	begin_client();
	put("HTTP/1.1 200 OK\r\n\r\nabc");
	SSL_shutdown(peer);
	move();
	finish_client();
}

static void
client_until_close_dirty(void)
{
	begin_client();
	put("HTTP/1.1 200 OK\r\n\r\nabc");
	move();
	close(fd);
	peer = NULL;
	http_turns();
	finish_client();
}

static void
client_until_close_dirty_allowed(void)
{
	begin_client();
	bufferevent_openssl_set_allow_dirty_shutdown(evhttp_connection_get_bufferevent(client), 1);
	put("HTTP/1.1 200 OK\r\n\r\nabc");
	move();
	close(fd);
	peer = NULL;
	http_turns();
	finish_client();
}

static void
client_without_tls(void)
{
	context = tls_context(TLS1_3_VERSION);
	listener = http_listen(&port);
	client = evhttp_connection_base_bufferevent_new(http_base, NULL,
	    bufferevent_openssl_socket_new(
		http_base, -1, SSL_new(context), BUFFEREVENT_SSL_CONNECTING, bev_options),
	    "127.0.0.1", (ev_uint16_t)port);
	request("a");
	http_turns();
	fd = http_accept(listener);
	HTTP_PUT(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
	http_turns();
	finish_client();
}

int
main(void)
{
	http_case("stays", stays);
	http_case("closes", closes);
	http_case("the client leaves cleanly", leaves_cleanly);
	http_case("the client leaves dirtily", leaves_dirtily);
	http_case("the client leaves before the reply", leaves_before_reply);
	http_case("the client resets before the reply", resets_before_reply);
	http_case("a client without TLS", no_tls);
	http_case("no handshake", no_handshake);
	http_case("the connection is freed", free_connection);
	http_case("without BEV_OPT_CLOSE_ON_FREE", not_closing);
	http_case("client: stays", client_stays);
	http_case("client: connects again", client_reconnects);
	http_case("client: until close", client_until_close);
	http_case("client: until close, dirty", client_until_close_dirty);
	http_case("client: until close, dirty and allowed", client_until_close_dirty_allowed);
	http_case("client: a server without TLS", client_without_tls);
	return 0;
}
