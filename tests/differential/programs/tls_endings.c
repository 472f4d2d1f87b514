/* SPDX-License-Identifier: BSD-3-Clause */
/* How TLS streams end: close_notify, the bare end, a reset, alerts, garbage; and what still works. */
#include "tls_kit.h"

enum ending { CLEAN, DIRTY, CLEAN_AND_END, RESET, GARBAGE, ALERT, DATA_AND_CLEAN, DATA_AND_DIRTY };

static const char *const ending_names[] = {"close_notify", "end", "close_notify and end", "reset",
    "garbage", "fatal alert", "data and close_notify", "data and end"};

static void
end_by(struct tls_case *c, enum ending ending)
{
	/* A plain alert of level fatal, in a record that is not encrypted, is garbage here. */
	static const unsigned char garbage[] = {23, 3, 3, 0, 32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
	    12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32};
	static const unsigned char alert[] = {21, 3, 3, 0, 2, 2, 40};

	if (ending == DATA_AND_CLEAN || ending == DATA_AND_DIRTY)
		tls_peer_write(c, "last words");
	switch (ending) {
	case CLEAN:
	case DATA_AND_CLEAN:
		tls_peer_notify(c);
		break;
	case CLEAN_AND_END:
		tls_peer_notify(c);
		tls_peer_finish(c);
		break;
	case DIRTY:
	case DATA_AND_DIRTY:
		tls_peer_finish(c);
		break;
	case RESET:
		tls_peer_reset(c);
		break;
	case GARBAGE:
		write(c->ends[1], garbage, sizeof(garbage));
		break;
	case ALERT:
		write(c->ends[1], alert, sizeof(alert));
		break;
	}
}

static void
after_data(const struct tls_way *way, enum ending ending, int allow_dirty)
{
	struct tls_case c;

	say("== %s, %s%s", tls_way_name(way), ending_names[ending],
	    allow_dirty ? ", dirty allowed" : "");
	tls_open(&c, way);
	bufferevent_openssl_set_allow_dirty_shutdown(c.bev, allow_dirty);
	tls_handshake(&c);
	tls_peer_write(&c, "hello");
	tls_turns(&c);
	end_by(&c, ending);
	tls_turns(&c);
	/* Only the peer's close_notify leaves a way to write. */
	if (ending == CLEAN || ending == DATA_AND_CLEAN) {
		say("  write: %d", bufferevent_write(c.bev, "answer", 6));
		tls_turns(&c);
		tls_peer_move(&c);
	}
	tls_close(&c);
}

/* The peer does nothing but end the connection, or talks nonsense. */
static void
in_handshake(const struct tls_way *way, enum ending ending, int allow_dirty)
{
	struct tls_case c;

	say("== %s, %s in the handshake%s", tls_way_name(way), ending_names[ending],
	    allow_dirty ? ", dirty allowed" : "");
	tls_open(&c, way);
	bufferevent_openssl_set_allow_dirty_shutdown(c.bev, allow_dirty);
	if (!way->client)
		tls_peer_move(&c);
	tls_turns(&c);
	end_by(&c, ending);
	tls_turns(&c);
	tls_close(&c);
}

/* Both sides have no version in common: who hears what. */
static void
no_common_version(const struct tls_way *way)
{
	struct tls_case c;
	SSL *ssl = tls_new(way->version == TLS1_3_VERSION ? TLS1_2_VERSION : TLS1_3_VERSION, "SSL");

	say("== %s, no common version", tls_way_name(way));
	tls_open_peer(&c, way);
	tls_make_stream(&c, ssl);
	tls_handshake(&c);
	tls_close(&c);
}

static int causes;

/* So many entries of the error queue come before the one of the handshake. */
static int
refuse_for_causes(int is_good, X509_STORE_CTX *verification)
{
	static const int reasons[] = {X509_R_UNKNOWN_KEY_TYPE, X509_R_INVALID_TRUST,
	    X509_R_WRONG_TYPE, X509_R_BAD_SELECTOR, X509_R_AKID_MISMATCH};

	(void)is_good;
	(void)verification;
	for (int i = 0; i < causes; i++)
		ERR_raise(ERR_LIB_X509, reasons[i]);
	return 0;
}

static void
several_errors(const struct tls_way *way)
{
	for (causes = 1; causes <= 5; causes += 2) {
		struct tls_case c;
		SSL *ssl = tls_new(way->version, "SSL");

		say("== %s, %d causes", tls_way_name(way), causes);
		SSL_set_verify(ssl, SSL_VERIFY_PEER, refuse_for_causes);
		tls_open_peer(&c, way);
		tls_make_stream(&c, ssl);
		tls_handshake(&c);
		tls_close(&c);
	}
}

static void
timeouts(const struct tls_way *way)
{
	struct timeval soon = kit_ms(50);
	struct timeval later = kit_ms(80);
	struct tls_case c;

	say("== %s, timeout in the handshake", tls_way_name(way));
	tls_open(&c, way);
	bufferevent_set_timeouts(c.bev, &soon, &later);
	tls_turns(&c);
	event_base_loop(c.base, EVLOOP_ONCE);
	tls_turns(&c);
	tls_close(&c);
	say("== %s, read timeout", tls_way_name(way));
	tls_open(&c, way);
	tls_handshake(&c);
	bufferevent_set_timeouts(c.bev, &soon, NULL);
	event_base_loop(c.base, EVLOOP_ONCE);
	tls_turns(&c);
	bufferevent_enable(c.bev, EV_READ);
	tls_peer_write(&c, "late");
	tls_turns(&c);
	tls_close(&c);
	say("== %s, write timeout", tls_way_name(way));
	tls_open(&c, way);
	tls_handshake(&c);
	bufferevent_set_timeouts(c.bev, NULL, &later);
	for (int i = 0; i < 100; i++)
		bufferevent_write(c.bev, (char[16384]){0}, 16384);
	tls_turns(&c);
	event_base_loop(c.base, EVLOOP_ONCE);
	tls_turns(&c);
	tls_close(&c);
}

int
main(void)
{
	for (int i = 0; i < TLS_WAY_COUNT; i++) {
		struct tls_way way = tls_way(i, BEV_OPT_CLOSE_ON_FREE);

		for (int ending = CLEAN; ending <= DATA_AND_DIRTY; ending++)
			after_data(&way, ending, 0);
		after_data(&way, DIRTY, 1);
		after_data(&way, RESET, 1);
		after_data(&way, DATA_AND_DIRTY, 1);
		in_handshake(&way, DIRTY, 0);
		in_handshake(&way, DIRTY, 1);
		in_handshake(&way, RESET, 0);
		in_handshake(&way, GARBAGE, 0);
		in_handshake(&way, ALERT, 0);
		no_common_version(&way);
		timeouts(&way);
		if (way.client)
			several_errors(&way);
	}
	return 0;
}
