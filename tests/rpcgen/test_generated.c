/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code that event_rpcgen.py has made from messages.rpc.
 */
#include <event2/buffer.h>
#include <event2/tag.h>
#include <stdlib.h>

#include "random_letter.h"
#include "support/suite.h"

static struct evbuffer *buffer;

static void
set_up(void)
{
	buffer = evbuffer_new();
	ck_assert_ptr_nonnull(buffer);
}

static void
tear_down(void)
{
	evbuffer_free(buffer);
}

TEST_FIXTURE(set_up, tear_down);

static struct page *
page_of(const char *bytes, size_t size, int expected)
{
	struct page *page = page_new();

	evbuffer_drain(buffer, evbuffer_get_length(buffer));
	evbuffer_add(buffer, bytes, size);
	ck_assert_int_eq(page_unmarshal(page, buffer), expected);
	return page;
}
#define EXPECT_REFUSED(bytes) page_free(page_of(bytes, sizeof(bytes) - 1, -1))

TEST(assign_and_get__every_kind_of_member)
{
	struct letter *letter = letter_new();
	struct stamp *stamp, *again;
	char *text = NULL;
	ev_uint8_t *bytes;
	ev_uint32_t size, price;
	ev_uint64_t number;

	ck_assert(!EVTAG_HAS(letter, sender));
	ck_assert_int_eq(EVTAG_GET(letter, sender, &text), -1);
	ck_assert_int_eq(EVTAG_ASSIGN(letter, sender, "me"), 0);
	ck_assert_int_eq(EVTAG_ASSIGN(letter, sender, "you"), 0);
	ck_assert_int_eq(EVTAG_GET(letter, sender, &text), 0);
	ck_assert_str_eq(text, "you");
	ck_assert_int_eq(EVTAG_GET(letter, number, &number), -1);
	ck_assert_int_eq(EVTAG_ASSIGN(letter, number, UINT64_C(1) << 63), 0);
	ck_assert_int_eq(EVTAG_GET(letter, number, &number), 0);
	ck_assert_uint_eq(number, UINT64_C(1) << 63);
	ck_assert_int_eq(EVTAG_GET(letter, stamp, &stamp), 0);
	ck_assert(EVTAG_HAS(letter, stamp));
	ck_assert_int_eq(EVTAG_ASSIGN(stamp, price, 7), 0);
	ck_assert_int_eq(EVTAG_GET(stamp, price, &price), 0);
	ck_assert_uint_eq(price, 7);
	ck_assert_int_eq(EVTAG_ASSIGN_WITH_LEN(stamp, picture, (const ev_uint8_t *)"a\0b", 3), 0);
	ck_assert_int_eq(EVTAG_GET_WITH_LEN(stamp, picture, &bytes, &size), 0);
	ck_assert_uint_eq(size, 3);
	ck_assert_mem_eq(bytes, "a\0b", 3);
	ck_assert_int_eq(EVTAG_ASSIGN(stamp, code, (const ev_uint8_t *)"0123456789abcdef"), 0);
	ck_assert_int_eq(EVTAG_GET(stamp, code, &bytes), 0);
	ck_assert_mem_eq(bytes, "0123456789abcdef", 16);
	/* A message is copied, also one that is a member of the same. */
	ck_assert_int_eq(EVTAG_ASSIGN(letter, stamp, stamp), 0);
	ck_assert_int_eq(EVTAG_GET(letter, stamp, &again), 0);
	ck_assert_int_eq(EVTAG_GET(again, price, &price), 0);
	ck_assert_uint_eq(price, 7);
	letter_clear(letter);
	ck_assert(!EVTAG_HAS(letter, sender) && !EVTAG_HAS(letter, stamp));
	letter_free(letter);
}

TEST(arrays__add_get_assign)
{
	struct page *page = page_new_with_arg(NULL);
	char **line;
	char *text;
	ev_uint32_t number;

	line = EVTAG_ARRAY_ADD_VALUE(page, lines, "one");
	ck_assert_str_eq(*line, "one");
	ck_assert_ptr_nonnull(EVTAG_ARRAY_ADD_VALUE(page, lines, "two"));
	ck_assert_int_eq(EVTAG_ARRAY_LEN(page, lines), 2);
	ck_assert_int_eq(page_lines_assign(page, 1, "other"), 0);
	ck_assert_int_eq(page_lines_assign(page, 2, "none"), -1);
	ck_assert_int_eq(EVTAG_ARRAY_GET(page, lines, 1, &text), 0);
	ck_assert_str_eq(text, "other");
	ck_assert_int_eq(EVTAG_ARRAY_GET(page, lines, 2, &text), -1);
	ck_assert_int_eq(EVTAG_ARRAY_GET(page, lines, -1, &text), -1);
	ck_assert_int_eq(EVTAG_ARRAY_GET(page, words, 0, &number), -1);
	page_free(page);
}

/* The memory doubles: a million entries are 20 allocations. */
TEST(arrays__grow_by_doubling)
{
	struct page *page = page_new();
	ev_uint32_t number;
	int allocated = 0, grown = 0;

	for (ev_uint32_t i = 0; i < 1000000; i++) {
		ck_assert_ptr_nonnull(EVTAG_ARRAY_ADD_VALUE(page, words, i));
		grown += page->words_num_allocated != allocated;
		allocated = page->words_num_allocated;
	}
	ck_assert_int_le(grown, 20);
	page_marshal(buffer, page);
	page_clear(page);
	ck_assert_int_eq(page_unmarshal(page, buffer), 0);
	ck_assert_int_eq(EVTAG_ARRAY_LEN(page, words), 1000000);
	for (int i = 0; i < 1000000; i += 999) {
		ck_assert_int_eq(EVTAG_ARRAY_GET(page, words, i, &number), 0);
		ck_assert_uint_eq(number, (unsigned)i);
	}
	page_free(page);
}

TEST(complete__members_that_must_be_set)
{
	struct letter *letter = letter_new();
	struct stamp *stamp;

	ck_assert_int_eq(letter_complete(letter), -1);
	EVTAG_ASSIGN(letter, sender, "");
	ck_assert_int_eq(letter_complete(letter), 0);
	ck_assert_int_eq(EVTAG_GET(letter, stamp, &stamp), 0);
	ck_assert_int_eq(letter_complete(letter), -1);
	letter_marshal(buffer, letter);
	letter_clear(letter);
	ck_assert_int_eq(letter_unmarshal(letter, buffer), -1);
	letter_free(letter);
}

/* A newer program may send more, whatever the number of the tag. */
TEST(unmarshal__unknown_tags_are_skipped)
{
	struct page *page;
	char *text;

	static const char bytes[] = "\0\3abc"
				    "\1\3one"
				    "\7\2xy"
				    "\xff\xff\xff\xff\x0f\0"
				    "\1\3two"
				    "\5\0";

	page = page_of(bytes, sizeof(bytes) - 1, 0);
	ck_assert_int_eq(EVTAG_ARRAY_LEN(page, lines), 2);
	ck_assert_int_eq(EVTAG_ARRAY_GET(page, lines, 1, &text), 0);
	ck_assert_str_eq(text, "two");
	page_free(page);
}

TEST(unmarshal__what_is_refused)
{
	EXPECT_REFUSED("\1");
	EXPECT_REFUSED("\1\3ab");
	EXPECT_REFUSED("\2\1\x70");
	EXPECT_REFUSED("\7\3ab");
	EXPECT_REFUSED("\1\x7f\xff\xff\xff\xf0");
	EXPECT_REFUSED("\xff\xff\xff\xff\xff\xff");
	/* One that is no array, twice. */
	EXPECT_REFUSED("\4\0\4\0");
}

TEST(unmarshal__bytes_whose_size_is_not_there)
{
	struct stamp *stamp = stamp_new();

	evbuffer_add(buffer,
	    "\2\x77\xff\xff\xff\xf0"
	    "abc",
	    9);
	ck_assert_int_eq(stamp_unmarshal(stamp, buffer), -1);
	evbuffer_drain(buffer, evbuffer_get_length(buffer));
	stamp_clear(stamp);
	/* 15 bytes where there must be 16. */
	evbuffer_add(buffer,
	    "\xac\2\xf0"
	    "0123456789abcde",
	    18);
	ck_assert_int_eq(stamp_unmarshal(stamp, buffer), -1);
	stamp_free(stamp);
}

/* Each level costs the sender a few bytes, and the reader a part of the stack. */
TEST(unmarshal__messages_that_are_nested_too_deeply)
{
	struct page *page = page_new();

	for (int depth = 0; depth < 100000; depth++) {
		struct evbuffer *outer = evbuffer_new();

		evtag_marshal_buffer(outer, PAGE_BACK, buffer);
		evbuffer_free(buffer);
		buffer = outer;
		if (depth == 90) {
			struct evbuffer *copy = evbuffer_new();

			evbuffer_add_buffer_reference(copy, buffer);
			ck_assert_int_eq(page_unmarshal(page, copy), 0);
			evbuffer_free(copy);
			page_clear(page);
		}
	}
	ck_assert_int_eq(page_unmarshal(page, buffer), -1);
	page_free(page);
}

TEST(evtag_unmarshal_of_messages__needs_the_tag)
{
	struct page *page = page_new();

	EVTAG_ARRAY_ADD_VALUE(page, words, 5);
	evtag_marshal_page(buffer, 9, page);
	page_clear(page);
	ck_assert_int_eq(evtag_unmarshal_page(buffer, 8, page), -1);
	ck_assert_int_eq(evtag_unmarshal_page(buffer, 9, page), 0);
	ck_assert_int_eq(EVTAG_ARRAY_LEN(page, words), 1);
	page_free(page);
}

TEST(letters_at_random__are_read_as_they_were_written)
{
	struct evbuffer *again = evbuffer_new(), *whole = evbuffer_new();

	random_state = 1;
	for (int i = 0; i < 3000; i++) {
		struct letter *letter = letter_new(), *copy = letter_new();

		fill_letter(letter);
		if (letter_complete(letter) == 0) {
			letter_marshal(buffer, letter);
			letter_marshal(whole, letter);
			ck_assert_int_eq(letter_unmarshal(copy, buffer), 0);
			letter_marshal(again, copy);
			ck_assert_uint_eq(evbuffer_get_length(again), evbuffer_get_length(whole));
			ck_assert_mem_eq(evbuffer_pullup(again, -1), evbuffer_pullup(whole, -1),
			    evbuffer_get_length(again));
			evbuffer_drain(again, evbuffer_get_length(again));
			evbuffer_drain(whole, evbuffer_get_length(whole));
		}
		letter_free(letter);
		letter_free(copy);
	}
	evbuffer_free(again);
	evbuffer_free(whole);
}

/* Letters with a byte that was changed, or without their end: nothing is read beyond them. */
TEST(letters_at_random__that_are_damaged)
{
	random_state = 2;
	for (int i = 0; i < 3000; i++) {
		struct letter *letter = letter_new();
		unsigned char *bytes;
		size_t size;

		fill_letter(letter);
		letter_marshal(buffer, letter);
		letter_clear(letter);
		size = evbuffer_get_length(buffer);
		bytes = evbuffer_pullup(buffer, -1);
		bytes[random_below((uint32_t)size)] = (unsigned char)random_below(256);
		if (random_below(2)) {
			struct evbuffer *cut = evbuffer_new();

			evbuffer_remove_buffer(buffer, cut, random_below((uint32_t)size));
			evbuffer_free(buffer);
			buffer = cut;
		}
		(void)letter_unmarshal(letter, buffer);
		evbuffer_drain(buffer, evbuffer_get_length(buffer));
		letter_free(letter);
	}
}
