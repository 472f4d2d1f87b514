/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/tls_stream.h"

#include <levin/sim.h>
#include <stdio.h>
#include <unistd.h>

#include "unit/tls/tls_stream_kit.h"

/* ---- The handshake ---------------------------------------------------------------------------- */

TEST_EVERYWHERE(tls_stream__shakes_hands_while_reading_and_writing_are_disabled)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		bufferevent_disable(client, EV_READ | EV_WRITE);
		bufferevent_disable(server, EV_READ | EV_WRITE);

		shake_hands();

		turns(base, 6);
		ck_assert_str_eq(spelled(), "");
		tear_down();
	}
}

TEST_EVERYWHERE(tls_stream__moves_bytes_both_ways)
{
	for (int wire = 0; wire < WIRES; wire++)
		for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
			set_up(_i, (enum wire)wire, version);
			start_both();

			move_bulk_both_ways();

			ck_assert_str_eq(spelled(), "");
			tear_down();
		}
}

/* ---- The end ----------------------------------------------------------------------------------- */

TEST_EVERYWHERE(bufferevent_free__sends_close_notify_behind_the_last_byte)
{
	for (int wire = 0; wire < OVER_PAIR; wire++)
		for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
			set_up(_i, (enum wire)wire, version);
			start_both();
			write_pattern(client, 100000);
			while (input_size(server) < 100000)
				step(base);
			while (output_size(client) > 0)
				step(base);

			bufferevent_free(client);
			client = NULL;

			ck_assert_str_eq(next_spelled(base), "s<eof ");
			expect_pattern(bufferevent_get_input(server), 100000);
			ck_assert_int_eq(bufferevent_get_enabled(server), EV_WRITE);
			tear_down();
		}
}

TEST_EVERYWHERE(bufferevent_free__with_output_left_is_no_end_but_an_error)
{
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	start_both();
	bufferevent_disable(client, EV_WRITE);
	write_text(client, "lost");
	bufferevent_free(client);
	client = NULL;

	ck_assert_str_eq(next_spelled(base), "s<err ");
	tear_down();
}

TEST_EVERYWHERE(tls_stream__a_connection_without_close_notify_is_truncated)
{
	for (int wire = 0; wire < OVER_PAIR; wire++)
		for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++)
			for (int flag = 0; flag <= BUFFEREVENT_SSL_DIRTY_SHUTDOWN; flag++) {
				set_up(_i, (enum wire)wire, version);
				bufferevent_ssl_set_flags(server, (ev_uint64_t)flag);
				if (wire == OVER_TLS)
					bufferevent_ssl_set_flags(
					    bufferevent_get_underlying(server), (ev_uint64_t)flag);
				start_both();

				finish(ends[0]);

				heard = next_spelled(base);
				ck_assert_ptr_nonnull(strstr(heard, flag ? "s<eof " : "s<err "));
				ck_assert_ptr_null(strstr(heard, flag ? "s<err " : "s<eof "));
				ck_assert_int_eq(bufferevent_get_enabled(server) & EV_READ, 0);
				tear_down();
			}
}

/* The end of one direction is not that of the other. */
TEST_EVERYWHERE(tls_stream__output_is_sent_behind_the_end_of_the_input)
{
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	start_both();
	ck_assert_int_eq(SSL_shutdown(bufferevent_openssl_get_ssl(client)), 0);
	ck_assert_str_eq(next_spelled(base), "s<eof ");

	write_text(server, "answer");
	while (input_size(client) < 6)
		step(base);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_EVERYWHERE(tls_stream__reading_that_is_enabled_again_ends_again)
{
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	start_both();
	bufferevent_free(client);
	client = NULL;
	ck_assert_str_eq(next_spelled(base), "s<eof ");

	bufferevent_enable(server, EV_READ);

	ck_assert_str_eq(next_spelled(base), "s<eof ");
	tear_down();
}

/* ---- Errors ------------------------------------------------------------------------------------- */

static void
replace_client_by_plain(int i)
{
	bufferevent_free(client);
	bufferevent_free(server);
	open_pair(backend_under_test(i), ends);
	client = bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	server = open_end(ends[1], OVER_SOCKET, BUFFEREVENT_SSL_ACCEPTING);
	spell_both(spell_read);
}

TEST_EVERYWHERE(bufferevent_get_openssl_error__only_those_of_the_stream)
{
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	replace_client_by_plain(_i);
	write_text(client, "GET / HTTP/1.0\r\n\r\n");
	ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);

	ck_assert_str_eq(next_spelled(base), "s<err ");

	ck_assert_int_eq(ERR_GET_REASON(bufferevent_get_openssl_error(server)), SSL_R_HTTP_REQUEST);
	ck_assert_uint_eq(bufferevent_get_openssl_error(server), 0);
	turns(base, 4);
	ck_assert_str_eq(spelled(), "");
	tear_down();
}

/* The alert says why, and it is sent. */
TEST_EVERYWHERE(tls_stream__both_ends_hear_why_there_is_no_handshake)
{
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	SSL_set_verify(bufferevent_openssl_get_ssl(client), SSL_VERIFY_PEER, NULL);
	heard = next_spelled(base);
	while (!strstr(heard, "s<err"))
		heard = next_spelled(base);

	ck_assert_int_eq(
	    ERR_GET_REASON(bufferevent_get_openssl_error(client)), SSL_R_CERTIFICATE_VERIFY_FAILED);
	ck_assert_int_eq(
	    ERR_GET_REASON(bufferevent_get_openssl_error(server)), SSL_R_TLSV1_ALERT_UNKNOWN_CA);
	tear_down();
}

/* The first address is silent and the second one refuses. */
static void
connect_to_third_address(enum wire wire)
{
	const struct levin_sim_link down = {.is_down = 1};
	struct levin_sim *sim = simulation_under_test();
	struct bufferevent *below;
	int listener = levin_sim_listener_at(sim, "192.0.2.3:443", 5);

	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "192.0.2.1", &down), 0);
	ck_assert_int_eq(levin_sim_set_file(
			     sim, "/etc/hosts", "192.0.2.1 name\n192.0.2.2 name\n192.0.2.3 name\n"),
	    0);
	client = open_end(-1, wire, BUFFEREVENT_SSL_CONNECTING);
	below = bufferevent_get_underlying(client);
	ck_assert_int_eq(bufferevent_socket_connect_hostname(
			     below ? below : client, NULL, AF_UNSPEC, "name", 443),
	    0);
	run_for_ms(base, 300);
	server = open_end(levin_sim_accept(listener), wire, BUFFEREVENT_SSL_ACCEPTING);
}

TEST_RANGE(bufferevent_socket_connect_hostname__is_followed_by_one_handshake,
    2 * backends_under_test_count(), 2 * backends_and_sim_count())
{
	signal(SIGPIPE, SIG_IGN);
	base = base_on(backend_under_test(_i / 2));
	context = tls_context(TLS1_3_VERSION);

	connect_to_third_address(_i % 2 ? OVER_FILTER : OVER_SOCKET);
	spell_both(spell_read);
	write_text(client, "hello");
	bufferevent_enable(server, EV_READ);
	run_for_ms(base, 100);

	heard = spelled();
	ck_assert_ptr_nonnull(strstr(heard, "sr5 "));
	ck_assert_ptr_nonnull(strstr(heard, "c!up "));
	ck_assert_ptr_null(strstr(strstr(heard, "c!up ") + 1, "c!"));
	tear_down();
}

TEST_EVERYWHERE(tls_stream__a_connection_that_closes_in_the_handshake)
{
	for (int flag = 0; flag <= BUFFEREVENT_SSL_DIRTY_SHUTDOWN; flag++) {
		set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
		replace_client_by_plain(_i);
		bufferevent_ssl_set_flags(server, (ev_uint64_t)flag);
		bufferevent_free(client);
		client = NULL;

		ck_assert_str_eq(next_spelled(base), flag ? "s<eof " : "s<err ");
		tear_down();
	}
}

TEST_IN_SIMULATION(bufferevent_set_timeouts__also_while_the_handshake_waits)
{
	for (int wire = OVER_SOCKET; wire <= OVER_FILTER; wire++) {
		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		bufferevent_free(server);
		server = NULL;
		bufferevent_free(client);
		open_pair(backend, ends);
		client = open_end(ends[0], (enum wire)wire, BUFFEREVENT_SSL_CONNECTING);
		bufferevent_setcb(client, spell_read, NULL, spell_event, word("c"));
		bufferevent_set_timeouts(client, MS(10), NULL);
		turns(base, 2);
		(void)spelled();

		run_for_ms(base, 100);

		ck_assert_str_eq(spelled(), "c<late ");
		evutil_closesocket(ends[1]);
		tear_down();
	}
}

/* ---- Reading and writing ------------------------------------------------------------------------ */

TEST_EVERYWHERE(tls_stream__small_reads_below_a_high_watermark)
{
	for (int wire = 0; wire < WIRES; wire++) {
		struct evbuffer *all = evbuffer_new();

		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		start_both();
		bufferevent_setwatermark(server, EV_READ, 0, 100);
		write_pattern(client, 20000);

		while (evbuffer_get_length(all) < 20000) {
			if (input_size(server) == 0)
				step(base);
			ck_assert_uint_le(input_size(server), 100);
			evbuffer_remove_buffer(bufferevent_get_input(server), all, 60);
		}

		expect_pattern(all, 20000);
		evbuffer_free(all);
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_enable__what_came_while_reading_was_disabled)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		start_both();
		write_pattern(client, 1000);
		while (input_size(server) < 1000)
			step(base);
		bufferevent_disable(server, EV_READ);
		write_pattern(client, 50);
		turns(base, 6);
		ck_assert_uint_eq(input_size(server), 1000);

		bufferevent_enable(server, EV_READ);
		while (input_size(server) < 1050)
			step(base);

		tear_down();
	}
}

static int records;

static void
count_records(
    int is_write, int version, int type, const void *data, size_t size, SSL *ssl, void *arg)
{
	(void)version;
	(void)data;
	(void)size;
	(void)ssl;
	(void)arg;
	if (is_write && type == SSL3_RT_HEADER)
		records++;
}

static const char reference[] = "memory of the program";

/* They are not adjacent: a reference is a chain of its own. */
TEST_EVERYWHERE(tls_write__small_pieces_are_one_record)
{
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	start_both();
	SSL_set_msg_callback(bufferevent_openssl_get_ssl(client), count_records);
	records = 0;

	write_text(client, "head");
	evbuffer_add_reference(
	    bufferevent_get_output(client), reference, sizeof(reference) - 1, NULL, NULL);
	write_text(client, "body");
	while (input_size(server) < sizeof(reference) - 1 + 8)
		step(base);

	ck_assert_int_eq(records, 1);
	tear_down();
}

TEST_EVERYWHERE(tls_write__sends_parts_of_files)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 100000; i++)
		fputc((unsigned char)(i * 31 + i / 251), file);
	fflush(file);
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	start_both();

	ck_assert_int_eq(
	    evbuffer_add_file(bufferevent_get_output(client), dup(fileno(file)), 0, 100000), 0);
	while (input_size(server) < 100000)
		step(base);

	expect_pattern(bufferevent_get_input(server), 100000);
	fclose(file);
	tear_down();
}

TEST_EVERYWHERE(tls_write__callback_comes_when_the_records_are_sent)
{
	for (int wire = 0; wire < OVER_PAIR; wire++) {
		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		start_both();
		bufferevent_setcb(client, NULL, spell_written, spell_event, word("c"));

		write_pattern(client, 1000);
		ck_assert_uint_eq(output_size(client), 1000);

		ck_assert_str_eq(next_spelled(base), "cw0 ");
		tear_down();
	}
}

TEST_IN_SIMULATION(tls_stream__rate_limits_count_bytes_on_the_wire)
{
	for (int wire = OVER_SOCKET; wire <= OVER_FILTER; wire++) {
		struct ev_token_bucket_cfg *cfg =
		    ev_token_bucket_cfg_new(1000000, 1000000, 1000000, 1000000, MS(3600000));

		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		start_both();
		turns(base, 4);
		bufferevent_set_rate_limit(server, cfg);
		bufferevent_set_rate_limit(client, cfg);

		write_pattern(client, 2000);
		while (input_size(server) < 2000)
			step(base);
		turns(base, 3);

		/* Five bytes of header, one of type, sixteen of authentication. */
		ck_assert_int_eq(bufferevent_get_write_limit(client), 1000000 - 2000 - 22);
		ck_assert_int_eq(bufferevent_get_read_limit(server), 1000000 - 2000 - 22);
		tear_down();
		ev_token_bucket_cfg_free(cfg);
	}
}

TEST_IN_SIMULATION(tls_stream__arrives_under_a_small_rate_limit)
{
	for (int wire = OVER_SOCKET; wire <= OVER_FILTER; wire++) {
		struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(70, 70, 70, 70, MS(1));

		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		start_both();
		bufferevent_set_rate_limit(server, cfg);
		bufferevent_set_rate_limit(client, cfg);
		write_pattern(client, 5000);
		write_pattern(server, 5000);
		while (input_size(server) < 5000 || input_size(client) < 5000)
			step(base);

		expect_pattern(bufferevent_get_input(server), 5000);
		expect_pattern(bufferevent_get_input(client), 5000);
		tear_down();
		ev_token_bucket_cfg_free(cfg);
	}
}

/* ---- Other messages ------------------------------------------------------------------------------ */

/* Also while nothing can be written. */
TEST_EVERYWHERE(tls_stream__changes_keys_while_data_flows)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		start_both();
		for (int i = 0; i < 5; i++) {
			ck_assert_int_eq(SSL_key_update(bufferevent_openssl_get_ssl(client),
					     SSL_KEY_UPDATE_REQUESTED),
			    1);
			ck_assert_int_eq(SSL_do_handshake(bufferevent_openssl_get_ssl(client)), 1);
			write_pattern(client, 10);
			step(base);
		}
		bufferevent_disable(server, EV_WRITE);
		while (input_size(server) < 50)
			step(base);
		evbuffer_drain(bufferevent_get_input(server), 50);
		bufferevent_enable(server, EV_WRITE);

		move_bulk_both_ways();
		tear_down();
	}
}

/* OpenSSL sends the change with the next data, and is in a handshake until then. */
TEST_EVERYWHERE(tls_stream__changes_its_key_when_only_one_side_writes)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i, (enum wire)wire, TLS1_3_VERSION);
		start_both();
		ck_assert_int_eq(SSL_key_update(bufferevent_openssl_get_ssl(client),
				     SSL_KEY_UPDATE_NOT_REQUESTED),
		    1);

		write_pattern(client, 1000);

		while (input_size(server) < 1000)
			step(base);
		tear_down();
	}
}

/* ---- Descriptors ---------------------------------------------------------------------------------- */

TEST_EVERYWHERE(bufferevent_setfd__is_another_handshake_in_the_same_role)
{
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++)
		for (int wire = OVER_SOCKET; wire <= OVER_FILTER; wire++) {
			set_up(_i, (enum wire)wire, version);
			start_both();
			for (int round = 0; round < 3; round++) {
				open_pair(backend, ends);
				ck_assert_int_eq(bufferevent_replacefd(client, ends[0]), 0);
				ck_assert_int_eq(bufferevent_replacefd(server, ends[1]), 0);
				shake_hands();
				write_pattern(client, 1000);
				while (input_size(server) < 1000)
					step(base);
				evbuffer_drain(bufferevent_get_input(server), 1000);
			}
			ck_assert_int_eq(bufferevent_getfd(client), ends[0]);
			ck_assert_int_eq(SSL_get_fd(bufferevent_openssl_get_ssl(client)), ends[0]);
			ck_assert_int_eq(bufferevent_replacefd(client, -1), 0);
			ck_assert_int_eq(bufferevent_getfd(client), -1);
			tear_down();
		}
}

TEST_EVERYWHERE(tls_stream__without_a_descriptor_nothing_happens)
{
	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	bufferevent_free(client);
	client = open_end(-1, OVER_SOCKET, BUFFEREVENT_SSL_CONNECTING);
	bufferevent_setcb(client, spell_read, spell_written, spell_event, word("c"));
	bufferevent_free(server);
	server = NULL;
	bufferevent_enable(client, EV_READ | EV_WRITE);
	write_text(client, "hello");

	turns(base, 4);

	ck_assert_str_eq(spelled(), "");
	ck_assert_int_eq(bufferevent_getfd(client), -1);
	tear_down();
}

/* ---- Wrapping -------------------------------------------------------------------------------------- */

/* The peer's first records came with the last line in plain text. */
TEST_EVERYWHERE(bufferevent_openssl_filter_new__takes_records_that_are_there)
{
	struct bufferevent *plain;

	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	bufferevent_free(server);
	bufferevent_free(client);
	open_pair(backend, ends);
	client = open_end(ends[0], OVER_SOCKET, BUFFEREVENT_SSL_CONNECTING);
	plain = bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_enable(plain, EV_READ);
	bufferevent_setwatermark(plain, EV_READ, 100000, 200000);
	while (input_size(plain) == 0)
		step(base);

	server = on_top(plain, BUFFEREVENT_SSL_ACCEPTING);
	spell_both(NULL);
	start_both();

	move_bulk_both_ways();
	ck_assert_ptr_eq(bufferevent_get_underlying(server), plain);
	ck_assert_int_eq(bufferevent_getfd(server), ends[1]);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_openssl_filter_new__plain_text_behind_it_is_an_error)
{
	struct bufferevent *plain;

	set_up(_i, OVER_SOCKET, TLS1_3_VERSION);
	replace_client_by_plain(_i);
	bufferevent_free(server);
	open_pair(backend, ends);
	bufferevent_replacefd(client, ends[0]);
	plain = bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_enable(plain, EV_READ);
	write_text(client, "MAIL FROM:<somebody>\r\n");
	while (input_size(plain) == 0)
		step(base);

	server = on_top(plain, BUFFEREVENT_SSL_ACCEPTING);
	spell_both(spell_read);
	bufferevent_enable(server, EV_READ);

	ck_assert_str_eq(next_spelled(base), "s<err ");
	ck_assert_uint_eq(input_size(server), 0);
	tear_down();
}

/* ---- Freeing inside of callbacks -------------------------------------------------------------------- */

/* OpenSSL's own callbacks are among them. */
static void
free_for_message(
    int is_write, int version, int type, const void *data, size_t size, SSL *ssl, void *arg)
{
	(void)is_write;
	(void)version;
	(void)type;
	(void)data;
	(void)size;
	(void)ssl;
	(void)arg;
	free_both_in_time();
}

static void
free_in_each_callback(int i, enum wire wire)
{
	bool is_over = false;

	for (int when = 0; !is_over; when++) {
		set_up(i, wire, TLS1_3_VERSION);
		free_both_in_callback(&client, &server, when);
		SSL_set_msg_callback(bufferevent_openssl_get_ssl(client), free_for_message);
		SSL_set_msg_callback(bufferevent_openssl_get_ssl(server), free_for_message);
		bufferevent_enable(client, EV_READ | EV_WRITE);
		bufferevent_enable(server, EV_READ | EV_WRITE);
		if (client)
			write_bytes(client, 4000);
		while (client && input_size(server) < 4000)
			step(base);
		is_over = client != NULL;
		if (client) {
			SSL_set_msg_callback(bufferevent_openssl_get_ssl(client), NULL);
			SSL_set_msg_callback(bufferevent_openssl_get_ssl(server), NULL);
		}
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_free__inside_any_callback_of_a_tls_stream)
{
	for (int wire = 0; wire < WIRES; wire++)
		free_in_each_callback(_i, (enum wire)wire);
}
