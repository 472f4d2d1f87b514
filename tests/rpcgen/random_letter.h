/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Letters (messages.rpc) at random, from a seed.
 */
#ifndef LEVIN_TESTS_RPCGEN_RANDOM_LETTER_H
#define LEVIN_TESTS_RPCGEN_RANDOM_LETTER_H

#include <event2/rpc.h>
#include <event2/util.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "messages.gen.h"

static uint64_t random_state;

static inline uint32_t
random_below(uint32_t limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % limit;
}

/* A number of any size. */
static inline uint64_t
random_number(void)
{
	uint64_t number = (uint64_t)random_below(1u << 31) << 33 ^ random_below(1u << 31) << 2;

	return number >> random_below(64);
}

static inline const char *
random_text(char *text, uint32_t capacity)
{
	uint32_t size = random_below(capacity);

	for (uint32_t i = 0; i < size; i++)
		text[i] = (char)(1 + random_below(255));
	text[size] = '\0';
	return text;
}

static inline void
fill_stamp(struct stamp *stamp)
{
	ev_uint8_t bytes[300];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (ev_uint8_t)random_below(256);
	EVTAG_ASSIGN(stamp, price, (ev_uint32_t)random_number());
	EVTAG_ASSIGN(stamp, code, bytes);
	if (random_below(2))
		EVTAG_ASSIGN_WITH_LEN(stamp, picture, bytes, random_below(sizeof(bytes) + 1));
}

static inline void
fill_page(struct page *page, int depth)
{
	char text[100];
	struct page *back;

	for (uint32_t i = random_below(5); i > 0; i--)
		EVTAG_ARRAY_ADD_VALUE(page, lines, random_text(text, sizeof(text)));
	for (uint32_t i = random_below(20); i > 0; i--)
		EVTAG_ARRAY_ADD_VALUE(page, words, (ev_uint32_t)random_number());
	for (uint32_t i = random_below(20); i > 0; i--)
		EVTAG_ARRAY_ADD_VALUE(page, sums, random_number());
	if (depth > 0 && random_below(2) && EVTAG_GET(page, back, &back) == 0)
		fill_page(back, depth - 1);
}

static inline void
fill_letter(struct letter *letter)
{
	char text[1000];
	struct stamp *stamp;
	struct page *page;

	EVTAG_ASSIGN(letter, sender, random_text(text, sizeof(text)));
	if (random_below(2))
		EVTAG_ASSIGN(letter, subject, random_text(text, 10));
	if (random_below(2))
		EVTAG_ASSIGN(letter, number, random_number());
	if (random_below(2) && EVTAG_GET(letter, stamp, &stamp) == 0)
		fill_stamp(stamp);
	for (uint32_t i = random_below(6); i > 0; i--) {
		page = EVTAG_ARRAY_ADD(letter, pages);
		if (page)
			fill_page(page, 5);
	}
}

#endif
