/* SPDX-License-Identifier: BSD-3-Clause */
/* Clients that leave a server: before the reply, amid chunks, after it. */
#include "http_kit.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static struct evhttp *http;
static struct evhttp_request *kept;
static int port, fd;
static bool own;

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	say("%s: closed", (char *)arg);
}

static void
on_complete(struct evhttp_request *req, void *arg)
{
	say("%s: complete, code %d, connection %d", (char *)arg,
	    evhttp_request_get_response_code(req), evhttp_request_get_connection(req) != NULL);
}

static void
on_chunk_written(struct evhttp_connection *connection, void *arg)
{
	say("%s: chunk written, connection %d", (char *)arg, connection != NULL);
}

static void
keep(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request");
	kept = req;
	if (own)
		evhttp_request_own(req);
	evhttp_request_set_on_complete_cb(req, on_complete, (void *)"request");
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(req), on_close, (void *)"connection");
}

static void
begin(void)
{
	http = http_server(&port);
	evhttp_set_gencb(http, keep, NULL);
	fd = http_connect(port);
	HTTP_PUT(fd, GET);
	http_turns();
}

static void
say_connection(void)
{
	say("connection %d, owned %d", evhttp_request_get_connection(kept) != NULL,
	    evhttp_request_is_owned(kept));
}

static void
close_now(void)
{
	say("close");
	close(fd);
	http_turns();
}

static void
half_close(void)
{
	say("half close");
	shutdown(fd, SHUT_WR);
	http_turns();
}

static void
reset_now(void)
{
	say("reset");
	http_reset(fd);
	http_turns();
}

static void
reply(void)
{
	say("reply");
	evhttp_send_reply(kept, 200, "OK", http_text("body\n"));
	http_turns();
}

static void
reply_error(void)
{
	say("error");
	evhttp_send_error(kept, 500, NULL);
	http_turns();
}

static void
start(void)
{
	say("start");
	evhttp_send_reply_start(kept, 200, "OK");
	http_turns();
}

static void
chunk(const char *text)
{
	struct evbuffer *buffer = http_text(text);

	say("chunk");
	evhttp_send_reply_chunk_with_cb(kept, buffer, on_chunk_written, (void *)text);
	say("left %zu", evbuffer_get_length(buffer));
	http_turns();
}

static void
end(void)
{
	say("end");
	evhttp_send_reply_end(kept);
	http_turns();
}

static void
finish(void)
{
	say("free the server");
	evhttp_free(http);
	http_turns();
	event_base_free(http_base);
}

static void
stays(void)
{
	begin();
	reply();
	http_say_received(fd);
	close_now();
	finish();
}

static void
resets_after_reply(void)
{
	begin();
	reply();
	reset_now();
	finish();
}

static void
stays_error(void)
{
	begin();
	reply_error();
	http_say_received(fd);
	finish();
}

static void
stays_chunks(void)
{
	begin();
	start();
	chunk("one");
	chunk("two");
	chunk("");
	end();
	http_say_received(fd);
	finish();
}

static void
chunk_callbacks_replaced(void)
{
	begin();
	evhttp_send_reply_start(kept, 200, "OK");
	evhttp_send_reply_chunk_with_cb(kept, http_text("one"), on_chunk_written, (void *)"one");
	evhttp_send_reply_chunk_with_cb(kept, http_text("two"), on_chunk_written, (void *)"two");
	http_turns();
	evhttp_send_reply_chunk_with_cb(
	    kept, http_text("three"), on_chunk_written, (void *)"three");
	evhttp_send_reply_chunk(kept, http_text("four"));
	http_turns();
	evhttp_send_reply_chunk_with_cb(kept, http_text("five"), on_chunk_written, (void *)"five");
	evhttp_send_reply_end(kept);
	http_turns();
	http_say_received(fd);
	finish();
}

static void
leaves_before(void)
{
	begin();
	close_now();
	say_connection();
	reply();
	finish();
}

static void
leaves_before_and_waits(void)
{
	begin();
	close_now();
	http_pass(49000);
	say("49 s later");
	http_pass(2000);
	say("51 s later");
	http_pass(100000);
	reply();
	finish();
}

static void
half_closes_before(void)
{
	begin();
	half_close();
	say_connection();
	reply();
	http_say_received(fd);
	finish();
}

static void
resets_before(void)
{
	begin();
	reset_now();
	say_connection();
	reply();
	finish();
}

static void
resets_before_error(void)
{
	begin();
	reset_now();
	reply_error();
	finish();
}

static void
resets_before_start(void)
{
	begin();
	reset_now();
	start();
	say_connection();
	chunk("one");
	say_connection();
	chunk("two");
	end();
	finish();
}

static void
leaves_amid_chunks(void)
{
	begin();
	start();
	chunk("one");
	close_now();
	say_connection();
	chunk("two");
	say_connection();
	chunk("three");
	say_connection();
	chunk("four");
	say_connection();
	end();
	finish();
}

static void
resets_amid_chunks(void)
{
	begin();
	start();
	chunk("one");
	reset_now();
	say_connection();
	chunk("two");
	say_connection();
	end();
	finish();
}

static void
half_closes_amid_chunks(void)
{
	begin();
	start();
	chunk("one");
	half_close();
	say_connection();
	chunk("two");
	say_connection();
	end();
	http_say_received(fd);
	finish();
}

static void
chunks_are_not_written(void)
{
	begin();
	start();
	chunk("one");
	reset_now();
	evhttp_send_reply_chunk(kept, http_text("two"));
	evhttp_send_reply_end(kept);
	say("end in the same turn");
	http_turns();
	finish();
}

static void
owned_leaves_amid_chunks(void)
{
	own = true;
	begin();
	start();
	chunk("one");
	reset_now();
	chunk("two");
	say_connection();
	chunk("three");
	say_connection();
	end();
	say_connection();
	evhttp_request_free(kept);
	say("freed");
	finish();
}

static void
owned_stays(void)
{
	own = true;
	begin();
	reply();
	http_say_received(fd);
	say_connection();
	HTTP_PUT(fd, GET);
	say("again");
	struct evhttp_request *first = kept;
	http_turns();
	evhttp_request_free(first);
	say("first freed");
	reply();
	http_say_received(fd);
	evhttp_request_free(kept);
	finish();
}

static void
owned_closes_first(void)
{
	own = true;
	begin();
	reply();
	http_say_received(fd);
	close_now();
	say_connection();
	evhttp_request_free(kept);
	finish();
}

static void
leaves_amid_long_reply(void)
{
	static char bytes[8 << 20];
	struct evbuffer *buffer = evbuffer_new();

	begin();
	evbuffer_add_reference(buffer, bytes, sizeof(bytes), NULL, NULL);
	evhttp_send_reply(kept, 200, "OK", buffer);
	http_turns();
	reset_now();
	finish();
}

static void
does_not_read_long_reply(void)
{
	static char bytes[8 << 20];
	struct evbuffer *buffer = evbuffer_new();

	begin();
	evbuffer_add_reference(buffer, bytes, sizeof(bytes), NULL, NULL);
	evhttp_send_reply(kept, 200, "OK", buffer);
	http_turns();
	http_pass(49000);
	say("49 s later");
	http_pass(2000);
	say("51 s later");
	finish();
}

static void
pipelined_then_leaves(void)
{
	begin();
	HTTP_PUT(fd, "GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	close_now();
	reply();
	say("after the first");
	reply();
	finish();
}

static void
free_request(void)
{
	begin();
	say("free the request");
	evhttp_request_free(kept);
	http_turns();
	http_say_received(fd);
	HTTP_PUT(fd, GET);
	http_turns();
	finish();
}

static void
free_connection(void)
{
	begin();
	say("free the connection");
	evhttp_connection_free(evhttp_request_get_connection(kept));
	http_turns();
	http_say_received(fd);
	finish();
}

static void
free_connection_amid_chunks(void)
{
	begin();
	start();
	chunk("one");
	say("free the connection");
	evhttp_connection_free(evhttp_request_get_connection(kept));
	http_turns();
	http_say_received(fd);
	finish();
}

static void
free_connection_owned(void)
{
	own = true;
	begin();
	say("free the connection");
	evhttp_connection_free(evhttp_request_get_connection(kept));
	http_turns();
	http_say_received(fd);
	say_connection();
	reply();
	evhttp_request_free(kept);
	finish();
}

static void
free_idle_connection(void)
{
	begin();
	struct evhttp_connection *connection = evhttp_request_get_connection(kept);
	reply();
	http_say_received(fd);
	say("free the connection");
	evhttp_connection_free(connection);
	http_turns();
	http_say_received(fd);
	finish();
}

static void
second_reply(void)
{
	own = true;
	begin();
	evhttp_send_reply(kept, 200, "OK", http_text("first\n"));
	evhttp_send_reply(kept, 200, "OK", http_text("second\n"));
	http_turns();
	http_say_received(fd);
	finish();
}

static void
chunk_without_start(void)
{
	begin();
	chunk("one");
	end();
	http_say_received(fd);
	finish();
}

int
main(void)
{
	http_case("stays, then closes", stays);
	http_case("resets after the reply", resets_after_reply);
	http_case("stays, error", stays_error);
	http_case("stays, chunks", stays_chunks);
	http_case("callbacks of chunks", chunk_callbacks_replaced);
	http_case("closes before the reply", leaves_before);
	http_case("closes before the reply, which comes late", leaves_before_and_waits);
	http_case("half closes before the reply", half_closes_before);
	http_case("resets before the reply", resets_before);
	http_case("resets before the error", resets_before_error);
	http_case("resets before the start", resets_before_start);
	http_case("closes amid chunks", leaves_amid_chunks);
	http_case("resets amid chunks", resets_amid_chunks);
	http_case("half closes amid chunks", half_closes_amid_chunks);
	http_case("resets, last chunk and end in one turn", chunks_are_not_written);
	http_case("owned, resets amid chunks", owned_leaves_amid_chunks);
	http_case("owned, stays", owned_stays);
	http_case("owned, closes after the reply", owned_closes_first);
	http_case("resets amid a long reply", leaves_amid_long_reply);
	http_case("does not read a long reply", does_not_read_long_reply);
	http_case("pipelines and closes", pipelined_then_leaves);
	http_case("the request is freed", free_request);
	http_case("the connection is freed", free_connection);
	http_case("the connection is freed amid chunks", free_connection_amid_chunks);
	http_case("the connection of an owned request is freed", free_connection_owned);
	http_case("an idle connection is freed", free_idle_connection);
	http_case("a second reply", second_reply);
	http_case("a chunk without start", chunk_without_start);
	return 0;
}
