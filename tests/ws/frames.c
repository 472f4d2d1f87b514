/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: ws_frames FILE
 *
 * Sessions of both sides and what a peer sends to them, in the simulated world.  Each case arrives
 * whole, byte by byte, and cut in two at each place; what comes of it must be the same.
 *
 * A case is CLAUSES | OPTIONS | EVENTS | SENT | FRAMES.
 *
 * Options: "server", "client" or "both" is the side of the session; then "message=N", "frame=N",
 * "empty=N" for limits, and "pieces".
 *
 * Events are the callbacks of the session: text:DATA binary:DATA ping:DATA pong:DATA, and
 * close:CODE or close:CODE:REASON; or "open" if it has not ended.  Data have "\xHH" for what cannot
 * be read; more than 30 bytes are their number, such as #300.
 *
 * Sent are the frames of the session: pong:DATA, close: or close:CODE.
 *
 * Frames are words: 81:DATA is one with this first byte, masked as it must be.  Behind the byte may
 * stand "!" (masked as it must not be), "/16" or "/64" (a size in so many bits), and "=N" (a size of
 * N, whatever the data are).  x:8105 are bytes, with no mask.  fin is the end of the stream.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ws/table.h"
#include "ws/ws_session.h"

enum { TEXT_CAPACITY = 1 << 12, DATA_SHOWN = 30 };

static struct {
	bool is_client;
	struct levin_ws_options options;
	bool in_pieces;
	uint8_t bytes[TABLE_BYTES];
	size_t size;
	bool ends; /* the stream, behind the bytes */
	char expected[TEXT_CAPACITY];
} plan;

static struct {
	struct levin_sim *sim;
	struct event_base *base;
	struct levin_ws *ws;
	int peer;
	char text[TEXT_CAPACITY];
	uint8_t message[TABLE_BYTES];
	size_t message_size;
} run;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* ---- what came ---- */

static void
put(const char *text)
{
	must(strlen(run.text) + strlen(text) + 1 < sizeof(run.text));
	strcat(run.text, text);
}

static void
put_data(const char *kind, const uint8_t *data, size_t size)
{
	char text[32];

	put(run.text[0] ? " " : "");
	put(kind);
	put(":");
	if (size > DATA_SHOWN) {
		snprintf(text, sizeof(text), "#%zu", size);
		put(text);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		bool is_plain = data[i] > ' ' && data[i] < 0x7f && data[i] != '\\';

		snprintf(text, sizeof(text), is_plain ? "%c" : "\\x%02x", data[i]);
		put(text);
	}
}

static void
on_message(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)ws;
	(void)arg;
	must(((const char *)data)[size] == '\0');
	put_data(type == LEVIN_WS_TEXT ? "text" : "binary", data, size);
}

static void
on_piece(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, int is_last,
    void *arg)
{
	must(size <= sizeof(run.message) - run.message_size);
	must(size > 0 || is_last);
	if (size > 0)
		memcpy(run.message + run.message_size, data, size);
	run.message_size += size;
	if (!is_last)
		return;
	run.message[run.message_size] = '\0';
	on_message(ws, type, run.message, run.message_size, arg);
	run.message_size = 0;
}

static void
on_ping(struct levin_ws *ws, const void *data, size_t size, void *arg)
{
	(void)ws;
	(void)arg;
	put_data("ping", data, size);
}

static void
on_pong(struct levin_ws *ws, const void *data, size_t size, void *arg)
{
	(void)ws;
	(void)arg;
	put_data("pong", data, size);
}

/* Failures have a reason, which is for people. */
static void
on_close(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	char text[32];

	(void)arg;
	snprintf(text, sizeof(text), "%sclose:%d", run.text[0] ? " " : "", code);
	put(text);
	if (ws->has_peer_closed && *reason) {
		put(":");
		put(reason);
	} else {
		must(ws->has_peer_closed || *reason);
	}
	run.ws = NULL;
}

/* ---- one run ---- */

static void
start(void)
{
	struct levin_ws_callbacks callbacks = {
	    .on_message = on_message, .on_ping = on_ping, .on_pong = on_pong, .on_close = on_close};
	struct bufferevent *bev;
	int ends[2];

	if (plan.in_pieces)
		callbacks.on_piece = on_piece;
	must(levin_sim_socketpair(run.sim, ends) == 0);
	run.peer = ends[1];
	run.text[0] = '\0';
	run.message_size = 0;
	bev = bufferevent_socket_new(run.base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	must(bev);
	run.ws = lvn_ws_session_new(plan.is_client, &callbacks, &plan.options, NULL, __func__);
	must(run.ws);
	lvn_ws_session_attach(run.ws, bev);
	lvn_ws_session_open(run.ws);
}

static void
turns(void)
{
	for (int i = 0; i < 3; i++)
		must(event_base_loop(run.base, EVLOOP_NONBLOCK) >= 0);
}

static void
send_bytes(size_t at, size_t size)
{
	while (size > 0) {
		ssize_t written = levin_sim_write(run.peer, plan.bytes + at, size);

		/* The session may have closed the connection. */
		if (written <= 0 && !run.ws)
			return;
		turns();
		if (written > 0) {
			at += (size_t)written;
			size -= (size_t)written;
		}
	}
}

/* Puts a frame of the session, and returns its size. */
static size_t
put_sent(uint8_t *at, size_t size)
{
	static const char *const names[] = {[WS_OPCODE_CONTINUATION] = "more",
	    [WS_OPCODE_TEXT] = "text",
	    [WS_OPCODE_BINARY] = "binary",
	    [WS_OPCODE_CLOSE] = "close",
	    [WS_OPCODE_PING] = "ping",
	    [WS_OPCODE_PONG] = "pong"};
	struct ws_frame frame;
	const char *why = NULL;
	int head = lvn_ws_frame_read_head(
	    &frame, at, size, plan.is_client ? WS_MASKED : WS_UNMASKED, &why);
	uint8_t data[LVN_WS_CONTROL_SIZE];
	char code[16];

	must(head > 0 && frame.is_final && frame.size <= sizeof(data));
	must(size >= (size_t)head + frame.size);
	lvn_ws_frame_copy(&frame, data, at + head, (size_t)frame.size, 0);
	if (frame.opcode == WS_OPCODE_CLOSE && frame.size > 0) {
		must(frame.size >= 2);
		snprintf(code, sizeof(code), "%d", lvn_ws_close_code(data, (size_t)frame.size));
		put_data("close", (const uint8_t *)code, strlen(code));
	} else {
		put_data(names[frame.opcode], data, (size_t)frame.size);
	}
	return (size_t)head + (size_t)frame.size;
}

static void
put_all_sent(void)
{
	static uint8_t bytes[TABLE_BYTES];
	ssize_t size = levin_sim_read(run.peer, bytes, sizeof(bytes));

	put(" |");
	for (size_t at = 0; size > 0 && at < (size_t)size;)
		at += put_sent(bytes + at, (size_t)size - at);
}

static void
finish(void)
{
	if (plan.ends)
		must(levin_sim_shutdown(run.peer, SHUT_WR) == 0);
	turns();
	if (run.ws && run.ws->state == WS_STATE_OPEN) {
		put(run.text[0] ? " open" : "open");
		put_all_sent();
		levin_ws_free(run.ws);
	} else {
		/* The peer closes, too. */
		if (run.ws && !plan.ends)
			must(levin_sim_shutdown(run.peer, SHUT_WR) == 0);
		turns();
		must(!run.ws);
		put_all_sent();
	}
	levin_sim_close(run.peer);
}

static bool
run_once(size_t first, size_t step, const char *how)
{
	size_t at = first < plan.size ? first : plan.size;

	start();
	send_bytes(0, at);
	while (at < plan.size) {
		size_t now = plan.size - at < step ? plan.size - at : step;

		send_bytes(at, now);
		at += now;
	}
	finish();
	return strcmp(run.text, plan.expected) == 0 || table_fault(how, first, run.text);
}

/* ---- a case ---- */

static void
add(const void *data, size_t size)
{
	must(size <= sizeof(plan.bytes) - plan.size);
	if (size > 0)
		memcpy(plan.bytes + plan.size, data, size);
	plan.size += size;
}

static void
add_number(uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		add(&(uint8_t){(uint8_t)(number >> (8 * (bytes - 1 - i)))}, 1);
}

static void
add_hex(const char *digits)
{
	for (; digits[0]; digits += 2) {
		char byte[3] = {digits[0], digits[1], '\0'};

		add_number(strtoul(byte, NULL, 16), 1);
	}
}

/* Behind the first byte: the size in as many bits as it needs, or as are wanted. */
static void
add_size(uint64_t size, unsigned long bits, bool is_masked)
{
	unsigned mask = is_masked ? 0x80 : 0;

	if (bits == 64 || (bits == 0 && size > UINT16_MAX)) {
		add_number(127 | mask, 1);
		add_number(size, 8);
	} else if (bits == 16 || (bits == 0 && size > 125)) {
		add_number(126 | mask, 1);
		add_number(size, 2);
	} else {
		add_number(size | mask, 1);
	}
}

/* "81!/16=5:data" */
static void
add_frame(const char *word)
{
	static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
	static char data[TABLE_BYTES];
	char *at;
	unsigned long first = strtoul(word, &at, 16), bits = 0;
	bool is_masked = !plan.is_client;
	const char *text = strchr(at, ':');
	size_t size = text ? table_unescape(text + 1, strlen(text + 1), data, sizeof(data)) : 0;
	uint64_t announced = size;

	must(text);
	for (; *at != ':';) {
		if (*at == '!')
			is_masked = !is_masked;
		must(*at == '!' || *at == '/' || *at == '=');
		if (*at == '/')
			bits = strtoul(at + 1, &at, 10);
		else if (*at == '=')
			announced = strtoull(at + 1, &at, 0);
		else
			at++;
	}
	add_number(first, 1);
	add_size(announced, bits, is_masked);
	if (is_masked)
		add(key, sizeof(key));
	for (size_t i = 0; is_masked && i < size; i++)
		data[i] = (char)((uint8_t)data[i] ^ key[i % sizeof(key)]);
	add(data, size);
}

static void
read_frames(char *text)
{
	char *word;

	plan.size = 0;
	plan.ends = false;
	while ((word = table_word(&text, " ")) != NULL) {
		if (strncmp(word, "x:", 2) == 0)
			add_hex(word + 2);
		else if (strcmp(word, "fin") == 0)
			plan.ends = true;
		else
			add_frame(word);
	}
}

static void
read_options(char *text)
{
	char *word;

	memset(&plan.options, 0, sizeof(plan.options));
	plan.in_pieces = false;
	while ((word = table_word(&text, " ,")) != NULL) {
		const char *value = strchr(word, '=');

		if (strncmp(word, "message=", 8) == 0)
			plan.options.message_size = strtoll(value + 1, NULL, 10);
		else if (strncmp(word, "frame=", 6) == 0)
			plan.options.frame_size = strtoll(value + 1, NULL, 10);
		else if (strncmp(word, "empty=", 6) == 0)
			plan.options.empty_fragments = strtoll(value + 1, NULL, 10);
		else
			plan.in_pieces = strcmp(word, "pieces") == 0;
	}
}

static bool
run_side(char *columns[], bool is_client)
{
	char options[200], frames[1 << 13];

	snprintf(options, sizeof(options), "%s", columns[1]);
	must(strlen(columns[4]) < sizeof(frames));
	memcpy(frames, columns[4], strlen(columns[4]) + 1);
	plan.is_client = is_client;
	read_options(options);
	read_frames(frames);
	snprintf(plan.expected, sizeof(plan.expected), "%s |%s%s", columns[2],
	    columns[3][0] ? " " : "", columns[3]);
	return table_in_all_ways(plan.size, run_once);
}

static bool
run_case(char *columns[TABLE_COLUMNS])
{
	bool is_for_client = strncmp(columns[1], "client", 6) == 0;
	bool is_for_server = strncmp(columns[1], "server", 6) == 0;

	must(is_for_client || is_for_server || strncmp(columns[1], "both", 4) == 0);
	if (!is_for_client && !run_side(columns, false))
		return false;
	return is_for_server || run_side(columns, true);
}

int
main(int argc, char **argv)
{
	int status;

	must(argc == 2);
	run.sim = levin_sim_new(1, NULL);
	must(run.sim);
	run.base = levin_sim_base_new(run.sim, NULL);
	must(run.base);
	status = table_run(argv[1], 5, run_case);
	event_base_free(run.base);
	levin_sim_free(run.sim);
	return status;
}
