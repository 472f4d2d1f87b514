/* SPDX-License-Identifier: BSD-3-Clause */
/* What the functions of bufferevent.h do on TLS streams, and in which order callbacks come. */
#include <netinet/in.h>

#include "tls_kit.h"

static struct tls_way
one_way(bool filter, bool client, int version)
{
	struct tls_way way = {.filter = filter,
	    .client = client,
	    .version = version,
	    .options = BEV_OPT_CLOSE_ON_FREE};

	return way;
}

/* ---- what is set and asked */

static void
say_modes(SSL *ssl, const char *when)
{
	long mode = SSL_get_mode(ssl);

	say("  %s: partial write %d, moving buffer %d, auto retry %d, fd %d %d", when,
	    !!(mode & SSL_MODE_ENABLE_PARTIAL_WRITE),
	    !!(mode & SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER), !!(mode & SSL_MODE_AUTO_RETRY),
	    SSL_get_rfd(ssl), SSL_get_wfd(ssl));
}

static void
fields(const struct tls_way *way)
{
	struct timeval soon = kit_ms(50);
	struct tls_case c;
	SSL *ssl = tls_new(way->version, "SSL");
	size_t low, high;

	say("== %s, fields", tls_way_name(way));
	say_modes(ssl, "before");
	tls_open_peer(&c, way);
	tls_make_stream(&c, ssl);
	say_modes(ssl, "after");
	say("  get_ssl %d, of below %d", bufferevent_openssl_get_ssl(c.bev) == ssl,
	    c.below ? bufferevent_openssl_get_ssl(c.below) == NULL : 1);
	say("  getfd %d, underlying %d, base %d", bufferevent_getfd(c.bev),
	    bufferevent_get_underlying(c.bev) == c.below, bufferevent_get_base(c.bev) == c.base);
	say("  enabled %s", bits(bufferevent_get_enabled(c.bev)));
	if (c.below) {
		bufferevent_getwatermark(c.below, EV_READ, &low, &high);
		say("  below enabled %s, marks %zu %zu", bits(bufferevent_get_enabled(c.below)),
		    low, high);
	}
	say("  dirty %d", bufferevent_openssl_get_allow_dirty_shutdown(c.bev));
	bufferevent_openssl_set_allow_dirty_shutdown(c.bev, 7);
	say("  dirty %d", bufferevent_openssl_get_allow_dirty_shutdown(c.bev));
	if (c.below) {
		say("  dirty of below %d", bufferevent_openssl_get_allow_dirty_shutdown(c.below));
		say("  renegotiate below %d", bufferevent_ssl_renegotiate(c.below));
		say("  error of below %lu", bufferevent_get_openssl_error(c.below));
	}
	say("  error %lu", bufferevent_get_openssl_error(c.bev));
	say("  max single read %zd, write %zd", (ssize_t)bufferevent_get_max_single_read(c.bev),
	    (ssize_t)bufferevent_get_max_single_write(c.bev));
	say("  max to read %zd, write %zd", (ssize_t)bufferevent_get_max_to_read(c.bev),
	    (ssize_t)bufferevent_get_max_to_write(c.bev));
	say("  priority %d", bufferevent_get_priority(c.bev));
	say("  set base %d", bufferevent_base_set(c.base, c.bev));
	say("  timeouts %d", bufferevent_set_timeouts(c.bev, &soon, &soon));
	say("  no timeouts %d", bufferevent_set_timeouts(c.bev, NULL, NULL));
	say("  flush %d %d %d", bufferevent_flush(c.bev, EV_READ | EV_WRITE, BEV_NORMAL),
	    bufferevent_flush(c.bev, EV_WRITE, BEV_FLUSH),
	    bufferevent_flush(c.bev, EV_WRITE, BEV_FINISHED));
	tls_handshake(&c);
	say("  flush %d %d %d", bufferevent_flush(c.bev, EV_READ | EV_WRITE, BEV_NORMAL),
	    bufferevent_flush(c.bev, EV_WRITE, BEV_FLUSH),
	    bufferevent_flush(c.bev, EV_WRITE, BEV_FINISHED));
	tls_handshake(&c);
	tls_close(&c);
}

/* ---- when the handshake begins */

static void
idle_until_enabled(const struct tls_way *way)
{
	struct tls_case c;

	say("== %s, all disabled", tls_way_name(way));
	tls_open(&c, way);
	bufferevent_disable(c.bev, EV_READ | EV_WRITE);
	tls_handshake(&c);
	say("  enabled %s", bits(bufferevent_get_enabled(c.bev)));
	if (c.peer_is_up)
		tls_peer_write(&c, "hello");
	say("  write %d", bufferevent_write(c.bev, "answer", 6));
	tls_handshake(&c);
	say("  writes");
	bufferevent_enable(c.bev, EV_WRITE);
	tls_handshake(&c);
	say("  reads");
	bufferevent_enable(c.bev, EV_READ);
	tls_handshake(&c);
	tls_close(&c);
}

/* Bytes that wait before the handshake. */
static void
written_early(const struct tls_way *way)
{
	struct tls_case c;

	say("== %s, written before the handshake", tls_way_name(way));
	tls_open(&c, way);
	bufferevent_write(c.bev, "early", 5);
	bufferevent_write(c.bev, " bird", 5);
	tls_handshake(&c);
	tls_close(&c);
}

static void
open_state(const struct tls_way *way)
{
	struct tls_case c;
	SSL *ssl = tls_new(way->version, "SSL");
	int result = 0;

	say("== %s, open from the beginning", tls_way_name(way));
	tls_open_peer(&c, way);
	SSL_set_fd(ssl, c.ends[0]);
	for (int i = 0; i < 10 && result != 1; i++) {
		result = way->client ? SSL_connect(ssl) : SSL_accept(ssl);
		tls_peer_move(&c);
	}
	say("  handshake %d", result);
	if (way->filter) {
		c.below = bufferevent_socket_new(c.base, c.ends[0], BEV_OPT_CLOSE_ON_FREE);
		SSL_set_bio(ssl, NULL, NULL);
		c.bev = bufferevent_openssl_filter_new(
		    c.base, c.below, ssl, BUFFEREVENT_SSL_OPEN, way->options);
	} else {
		c.bev = bufferevent_openssl_socket_new(
		    c.base, c.ends[0], ssl, BUFFEREVENT_SSL_OPEN, way->options);
	}
	say("  made %d", c.bev != NULL);
	if (!c.bev)
		exit(1);
	bufferevent_setcb(c.bev, tls_on_read, tls_on_write, tls_on_event, "stream");
	bufferevent_enable(c.bev, EV_READ);
	tls_turns(&c);
	tls_peer_write(&c, "hello");
	bufferevent_write(c.bev, "answer", 6);
	tls_handshake(&c);
	tls_close(&c);
}

/* ---- order */

static void
write_in_event(struct bufferevent *bev, short what, void *name)
{
	tls_on_event(bev, what, name);
	if (what & BEV_EVENT_CONNECTED)
		bufferevent_write(bev, "greeting", 8);
}

static void
echo(struct bufferevent *bev, void *name)
{
	say("  %s echoes %zu", (char *)name, evbuffer_get_length(bufferevent_get_input(bev)));
	bufferevent_write_buffer(bev, bufferevent_get_input(bev));
}

static void
order(const struct tls_way *way)
{
	struct tls_case c;

	say("== %s%s, order", tls_way_name(way),
	    way->options & BEV_OPT_DEFER_CALLBACKS ? " deferred" : "");
	tls_open(&c, way);
	bufferevent_setcb(c.bev, echo, tls_on_write, write_in_event, "stream");
	tls_handshake(&c);
	tls_peer_write(&c, "one");
	tls_peer_write(&c, "two");
	tls_turns(&c);
	tls_peer_move(&c);
	tls_peer_write(&c, "last");
	tls_peer_notify(&c);
	tls_turns(&c);
	tls_peer_move(&c);
	tls_close(&c);
}

/* ---- marks and limits */

static void
marks(const struct tls_way *way)
{
	struct tls_case c;

	say("== %s, marks", tls_way_name(way));
	tls_open(&c, way);
	tls_handshake(&c);
	bufferevent_setwatermark(c.bev, EV_READ, 4, 0);
	tls_peer_write(&c, "abc");
	tls_turns(&c);
	tls_say_state(c.bev);
	tls_peer_write(&c, "d");
	tls_turns(&c);
	tls_say_state(c.bev);
	bufferevent_setwatermark(c.bev, EV_WRITE, 10, 0);
	bufferevent_write(c.bev, "0123456789012345678901234", 25);
	tls_turns(&c);
	tls_peer_move(&c);
	tls_say_state(c.bev);
	tls_close(&c);
}

/* How many bytes have come at once: that depends on the sizes of records. */
static void
note_most(struct bufferevent *bev, void *most)
{
	size_t size = evbuffer_get_length(bufferevent_get_input(bev));

	if (size > *(size_t *)most)
		*(size_t *)most = size;
	evbuffer_drain(bufferevent_get_input(bev), size);
}

static void
single(const struct tls_way *way)
{
	static char bytes[3500];
	struct tls_case c;
	size_t most = 0;

	say("== %s, most at once", tls_way_name(way));
	tls_open(&c, way);
	tls_handshake(&c);
	bufferevent_setcb(c.bev, note_most, NULL, NULL, &most);
	say("  %d %d", bufferevent_set_max_single_read(c.bev, 1000),
	    bufferevent_set_max_single_write(c.bev, 1000));
	bufferevent_write(c.bev, bytes, sizeof(bytes));
	event_base_loop(c.base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	tls_peer_move(&c);
	SSL_write(c.peer, bytes, sizeof(bytes));
	tls_turns(&c);
	say("  more than 1000 came at once: %d", most > 1000);
	tls_close(&c);
}

/* ---- another descriptor */

static void
another_descriptor(const struct tls_way *way)
{
	struct tls_case c;
	int more[2];

	say("== %s, another descriptor", tls_way_name(way));
	tls_open(&c, way);
	tls_handshake(&c);
	tls_peer_write(&c, "one");
	tls_turns(&c);
	kit_socketpair(more);
	say("  setfd %d", bufferevent_setfd(c.bev, more[0]));
	say("  getfd is the new one: %d", bufferevent_getfd(c.bev) == more[0]);
	SSL_free(c.peer);
	c.peer = tls_new(way->version, NULL);
	SSL_set_fd(c.peer, more[1]);
	c.peer_is_up = c.peer_is_dead = false;
	if (way->client)
		SSL_set_accept_state(c.peer);
	else
		SSL_set_connect_state(c.peer);
	tls_handshake(&c);
	if (c.peer_is_up) {
		tls_peer_write(&c, "two");
		bufferevent_write(c.bev, "answer", 6);
		tls_turns(&c);
		tls_peer_move(&c);
	}
	tls_close(&c);
}

static void
descriptor_later(const struct tls_way *way)
{
	struct tls_case c;

	say("== %s, descriptor later", tls_way_name(way));
	tls_open_peer(&c, way);
	c.bev = bufferevent_openssl_socket_new(c.base, -1, tls_new(way->version, "SSL"),
	    way->client ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING, way->options);
	bufferevent_setcb(c.bev, tls_on_read, tls_on_write, tls_on_event, "stream");
	say("  enable %d", bufferevent_enable(c.bev, EV_READ));
	bufferevent_write(c.bev, "early", 5);
	tls_turns(&c);
	say("  getfd %d", bufferevent_getfd(c.bev));
	say("  setfd %d", bufferevent_setfd(c.bev, c.ends[0]));
	say("  getfd %d", bufferevent_getfd(c.bev));
	tls_handshake(&c);
	tls_close(&c);
}

/* ---- connecting */

static int
listening(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = kit_fixed(socket(AF_INET, SOCK_STREAM, 0));

	*address =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (bind(fd, (struct sockaddr *)address, size) < 0 || listen(fd, 8) < 0 ||
	    getsockname(fd, (struct sockaddr *)address, &size) < 0)
		say("kit: no listener");
	return fd;
}

static void
connected(int version, bool refused)
{
	struct tls_way way = one_way(false, true, version);
	struct sockaddr_in address;
	struct tls_case c;
	int listener;
	int fd;

	say("== client %s connects%s", version == TLS1_3_VERSION ? "1.3" : "1.2",
	    refused ? ", refused" : "");
	tls_open_peer(&c, &way);
	listener = listening(&address);
	if (refused)
		close(listener);
	c.bev = bufferevent_openssl_socket_new(
	    c.base, -1, tls_new(version, "SSL"), BUFFEREVENT_SSL_CONNECTING, way.options);
	bufferevent_setcb(c.bev, tls_on_read, tls_on_write, tls_on_event, "stream");
	bufferevent_enable(c.bev, EV_READ);
	say("  connect %d",
	    bufferevent_socket_connect(c.bev, (struct sockaddr *)&address, sizeof(address)));
	say("  has a descriptor: %d", bufferevent_getfd(c.bev) >= 0);
	tls_turns(&c);
	if (!refused) {
		fd = kit_fixed(accept(listener, NULL, NULL));
		SSL_set_fd(c.peer, fd);
		for (int i = 0; i < 20 && !c.peer_is_up; i++) {
			event_base_loop(c.base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
			tls_peer_move(&c);
		}
		tls_turns(&c);
	}
	tls_close(&c);
}

/* ---- renegotiation */

static void
renegotiated(const struct tls_way *way)
{
	struct tls_case c;
	int result;

	say("== %s, renegotiate", tls_way_name(way));
	tls_open(&c, way);
	tls_handshake(&c);
	result = bufferevent_ssl_renegotiate(c.bev);
	say("  renegotiate %s", result < 0 ? "fails" : "begins");
	tls_handshake(&c);
	tls_peer_write(&c, "hello");
	bufferevent_write(c.bev, "answer", 6);
	tls_handshake(&c);
	tls_say_state(c.bev);
	tls_close(&c);
	say("== %s, renegotiate before the handshake", tls_way_name(way));
	tls_open(&c, way);
	say("  renegotiate %s", bufferevent_ssl_renegotiate(c.bev) < 0 ? "fails" : "begins");
	tls_handshake(&c);
	tls_close(&c);
}

/* ---- STARTTLS */

static void
below_has_bytes(bool plain)
{
	struct tls_way way = one_way(true, false, TLS1_3_VERSION);
	struct tls_case c;

	say("== records wait in the stream below%s", plain ? ", behind plain text" : "");
	tls_open_peer(&c, &way);
	c.below = bufferevent_socket_new(c.base, c.ends[0], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_enable(c.below, EV_READ);
	if (plain)
		kit_put(c.ends[1], "plain");
	tls_peer_move(&c);
	tls_turns(&c);
	say("  below has bytes: %d", evbuffer_get_length(bufferevent_get_input(c.below)) > 0);
	c.bev = bufferevent_openssl_filter_new(
	    c.base, c.below, tls_new(way.version, "SSL"), BUFFEREVENT_SSL_ACCEPTING, way.options);
	bufferevent_setcb(c.bev, tls_on_read, tls_on_write, tls_on_event, "stream");
	bufferevent_enable(c.bev, EV_READ);
	tls_handshake(&c);
	tls_close(&c);
}

int
main(void)
{
	for (int i = 0; i < TLS_WAY_COUNT; i++) {
		struct tls_way way = tls_way(i, BEV_OPT_CLOSE_ON_FREE);

		fields(&way);
		idle_until_enabled(&way);
		written_early(&way);
		open_state(&way);
		order(&way);
		way.options |= BEV_OPT_DEFER_CALLBACKS;
		order(&way);
		way.options = BEV_OPT_CLOSE_ON_FREE;
		marks(&way);
		single(&way);
		another_descriptor(&way);
		if (!way.filter)
			descriptor_later(&way);
		renegotiated(&way);
	}
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		connected(version, false);
		connected(version, true);
	}
	below_has_bytes(false);
	below_has_bytes(true);
	return 0;
}
