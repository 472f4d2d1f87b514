/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who frees the SSL, the descriptor and the stream below: after success, and after each way in
 * which a constructor fails.
 */
#include "tls_kit.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static void
say_owner(struct tls_case *c, const char *when)
{
	say(" %s", when);
	tls_say_open("descriptor", KIT_FIRST_FD);
	(void)c;
}

static void
freed_when_up(bool filter, int options)
{
	struct tls_way way = {.filter = filter, .version = TLS1_3_VERSION, .options = options};
	struct bufferevent *below;
	struct tls_case c;
	SSL *ssl;

	say("== freed when connected, %s, %s", filter ? "filter" : "socket",
	    options & BEV_OPT_CLOSE_ON_FREE ? "close" : "keep");
	tls_open_peer(&c, &way);
	ssl = tls_new(way.version, "SSL");
	tls_make_stream(&c, ssl);
	below = c.below;
	tls_handshake(&c);
	bufferevent_free(c.bev);
	c.bev = NULL;
	say_owner(&c, "at once");
	tls_turns(&c);
	say_owner(&c, "after turns");
	tls_peer_move(&c);
	if (options & BEV_OPT_CLOSE_ON_FREE) {
		tls_close(&c);
		return;
	}
	if (filter) {
		bufferevent_data_cb on_read, on_write;
		bufferevent_event_cb on_event;
		size_t low, high;
		void *arg;

		bufferevent_getcb(below, &on_read, &on_write, &on_event, &arg);
		bufferevent_getwatermark(below, EV_READ, &low, &high);
		say("  below: callbacks %d %d %d, enabled %s, marks %zu %zu", on_read != NULL,
		    on_write != NULL, on_event != NULL, bits(bufferevent_get_enabled(below)), low,
		    high);
	}
	/* What the stream has left can be used with another one. */
	say("  shutdown received %d, state %s", SSL_get_shutdown(ssl), SSL_state_string_long(ssl));
	if (filter)
		c.bev = bufferevent_openssl_filter_new(c.base, below, ssl, BUFFEREVENT_SSL_OPEN, 0);
	else
		c.bev =
		    bufferevent_openssl_socket_new(c.base, c.ends[0], ssl, BUFFEREVENT_SSL_OPEN, 0);
	say("  again: %d", c.bev != NULL);
	if (c.bev) {
		bufferevent_setcb(c.bev, tls_on_read, tls_on_write, tls_on_event, "second");
		bufferevent_enable(c.bev, EV_READ);
		tls_peer_write(&c, "hello");
		bufferevent_write(c.bev, "answer", 6);
		tls_turns(&c);
		tls_peer_move(&c);
		bufferevent_free(c.bev);
		c.bev = NULL;
		tls_turns(&c);
	}
	SSL_free(ssl);
	if (filter)
		bufferevent_free(below);
	tls_close(&c);
}

/* ---- constructors that fail */

static struct tls_case failing;

static void
set_up_nothing(void)
{
	struct tls_way way = {.version = TLS1_3_VERSION};

	tls_open_peer(&failing, &way);
}

/* What is left after a failure, and after a success. */
static int
made(struct bufferevent *bev, SSL *ssl)
{
	(void)ssl;
	tls_turns(&failing);
	say("  made: %d", bev != NULL);
	tls_say_open("descriptor", failing.ends[0]);
	if (bev) {
		bufferevent_free(bev);
		tls_turns(&failing);
		say("  after free");
		tls_say_open("descriptor", failing.ends[0]);
	}
	return bev != NULL;
}

static int
make_socket(int options, evutil_socket_t fd, evutil_socket_t ssl_fd, int state)
{
	SSL *ssl = tls_new(versions[1], "SSL");

	if (ssl_fd >= 0)
		SSL_set_fd(ssl, ssl_fd);
	return made(bufferevent_openssl_socket_new(
			failing.base, fd, ssl, (enum bufferevent_ssl_state)state, options),
	    ssl);
}

static int
make_filter(int options, int state)
{
	SSL *ssl = tls_new(versions[1], "SSL");
	struct bufferevent *below =
	    bufferevent_socket_new(failing.base, failing.ends[0], BEV_OPT_CLOSE_ON_FREE);

	return made(bufferevent_openssl_filter_new(
			failing.base, below, ssl, (enum bufferevent_ssl_state)state, options),
	    ssl);
}

static int
make_without_ssl(int options)
{
	return made(bufferevent_openssl_socket_new(
			failing.base, failing.ends[0], NULL, BUFFEREVENT_SSL_ACCEPTING, options),
	    NULL);
}

static int
make_without_below(int options)
{
	SSL *ssl = tls_new(versions[1], "SSL");

	return made(bufferevent_openssl_filter_new(
			failing.base, NULL, ssl, BUFFEREVENT_SSL_ACCEPTING, options),
	    ssl);
}

static int
make_with_bios(int options)
{
	SSL *ssl = tls_new(versions[1], "SSL");

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	return made(bufferevent_openssl_socket_new(
			failing.base, failing.ends[0], ssl, BUFFEREVENT_SSL_ACCEPTING, options),
	    ssl);
}

static void
failures(int options)
{
	int other = failing.ends[1];

	(void)other;
	say("== options 0x%x", options);
	KIT_ANSWER(set_up_nothing, "socket, unlocked callbacks without deferred ones",
	    make_socket(options | BEV_OPT_UNLOCK_CALLBACKS, failing.ends[0], -1,
		BUFFEREVENT_SSL_ACCEPTING));
	KIT_ANSWER(set_up_nothing, "filter, unlocked callbacks without deferred ones",
	    make_filter(options | BEV_OPT_UNLOCK_CALLBACKS, BUFFEREVENT_SSL_ACCEPTING));
	KIT_ANSWER(set_up_nothing, "SSL with another descriptor",
	    make_socket(options, failing.ends[0], failing.ends[1], BUFFEREVENT_SSL_ACCEPTING));
	KIT_ANSWER(set_up_nothing, "SSL with the same descriptor",
	    make_socket(options, failing.ends[0], failing.ends[0], BUFFEREVENT_SSL_ACCEPTING));
	KIT_ANSWER(set_up_nothing, "SSL with a descriptor, none for the stream",
	    make_socket(options, -1, failing.ends[0], BUFFEREVENT_SSL_ACCEPTING));
	KIT_ANSWER(set_up_nothing, "no descriptor at all",
	    make_socket(options, -1, -1, BUFFEREVENT_SSL_CONNECTING));
	KIT_ANSWER(set_up_nothing, "no SSL", make_without_ssl(options));
	KIT_ANSWER(set_up_nothing, "no stream below", make_without_below(options));
	KIT_ANSWER(set_up_nothing, "SSL with memory BIOs", make_with_bios(options));
	KIT_ANSWER(set_up_nothing, "socket, state 7", make_socket(options, failing.ends[0], -1, 7));
	KIT_ANSWER(set_up_nothing, "filter, state 7", make_filter(options, 7));
	KIT_ANSWER(set_up_nothing, "socket, open without handshake",
	    make_socket(options, failing.ends[0], -1, BUFFEREVENT_SSL_OPEN));
	KIT_ANSWER(set_up_nothing, "filter, open without handshake",
	    make_filter(options, BUFFEREVENT_SSL_OPEN));
	KIT_ANSWER(set_up_nothing, "socket, closed descriptor",
	    make_socket(options, 999, -1, BUFFEREVENT_SSL_ACCEPTING));
}

/* ---- freed in callbacks */

static void
free_in_event(struct bufferevent *bev, short what, void *c)
{
	say("  %s, freed", tls_event_bits(what));
	((struct tls_case *)c)->bev = NULL;
	bufferevent_free(bev);
}

static void
free_in_read(struct bufferevent *bev, void *c)
{
	say("  read, freed");
	((struct tls_case *)c)->bev = NULL;
	bufferevent_free(bev);
}

static void
free_in_write(struct bufferevent *bev, void *c)
{
	say("  write, freed");
	((struct tls_case *)c)->bev = NULL;
	bufferevent_free(bev);
}

static void
freed_inside(const struct tls_way *way, int which)
{
	struct tls_case c;

	say("== %s%s, freed in callback %d", tls_way_name(way),
	    way->options & BEV_OPT_DEFER_CALLBACKS ? " deferred" : "", which);
	tls_open(&c, way);
	bufferevent_setcb(c.bev, which == 1 ? free_in_read : tls_on_read,
	    which == 2 ? free_in_write : tls_on_write,
	    which == 0   ? free_in_event
	    : which == 3 ? NULL
			 : NULL,
	    &c);
	if (which != 2)
		tls_peer_write(&c, "");
	tls_handshake(&c);
	if (which == 1)
		tls_peer_write(&c, "hello");
	if (which == 2 && c.bev)
		bufferevent_write(c.bev, "answer", 6);
	if (which == 3) {
		bufferevent_setcb(c.bev, NULL, NULL, free_in_event, &c);
		tls_peer_notify(&c);
	}
	tls_turns(&c);
	say("  stream is gone: %d", c.bev == NULL);
	tls_say_open("descriptor", KIT_FIRST_FD);
	tls_peer_move(&c);
	tls_close(&c);
}

int
main(void)
{
	for (int filter = 0; filter < 2; filter++) {
		freed_when_up(filter, BEV_OPT_CLOSE_ON_FREE);
		freed_when_up(filter, 0);
	}
	failures(0);
	failures(BEV_OPT_CLOSE_ON_FREE);
	for (int i = 0; i < TLS_WAY_COUNT; i++) {
		for (int which = 0; which < 4; which++) {
			struct tls_way way = tls_way(i, BEV_OPT_CLOSE_ON_FREE);

			freed_inside(&way, which);
			way.options |= BEV_OPT_DEFER_CALLBACKS;
			freed_inside(&way, which);
		}
	}
	return 0;
}
