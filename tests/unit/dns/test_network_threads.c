/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that ask, take back, clear servers and free networks, against the loop that runs them.
 * Each question has one outcome or is taken back, and every network is freed once.
 */
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/private.h"
#include "dns/dns_exchange.h"
#include "dns/dns_network.h"
#include "dns/dns_options.h"
#include "support/backends.h"
#include "support/dns_network_kit.h"
#include "support/stress_kit.h"

enum { THREADS = 4, ROUNDS = 300, KEPT = 8 };

/* ---- A server in a thread of its own ---------------------------------------------------- */

static struct sockaddr_in server_address;
static int server_fd;
static int stop_pipe[2]; /* its end ends the thread */
static pthread_t server_thread;

/* Of eight questions one is left without a reply, and one is to be asked by TCP: refused. */
static void
answer_one(void)
{
	uint8_t message[512];
	struct sockaddr_in from;
	socklen_t from_size = sizeof(from);
	ssize_t size = recvfrom(server_fd, message, sizeof(message), MSG_DONTWAIT,
	    (struct sockaddr *)&from, &from_size);

	if (size < LVN_DNS_HEADER_SIZE || message[1] % 8 == 0)
		return;
	message[2] |= message[1] % 8 == 1 ? 0x82 : 0x80;
	message[3] = 0x80;
	sendto(server_fd, message, (size_t)size, 0, (struct sockaddr *)&from, from_size);
}

static void *
serve(void *unused)
{
	struct pollfd watched[] = {
	    {.fd = server_fd, .events = POLLIN}, {.fd = stop_pipe[0], .events = POLLIN}};

	(void)unused;
	while (poll(watched, 2, -1) > 0 && watched[1].revents == 0)
		answer_one();
	return NULL;
}

static void
start_server(void)
{
	socklen_t size = sizeof(server_address);

	server_address = (struct sockaddr_in){.sin_family = AF_INET};
	server_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server_fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(server_fd, (struct sockaddr *)&server_address, size), 0);
	ck_assert_int_eq(getsockname(server_fd, (struct sockaddr *)&server_address, &size), 0);
	ck_assert_int_eq(pipe(stop_pipe), 0);
	ck_assert_int_eq(pthread_create(&server_thread, NULL, serve, NULL), 0);
}

static void
stop_server(void)
{
	close(stop_pipe[1]);
	ck_assert_int_eq(pthread_join(server_thread, NULL), 0);
	close(stop_pipe[0]);
	close(server_fd);
}

/* ---- A network -------------------------------------------------------------------------- */

/* What became of the questions; with the lock. */
struct network {
	struct dns_options options;
	struct lock *lock;
	struct dns_network *network;
	long started;
	long ended;
	long taken_back;
};

struct question {
	struct network *of;
	struct dns_exchange *exchange; /* NULL: ended */
};

static struct event_base *base;
static struct network shared;
static atomic_long networks_made, networks_freed;

static void
on_done(void *arg, const struct dns_outcome *outcome)
{
	struct question *question = arg;

	(void)outcome;
	question->of->ended++;
	question->exchange = NULL;
}

static void
on_freed(void *arg)
{
	struct network *network = arg;

	lvn_private_lock_free(network->lock);
	atomic_fetch_add(&networks_freed, 1);
	if (network != &shared)
		free(network);
}

static void
add_server(struct network *network)
{
	lvn_dns_network_add_locked(
	    network->network, (const struct sockaddr *)&server_address, sizeof(server_address));
}

static void
open_network(struct network *network)
{
	struct dns_network_setup setup = {
	    .base = base, .options = &network->options, .freed = on_freed, .arg = network};

	memset(network, 0, sizeof(*network));
	kit_default_options(&network->options);
	network->options.given = GIVEN_TIMEOUT;
	network->options.timeout_ns = 20 * KIT_MS;
	network->options.attempts = 2;
	network->options.max_inflight = 10;
	network->lock = lvn_private_lock_new();
	setup.lock = network->lock;
	network->network = lvn_dns_network_new(&setup);
	ck_assert_ptr_nonnull(network->network);
	atomic_fetch_add(&networks_made, 1);
	lvn_private_lock_acquire(network->lock);
	add_server(network);
	lvn_private_lock_release(network->lock);
}

static void
start_locked(struct network *network, struct question *question)
{
	static const struct dns_question asked = {
	    .name = {13, "\3www\7example"}, .type = DNS_TYPE_A, .dns_class = DNS_CLASS_IN};

	question->of = network;
	question->exchange =
	    lvn_dns_exchange_start_locked(network->network, &asked, 0, on_done, question);
	ck_assert_ptr_nonnull(question->exchange);
	network->started++;
}

static void
take_back_locked(struct question *question)
{
	if (question->exchange)
		question->of->taken_back++;
	lvn_dns_exchange_cancel_locked(question->exchange);
	question->exchange = NULL;
}

/* ---- Threads ---------------------------------------------------------------------------- */

static void
ask_and_take_back(void)
{
	struct question questions[KEPT] = {{NULL, NULL}};

	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		struct question *question = &questions[round % KEPT];

		lvn_private_lock_acquire(shared.lock);
		take_back_locked(question);
		start_locked(&shared, question);
		if (round % 64 == 63) {
			lvn_dns_network_clear_locked(shared.network);
			add_server(&shared);
		}
		lvn_private_lock_release(shared.lock);
		if (round % KEPT == 0)
			usleep(500);
	}
	lvn_private_lock_acquire(shared.lock);
	for (int i = 0; i < KEPT; i++)
		take_back_locked(&questions[i]);
	lvn_private_lock_release(shared.lock);
}

static void
free_with_questions(void)
{
	struct question questions[KEPT];

	for (long round = 0; stress_goes_on(round, ROUNDS / 4); round++) {
		struct network *network = malloc(sizeof(*network));

		open_network(network);
		lvn_private_lock_acquire(network->lock);
		for (int i = 0; i < KEPT; i++)
			start_locked(network, &questions[i]);
		lvn_private_lock_release(network->lock);
		if (round % 2)
			usleep(200);
		lvn_private_lock_acquire(network->lock);
		lvn_dns_network_free_locked(network->network);
		lvn_private_lock_release(network->lock);
	}
}

static void
set_up(int i)
{
	base = base_on(backend_under_test(i));
	start_server();
}

static void
tear_down(void)
{
	stop_server();
	event_base_free(base);
	ck_assert_int_eq(atomic_load(&networks_freed), atomic_load(&networks_made));
}

TEST_RANGE(lvn_dns_exchange_start__from_threads, 0, stress_backends_count())
{
	set_up(_i);
	if (!backend_under_test(_i)->threads)
		goto done;
	open_network(&shared);
	stress_run(base, THREADS, ask_and_take_back);
	lvn_private_lock_acquire(shared.lock);
	ck_assert_int_eq(shared.started, shared.ended + shared.taken_back);
	lvn_dns_network_free_locked(shared.network);
	lvn_private_lock_release(shared.lock);
done:
	tear_down();
}

TEST_RANGE(lvn_dns_network_free__from_threads, 0, stress_backends_count())
{
	set_up(_i);
	if (backend_under_test(_i)->threads)
		stress_run(base, THREADS, free_with_questions);
	tear_down();
}
