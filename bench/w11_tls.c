/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w11: a server over TLS 1.3.
 *
 *   echo ...       c connections, messages of s bytes, one under way on each
 *   download       100 MiB over one connection; an operation is a MiB
 *   answer         a request after the other on one connection; head and body are added separately,
 *                  and Nagle's algorithm is on, so that two writes would wait for the client's
 *                  acknowledgement: "wall" is the time that the client waits, "records" what it
 *                  gets for an answer
 *   handshake ...  connections by k clients at once, with a byte from the server, then closed;
 *   resume ...     the same with the session of the client's last connection
 *   idle ...       memory of connections that have echoed 16 KiB
 *   steps ...      the client takes its steps between the server's turns, for counts that do not
 *                  depend on who is faster: it uses send and recv, which the servers do not
 *
 * Otherwise the clients are processes of their own, and judged is the server's processor time.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/bench.h"
#include "support/clock.h"
#include "support/loopback.h"
#include "tls/context.h"
#include "tls/server.h"

enum { WARM_UP_ROUNDS = 5, WARM_UP_MIB = 100, CLIENTS_MAX = 64 };

/* ---- clients as processes */

static SSL *
client_connect(SSL_CTX *context, const struct sockaddr_in *address, SSL_SESSION *session)
{
	SSL *ssl = SSL_new(context);

	if (!ssl || SSL_set_fd(ssl, loopback_connect(address)) != 1)
		bench_fail("no client");
	if (session)
		SSL_set_session(ssl, session);
	if (SSL_connect(ssl) != 1)
		exit(0);
	return ssl;
}

static void
client_free(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

static void
client_send(SSL *ssl, const char *data, size_t size)
{
	if (SSL_write(ssl, data, (int)size) != (int)size)
		exit(0);
}

/* Returns how many reads it took: one does not go beyond a record. */
static int
client_receive(SSL *ssl, char *data, size_t size)
{
	int reads = 0;

	for (size_t got; size > 0; size -= got, reads++) {
		if (SSL_read_ex(ssl, data, size, &got) != 1)
			exit(0);
	}
	return reads;
}

static void
be_echo_client(const struct sockaddr_in *address, const void *argument)
{
	const struct bench_case *this_case = argument;
	size_t size = (size_t)this_case->size;
	SSL_CTX *context = tls_context_new();
	SSL **all = bench_allocate((size_t)this_case->count, sizeof(SSL *));
	char *data = bench_allocate(1, size);

	for (int i = 0; i < this_case->count; i++)
		all[i] = client_connect(context, address, NULL);
	for (;;) {
		for (int i = 0; i < this_case->count; i++)
			client_send(all[i], data, size);
		for (int i = 0; i < this_case->count; i++)
			client_receive(all[i], data, size);
	}
}

static void
be_idle_client(const struct sockaddr_in *address, const void *argument)
{
	const struct bench_case *this_case = argument;
	size_t size = (size_t)this_case->size;
	SSL_CTX *context = tls_context_new();
	char *data = bench_allocate(1, size);

	for (int i = 0; i < this_case->count; i++) {
		SSL *ssl = client_connect(context, address, NULL);

		client_send(ssl, data, size);
		client_receive(ssl, data, size);
	}
	for (;;)
		pause();
}

static void
be_downloader(const struct sockaddr_in *address, const void *unused)
{
	static char data[TLS_BLOCK_SIZE];
	SSL *ssl = client_connect(tls_context_new(), address, NULL);

	(void)unused;
	for (;;) {
		client_send(ssl, "", 1);
		for (size_t at = 0; at < TLS_SEND_SIZE; at += sizeof(data))
			client_receive(ssl, data, sizeof(data));
	}
}

/* What a client of answers tells the server's process at the end. */
struct asked {
	int64_t wall_ns;
	long records;
};

struct question {
	long count;
	int report_fd;
};

static int64_t
wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void
be_asking_client(const struct sockaddr_in *address, const void *argument)
{
	const struct question *question = argument;
	char data[TLS_HEAD_SIZE + TLS_BODY_SIZE];
	SSL *ssl = client_connect(tls_context_new(), address, NULL);
	struct asked asked = {.wall_ns = -wall_ns()};

	for (long i = 0; i < question->count; i++) {
		client_send(ssl, data, 100);
		asked.records += client_receive(ssl, data, sizeof(data));
	}
	asked.wall_ns += wall_ns();
	if (write(question->report_fd, &asked, sizeof(asked)) != sizeof(asked))
		exit(1);
}

static void
be_greeted_client(const struct sockaddr_in *address, const void *resumes)
{
	SSL_CTX *context = tls_context_new();
	SSL_SESSION *session = NULL;
	char byte;

	for (;;) {
		SSL *ssl = client_connect(context, address, session);

		client_receive(ssl, &byte, 1);
		if (resumes) {
			SSL_SESSION_free(session);
			session = SSL_get1_session(ssl);
		}
		client_free(ssl);
	}
}

/* ---- the server */

BENCH_MEASURED void
measured_serve(struct tls_server *server, long done)
{
	server->done_wanted = server->done + done;
	while (server->done < server->done_wanted)
		engine_run(&server->engine);
}

static int64_t
serve(struct tls_server *server, long done)
{
	int64_t cpu_ns = clock_cpu_ns();

	measured_serve(server, done);
	return clock_cpu_ns() - cpu_ns;
}

static void
open_server(struct tls_server *server, const struct bench *bench, enum tls_service service)
{
	*server = (struct tls_server){.service = service, .context = tls_context_new()};
	engine_choose(bench->variant);
	engine_open(&server->engine);
}

struct accepting {
	struct reader reader;
	struct tls_server *server;
	int listener;
};

ON_READY(accept_all)
{
	struct accepting *accepting = arg;
	int fd;

	while ((fd = accept4(accepting->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		tls_server_add(accepting->server, fd);
	if (errno != EAGAIN)
		bench_must(fd, "accept4");
}

/* Connections are added while the server runs. */
static void
accept_from(struct accepting *accepting, int listener)
{
	accepting->listener = listener;
	bench_must(fcntl(listener, F_SETFL, O_NONBLOCK), "fcntl");
	reader_init(
	    &accepting->reader, &accepting->server->engine, listener, accept_all, accepting);
	reader_start(&accepting->reader);
}

/* The processes end with this one, and with them all that is still under way. */

static void
run_echo(struct bench *bench, const struct bench_case *this_case)
{
	struct tls_server *server = bench_allocate(1, sizeof(*server));
	struct accepting accepting = {.server = server};
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	int64_t cpu_ns;
	pid_t client;

	bench_need_descriptors(this_case->count + 100);
	open_server(server, bench, TLS_ECHO);
	client = loopback_start(be_echo_client, &address, this_case);
	accept_from(&accepting, listener);
	serve(server, WARM_UP_ROUNDS * this_case->count * this_case->size);
	cpu_ns = serve(server, bench->work * this_case->size);
	bench_report_cost(bench, "per_msg", "measured_serve", cpu_ns, bench->work);
	loopback_end(client);
}

static void
run_download(struct bench *bench, const struct bench_case *this_case)
{
	long rounds = (bench->work + WARM_UP_MIB - 1) / WARM_UP_MIB;
	struct tls_server *server = bench_allocate(1, sizeof(*server));
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	int64_t cpu_ns;
	pid_t client;

	(void)this_case;
	open_server(server, bench, TLS_SEND);
	client = loopback_start(be_downloader, &address, NULL);
	tls_server_add(server, loopback_accept(listener));
	serve(server, 1);
	cpu_ns = serve(server, rounds);
	bench_report_cost(bench, "per_mib", "measured_serve", cpu_ns, rounds * WARM_UP_MIB);
	loopback_end(client);
}

static void
report_asked(struct bench *bench, int fd, long count)
{
	struct bench_metric wall = {.name = "wall", .unit = "us", .operations = count};
	struct bench_metric records = {.name = "records", .unit = "", .operations = count};
	struct asked asked;

	if (read(fd, &asked, sizeof(asked)) != sizeof(asked))
		bench_fail("the client has not reported");
	wall.function = records.function = "-";
	wall.value = (double)asked.wall_ns / 1e3 / (double)count;
	records.value = (double)asked.records / (double)count;
	bench_report(bench, &wall);
	bench_report(bench, &records);
}

static void
run_answer(struct bench *bench, const struct bench_case *this_case)
{
	struct tls_server *server = bench_allocate(1, sizeof(*server));
	struct question question = {.count = bench->work};
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	int64_t cpu_ns;
	int report[2];

	(void)this_case;
	bench_must(pipe(report), "pipe");
	question.report_fd = report[1];
	open_server(server, bench, TLS_ANSWER);
	loopback_start(be_asking_client, &address, &question);
	tls_server_add(server, bench_must(accept4(listener, NULL, NULL, SOCK_NONBLOCK), "accept4"));
	serve(server, 1);
	/* The connection ends behind the last answer. */
	cpu_ns = serve(server, bench->work - 1);
	engine_poll(&server->engine);
	bench_report_cost(bench, "per_answer", "measured_serve", cpu_ns, bench->work - 1);
	report_asked(bench, report[0], bench->work);
}

static void
run_handshakes(struct bench *bench, const struct bench_case *this_case)
{
	struct tls_server *server = bench_allocate(1, sizeof(*server));
	struct accepting accepting = {.server = server};
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	pid_t clients[CLIENTS_MAX];
	int64_t cpu_ns;

	for (int i = 0; i < this_case->count; i++)
		clients[i] =
		    loopback_start(be_greeted_client, &address, this_case->same ? "" : NULL);
	open_server(server, bench, TLS_GREET);
	accept_from(&accepting, listener);
	serve(server, WARM_UP_ROUNDS * this_case->count);
	cpu_ns = serve(server, bench->work);
	bench_report_cost(bench, "per_connection", "measured_serve", cpu_ns, bench->work);
	for (int i = 0; i < this_case->count; i++)
		loopback_end(clients[i]);
}

static void
run_idle(struct bench *bench, const struct bench_case *this_case)
{
	struct bench_metric memory = {
	    .name = "bytes", .unit = "B", .function = "-", .operations = this_case->count};
	struct tls_server *server = bench_allocate(1, sizeof(*server));
	struct accepting accepting = {.server = server};
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	long before;
	pid_t client;

	bench_need_descriptors(this_case->count + 100);
	open_server(server, bench, TLS_ECHO);
	client = loopback_start(be_idle_client, &address, this_case);
	accept_from(&accepting, listener);
	serve(server, this_case->size);
	before = bench_resident_bytes();
	serve(server, (this_case->count - 1) * this_case->size);
	memory.value = (double)(bench_resident_bytes() - before) / (double)(this_case->count - 1);
	bench_report(bench, &memory);
	loopback_end(client);
}

/* ---- the client in steps: records go through memory, by send and recv */

struct step_client {
	SSL *ssl;
	int fd;
};

static void
step_client_send(struct step_client *client)
{
	char *bytes;
	long size = BIO_get_mem_data(SSL_get_wbio(client->ssl), &bytes);

	loopback_send(client->fd, bytes, (size_t)size);
	(void)BIO_reset(SSL_get_wbio(client->ssl));
}

/* False if nothing has come. */
static bool
step_client_receive(struct step_client *client)
{
	static char room[65536];
	ssize_t got = recv(client->fd, room, sizeof(room), MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return false;
	if (got <= 0)
		bench_fail("the server has closed a connection");
	if (BIO_write(SSL_get_rbio(client->ssl), room, (int)got) != got)
		bench_fail("BIO_write");
	return true;
}

BENCH_MEASURED void
measured_turn(struct tls_server *server)
{
	engine_poll(&server->engine);
}

/* Takes what has come, or lets the server have a turn. */
static void
step(struct step_client *client, struct tls_server *server, int64_t *cpu_ns)
{
	if (step_client_receive(client))
		return;
	*cpu_ns -= clock_cpu_ns();
	measured_turn(server);
	*cpu_ns += clock_cpu_ns();
}

static void
step_client_open(struct step_client *client, SSL_CTX *context, int fd, struct tls_server *server)
{
	int64_t unused = 0;

	client->fd = fd;
	client->ssl = SSL_new(context);
	if (!client->ssl)
		bench_fail("SSL_new");
	SSL_set_bio(client->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	while (SSL_connect(client->ssl) != 1) {
		step_client_send(client);
		step(client, server, &unused);
	}
	step_client_send(client);
}

static void
step_client_take(
    struct step_client *client, size_t size, struct tls_server *server, int64_t *cpu_ns)
{
	static char room[65536];

	while (size > 0) {
		int got = SSL_read(client->ssl, room, (int)size);

		if (got > 0)
			size -= (size_t)got;
		else
			step(client, server, cpu_ns);
	}
}

static void
run_steps(struct bench *bench, const struct bench_case *this_case)
{
	size_t count = (size_t)this_case->count;
	size_t size = (size_t)this_case->size;
	bool answers = this_case->same;
	struct tls_server *server = bench_allocate(1, sizeof(*server));
	struct step_client *clients = bench_allocate(count, sizeof(*clients));
	char *data = bench_allocate(1, size);
	SSL_CTX *context = tls_context_new();
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	long rounds = bench->work / this_case->count;
	int64_t cpu_ns = 0;

	open_server(server, bench, answers ? TLS_ANSWER : TLS_ECHO);
	server->done_wanted = (long)1 << 60;
	for (size_t i = 0; i < count; i++) {
		int fd = loopback_connect(&address);

		tls_server_add(server, loopback_accept(listener));
		step_client_open(&clients[i], context, fd, server);
	}
	for (long round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++) {
			client_send(clients[i].ssl, data, size);
			step_client_send(&clients[i]);
		}
		for (size_t i = 0; i < count; i++)
			step_client_take(&clients[i],
			    answers ? TLS_HEAD_SIZE + TLS_BODY_SIZE : size, server, &cpu_ns);
	}
	bench_report_cost(bench, "per_msg", "measured_turn", cpu_ns, rounds * this_case->count);
}

static const struct bench_case cases[] = {
    {"echo c=100 s=64", run_echo, 200000, .count = 100, .size = 64},
    {"echo c=100 s=16384", run_echo, 50000, .count = 100, .size = 16384},
    {"download", run_download, 1000, .count = 1},
    {"answer", run_answer, 400, .count = 1},
    {"handshake k=16", run_handshakes, 3000, .count = 16},
    {"resume k=16", run_handshakes, 5000, .count = 16, .same = true},
    {"idle c=1000", run_idle, 1, .count = 1000, .size = 16384},
    {"steps c=10 s=64", run_steps, 20000, .count = 10, .size = 64},
    {"steps c=10 s=16384", run_steps, 5000, .count = 10, .size = 16384},
    {"steps answer", run_steps, 20000, .count = 1, .size = 100, .same = true},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
