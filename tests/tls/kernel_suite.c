/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernel TLS on a kernel that has it: TCP connections between a stream with LEVIN_TLS_KERNEL and
 * another one, with the flag or without.  What is without it shows that the records are TLS.
 * tests/tls/kernel_guest.sh runs this in a virtual machine.
 */
#include <levin/tls.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"
#include "support/tls/certificates.h"

enum { BULK = 1024 * 1024, DIGEST = 32 };

TEST_SECONDS(180);

static struct certificate *certificate;
static struct event_base *base;
static struct levin_tls *client_side, *server_side;
static struct end client, server;

/* ---- What of files goes by sendfile ---- */

static size_t sent_by_sendfile;

ssize_t
sendfile64(int to, int from, off64_t *offset, size_t size)
{
	ssize_t (*real)(int, int, off64_t *, size_t);
	ssize_t sent;

	*(void **)&real = dlsym(RTLD_NEXT, "sendfile64");
	sent = real(to, from, offset, size);
	if (sent > 0)
		sent_by_sendfile += (size_t)sent;
	return sent;
}

/* ---- Connections ---- */

/* Which ends ask for kernel TLS, and the protocol of the connection. */
static const struct combination {
	enum levin_tls_protocol protocol;
	bool of_client, of_server;
} combinations[] = {
    {LEVIN_TLS_1_2, true, true},
    {LEVIN_TLS_1_2, true, false},
    {LEVIN_TLS_1_2, false, true},
    {LEVIN_TLS_1_3, true, true},
    {LEVIN_TLS_1_3, true, false},
    {LEVIN_TLS_1_3, false, true},
};

/* From the fourth on one end has no kernel, and the protocol has KeyUpdate. */
enum { PEERS_OF_1_3 = 4, COMBINATIONS = 6 };

static const struct combination *combination;

/* The double of kernel_double.c has pairs of sockets alone. */
static bool
has_double(void)
{
	return getenv("LEVIN_KERNEL_DOUBLE") != NULL;
}

static void
connect_by_address(evutil_socket_t sockets[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	const int little = 65536;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	sockets[0] = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	setsockopt((int)sockets[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
	setsockopt((int)sockets[0], SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	ck_assert_int_eq(connect((int)sockets[0], (struct sockaddr *)&address, size), 0);
	sockets[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge((int)sockets[1], 0);
	close(listener);
}

static void
connect_sockets(evutil_socket_t sockets[2])
{
	if (has_double())
		ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	else
		connect_by_address(sockets);
	evutil_make_socket_nonblocking(sockets[0]);
	evutil_make_socket_nonblocking(sockets[1]);
}

static void
make_contexts(void)
{
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings settings = {.oldest_protocol = combination->protocol,
	    .newest_protocol = combination->protocol,
	    .flags = combination->of_client ? LEVIN_TLS_KERNEL : 0,
	    .shutdown_timeout_ms = 30000,
	    .trust_pem = certificate->pem};

	client_side = levin_tls_client_new(&settings, NULL, 0);
	settings.trust_pem = NULL;
	settings.certificates = &text;
	settings.certificate_count = 1;
	settings.flags = combination->of_server ? LEVIN_TLS_KERNEL : 0;
	server_side = levin_tls_server_new(&settings, NULL, 0);
	ck_assert(client_side && server_side);
}

static void
run_until_connected(void)
{
	while (!(client.events & server.events & BEV_EVENT_CONNECTED))
		step(base);
	ck_assert_int_eq(client.events | server.events, BEV_EVENT_CONNECTED);
	client.events = server.events = 0;
}

static void
set_up(int i)
{
	evutil_socket_t sockets[2];

	signal(SIGPIPE, SIG_IGN);
	combination = &combinations[i];
	certificate = certificate_new(&(struct certificate_recipe){.valid_for = "DNS:a.example"});
	make_contexts();
	base = event_base_new();
	connect_sockets(sockets);
	watch_end(&client, levin_tls_socket_new(
			       base, sockets[0], client_side, "a.example", BEV_OPT_CLOSE_ON_FREE));
	watch_end(&server,
	    levin_tls_socket_new(base, sockets[1], server_side, NULL, BEV_OPT_CLOSE_ON_FREE));
	enable_end(&client, EV_READ);
	enable_end(&server, EV_READ);
	run_until_connected();
}

static void
tear_down(void)
{
	if (client.bev)
		free_end(&client);
	if (server.bev)
		free_end(&server);
	event_base_free(base);
	levin_tls_free(client_side);
	levin_tls_free(server_side);
	certificate_free(certificate);
}

/* One end that asks for the kernel, and its peer. */
static void
choose_ends(struct end **end_out, struct end **peer_out)
{
	*end_out = combination->of_client ? &client : &server;
	*peer_out = combination->of_client ? &server : &client;
}

static struct levin_tls_facts
facts_of(const struct end *end)
{
	struct levin_tls_facts facts;

	ck_assert_int_eq(levin_tls_get_facts(end->bev, &facts), 0);
	return facts;
}

static unsigned char *
make_bytes(size_t size, unsigned seed)
{
	unsigned char *bytes = malloc(size);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1103515245u + 12345u;
		bytes[i] = (unsigned char)(seed >> 16);
	}
	return bytes;
}

static void
digest_of(const void *data, size_t size, unsigned char digest[DIGEST])
{
	unsigned length;

	ck_assert_int_eq(EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL), 1);
	ck_assert_uint_eq(length, DIGEST);
}

static void
expect_digest(struct end *end, size_t size, const unsigned char expected[DIGEST])
{
	struct evbuffer *input = bufferevent_get_input(end->bev);
	unsigned char digest[DIGEST];

	while (evbuffer_get_length(input) < size) {
		ck_assert_int_eq(client.events | server.events, 0);
		step(base);
	}
	ck_assert_uint_eq(evbuffer_get_length(input), size);
	digest_of(evbuffer_pullup(input, -1), size, digest);
	ck_assert_mem_eq(digest, expected, DIGEST);
	evbuffer_drain(input, size);
}

static void
move_both_ways(size_t size)
{
	unsigned char *of_client = make_bytes(size, 1), *of_server = make_bytes(size, 2);
	unsigned char digests[2][DIGEST];

	digest_of(of_client, size, digests[0]);
	digest_of(of_server, size, digests[1]);
	bufferevent_write(client.bev, of_client, size);
	bufferevent_write(server.bev, of_server, size);
	free(of_client);
	free(of_server);
	expect_digest(&server, size, digests[0]);
	expect_digest(&client, size, digests[1]);
}

/* ---- What the kernel has ---- */

/* OpenSSL 3.0 does not let the kernel receive TLS 1.3. */
TEST_RANGE(kernel_tls__each_direction_is_in_the_kernel, 0, COMBINATIONS)
{
	struct levin_tls_facts facts[2];
	bool receives =
	    combinations[_i].protocol == LEVIN_TLS_1_2 || OpenSSL_version_num() >= 0x30200000L;

	set_up(_i);
	facts[0] = facts_of(&client);
	facts[1] = facts_of(&server);
	fprintf(stderr, "%s, %s: client sends %d receives %d, server sends %d receives %d\n",
	    facts[0].protocol, facts[0].cipher, facts[0].kernel_sends, facts[0].kernel_receives,
	    facts[1].kernel_sends, facts[1].kernel_receives);
	ck_assert_int_eq(facts[0].kernel_sends, combination->of_client);
	ck_assert_int_eq(facts[1].kernel_sends, combination->of_server);
	ck_assert_int_eq(facts[0].kernel_receives, combination->of_client && receives);
	ck_assert_int_eq(facts[1].kernel_receives, combination->of_server && receives);
	tear_down();
}

/* ---- Bytes ---- */

TEST_RANGE(kernel_tls__bytes_both_ways, 0, COMBINATIONS)
{
	static const size_t sizes[] = {1, 100, 16384, 16385, 100000, BULK};

	set_up(_i);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		move_both_ways(sizes[i]);
	tear_down();
}

TEST_RANGE(kernel_tls__small_reads_below_a_high_watermark, 0, COMBINATIONS)
{
	unsigned char *bytes = make_bytes(100000, 3);
	size_t got = 0;

	set_up(_i);
	bufferevent_setwatermark(client.bev, EV_READ, 0, 1000);
	bufferevent_write(server.bev, bytes, 100000);
	while (got < 100000) {
		unsigned char piece[700];
		size_t size = bufferevent_read(client.bev, piece, sizeof(piece));

		ck_assert_mem_eq(piece, bytes + got, size);
		got += size;
		ck_assert_uint_le(end_input_size(&client), 1000);
		if (size == 0)
			step(base);
	}
	free(bytes);
	tear_down();
}

static int
make_file(const unsigned char *bytes, size_t size)
{
	char path[] = "/tmp/kernel_suite.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	return fd;
}

/* Between other output, and not from its first byte. */
TEST_RANGE(kernel_tls__files_go_by_sendfile, 0, COMBINATIONS)
{
	unsigned char *bytes = make_bytes(BULK, 4);
	unsigned char digest[DIGEST];
	int fd;

	set_up(_i);
	memcpy(bytes, "head", 4);
	memcpy(bytes + BULK - 4, "tail", 4);
	fd = make_file(bytes, BULK);
	digest_of(bytes, BULK, digest);
	sent_by_sendfile = 0;
	bufferevent_write(server.bev, "head", 4);
	ck_assert_int_eq(evbuffer_add_file(bufferevent_get_output(server.bev), fd, 4, BULK - 8), 0);
	bufferevent_write(server.bev, "tail", 4);
	expect_digest(&client, BULK, digest);
	if (LVN_HAVE_SENDFILE)
		ck_assert_uint_eq(sent_by_sendfile, combination->of_server ? BULK - 8 : 0);
	free(bytes);
	tear_down();
}

/* ---- Changes of keys ---- */

static void
update_key(const struct end *end, int kind)
{
	ck_assert_int_eq(SSL_key_update(bufferevent_openssl_get_ssl(end->bev), kind), 1);
}

/* OpenSSL receives TLS 1.3 in the process, where keys can change. */
TEST_RANGE(kernel_tls__peer_changes_its_key, PEERS_OF_1_3, COMBINATIONS)
{
	struct end *end, *peer;

	set_up(_i);
	choose_ends(&end, &peer);
	for (int i = 0; i < 3; i++) {
		update_key(peer, SSL_KEY_UPDATE_NOT_REQUESTED);
		move_both_ways(50000);
	}
	ck_assert_int_eq(facts_of(end).kernel_sends, 1);
	tear_down();
}

/* The kernel cannot change it.  What the peer sends still arrives. */
TEST_RANGE(kernel_tls__peer_asks_for_another_key, PEERS_OF_1_3, COMBINATIONS)
{
	struct end *end, *peer;

	set_up(_i);
	choose_ends(&end, &peer);
	update_key(peer, SSL_KEY_UPDATE_REQUESTED);
	write_text(end->bev, "with the old key");
	write_text(peer->bev, "with a new key");
	while (end->events == 0 || end_input_size(end) < 14)
		step(base);
	ck_assert_int_eq(end->events, BEV_EVENT_ERROR | BEV_EVENT_WRITING);
	ck_assert_str_eq(levin_tls_get_reason(end->bev),
	    "the peer asks for another key, but the kernel has the old one");
	expect_input(end, "with a new key");
	tear_down();
}

/* ---- Ends ---- */

static enum levin_tls_ending ending;
static int endings;

static void
on_shut_down(struct bufferevent *bev, enum levin_tls_ending how, void *arg)
{
	(void)bev;
	(void)arg;
	ending = how;
	endings++;
}

/* One asks, and the other one ends when it has seen that. */
static void
shut_down(struct end *end, struct end *other)
{
	unsigned char *bytes = make_bytes(100000, 5);

	bufferevent_write(end->bev, bytes, 100000);
	endings = 0;
	ck_assert_int_eq(levin_tls_shutdown(end->bev, on_shut_down, NULL), 0);
	while (!(other->events & BEV_EVENT_EOF))
		step(base);
	ck_assert_int_eq(other->events, BEV_EVENT_EOF | BEV_EVENT_READING);
	ck_assert_uint_eq(end_input_size(other), 100000);
	ck_assert_mem_eq(evbuffer_pullup(bufferevent_get_input(other->bev), -1), bytes, 100000);
	free_end(other);
	while (endings == 0)
		step(base);
	ck_assert_int_eq(ending, LEVIN_TLS_ENDING_CLEAN);
	ck_assert_int_eq(endings, 1);
	free(bytes);
}

TEST_RANGE(kernel_tls__client_shuts_down, 0, COMBINATIONS)
{
	set_up(_i);
	shut_down(&client, &server);
	tear_down();
}

TEST_RANGE(kernel_tls__server_shuts_down, 0, COMBINATIONS)
{
	set_up(_i);
	shut_down(&server, &client);
	tear_down();
}

TEST_RANGE(kernel_tls__free_sends_close_notify, 0, COMBINATIONS)
{
	struct end *end, *other;

	set_up(_i);
	choose_ends(&end, &other);
	free_end(end);
	while (other->events == 0)
		step(base);
	ck_assert_int_eq(other->events, BEV_EVENT_EOF | BEV_EVENT_READING);
	tear_down();
}

TEST_RANGE(kernel_tls__without_close_notify_it_is_an_error, 0, COMBINATIONS)
{
	struct end *end, *other;

	set_up(_i);
	choose_ends(&end, &other);
	shutdown((int)bufferevent_getfd(other->bev), SHUT_WR);
	while (end->events == 0)
		step(base);
	ck_assert_int_eq(end->events, BEV_EVENT_ERROR | BEV_EVENT_READING);
	ck_assert_str_eq(
	    levin_tls_get_reason(end->bev), "the peer ended the connection without close_notify");
	tear_down();
}

/* The peer does not read for a while: all that the sockets take is sent, and close_notify later. */
TEST_RANGE(kernel_tls__full_sockets, 0, COMBINATIONS)
{
	struct end *end, *other;
	unsigned char *bytes = make_bytes(BULK, 6);
	unsigned char digest[DIGEST];

	set_up(_i);
	choose_ends(&end, &other);
	bufferevent_disable(other->bev, EV_READ);
	digest_of(bytes, BULK, digest);
	bufferevent_write(end->bev, bytes, BULK);
	for (int i = 0; i < 50; i++)
		turns(base, 1);
	ck_assert_uint_gt(end_output_size(end), 0);
	endings = 0;
	ck_assert_int_eq(levin_tls_shutdown(end->bev, on_shut_down, NULL), 0);
	bufferevent_enable(other->bev, EV_READ);
	while (!(other->events & BEV_EVENT_EOF))
		step(base);
	other->events = 0;
	expect_digest(other, BULK, digest);
	free_end(other);
	while (endings == 0)
		step(base);
	ck_assert_int_eq(ending, LEVIN_TLS_ENDING_CLEAN);
	free(bytes);
	tear_down();
}

/* ---- The rest ---- */

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Of the kernel's side: 20,000 bytes at once, and as many in each twentieth of a second. */
static void
check_rate(struct end *sender, struct end *receiver, struct end *limited, bool of_reading)
{
	static const struct timeval tick = {0, 50000};
	struct ev_token_bucket_cfg *limit =
	    of_reading
		? ev_token_bucket_cfg_new(20000, 20000, EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX, &tick)
		: ev_token_bucket_cfg_new(
		      EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX, 20000, 20000, &tick);
	double begun;

	ck_assert_int_eq(bufferevent_set_rate_limit(limited->bev, limit), 0);
	begun = now();
	write_bytes(sender->bev, 200000);
	while (end_input_size(receiver) < 200000)
		step(base);
	/* Nine more ticks, the first of which may end at once. */
	ck_assert_double_ge(now() - begun, 0.39);
	drain_input(receiver, 200000);
	bufferevent_set_rate_limit(limited->bev, NULL);
	ev_token_bucket_cfg_free(limit);
}

TEST_RANGE(kernel_tls__rate_limits, 0, COMBINATIONS)
{
	struct end *end, *other;

	set_up(_i);
	choose_ends(&end, &other);
	check_rate(end, other, end, false);
	check_rate(other, end, end, true);
	tear_down();
}

/* The same bufferevents on other connections. */
TEST_RANGE(kernel_tls__another_descriptor, 0, COMBINATIONS)
{
	evutil_socket_t sockets[2];

	set_up(_i);
	for (int i = 0; i < 3; i++) {
		move_both_ways(50000);
		connect_sockets(sockets);
		bufferevent_replacefd(client.bev, sockets[0]);
		bufferevent_replacefd(server.bev, sockets[1]);
		run_until_connected();
		ck_assert_int_eq(facts_of(&client).kernel_sends, combination->of_client);
		ck_assert_int_eq(facts_of(&server).kernel_sends, combination->of_server);
	}
	move_both_ways(50000);
	tear_down();
}
