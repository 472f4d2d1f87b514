/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Another handshake on a connection of TLS 1.2, also while the program does not read and while data
 * is in its way.
 */
#include "tls/tls_stream.h"

#include "unit/tls/tls_stream_kit.h"

static void
set_up_to_renegotiate(int i, int wire)
{
	set_up(i, (enum wire)wire, TLS1_2_VERSION);
	SSL_set_options(bufferevent_openssl_get_ssl(server), SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
	start_both();
}

static void
expect_input_of(struct bufferevent *bev, size_t size)
{
	while (input_size(bev) < size)
		step(base);
	expect_pattern(bufferevent_get_input(bev), size);
	evbuffer_drain(bufferevent_get_input(bev), size);
}

TEST_EVERYWHERE(bufferevent_ssl_renegotiate__is_another_handshake_of_tls_1_2)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i, (enum wire)wire, TLS1_2_VERSION);
		ck_assert_int_eq(bufferevent_ssl_renegotiate(server), -1);
		start_both();

		ck_assert_int_eq(bufferevent_ssl_renegotiate(server), 0);
		write_pattern(client, 1000);
		write_pattern(server, 1000);
		ck_assert_str_eq(next_spelled(base), "s!up ");
		while (input_size(server) < 1000 || input_size(client) < 1000)
			step(base);

		evbuffer_drain(bufferevent_get_input(server), 1000);
		evbuffer_drain(bufferevent_get_input(client), 1000);
		move_bulk_both_ways();
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_ssl_renegotiate__fails_where_there_is_none)
{
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	start_both();
	ck_assert_int_eq(bufferevent_ssl_renegotiate(client), -1);
	move_bulk_both_ways();
	ck_assert_str_eq(spelled(), "");
	tear_down();

	set_up(_i, OVER_SOCKET, TLS1_2_VERSION);
	SSL_set_options(bufferevent_openssl_get_ssl(server), SSL_OP_NO_RENEGOTIATION);
	start_both();
	ck_assert_int_eq(bufferevent_ssl_renegotiate(server), -1);
	move_bulk_both_ways();
	tear_down();
}

/* Only the side that has begun it does not read; the other one must, to hear of it. */
TEST_EVERYWHERE(bufferevent_ssl_renegotiate__while_reading_is_disabled)
{
	for (int wire = 0; wire < WIRES; wire++)
		for (int by_server = 0; by_server <= 1; by_server++) {
			struct bufferevent *asking, *other;

			set_up_to_renegotiate(_i, wire);
			asking = by_server ? server : client;
			other = by_server ? client : server;
			bufferevent_disable(asking, EV_READ);

			ck_assert_int_eq(bufferevent_ssl_renegotiate(asking), 0);
			ck_assert_str_eq(next_spelled(base), by_server ? "s!up " : "c!up ");
			write_pattern(asking, 1000);
			expect_input_of(other, 1000);

			write_pattern(other, 1000);
			turns(base, 6);
			ck_assert_uint_eq(input_size(asking), 0);
			bufferevent_enable(asking, EV_READ);
			expect_input_of(asking, 1000);
			ck_assert_str_eq(spelled(), "");
			tear_down();
		}
}

/* Once the first message of the peer was read.  Over a pair all of it is one call. */
TEST_EVERYWHERE(tls_stream__goes_on_with_a_handshake_when_reading_is_disabled)
{
	for (int wire = 0; wire < OVER_PAIR; wire++) {
		SSL *ssl;

		set_up_to_renegotiate(_i, wire);
		ssl = bufferevent_openssl_get_ssl(server);
		ck_assert_int_eq(bufferevent_ssl_renegotiate(client), 0);
		while (!SSL_in_init(ssl))
			step(base);
		bufferevent_disable(server, EV_READ);
		bufferevent_disable(client, EV_READ);
		write_pattern(server, 500);

		ck_assert_str_eq(next_spelled(base), "c!up ");

		bufferevent_enable(client, EV_READ);
		expect_input_of(client, 500);
		ck_assert(!SSL_in_init(ssl));
		tear_down();
	}
}

/* What the peer had sent before it knew comes before the handshake, and output behind it. */
TEST_EVERYWHERE(bufferevent_ssl_renegotiate__with_data_in_the_way)
{
	for (int wire = 0; wire < WIRES; wire++)
		for (int reads = 0; reads <= 1; reads++) {
			set_up_to_renegotiate(_i, wire);
			if (!reads)
				bufferevent_disable(client, EV_READ);
			write_pattern(server, 30000);
			turns(base, 6);
			ck_assert_int_eq(bufferevent_ssl_renegotiate(client), 0);
			write_pattern(client, 30000);

			ck_assert_str_eq(next_spelled(base), "c!up ");
			expect_input_of(server, 30000);

			ck_assert_uint_eq(input_size(client), reads ? 30000 : 0);
			bufferevent_enable(client, EV_READ);
			expect_input_of(client, 30000);
			tear_down();
		}
}

/* Bytes in the session and records behind them, which a watermark keeps from the program. */
TEST_EVERYWHERE(bufferevent_ssl_renegotiate__below_a_full_input)
{
	for (int wire = 0; wire < WIRES; wire++) {
		struct evbuffer *all = evbuffer_new();

		set_up_to_renegotiate(_i, wire);
		bufferevent_setwatermark(client, EV_READ, 0, 100);
		write_pattern(server, 20000);
		while (input_size(client) < 100)
			step(base);
		turns(base, 6);
		ck_assert_int_eq(bufferevent_ssl_renegotiate(client), 0);

		ck_assert_str_eq(next_spelled(base), "c!up ");

		ck_assert_uint_eq(input_size(client), 100);
		while (evbuffer_get_length(all) < 20000) {
			if (input_size(client) == 0)
				step(base);
			ck_assert_uint_le(input_size(client), 100);
			evbuffer_remove_buffer(bufferevent_get_input(client), all, 70);
		}
		expect_pattern(all, 20000);
		evbuffer_free(all);
		tear_down();
	}
}

/* A peer that sends and sends is not read for ever: the handshake waits for the program then. */
TEST_EVERYWHERE(bufferevent_ssl_renegotiate__waits_behind_much_input)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up_to_renegotiate(_i, wire);
		bufferevent_disable(client, EV_READ);
		write_pattern(server, BULK);
		turns(base, 20);
		ck_assert_int_eq(bufferevent_ssl_renegotiate(client), 0);
		write_pattern(client, 1000);
		turns(base, 60);
		ck_assert_str_eq(spelled(), "");
		ck_assert_uint_eq(input_size(client), 0);
		ck_assert_uint_gt(output_size(server), BULK / 4);

		bufferevent_enable(client, EV_READ);

		expect_input_of(client, BULK);
		expect_input_of(server, 1000);
		ck_assert_str_eq(spelled(), "c!up ");
		tear_down();
	}
}

static struct evbuffer *gathered;

static void
gather(struct bufferevent *bev, void *arg)
{
	(void)arg;
	evbuffer_add_buffer(gathered, bufferevent_get_input(bev));
}

/* A full input ends the timeout of reading, but not what the handshake reads behind it. */
TEST_EVERYWHERE(bufferevent_set_timeouts__handshake_behind_a_full_input)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up_to_renegotiate(_i, wire);
		gathered = evbuffer_new();
		bufferevent_set_timeouts(client, MS(10000000), MS(10000000));
		bufferevent_setwatermark(client, EV_READ, 0, 1422);
		bufferevent_setcb(client, gather, NULL, spell_event, word("c"));
		write_pattern(server, BULK);
		while (evbuffer_get_length(gathered) < BULK / 2)
			step(base);

		ck_assert_int_eq(bufferevent_ssl_renegotiate(client), 0);
		ck_assert_str_eq(next_spelled(base), "c!up ");
		while (evbuffer_get_length(gathered) < BULK)
			step(base);

		expect_pattern(gathered, BULK);
		evbuffer_free(gathered);
		tear_down();
	}
}

/* Behind what was held for it. */
TEST_EVERYWHERE(bufferevent_ssl_renegotiate__the_connection_ends_meanwhile)
{
	for (int holds = 0; holds <= 1; holds++)
		for (int is_clean = 0; is_clean <= 1; is_clean++) {
			const char *end = is_clean ? "c<eof " : "c<err ";
			set_up_to_renegotiate(_i, OVER_SOCKET);
			bufferevent_disable(client, EV_READ);
			bufferevent_disable(server, EV_READ);
			if (holds)
				write_pattern(server, 1000);
			turns(base, 6);
			ck_assert_int_eq(bufferevent_ssl_renegotiate(client), 0);
			turns(base, 6);
			if (is_clean) {
				bufferevent_free(server);
				server = NULL;
			} else {
				finish(ends[1]);
			}

			turns(base, 6);
			ck_assert_str_eq(spelled(), holds ? "" : end);

			bufferevent_enable(client, EV_READ);
			ck_assert_str_eq(next_spelled(base), end);
			ck_assert_uint_eq(input_size(client), holds ? 1000 : 0);
			tear_down();
		}
}

/* Tokens come back to a direction that is disabled, too. */
TEST_IN_SIMULATION(bufferevent_ssl_renegotiate__under_a_small_rate_limit)
{
	for (int wire = 0; wire < OVER_PAIR; wire++) {
		struct timeval tick = {0, 100000};
		struct ev_token_bucket_cfg *cfg =
		    ev_token_bucket_cfg_new(100, 100, 100, 100, &tick);
		struct bufferevent *limited;

		set_up_to_renegotiate(_i, wire);
		limited = client;
		while (bufferevent_get_underlying(limited))
			limited = bufferevent_get_underlying(limited);
		ck_assert_int_eq(bufferevent_set_rate_limit(limited, cfg), 0);
		bufferevent_disable(client, EV_READ | EV_WRITE);

		ck_assert_int_eq(bufferevent_ssl_renegotiate(client), 0);

		ck_assert_str_eq(next_spelled(base), "c!up ");
		tear_down();
		ev_token_bucket_cfg_free(cfg);
	}
}
