/* SPDX-License-Identifier: BSD-3-Clause */
/* Tagged data: the bytes that are written, what is read of right and wrong bytes, what is left. */
#include <event2/buffer.h>
#include <event2/tag.h>
#include <event2/tag_compat.h>

#include "kit.h"

/* Exported without a declaration; code made by old generators calls them. */
int evtag_decode_int(ev_uint32_t *number, struct evbuffer *buffer);
int evtag_decode_int64(ev_uint64_t *number, struct evbuffer *buffer);
int evtag_encode_tag(struct evbuffer *buffer, ev_uint32_t tag);
int evtag_decode_tag(ev_uint32_t *tag, struct evbuffer *buffer);

static const uint32_t numbers[] = {0, 1, 9, 15, 16, 17, 0x7f, 0x80, 0xaf, 0xff, 0x100, 0xfff,
    0x1000, 0x1010, 0x3fff, 0x4000, 0xabcde, 0x1fffff, 0x200000, 0x123456, 0x1234567, 0xfffffff,
    0x10000000, 0xb16b00b5, 0x7fffffff, 0x80000000, 0xffffffff};

static const uint64_t long_numbers[] = {0, 1, 15, 16, 0xb16b00b5, 0x100000000, 0x123456789,
    0x1234567890, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff};

static struct evbuffer *
new_buffer(const char *bytes, size_t size)
{
	struct evbuffer *buffer = evbuffer_new();

	evbuffer_add(buffer, bytes, size);
	return buffer;
}

static const char *
hex(struct evbuffer *buffer)
{
	static char text[8][256];
	static int next;
	char *out = text[next++ % 8];
	size_t size = evbuffer_get_length(buffer);
	unsigned char *bytes = evbuffer_pullup(buffer, -1);

	*out = '\0';
	for (size_t i = 0; i < size && i < 100; i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
	return out;
}

static void
say_written(const char *what, struct evbuffer *buffer)
{
	say("%s: %s", what, hex(buffer));
	evbuffer_drain(buffer, evbuffer_get_length(buffer));
}

static void
write_numbers(void)
{
	struct evbuffer *buffer = evbuffer_new();
	char what[64];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sprintf(what, "number %x", numbers[i]);
		evtag_encode_int(buffer, numbers[i]);
		say_written(what, buffer);
		say("  returns %d", evtag_encode_tag(buffer, numbers[i]));
		say_written("  as a tag", buffer);
		evtag_marshal_int(buffer, numbers[i], numbers[i]);
		say_written("  marshalled", buffer);
	}
	for (size_t i = 0; i < sizeof(long_numbers) / sizeof(*long_numbers); i++) {
		sprintf(what, "long number %llx", (unsigned long long)long_numbers[i]);
		evtag_encode_int64(buffer, long_numbers[i]);
		say_written(what, buffer);
		evtag_marshal_int64(buffer, 7, long_numbers[i]);
		say_written("  marshalled", buffer);
	}
	encode_int(buffer, 300);
	encode_int64(buffer, 300);
	say_written("old names", buffer);
	evbuffer_free(buffer);
}

static void
write_others(void)
{
	static const struct timeval times[] = {
	    {0, 0}, {1, 2}, {1 << 30, 999999}, {-1, -2}, {0x123456789, 5}};
	struct evbuffer *buffer = evbuffer_new();
	struct evbuffer *data = new_buffer("some data", 9);

	evtag_init();
	evtag_marshal(buffer, 1, "abc", 3);
	say_written("bytes", buffer);
	evtag_marshal(buffer, 200, NULL, 0);
	say_written("no bytes", buffer);
	evtag_marshal_string(buffer, 2, "text");
	say_written("text", buffer);
	evtag_marshal_string(buffer, 2, "");
	say_written("empty text", buffer);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		struct timeval time = times[i];

		evtag_marshal_timeval(buffer, 3, &time);
		say_written("time", buffer);
	}
	evtag_marshal_buffer(buffer, 4, data);
	say_written("buffer", buffer);
	say("left of it: %zu", evbuffer_get_length(data));
	evbuffer_free(data);
	evbuffer_free(buffer);
}

/* ---- reading */

static void
say_read(const char *function, int result, const char *value, struct evbuffer *buffer)
{
	say("  %s: %d %s, left %s", function, result, value, hex(buffer));
	evbuffer_free(buffer);
}

static void
read_all(const char *bytes, size_t size)
{
	struct evbuffer *buffer = new_buffer(bytes, size), *other = evbuffer_new();
	char value[64], data[4] = "###";
	uint32_t number;
	uint64_t long_number;
	struct timeval time = {77, 77};
	char *text = NULL;
	int result;

	say("bytes %s", hex(buffer));
	number = 77;
	result = evtag_decode_int(&number, buffer);
	sprintf(value, "%x", result < 0 ? 0 : number);
	say_read("decode_int", result, value, buffer);
	buffer = new_buffer(bytes, size);
	long_number = 77;
	result = evtag_decode_int64(&long_number, buffer);
	sprintf(value, "%llx", result < 0 ? 0 : (unsigned long long)long_number);
	say_read("decode_int64", result, value, buffer);
	buffer = new_buffer(bytes, size);
	number = 77;
	result = evtag_decode_tag(&number, buffer);
	sprintf(value, "%x", result < 0 ? 0 : number);
	say_read("decode_tag", result, value, buffer);
	buffer = new_buffer(bytes, size);
	number = 77;
	result = evtag_peek(buffer, &number);
	sprintf(value, "%x", result < 0 ? 0 : number);
	say_read("peek", result, value, buffer);
	buffer = new_buffer(bytes, size);
	number = 77;
	result = evtag_peek_length(buffer, &number);
	sprintf(value, "%x", result < 0 ? 0 : number);
	say_read("peek_length", result, value, buffer);
	buffer = new_buffer(bytes, size);
	number = 77;
	result = evtag_payload_length(buffer, &number);
	sprintf(value, "%x", result < 0 ? 0 : number);
	say_read("payload_length", result, value, buffer);
	buffer = new_buffer(bytes, size);
	number = 77;
	result = evtag_unmarshal_header(buffer, &number);
	sprintf(value, "%x", result < 0 ? 0 : number);
	say_read("unmarshal_header", result, value, buffer);
	buffer = new_buffer(bytes, size);
	say_read("consume", evtag_consume(buffer), "", buffer);
	buffer = new_buffer(bytes, size);
	number = 77;
	result = evtag_unmarshal(buffer, &number, other);
	sprintf(value, "%x %s", result < 0 ? 0 : number, hex(other));
	say_read("unmarshal", result, value, buffer);
	buffer = new_buffer(bytes, size);
	number = 77;
	result = evtag_unmarshal_int(buffer, 1, &number);
	sprintf(value, "%x", result < 0 ? 0 : number);
	say_read("unmarshal_int", result, value, buffer);
	buffer = new_buffer(bytes, size);
	long_number = 77;
	result = evtag_unmarshal_int64(buffer, 1, &long_number);
	sprintf(value, "%llx", result < 0 ? 0 : (unsigned long long)long_number);
	say_read("unmarshal_int64", result, value, buffer);
	buffer = new_buffer(bytes, size);
	result = evtag_unmarshal_fixed(buffer, 1, data, 3);
	say_read("unmarshal_fixed", result, data, buffer);
	buffer = new_buffer(bytes, size);
	result = evtag_unmarshal_string(buffer, 1, &text);
	say_read("unmarshal_string", result, result == 0 ? text : "-", buffer);
	if (result == 0)
		free(text);
	buffer = new_buffer(bytes, size);
	result = evtag_unmarshal_timeval(buffer, 1, &time);
	if (result < 0)
		timerclear(&time);
	sprintf(value, "%lld.%lld", (long long)time.tv_sec, (long long)time.tv_usec);
	say_read("unmarshal_timeval", result, value, buffer);
	evbuffer_free(other);
}

/* Records whose tags, sizes and numbers are nearly right, from a seed of its own. */
static void
read_random(void)
{
	uint32_t state = 1;

	for (int i = 0; i < 400; i++) {
		static const char parts[] = "\x01\x01\x01\x02\x03\x81\x10\x20\x71\xf5";
		char bytes[16];
		size_t size = 0;

		do {
			state = state * 1664525 + 1013904223;
			bytes[size++] = parts[(state >> 16) % (sizeof(parts) - 1)];
		} while (size < sizeof(bytes) && state >> 29 != 0);
		read_all(bytes, size);
	}
}

#define READ(bytes) read_all(bytes, sizeof(bytes) - 1)

int
main(void)
{
	write_numbers();
	write_others();
	READ("");
	READ("\x01");
	READ("\x81");
	READ("\x01\x03");
	READ("\x01\x10");
	READ("\x01\x10\x03");
	READ("\x01\x03\x61\x62\x63");
	READ("\x01\x03\x61\x62\x63\x64");
	READ("\x02\x03\x61\x62\x63");
	READ("\x01\x03\x61\x62");
	READ("\x01\x01\x09");
	READ("\x01\x02\x10\x09");
	READ("\x01\x02\x19\x80");
	READ("\x01\x03\x19\x80\x77");
	READ("\x01\x05\x73\x21\x00\x00\x00");
	READ("\x01\x05\x7b\x16\xb0\x0b\x50");
	READ("\x01\x05\x75\x0b\x00\xb6\x1b");
	READ("\x01\x06\x81\x23\x45\x67\x89\x00");
	READ("\x01\x09\xf1\x23\x45\x67\x89\xab\xcd\xef\x01");
	READ("\x01\x02\x01\x02");
	READ("\x01\x01\x01");
	READ("\x01\x01\x73");
	READ("\x01\x00");
	READ("\x01\x7f\xff\xff\xff\xf0");
	READ("\x01\x77\xff\xff\xff\xf0");
	READ("\x01\x78\x00\x00\x00\x00");
	READ("\x81\x00\x01\x09");
	READ("\x81\x80\x80\x80\x00\x01\x09");
	READ("\xff\xff\xff\xff\x0f\x01\x09");
	READ("\xff\xff\xff\xff\x1f\x01\x09");
	READ("\x81\x80\x80\x80\x80\x00\x01\x09");
	READ("\x81\x80\x80\x80\x80\x80\x00\x01\x09");
	READ("\x80\x80\x80\x80");
	read_random();
	return 0;
}
