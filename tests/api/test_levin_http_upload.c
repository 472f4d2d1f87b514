/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Uploads of levin/http_client.h that the program sends as it has the bytes.
 */
#include "support/http_fetch_kit.h"

#define HEAD_CHUNKED "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
#define HEAD_SIZED   "POST / HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\n"

static const char *pieces[4]; /* of an upload; it ends behind the last one */
static int next_piece;

static int
write_text(struct levin_http_fetch *to, const char *text)
{
	struct evbuffer *data = evbuffer_new();
	int rc;

	evbuffer_add(data, text, strlen(text));
	rc = levin_http_fetch_write(to, data);
	ck_assert_uint_eq(evbuffer_get_length(data), rc == 0 ? 0 : strlen(text));
	evbuffer_free(data);
	return rc;
}

static void
send_piece(struct levin_http_fetch *to, void *name)
{
	(void)name;
	spell_text("w ");
	if (!pieces[next_piece])
		ck_assert_int_eq(levin_http_fetch_finish(to), 0);
	else
		ck_assert_int_eq(write_text(to, pieces[next_piece++]), 0);
}

static struct levin_http_fetch *
upload(int64_t size, unsigned flags, levin_http_fetch_writable_fn *callback)
{
	struct levin_http_fetch *made = new_fetch("POST", "a");

	ck_assert_int_eq(levin_http_fetch_stream_body(made, size, flags, callback), 0);
	return begin(made);
}

static void
send_from_peer(const char *text)
{
	ck_assert_int_eq(bufferevent_write(peer.streams[0], text, strlen(text)), 0);
}

static void
start_upload_case(int i)
{
	start_client(i, NULL);
	next_piece = 0;
	pieces[0] = "abc";
	pieces[1] = "def";
	pieces[2] = NULL;
}

TEST_HTTP(levin_http_fetch_stream_body__in_chunks)
{
	start_upload_case(_i);
	upload(-1, 0, send_piece);
	expect_spelled("w w w ");
	expect_received(HEAD_CHUNKED "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
	send_from_peer(OK_BODY);
	expect_spelled("a:200[abc] ");
	ck_assert_uint_eq(statistics().idle, 1);
	stop_client();
}

TEST_HTTP(levin_http_fetch_stream_body__of_a_known_size)
{
	start_upload_case(_i);
	upload(6, 0, send_piece);
	expect_spelled("w w w ");
	expect_received(HEAD_SIZED "abcdef");
	send_from_peer(OK_BODY);
	expect_spelled("a:200[abc] ");
	ck_assert_uint_eq(statistics().idle, 1);
	stop_client();
}

TEST_HTTP(levin_http_fetch_stream_body__empty)
{
	start_upload_case(_i);
	pieces[0] = NULL;
	upload(-1, 0, send_piece);
	expect_spelled("w ");
	expect_received(HEAD_CHUNKED "0\r\n\r\n");
	send_from_peer(OK_BODY);
	expect_spelled("a:200[abc] ");
	stop_client();
}

static struct levin_http_fetch *late;

static void
keep_for_later(struct levin_http_fetch *to, void *name)
{
	(void)name;
	spell_text("w ");
	late = to;
}

TEST_HTTP(levin_http_fetch_write__later_and_with_wrong_sizes)
{
	struct levin_http_fetch *made;

	start_upload_case(_i);
	made = upload(6, 0, keep_for_later);
	errno = 0;
	ck_assert_int_eq(write_text(made, "x"), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(levin_http_fetch_finish(made), -1);
	expect_spelled("w ");
	ck_assert_int_eq(write_text(late, "1234567"), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(write_text(late, "12345"), 0);
	ck_assert_int_eq(levin_http_fetch_finish(late), -1);
	ck_assert_int_eq(errno, EINVAL);
	expect_spelled("w ");
	ck_assert_int_eq(write_text(late, "6"), 0);
	ck_assert_int_eq(levin_http_fetch_finish(late), 0);
	ck_assert_int_eq(levin_http_fetch_finish(late), -1);
	ck_assert_int_eq(write_text(late, "x"), -1);
	expect_received(HEAD_SIZED "123456");
	send_from_peer(OK_BODY);
	expect_spelled("a:200[abc] ");
	stop_client();
}

TEST_HTTP(expect_continue__the_body_waits_for_100)
{
	start_upload_case(_i);
	upload(6, LEVIN_HTTP_FETCH_EXPECT_CONTINUE, send_piece);
	expect_received(
	    "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 6\r\n\r\n");
	ck_assert_str_eq(spelled(), "");
	send_from_peer("HTTP/1.1 100 Continue\r\n\r\n");
	expect_spelled("w w w ");
	expect_received("abcdef");
	send_from_peer(OK_BODY);
	expect_spelled("a:200[abc] ");
	stop_client();
}

TEST_HTTP_SIM(expect_continue__or_for_a_second)
{
	int64_t begin_ms;

	start_upload_case(_i);
	begin_ms = now_ms();
	upload(-1, LEVIN_HTTP_FETCH_EXPECT_CONTINUE, send_piece);
	expect_spelled("w w w ");
	ck_assert_int_ge(now_ms() - begin_ms, 1000);
	ck_assert_int_lt(now_ms() - begin_ms, 1100);
	send_from_peer(OK_BODY);
	expect_spelled("a:200[abc] ");
	stop_client();
}

TEST_HTTP(expect_continue__refused)
{
	start_upload_case(_i);
	upload(6, LEVIN_HTTP_FETCH_EXPECT_CONTINUE, send_piece);
	wait_for_bytes(60);
	send_from_peer("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
	expect_spelled("a:413[no] ");
	ck_assert_uint_eq(statistics().connections, 0);
	stop_client();
}

TEST_HTTP(response__before_the_end_of_the_upload)
{
	start_upload_case(_i);
	upload(6, 0, keep_for_later);
	expect_spelled("w ");
	ck_assert_int_eq(write_text(late, "123"), 0);
	wait_for_bytes(58);
	send_from_peer("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
	while (statistics().responses == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(statistics().connections, 0);
	(void)spelled();
	stop_client();
}

enum { LARGE = 8 << 20, PIECE = 48 << 10 };

static size_t sent;

static void
send_much(struct levin_http_fetch *to, void *name)
{
	static char bytes[PIECE];
	struct evbuffer *data = evbuffer_new();

	(void)name;
	if (sent < LARGE) {
		evbuffer_add(data, bytes, sizeof(bytes));
		ck_assert_int_eq(levin_http_fetch_write(to, data), 0);
		sent += sizeof(bytes);
	} else {
		ck_assert_int_eq(levin_http_fetch_finish(to), 0);
	}
	evbuffer_free(data);
}

/* A server that does not read stops the callbacks. */
TEST_HTTP(levin_http_fetch_stream_body__slow_server_holds_the_upload_back)
{
	size_t before;

	start_upload_case(_i);
	sent = 0;
	upload(-1, 0, send_much);
	wait_for_bytes(1);
	bufferevent_disable(peer.streams[0], EV_READ);
	do {
		before = sent;
		for (int i = 0; i < 100; i++)
			ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	} while (sent != before);
	ck_assert_uint_lt(sent, LARGE);
	bufferevent_enable(peer.streams[0], EV_READ);
	wait_for_bytes(LARGE);
	send_from_peer(OK_BODY);
	expect_spelled("a:200[abc] ");
	stop_client();
}

static bool frees_client;

static void
end_upload(struct levin_http_fetch *to, void *name)
{
	(void)name;
	if (!frees_client) {
		levin_http_fetch_cancel(to);
		return;
	}
	levin_http_client_free(http);
	http = NULL;
}

TEST_HTTP(callbacks__cancel_or_free_inside_the_writable_callback)
{
	for (int i = 0; i < 4; i++) {
		start_upload_case(_i);
		frees_client = i % 2;
		upload(-1, i / 2 ? LEVIN_HTTP_FETCH_EXPECT_CONTINUE : 0, end_upload);
		if (i / 2) {
			wait_for_bytes(60);
			send_from_peer("HTTP/1.1 100 Continue\r\n\r\n");
		}
		expect_spelled("a!cancelled ");
		some_turns();
		stop_client();
	}
}

TEST_HTTP(redirects__not_when_the_upload_would_be_needed_again)
{
	start_upload_case(_i);
	upload(6, 0, send_piece);
	expect_spelled("w w w ");
	send_from_peer("HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
	expect_spelled("a!redirect ");
	stop_client();

	start_upload_case(_i);
	upload(6, 0, send_piece);
	expect_spelled("w w w ");
	expect_received(HEAD_SIZED "abcdef");
	send_from_peer("HTTP/1.1 303 See\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
	peer.replies[peer.next] = OK_BODY;
	expect_spelled("a:200[abc] ");
	expect_received("GET /b HTTP/1.1\r\n" HOST "\r\n");
	stop_client();
}

TEST(levin_http_fetch_stream_body__wrong_arguments)
{
	struct levin_http_fetch *made;
	struct evbuffer *body = evbuffer_new();

	start_upload_case(0);
	made = new_fetch("POST", "a");
	ck_assert_int_eq(levin_http_fetch_stream_body(made, 0, 0, NULL), -1);
	ck_assert_int_eq(levin_http_fetch_stream_body(made, 0, 2, send_piece), -1);
	ck_assert_int_eq(levin_http_fetch_stream_body(NULL, 0, 0, send_piece), -1);
	ck_assert_int_eq(levin_http_fetch_write(made, body), -1);
	ck_assert_int_eq(levin_http_fetch_write(NULL, body), -1);
	ck_assert_int_eq(levin_http_fetch_write(made, NULL), -1);
	ck_assert_int_eq(levin_http_fetch_finish(made), -1);
	ck_assert_int_eq(levin_http_fetch_finish(NULL), -1);
	ck_assert_int_eq(levin_http_fetch_stream_body(made, 0, 0, send_piece), 0);
	ck_assert_int_eq(levin_http_fetch_set_body(made, body), -1);
	levin_http_fetch_cancel(made);
	made = new_fetch("POST", "b");
	ck_assert_int_eq(levin_http_fetch_set_body(made, body), 0);
	ck_assert_int_eq(levin_http_fetch_stream_body(made, 0, 0, send_piece), -1);
	levin_http_fetch_cancel(made);
	evbuffer_free(body);
	stop_client();
}
