/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/engine.h"

#include <errno.h>
#include <event2/buffer.h>

#include "support/suite.h"
#include "unit/tls/tls_ends.h"

TEST(engine_take__bytes_come_before_the_end)
{
	struct engine engine = {.in = evbuffer_new()};
	char data[8];

	ck_assert_int_eq(lvn_engine_take(&engine, data, sizeof(data)), TRANSPORT_WANT_READ);
	evbuffer_add(engine.in, "abc", 3);
	engine.end = TRANSPORT_TRUNCATED;

	ck_assert_int_eq(lvn_engine_take(&engine, data, 2), 2);
	ck_assert_int_eq(lvn_engine_take(&engine, data, 2), 1);
	ck_assert_int_eq(lvn_engine_take(&engine, data, 2), TRANSPORT_TRUNCATED);
	engine.end = -ECONNRESET;
	ck_assert_int_eq(lvn_engine_take(&engine, data, 2), -ECONNRESET);
	evbuffer_free(engine.in);
}

TEST(engine_give__adds_to_what_is_to_be_sent)
{
	struct engine engine = {.out = evbuffer_new(), .is_running = true};

	ck_assert_int_eq(lvn_engine_give(&engine, "abc", 3), 0);
	ck_assert_int_eq(lvn_engine_give(&engine, "de", 2), 0);

	ck_assert_uint_eq(evbuffer_get_length(engine.out), 5);
	ck_assert(!engine.has_no_memory);
	evbuffer_freeze(engine.out, 0);
	ck_assert_int_eq(lvn_engine_give(&engine, "f", 1), -ENOMEM);
	ck_assert(engine.has_no_memory);
	evbuffer_free(engine.out);
}

TEST(engine_pop_error__the_last_one_and_the_causes)
{
	struct engine engine = {.error_count = 0};

	ck_assert_uint_eq(lvn_engine_pop_error(&engine), 0);
	for (unsigned long code = 1; code <= ENGINE_ERRORS_MAX + 2; code++)
		lvn_engine_note_error(&engine, code);

	ck_assert_uint_eq(lvn_engine_pop_error(&engine), ENGINE_ERRORS_MAX + 2);
	for (unsigned long code = ENGINE_ERRORS_MAX - 1; code > 0; code--)
		ck_assert_uint_eq(lvn_engine_pop_error(&engine), code);
	ck_assert_uint_eq(lvn_engine_pop_error(&engine), 0);
}
