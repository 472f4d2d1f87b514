/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event2/bufferevent_ssl.h through the shared libraries: who owns what, and wrong use.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "unit/tls/tls_ends.h"

static struct event_base *base;
static SSL_CTX *context;
static int index_of_ssl, freed;

static void
on_ssl_freed(void *ssl, void *marked, CRYPTO_EX_DATA *data, int number, long l, void *p)
{
	(void)ssl;
	(void)data;
	(void)number;
	(void)l;
	(void)p;
	freed += marked != NULL;
}

static void
set_up(int i)
{
	signal(SIGPIPE, SIG_IGN);
	base = base_on(backend_under_test(i));
	context = tls_context(TLS1_3_VERSION);
	index_of_ssl = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_freed);
	freed = 0;
	keep_log();
}

static void
tear_down(void)
{
	event_base_free(base);
	SSL_CTX_free(context);
}

/* Counted in `freed` when it goes. */
static SSL *
marked_ssl(void)
{
	SSL *ssl = tls_ssl(context);

	SSL_set_ex_data(ssl, index_of_ssl, ssl);
	return ssl;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* ---- Who owns what ------------------------------------------------------------------------------ */

TEST_ON_BACKENDS(bufferevent_free__frees_ssl_and_closes_socket_with_close_on_free)
{
	struct bufferevent *bev;
	evutil_socket_t ends[2];

	set_up(_i);
	open_pair(backend_under_test(_i), ends);
	bev = bufferevent_openssl_socket_new(
	    base, ends[0], marked_ssl(), BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);

	bufferevent_free(bev);
	ck_assert(!is_open((int)ends[0]));
	turns(base, 2);

	ck_assert_int_eq(freed, 1);
	evutil_closesocket(ends[1]);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_free__leaves_ssl_and_socket_without_close_on_free)
{
	struct bufferevent *bev;
	evutil_socket_t ends[2];

	for (int ssl_goes_first = 0; ssl_goes_first <= 1; ssl_goes_first++) {
		SSL *ssl;

		set_up(_i);
		ssl = marked_ssl();
		open_pair(backend_under_test(_i), ends);
		bev = bufferevent_openssl_socket_new(
		    base, ends[0], ssl, BUFFEREVENT_SSL_CONNECTING, 0);
		ck_assert_int_eq(SSL_get_fd(ssl), ends[0]);
		if (ssl_goes_first) {
			SSL_free(ssl);
			bufferevent_free(bev);
		} else {
			bufferevent_free(bev);
			turns(base, 2);
			ck_assert_int_eq(freed, 0);
			ck_assert_int_eq(SSL_get_fd(ssl), ends[0]);
			SSL_free(ssl);
		}
		turns(base, 2);

		ck_assert_int_eq(freed, 1);
		ck_assert(is_open((int)ends[0]));
		close_pair(ends);
		tear_down();
	}
}

/* It goes on with its owner's calls where the bufferevent was. */
TEST_ON_BACKENDS(bufferevent_free__the_ssl_works_on_the_socket)
{
	struct bufferevent *client, *server;
	evutil_socket_t ends[2];
	SSL *ssl;

	set_up(_i);
	ssl = marked_ssl();
	open_pair(backend_under_test(_i), ends);
	client = bufferevent_openssl_socket_new(base, ends[0], ssl, BUFFEREVENT_SSL_CONNECTING, 0);
	server = bufferevent_openssl_socket_new(
	    base, ends[1], marked_ssl(), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(server, NULL, NULL, spell_event, word("s"));
	bufferevent_enable(client, EV_READ);
	bufferevent_enable(server, EV_READ);
	ck_assert_str_eq(next_spelled(base), "s!up ");
	turns(base, 4);
	SSL_set_quiet_shutdown(ssl, 1);

	bufferevent_free(client);
	SSL_set_quiet_shutdown(ssl, 0);
	SSL_set_shutdown(ssl, 0);
	ck_assert_int_eq(SSL_write(ssl, "hello", 5), 5);
	while (input_size(server) < 5)
		step(base);

	SSL_free(ssl);
	bufferevent_free(server);
	evutil_closesocket(ends[0]);
	tear_down();
}

static const int refused_options[] = {
    BEV_OPT_UNLOCK_CALLBACKS, BEV_OPT_UNLOCK_CALLBACKS | BEV_OPT_CLOSE_ON_FREE};

/* Only the SSL, and only with BEV_OPT_CLOSE_ON_FREE. */
TEST_ON_BACKENDS(bufferevent_openssl_socket_new__failing_frees_the_ssl_with_close_on_free)
{
	set_up(_i);
	for (int i = 0; i < 2; i++) {
		SSL *ssl = marked_ssl();
		evutil_socket_t ends[2];

		freed = 0;
		open_pair(backend_under_test(_i), ends);
		ck_assert_ptr_null(bufferevent_openssl_socket_new(
		    base, ends[0], ssl, BUFFEREVENT_SSL_CONNECTING, refused_options[i]));
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_int_eq(freed, i);
		ck_assert(is_open((int)ends[0]));
		if (!freed) {
			ck_assert_ptr_null(SSL_get_rbio(ssl));
			SSL_free(ssl);
		}
		close_pair(ends);
	}
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_openssl_filter_new__failing_changes_nothing_below)
{
	struct bufferevent *below;

	set_up(_i);
	below = bufferevent_socket_new(base, -1, 0);
	bufferevent_setcb(below, spell_read, spell_written, spell_event, word("b"));
	bufferevent_setwatermark(below, EV_READ, 5, 10);
	for (int i = 0; i < 2; i++) {
		bufferevent_data_cb read_callback;
		size_t low = 0, high = 0;
		SSL *ssl = marked_ssl();

		freed = 0;
		ck_assert_ptr_null(bufferevent_openssl_filter_new(
		    base, below, ssl, BUFFEREVENT_SSL_CONNECTING, refused_options[i]));
		ck_assert_int_eq(freed, i);
		if (!freed)
			SSL_free(ssl);
		bufferevent_getcb(below, &read_callback, NULL, NULL, NULL);
		bufferevent_getwatermark(below, EV_READ, &low, &high);
		ck_assert(read_callback == spell_read);
		ck_assert_uint_eq(low + high, 15);
		ck_assert_int_eq(bufferevent_get_enabled(below), EV_WRITE);
	}
	bufferevent_free(below);
	tear_down();
}

/* ---- Descriptors ----------------------------------------------------------------------------------- */

TEST_ON_BACKENDS(bufferevent_openssl_socket_new__takes_the_descriptor_of_the_ssl)
{
	struct bufferevent *bev;
	evutil_socket_t ends[2];
	SSL *ssl;

	set_up(_i);
	ssl = marked_ssl();
	open_pair(backend_under_test(_i), ends);
	SSL_set_fd(ssl, (int)ends[0]);

	bev = bufferevent_openssl_socket_new(
	    base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);

	ck_assert_int_eq(bufferevent_getfd(bev), ends[0]);
	bufferevent_free(bev);
	ck_assert(!is_open((int)ends[0]));
	evutil_closesocket(ends[1]);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_openssl_socket_new__refuses_an_ssl_of_another_descriptor)
{
	set_up(_i);
	for (int in_memory = 0; in_memory <= 1; in_memory++) {
		evutil_socket_t ends[2];
		SSL *ssl = marked_ssl();

		open_pair(backend_under_test(_i), ends);
		SSL_set_fd(ssl, (int)ends[1]);
		if (in_memory)
			SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
		freed = 0;

		ck_assert_ptr_null(bufferevent_openssl_socket_new(
		    base, ends[0], ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE));

		ck_assert_int_eq(freed, 1);
		ck_assert(is_open((int)ends[0]) && is_open((int)ends[1]));
		close_pair(ends);
	}
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_openssl_socket_new__sets_modes_of_the_ssl)
{
	const long modes = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
			   SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS;
	struct bufferevent *bev;
	SSL *ssl;

	set_up(_i);
	ssl = marked_ssl();
	SSL_set_read_ahead(ssl, 1);
	bev = bufferevent_openssl_socket_new(
	    base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);

	ck_assert_int_eq(SSL_get_mode(ssl), modes);
	ck_assert_int_eq(SSL_get_read_ahead(ssl), 0);
	bufferevent_free(bev);
	tear_down();
}

/* ---- Other bufferevents ------------------------------------------------------------------------------ */

TEST_ON_BACKENDS(bufferevent_ssl__functions_know_their_bufferevents)
{
	struct bufferevent *plain, *pair[2], *bev;

	set_up(_i);
	plain = bufferevent_socket_new(base, -1, 0);
	ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
	bev = bufferevent_openssl_socket_new(
	    base, -1, marked_ssl(), BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);

	for (int i = 0; i < 2; i++) {
		struct bufferevent *other = i ? plain : pair[0];

		ck_assert_ptr_null(bufferevent_openssl_get_ssl(other));
		ck_assert_uint_eq(bufferevent_get_openssl_error(other), 0);
		ck_assert_int_eq(bufferevent_ssl_renegotiate(other), -1);
		ck_assert_int_eq(bufferevent_openssl_get_allow_dirty_shutdown(other), -1);
		bufferevent_openssl_set_allow_dirty_shutdown(other, 1);
		ck_assert(bufferevent_ssl_get_flags(other) == EV_UINT64_MAX);
		ck_assert(bufferevent_ssl_set_flags(other, 1) == EV_UINT64_MAX);
		ck_assert(bufferevent_ssl_clear_flags(other, 1) == EV_UINT64_MAX);
	}
	ck_assert(bufferevent_ssl_set_flags(bev, BUFFEREVENT_SSL_BATCH_WRITE) == 0);
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 7);
	ck_assert_int_eq(bufferevent_openssl_get_allow_dirty_shutdown(bev), 1);
	ck_assert(bufferevent_ssl_clear_flags(bev, BUFFEREVENT_SSL_BATCH_WRITE) == 3);
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 0);
	ck_assert(bufferevent_ssl_get_flags(bev) == 0);
	ck_assert_ptr_null(bufferevent_get_underlying(bev));

	bufferevent_free(bev);
	bufferevent_free(plain);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_openssl__null_is_refused)
{
	set_up(_i);

	ck_assert_ptr_null(bufferevent_openssl_socket_new(
	    base, -1, NULL, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE));
	ck_assert_ptr_null(bufferevent_openssl_filter_new(
	    base, NULL, marked_ssl(), BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE));
	ck_assert_int_eq(freed, 1);
	ck_assert_ptr_null(bufferevent_openssl_filter_new(
	    base, NULL, NULL, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE));
	ck_assert(was_logged("no underlying bufferevent"));
	tear_down();
}

/* ---- Priorities, flush, deferral ------------------------------------------------------------------------ */

TEST_ON_BACKENDS(bufferevent_openssl__moves_bytes_with_each_set_of_options)
{
	static const int options[] = {0, BEV_OPT_THREADSAFE, BEV_OPT_DEFER_CALLBACKS,
	    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS,
	    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS};

	set_up(_i);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		for (int on_top = 0; on_top <= 1; on_top++) {
			const int all = options[i] | BEV_OPT_CLOSE_ON_FREE;
			struct bufferevent *bevs[2];
			evutil_socket_t ends[2];

			open_pair(backend_under_test(_i), ends);
			for (int k = 0; k < 2; k++) {
				enum bufferevent_ssl_state state =
				    k ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING;

				bevs[k] = on_top ? bufferevent_openssl_filter_new(base,
						       bufferevent_socket_new(base, ends[k], all),
						       marked_ssl(), state, all)
						 : bufferevent_openssl_socket_new(
						       base, ends[k], marked_ssl(), state, all);
				bufferevent_setcb(bevs[k], echo, NULL, NULL, NULL);
				bufferevent_enable(bevs[k], EV_READ);
				ck_assert_int_eq(bufferevent_priority_set(bevs[k], 0), 0);
				ck_assert_int_eq(
				    bufferevent_flush(bevs[k], EV_READ | EV_WRITE, BEV_FLUSH), 0);
			}
			bufferevent_setcb(bevs[0], spell_read, NULL, NULL, word("c"));
			write_text(bevs[0], "hello");
			ck_assert_str_eq(next_spelled(base), "cr5 ");
			bufferevent_free(bevs[0]);
			bufferevent_free(bevs[1]);
		}
	tear_down();
}

/* The records are at the kernel when it returns. */
TEST_ON_BACKENDS(bufferevent_flush__sends_output_of_a_tls_stream_at_once)
{
	set_up(_i);
	for (int on_top = 0; on_top <= 1; on_top++) {
		struct bufferevent *bevs[2];
		evutil_socket_t ends[2];

		open_pair(backend_under_test(_i), ends);
		for (int k = 0; k < 2; k++) {
			enum bufferevent_ssl_state state =
			    k ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING;

			bevs[k] =
			    on_top
				? bufferevent_openssl_filter_new(base,
				      bufferevent_socket_new(base, ends[k], BEV_OPT_CLOSE_ON_FREE),
				      marked_ssl(), state, BEV_OPT_CLOSE_ON_FREE)
				: bufferevent_openssl_socket_new(
				      base, ends[k], marked_ssl(), state, BEV_OPT_CLOSE_ON_FREE);
			bufferevent_setcb(bevs[k], NULL, NULL, spell_event, word(k ? "s" : "c"));
			bufferevent_enable(bevs[k], EV_READ);
		}
		while (!strstr(next_spelled(base), "s!up"))
			;
		turns(base, 4);
		write_text(bevs[0], "hello");
		ck_assert_uint_eq(output_size(bevs[0]), 5);

		ck_assert_int_eq(bufferevent_flush(bevs[0], EV_WRITE, BEV_FLUSH), 1);

		ck_assert_int_gt(take(ends[1]), 5);
		bufferevent_free(bevs[0]);
		bufferevent_free(bevs[1]);
		turns(base, 2);
		(void)spelled();
	}
	tear_down();
}

/* ---- Connecting ------------------------------------------------------------------------------------------ */

static struct bufferevent *accepted;

static void
accept_tls(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	if (accepted)
		bufferevent_free(accepted);
	accepted = bufferevent_openssl_socket_new(
	    base, fd, marked_ssl(), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(accepted, echo, NULL, NULL, NULL);
	bufferevent_enable(accepted, EV_READ);
}

static struct evconnlistener *
listen_on_loopback(unsigned short *port_out)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct evconnlistener *listener = evconnlistener_new_bind(base, accept_tls, NULL,
	    LEV_OPT_CLOSE_ON_FREE, 5, (struct sockaddr *)&address, sizeof(address));

	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size), 0);
	*port_out = ntohs(address.sin_port);
	return listener;
}

/* Also again, after the first connection has gone: with the same SSL. */
TEST_ON_BACKENDS(bufferevent_socket_connect__reports_a_tls_stream_once_it_is_secure)
{
	struct evconnlistener *listener;
	struct bufferevent *bev;
	unsigned short port;

	set_up(_i);
	accepted = NULL;
	listener = listen_on_loopback(&port);
	bev = bufferevent_openssl_socket_new(
	    base, -1, marked_ssl(), BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, spell_read_and_drain, NULL, spell_event, word("c"));
	bufferevent_enable(bev, EV_READ);

	for (int round = 0; round < 3; round++) {
		const char *name = round == 0 ? "127.0.0.1" : "localhost";

		ck_assert_int_eq(
		    bufferevent_socket_connect_hostname(bev, NULL, AF_UNSPEC, name, port), 0);
		write_text(bev, "hello");
		ck_assert_str_eq(next_spelled(base), "c!up ");
		ck_assert(SSL_is_init_finished(bufferevent_openssl_get_ssl(bev)));
		ck_assert_str_eq(next_spelled(base), "cr5 ");
		ck_assert_int_eq(bufferevent_replacefd(bev, -1), 0);
	}

	bufferevent_free(bev);
	bufferevent_free(accepted);
	evconnlistener_free(listener);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect__a_refused_connection_is_no_error_of_openssl)
{
	struct evconnlistener *listener;
	struct bufferevent *bev;
	unsigned short port;

	set_up(_i);
	listener = listen_on_loopback(&port);
	evconnlistener_free(listener);
	bev = bufferevent_openssl_socket_new(
	    base, -1, marked_ssl(), BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, NULL, NULL, spell_event, word("c"));

	ck_assert_int_eq(
	    bufferevent_socket_connect_hostname(bev, NULL, AF_INET, "127.0.0.1", port), 0);
	ck_assert_str_eq(next_spelled(base), "c!err ");

	ck_assert_uint_eq(bufferevent_get_openssl_error(bev), 0);
	bufferevent_free(bev);
	tear_down();
}

/* ---- Sessions that are open ---------------------------------------------------------------------------------- */

static void
carry(BIO *from, BIO *to)
{
	char data[4096];
	int size;

	while ((size = BIO_read(from, data, sizeof(data))) > 0)
		ck_assert_int_eq(BIO_write(to, data, size), size);
}

/* A session whose handshake was made elsewhere; it has no BIO. */
static void
shake_hands_in_memory(SSL *client, SSL *server)
{
	BIO *to_client = BIO_new(BIO_s_mem());
	BIO *to_server = BIO_new(BIO_s_mem());
	BIO *from_client = BIO_new(BIO_s_mem());
	BIO *from_server = BIO_new(BIO_s_mem());
	char byte;

	SSL_set_bio(client, to_client, from_client);
	SSL_set_bio(server, to_server, from_server);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 4; i++) {
		(void)SSL_do_handshake(client);
		carry(from_client, to_server);
		(void)SSL_do_handshake(server);
		carry(from_server, to_client);
	}
	ck_assert_int_le(SSL_read(client, &byte, 1), 0);
	ck_assert(SSL_is_init_finished(client) && SSL_is_init_finished(server));
	ERR_clear_error();
	SSL_set_bio(client, NULL, NULL);
	SSL_set_bio(server, NULL, NULL);
}

TEST_ON_BACKENDS(bufferevent_openssl__an_open_session_is_not_reported)
{
	struct bufferevent *bevs[2];
	evutil_socket_t ends[2];
	SSL *sessions[2];

	set_up(_i);
	open_pair(backend_under_test(_i), ends);
	for (int k = 0; k < 2; k++)
		sessions[k] = marked_ssl();
	shake_hands_in_memory(sessions[0], sessions[1]);
	for (int k = 0; k < 2; k++) {
		bevs[k] = bufferevent_openssl_socket_new(
		    base, ends[k], sessions[k], BUFFEREVENT_SSL_OPEN, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_setcb(
		    bevs[k], spell_read_and_drain, NULL, spell_event, word(k ? "s" : "c"));
		bufferevent_enable(bevs[k], EV_READ);
	}

	write_text(bevs[0], "hello");
	ck_assert_str_eq(next_spelled(base), "sr5 ");
	write_text(bevs[1], "there");
	ck_assert_str_eq(next_spelled(base), "cr5 ");

	bufferevent_free(bevs[0]);
	ck_assert_str_eq(next_spelled(base), "s<eof ");
	bufferevent_free(bevs[1]);
	tear_down();
}
