/* SPDX-License-Identifier: BSD-3-Clause */
/* The shared parts of the programs about TLS, see tls_kit.h. */
#include "tls_kit.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

static EVP_PKEY *key;
static X509 *certificate;

static void
must(bool done, const char *what)
{
	if (done)
		return;
	say("kit: %s", what);
	exit(2);
}

static void
make_certificate(void)
{
	X509_NAME *name;

	if (certificate)
		return;
	key = EVP_EC_gen("P-256");
	certificate = X509_new();
	must(key && certificate, "no certificate");
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600 * 24);
	X509_set_pubkey(certificate, key);
	name = X509_get_subject_name(certificate);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	must(X509_sign(certificate, key, EVP_sha256()) > 0, "no signature");
}

SSL_CTX *
tls_context(int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_method());

	must(context != NULL, "no context");
	make_certificate();
	must(SSL_CTX_use_certificate(context, certificate) == 1, "certificate refused");
	must(SSL_CTX_use_PrivateKey(context, key) == 1, "key refused");
	SSL_CTX_set_min_proto_version(context, version);
	SSL_CTX_set_max_proto_version(context, version);
	return context;
}

static void
say_freed(void *ssl, void *name, CRYPTO_EX_DATA *data, int index, long arg, void *more)
{
	(void)ssl;
	(void)data;
	(void)index;
	(void)arg;
	(void)more;
	if (name)
		say("  %s is freed", (char *)name);
}

SSL *
tls_new(int version, const char *name)
{
	static int index = -1;
	SSL_CTX *context = tls_context(version);
	SSL *ssl = SSL_new(context);

	must(ssl != NULL, "no SSL");
	SSL_CTX_free(context);
	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, say_freed);
	SSL_set_ex_data(ssl, index, (void *)name);
	return ssl;
}

struct tls_way
tls_way(int i, int options)
{
	struct tls_way way = {.filter = i & 4,
	    .client = i & 2,
	    .version = i & 1 ? TLS1_3_VERSION : TLS1_2_VERSION,
	    .options = options};

	return way;
}

const char *
tls_way_name(const struct tls_way *way)
{
	static char text[80];

	snprintf(text, sizeof(text), "%s %s %s", way->filter ? "filter" : "socket",
	    way->client ? "client" : "server", way->version == TLS1_3_VERSION ? "1.3" : "1.2");
	return text;
}

void
tls_open_peer(struct tls_case *c, const struct tls_way *way)
{
	*c = (struct tls_case){.way = *way, .base = kit_base()};
	kit_restart_descriptors();
	kit_socketpair(c->ends);
	c->peer = tls_new(way->version, NULL);
	SSL_set_fd(c->peer, c->ends[1]);
	if (way->client)
		SSL_set_accept_state(c->peer);
	else
		SSL_set_connect_state(c->peer);
}

void
tls_make_stream(struct tls_case *c, SSL *ssl)
{
	enum bufferevent_ssl_state state =
	    c->way.client ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING;

	if (c->way.filter) {
		c->below = bufferevent_socket_new(
		    c->base, c->ends[0], c->way.options & BEV_OPT_CLOSE_ON_FREE);
		c->bev =
		    bufferevent_openssl_filter_new(c->base, c->below, ssl, state, c->way.options);
	} else {
		c->bev =
		    bufferevent_openssl_socket_new(c->base, c->ends[0], ssl, state, c->way.options);
	}
	must(c->bev != NULL, "no stream");
	bufferevent_setcb(c->bev, tls_on_read, tls_on_write, tls_on_event, "stream");
	bufferevent_enable(c->bev, EV_READ);
}

void
tls_open(struct tls_case *c, const struct tls_way *way)
{
	tls_open_peer(c, way);
	tls_make_stream(c, tls_new(way->version, "SSL"));
}

void
tls_turns(struct tls_case *c)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(c->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
}

void
tls_handshake(struct tls_case *c)
{
	for (int i = 0; i < 8; i++) {
		tls_turns(c);
		if (c->peer)
			tls_peer_move(c);
	}
}

static void
close_end(struct tls_case *c, int which)
{
	if (c->ends[which] >= 0)
		close(c->ends[which]);
	c->ends[which] = -1;
}

void
tls_close(struct tls_case *c)
{
	if (c->bev)
		bufferevent_free(c->bev);
	tls_turns(c);
	if (c->peer) {
		SSL_set_quiet_shutdown(c->peer, 1);
		SSL_free(c->peer);
	}
	close_end(c, 1);
	event_base_free(c->base);
	kit_close_descriptors();
}

/* ---- the peer */

static void
peer_says(struct tls_case *c, int result, const char *call)
{
	int error = SSL_get_error(c->peer, result);

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return;
	c->peer_is_dead = true;
	if (error == SSL_ERROR_ZERO_RETURN)
		say("  peer gets close_notify");
	else
		say("  peer: %s fails, %d, %s", call, error,
		    ERR_peek_error() ? ERR_reason_error_string(ERR_peek_error()) : "no reason");
}

void
tls_peer_move(struct tls_case *c)
{
	char bytes[4096];
	int total = 0;
	int got;

	if (c->peer_is_dead)
		return;
	ERR_clear_error();
	got = SSL_do_handshake(c->peer);
	if (got != 1) {
		peer_says(c, got, "handshake");
		ERR_clear_error();
		return;
	}
	if (!c->peer_is_up)
		say("  peer is connected");
	c->peer_is_up = true;
	while ((got = SSL_read(c->peer, bytes, sizeof(bytes))) > 0)
		total += got;
	if (total > 0)
		say("  peer reads %d", total);
	peer_says(c, got, "read");
	ERR_clear_error();
}

void
tls_peer_write(struct tls_case *c, const char *text)
{
	int done = SSL_write(c->peer, text, (int)strlen(text));

	if (done != (int)strlen(text))
		peer_says(c, done, "write");
	ERR_clear_error();
}

void
tls_peer_notify(struct tls_case *c)
{
	say("  peer: SSL_shutdown is %d", SSL_shutdown(c->peer));
	ERR_clear_error();
}

void
tls_peer_finish(struct tls_case *c)
{
	shutdown(c->ends[1], SHUT_WR);
}

/* A socket pair resets if bytes are left in the closing end. */
void
tls_peer_reset(struct tls_case *c)
{
	SSL_set_quiet_shutdown(c->peer, 1);
	SSL_free(c->peer);
	c->peer = NULL;
	must(write(c->ends[0], "", 1) == 1, "nothing to leave unread");
	close_end(c, 1);
}

/* ---- callbacks */

void
tls_on_read(struct bufferevent *bev, void *name)
{
	struct evbuffer *input = bufferevent_get_input(bev);

	say("  %s reads %zu", (char *)name, evbuffer_get_length(input));
	evbuffer_drain(input, evbuffer_get_length(input));
}

void
tls_on_read_keep(struct bufferevent *bev, void *name)
{
	say("  %s has %zu to read", (char *)name, evbuffer_get_length(bufferevent_get_input(bev)));
}

void
tls_on_write(struct bufferevent *bev, void *name)
{
	say("  %s has %zu to write", (char *)name,
	    evbuffer_get_length(bufferevent_get_output(bev)));
}

const char *
tls_event_bits(short what)
{
	static const char *const names[] = {
	    "READING", "WRITING", "4", "8", "EOF", "ERROR", "TIMEOUT", "CONNECTED"};
	static char text[80];

	text[0] = '\0';
	for (int i = 0; i < 8; i++) {
		if (!(what & (1 << i)))
			continue;
		if (text[0])
			strcat(text, "|");
		strcat(text, names[i]);
	}
	return text;
}

/* The reasons; numbers without a text are the library's own affair. */
void
tls_say_errors(struct bufferevent *bev)
{
	unsigned long error;

	while ((error = bufferevent_get_openssl_error(bev)) != 0) {
		if (ERR_lib_error_string(error) && ERR_reason_error_string(error))
			say("    %s: %s", ERR_lib_error_string(error),
			    ERR_reason_error_string(error));
		else
			say("~     number 0x%lx", error);
	}
}

/* Errors of the connection, not those that stand for a failure of TLS. */
static bool
is_of_connection(int error)
{
	return error == ECONNRESET || error == ECONNREFUSED || error == EPIPE;
}

void
tls_on_event(struct bufferevent *bev, short what, void *name)
{
	int error = EVUTIL_SOCKET_ERROR();
	bool shows = what & BEV_EVENT_ERROR && is_of_connection(error);

	say("  %s: %s%s%s", (char *)name, tls_event_bits(what), shows ? ", " : "",
	    shows ? strerror(error) : "");
	tls_say_errors(bev);
}

void
tls_say_state(struct bufferevent *bev)
{
	say("  in %zu out %zu enabled %s", evbuffer_get_length(bufferevent_get_input(bev)),
	    evbuffer_get_length(bufferevent_get_output(bev)), bits(bufferevent_get_enabled(bev)));
}

void
tls_say_open(const char *name, int fd)
{
	say("  %s is %s", name, fcntl(fd, F_GETFD) < 0 ? "closed" : "open");
}
