/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests with odd heads and framing: what the server makes of them, and where it takes the next
 * request to begin.
 */
#include "http_kit.h"

#define NEXT "GET /next HTTP/1.1\r\nHost: n\r\n\r\n"

static void
handle(struct evhttp_request *req, void *arg)
{
	(void)arg;
	http_say_request(req);
	evhttp_send_reply(req, 200, "OK", NULL);
}

struct row {
	const char *bytes;
	size_t size;
};
#define ROW(text)                                \
	{                                        \
		text NEXT, sizeof(text NEXT) - 1 \
	}
/* Without a request behind it. */
#define ALONE(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}
#define FIELD(field)  ROW("GET / HTTP/1.1\r\nHost: a\r\n" field "\r\n\r\n")
#define SIZED(field)  ROW("POST / HTTP/1.1\r\nHost: a\r\n" field "\r\n\r\nabc")
#define CODED(field)  ROW("POST / HTTP/1.1\r\nHost: a\r\n" field "\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
#define CHUNKS(bytes) ROW("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" bytes)
#define LINE(line)    ROW(line "\r\nHost: a\r\n\r\n")

static const struct row rows[] = {
    /* request lines */
    LINE("GET / HTTP/1.1"),
    LINE("GET  / HTTP/1.1"),
    LINE("GET /  HTTP/1.1"),
    LINE("GET\t/\tHTTP/1.1"),
    LINE(" GET / HTTP/1.1"),
    LINE("GET / HTTP/1.1 "),
    LINE("GET / HTTP/1.1 x"),
    LINE("GET /a b HTTP/1.1"),
    LINE("GET /"),
    LINE("GET"),
    LINE("GET / "),
    LINE("GET HTTP/1.1"),
    LINE("GET  HTTP/1.1"),
    LINE("/ HTTP/1.1"),
    LINE("GET / HTTP/1.0"),
    LINE("GET / HTTP/1.2"),
    LINE("GET / HTTP/1.9"),
    LINE("GET / HTTP/0.9"),
    LINE("GET / HTTP/2.0"),
    LINE("GET / HTTP/2"),
    LINE("GET / HTTP/1"),
    LINE("GET / HTTP/1."),
    LINE("GET / HTTP/.1"),
    LINE("GET / HTTP/1.10"),
    LINE("GET / HTTP/01.1"),
    LINE("GET / HTTP/1.1x"),
    LINE("GET / HTTP/+1.1"),
    LINE("GET / HTTP/-1.1"),
    LINE("GET / HTTP/1.-1"),
    LINE("GET / HTTP/4294967297.1"),
    LINE("GET / HTTP/1.4294967297"),
    LINE("GET / http/1.1"),
    LINE("GET / Http/1.1"),
    LINE("GET / HTTPS/1.1"),
    LINE("GET / HTTP/ 1.1"),
    LINE("GET / HTTP 1.1"),
    LINE("GET / ICE/1.0"),
    LINE("GET /\x01 HTTP/1.1"),
    LINE("GET /\0 HTTP/1.1"),
    LINE("G\0T / HTTP/1.1"),
    LINE("GET /\r HTTP/1.1"),
    LINE("GET / HTTP/1.1\0"),
    LINE("\0"),
    LINE("\x16\x03\x01\x02"),
    /* empty lines before it */
    LINE("\r\nGET / HTTP/1.1"),
    LINE("\r\n\r\nGET / HTTP/1.1"),
    LINE("\nGET / HTTP/1.1"),
    LINE("\rGET / HTTP/1.1"),
    LINE("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1"),
    /* ends of lines */
    ROW("GET / HTTP/1.1\nHost: a\n\n"),
    ROW("GET / HTTP/1.1\r\nHost: a\n\r\n"),
    ROW("GET / HTTP/1.1\r\nHost: a\n\n"),
    ROW("GET / HTTP/1.1\rHost: a\r\r"),
    ROW("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"),
    ROW("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
    ROW("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
    ROW("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"),
    /* fields */
    FIELD("X: y"),
    FIELD("X:y"),
    FIELD("X:  y"),
    FIELD("X:\ty"),
    FIELD("X: \ty"),
    FIELD("X: y "),
    FIELD("X: y\t"),
    FIELD("X: y \t "),
    FIELD("X:"),
    FIELD("X: "),
    FIELD("X: :"),
    FIELD("X : y"),
    FIELD("X\t: y"),
    FIELD(" X: y"),
    FIELD("X"),
    FIELD(": y"),
    FIELD(":"),
    FIELD("X Y: z"),
    FIELD("X(: y"),
    FIELD("X\x01: y"),
    FIELD("X\xff: y"),
    FIELD("X\0: y"),
    FIELD("X: a\0b"),
    FIELD("X: a\x01"
	  "b"),
    FIELD("X: a\x7f\xff"),
    FIELD("X: a\rb"),
    FIELD("X: y\r\n z"),
    FIELD("X: y\r\n\tz"),
    FIELD("X: y\r\n  \t z"),
    FIELD("X: y\r\n "),
    FIELD("X: y\r\n z\r\n z"),
    FIELD("X:\r\n y"),
    FIELD("X: 1\r\nX: 2"),
    ROW("GET / HTTP/1.1\r\n X: y\r\n\r\n"),
    ROW("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n"),
    /* Content-Length */
    SIZED("Content-Length: 3"),
    SIZED("content-length:3"),
    SIZED("Content-Length: 03"),
    SIZED("Content-Length: +3"),
    SIZED("Content-Length: -3"),
    SIZED("Content-Length: 3 "),
    SIZED("Content-Length:  3"),
    SIZED("Content-Length: \t3"),
    SIZED("Content-Length: 0x3"),
    SIZED("Content-Length: 3x"),
    SIZED("Content-Length: 3.0"),
    SIZED("Content-Length: 3 3"),
    SIZED("Content-Length: 3, 3"),
    SIZED("Content-Length: 3,3"),
    SIZED("Content-Length: 3\r\nContent-Length: 3"),
    SIZED("Content-Length: 3\r\nContent-Length: 4"),
    SIZED("Content-Length: 0\r\nContent-Length: 3"),
    SIZED("Content-Length: "),
    SIZED("Content-Length:"),
    SIZED("Content-Length: x"),
    SIZED("Content-Length: 9223372036854775807"),
    SIZED("Content-Length: 9223372036854775808"),
    SIZED("Content-Length: 18446744073709551619"),
    SIZED("Content-Length: 4294967299"),
    SIZED("Content-Length : 3"),
    SIZED("Content_Length: 3"),
    SIZED("X: y"),
    ROW("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
    ROW("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
    ROW("DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
    ROW("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"),
    ROW("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"),
    ROW("POST / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nabc"),
    /* Transfer-Encoding */
    CODED("Transfer-Encoding: chunked"),
    CODED("transfer-encoding:CHUNKED"),
    CODED("Transfer-Encoding: chunked "),
    CODED("Transfer-Encoding: \tchunked"),
    CODED("Transfer-Encoding:"),
    CODED("Transfer-Encoding: identity"),
    CODED("Transfer-Encoding: gzip"),
    CODED("Transfer-Encoding: xchunked"),
    CODED("Transfer-Encoding: chunkedx"),
    CODED("Transfer-Encoding: \"chunked\""),
    CODED("Transfer-Encoding: chunked;a=b"),
    CODED("Transfer-Encoding: gzip, chunked"),
    CODED("Transfer-Encoding: gzip,chunked"),
    CODED("Transfer-Encoding: chunked, gzip"),
    CODED("Transfer-Encoding: chunked, chunked"),
    CODED("Transfer-Encoding: identity, chunked"),
    CODED("Transfer-Encoding: chunked, identity"),
    CODED("Transfer-Encoding: ,chunked"),
    CODED("Transfer-Encoding: chunked,"),
    CODED("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
    CODED("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"),
    CODED("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    CODED("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
    CODED("Transfer-Encoding : chunked"),
    CODED("Transfer-Encoding:\r\n chunked"),
    CODED("Transfer-Encoding: chunked\r\nContent-Length: 3"),
    CODED("Content-Length: 3\r\nTransfer-Encoding: chunked"),
    CODED("Content-Length: 18\r\nTransfer-Encoding: gzip"),
    CODED("Content-Length: 18\r\nTransfer-Encoding: identity"),
    CODED("Content-Length: x\r\nTransfer-Encoding: chunked"),
    ROW("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    ROW("POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: "
	"chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    ROW("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    ROW("HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    /* chunks */
    CHUNKS("3\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("0\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
    CHUNKS("003\r\nabc\r\n000\r\n\r\n"),
    CHUNKS("A\r\n0123456789\r\n0\r\n\r\n"),
    CHUNKS("a\r\n0123456789\r\n0\r\n\r\n"),
    CHUNKS("0x3\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("+3\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("-3\r\nabc\r\n0\r\n\r\n"),
    CHUNKS(" 3\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("3 \r\nabc\r\n0\r\n\r\n"),
    CHUNKS("3;a=b\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("3 ; a=\"b\"\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("3;\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("3;a\nb\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("3x\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("x\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("\r\n3\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("3\nabc\n0\n\n"),
    CHUNKS("3\nabc\r\n0\r\n\r\n"),
    CHUNKS("3\r\nabc\n0\r\n\r\n"),
    CHUNKS("3\r\nabc0\r\n\r\n"),
    CHUNKS("3\r\nabcd\r\n0\r\n\r\n"),
    CHUNKS("3\r\nabcde0\r\n\r\n"),
    CHUNKS("3\r\nab\r\n0\r\n\r\n"),
    CHUNKS("3\rabc\r\n0\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0\r\n\n"),
    CHUNKS("3\r\nabc\r\n0\n\r\n"),
    CHUNKS("7fffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("8000000000000000\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("ffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("10000000000000003\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("00000000000000000000000000000000000000003\r\nabc\r\n0\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0;a=b\r\n\r\n"),
    CHUNKS("3\0\r\nabc\r\n0\r\n\r\n"),
    /* trailers */
    CHUNKS("3\r\nabc\r\n0\r\nX: y\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0\r\nHost: evil\r\nContent-Length: 5\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0\r\nX y\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0\r\n: y\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0\r\n X: y\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0\r\nX: y\n\n"),
    CHUNKS("3\r\nabc\r\n0\r\nX : y\r\n\r\n"),
    CHUNKS("3\r\nabc\r\n0\r\nX: a\0b\r\n\r\n"),
    ALONE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"),
    ALONE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: "
	  "y\r\n"),
    ALONE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc"),
    ALONE("GET / HTTP/1.1\r\nHost: a\r\n\r"),
    ALONE("\r\n"),
    ALONE("\r\n\r\n\r\n"),
    ALONE("x"),
    ALONE("x\r\n"),
    ALONE("GET /\r\n"),
    ALONE("GET / HTTP/1.1\r\nHost: a\r\nX\r\n"),
    ALONE("FOO / HTTP/1.1\r\nHost: a\r\n"),
};

static void
play(const void *arg)
{
	const struct row *row = arg;
	int port;
	struct evhttp *http = http_server(&port);
	int fd = http_connect(port);

	evhttp_set_gencb(http, handle, NULL);
	http_put(fd, row->bytes, row->size);
	http_turns();
	http_say_short(fd);
	exit(0);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char shown[4096] = "";
		size_t used = 0, size = rows[i].size;

		if (size > sizeof(NEXT) &&
		    !memcmp(rows[i].bytes + size - sizeof(NEXT) + 1, NEXT, sizeof(NEXT) - 1))
			size -= sizeof(NEXT) - 1;
		for (size_t k = 0; k < size; k++) {
			unsigned char c = (unsigned char)rows[i].bytes[k];

			used += (size_t)sprintf(shown + used,
			    c == '\r'            ? "\\r"
			    : c == '\n'          ? "\\n"
			    : c == '\t'          ? "\\t"
			    : c < ' ' || c > '~' ? "\\x%02x"
						 : "%c",
			    c);
		}
		http_case_with(shown, play, &rows[i]);
	}
	return 0;
}
