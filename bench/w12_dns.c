/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w12: names.
 *
 *   k=...      questions to a server, which is a process of its own, k of them under way
 *   lossy ...  the same with 100,000 names, of which the server ignores one in twenty each time;
 *              "unanswered" is how many had no answer in the end
 *   hosts ...  one name after the other of a hosts file with n, as getaddrinfo looks for them
 *   cache      a name that was looked up before; "allocations" is how many a lookup makes
 *   memory ... resident memory of a question under way
 *   cached ... and of a name that is kept in the cache, beyond the name and its address
 *   server     a server port under questions from dnsperf, 100 of them under way
 *   steps ...  client and server take their steps in turn, for counts
 *
 * Otherwise judged is the processor time of the resolver's, or of the server port's, process.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/client.h"
#include "dns/stub.h"
#include "dns/wire.h"
#include "support/bench.h"
#include "support/clock.h"
#include "support/loopback.h"

enum { NAME_COUNT = 100000, NAME_SIZE = 32, WARM_UP = 1000, LOST_PERCENT = 5 };

static char names[NAME_COUNT][NAME_SIZE];

static void
make_names(void)
{
	for (int i = 0; i < NAME_COUNT; i++)
		snprintf(names[i], NAME_SIZE, "host%05d.example.com", i);
}

#if !defined(DNS_CARES)
/* A file of a new name, with a line for each of the first names. */
static void
write_lines(char *path, const char *format, int count)
{
	int file = bench_must(mkstemp(path), "mkstemp");

	for (int i = 0; i < count; i++)
		bench_must(dprintf(file, format, names[i]), "dprintf");
	close(file);
}
#endif

/* ---- questions: each that ends is followed by the next one */

static long questions_left;
static long questions_asked;

static void
ask_next(struct dns_client *client)
{
	questions_left--;
	dns_client_ask(client, names[questions_asked++ % NAME_COUNT]);
}

static void
dns_on_end(struct dns_client *client, bool has_address)
{
	client->work.under_way--;
	client->work.answered += has_address;
	client->work.failed += !has_address;
	if (questions_left > 0)
		ask_next(client);
}

static void
begin(struct dns_client *client, long questions, int most)
{
	client->work.answered = 0;
	client->work.failed = 0;
	questions_left = questions;
	while (questions_left > 0 && client->work.under_way < most)
		ask_next(client);
}

BENCH_MEASURED void
measured_questions(struct dns_client *client, long questions, int most)
{
	begin(client, questions, most);
	dns_client_run(client);
}

static int64_t
ask(struct dns_client *client, long questions, int most)
{
	int64_t cpu_ns = clock_cpu_ns();

	measured_questions(client, questions, most);
	return clock_cpu_ns() - cpu_ns;
}

static void
run_questions(struct bench *bench, const struct bench_case *this_case)
{
	struct dns_client *client = bench_allocate(1, sizeof(*client));
	struct dns_client_options options = {.most = this_case->count};
	struct sockaddr_in address;
	struct dns_stub stub = {.fd = dns_socket(&address)};
	pid_t server = loopback_start(be_dns_stub, &address, &stub);
	int64_t cpu_ns;

	make_names();
	dns_client_open(client, bench->variant, &address, &options);
	ask(client, WARM_UP, this_case->count);
	cpu_ns = ask(client, bench->work, this_case->count);
	bench_verify("answers", client->work.answered, bench->work);
	bench_report_cost(bench, "per_query", "measured_questions", cpu_ns, bench->work);
	loopback_end(server);
}

#if !defined(ENGINE_RAW) || defined(DNS_CARES)
static void
run_lossy(struct bench *bench, const struct bench_case *this_case)
{
	struct dns_client *client = bench_allocate(1, sizeof(*client));
	struct dns_client_options options = {.most = this_case->count, .is_lossy = true};
	struct bench_metric unanswered = {
	    .name = "unanswered", .unit = "", .operations = bench->work, .function = "-"};
	struct sockaddr_in address;
	struct dns_stub stub = {.fd = dns_socket(&address), .lost_percent = LOST_PERCENT};
	pid_t server = loopback_start(be_dns_stub, &address, &stub);
	int64_t cpu_ns;

	make_names();
	dns_client_open(client, bench->variant, &address, &options);
	cpu_ns = ask(client, bench->work, this_case->count);
	unanswered.value = (double)client->work.failed;
	bench_verify("outcomes", client->work.answered + client->work.failed, bench->work);
	bench_report_cost(bench, "per_query", "measured_questions", cpu_ns, bench->work);
	bench_report(bench, &unanswered);
	loopback_end(server);
}

/* The server never replies. */
static void
run_memory(struct bench *bench, const struct bench_case *this_case)
{
	struct dns_client *client = bench_allocate(1, sizeof(*client));
	struct dns_client_options options = {.most = this_case->count + 1};
	struct bench_metric memory = {
	    .name = "bytes", .unit = "B", .function = "-", .operations = this_case->count};
	struct sockaddr_in address;
	long before;

	dns_socket(&address);
	make_names();
	dns_client_open(client, bench->variant, &address, &options);
	begin(client, 1, 1);
	dns_client_turn(client);
	before = bench_resident_bytes();
	begin(client, this_case->count, this_case->count + 1);
	dns_client_turn(client);
	memory.value = (double)(bench_resident_bytes() - before) / this_case->count;
	bench_verify("questions", client->work.under_way, this_case->count + 1);
	bench_report(bench, &memory);
}
#endif

/* ---- names that are known */

#if defined(ENGINE_LIBEVENT)
static long allocations;

static void *
counted_malloc(size_t size)
{
	allocations++;
	return malloc(size);
}

static void *
counted_realloc(void *memory, size_t size)
{
	allocations++;
	return realloc(memory, size);
}

BENCH_MEASURED void
measured_lookups(struct dns_client *client, long lookups, int name_count)
{
	for (long i = 0; i < lookups; i++) {
		dns_client_ask_list(client, names[i % name_count]);
		dns_client_run(client);
	}
}

static void
report_lookups(struct bench *bench, struct dns_client *client, int name_count)
{
	struct bench_metric count = {
	    .name = "allocations", .unit = "", .function = "-", .operations = bench->work};
	int64_t cpu_ns;

	measured_lookups(client, 1, 1);
	allocations = 0;
	cpu_ns = -clock_cpu_ns();
	measured_lookups(client, bench->work, name_count);
	cpu_ns += clock_cpu_ns();
	count.value = (double)allocations / (double)bench->work;
	bench_verify("addresses", client->work.answered, bench->work + 1);
	bench_report_cost(bench, "per_lookup", "measured_lookups", cpu_ns, bench->work);
	bench_report(bench, &count);
}

static void
run_known(struct bench *bench, const struct bench_case *this_case)
{
	struct dns_client *client = bench_allocate(1, sizeof(*client));
	struct dns_client_options options = {.most = 1};
	char hosts[] = "/tmp/bench-hosts-XXXXXX";
	struct sockaddr_in address;
	struct dns_stub stub = {.fd = dns_socket(&address)};
	pid_t server = loopback_start(be_dns_stub, &address, &stub);

	event_set_mem_functions(counted_malloc, counted_realloc, free);
	make_names();
	if (this_case->same) {
		write_lines(hosts, "192.0.2.1 %s\n", this_case->count);
		options.hosts = hosts;
	}
	dns_client_open(client, bench->variant, &address, &options);
	report_lookups(bench, client, this_case->count);
	unlink(hosts);
	loopback_end(server);
}

static void
run_cached(struct bench *bench, const struct bench_case *this_case)
{
	struct dns_client *client = bench_allocate(1, sizeof(*client));
	struct dns_client_options options = {.most = 1};
	struct bench_metric memory = {
	    .name = "bytes", .unit = "B", .function = "-", .operations = this_case->count};
	struct sockaddr_in address;
	struct dns_stub stub = {.fd = dns_socket(&address)};
	pid_t server = loopback_start(be_dns_stub, &address, &stub);
	long before;

	make_names();
	dns_client_open(client, bench->variant, &address, &options);
	measured_lookups(client, 1, 1);
	before = bench_resident_bytes();
	for (int i = 1; i <= this_case->count; i++) {
		dns_client_ask_list(client, names[i]);
		dns_client_run(client);
	}
	memory.value = (double)(bench_resident_bytes() - before) / this_case->count -
		       (double)(strlen(names[0]) + 1 + 4);
	bench_report(bench, &memory);
	loopback_end(server);
}
#endif

/* ---- a server */

#if !defined(DNS_CARES)
#include "dns/port.h"

static void
be_dnsperf(const struct sockaddr_in *address, const void *queries)
{
	char port[8];

	snprintf(port, sizeof(port), "%d", ntohs(address->sin_port));
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		exit(1);
	execlp("dnsperf", "dnsperf", "-s", "127.0.0.1", "-p", port, "-d", (const char *)queries,
	    "-c", "10", "-q", "100", "-l", "600", (char *)NULL);
	exit(1);
}

BENCH_MEASURED void
measured_serve(struct dns_port *port, long questions)
{
	port->wanted = port->answered + questions;
	dns_port_run(port);
}

static void
run_server(struct bench *bench, const struct bench_case *this_case)
{
	struct dns_port *port = bench_allocate(1, sizeof(*port));
	char queries[] = "/tmp/bench-queries-XXXXXX";
	struct sockaddr_in address;
	int fd = dns_socket(&address);
	int64_t cpu_ns;
	long before;
	pid_t client;

	(void)this_case;
	make_names();
	write_lines(queries, "%s A\n", 1000);
	dns_port_open(port, bench->variant, fd);
	client = loopback_start(be_dnsperf, &address, queries);
	measured_serve(port, WARM_UP);
	unlink(queries);
	before = port->answered;
	cpu_ns = -clock_cpu_ns();
	measured_serve(port, bench->work);
	cpu_ns += clock_cpu_ns();
	bench_report_cost(bench, "per_query", "measured_serve", cpu_ns, port->answered - before);
	loopback_end(client);
}

BENCH_MEASURED void
measured_port_turn(struct dns_port *port)
{
	dns_port_turn(port);
}

static void
run_server_steps(struct bench *bench, const struct bench_case *this_case)
{
	struct dns_port *port = bench_allocate(1, sizeof(*port));
	struct sockaddr_in address;
	int fd = dns_socket(&address);
	int client = bench_must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	uint8_t query[DNS_QUERY_MAX];
	struct iovec vector = {query, dns_write_query(query, 1, "host00000.example.com")};
	struct msghdr message = {.msg_name = &address,
	    .msg_namelen = sizeof(address),
	    .msg_iov = &vector,
	    .msg_iovlen = 1};
	long rounds = bench->work / this_case->count;
	int64_t cpu_ns = 0;

	dns_port_open(port, bench->variant, fd);
	port->wanted = (long)1 << 60;
	for (long i = 0; i < rounds; i++) {
		vector.iov_len = dns_write_query(query, 1, "host00000.example.com");
		for (int k = 0; k < this_case->count; k++)
			bench_must((int)sendmsg(client, &message, 0), "sendmsg");
		cpu_ns -= clock_cpu_ns();
		measured_port_turn(port);
		cpu_ns += clock_cpu_ns();
		for (int k = 0; k < this_case->count; k++) {
			vector.iov_len = sizeof(query);
			bench_must((int)recvmsg(client, &message, MSG_DONTWAIT), "recvmsg");
		}
	}
	bench_report_cost(
	    bench, "per_query", "measured_port_turn", cpu_ns, rounds * this_case->count);
}
#endif

/* ---- client and server in turn */

BENCH_MEASURED void
measured_turn(struct dns_client *client)
{
	dns_client_turn(client);
}

static void
run_steps(struct bench *bench, const struct bench_case *this_case)
{
	struct dns_client *client = bench_allocate(1, sizeof(*client));
	struct dns_client_options options = {.most = this_case->count};
	struct sockaddr_in address;
	int fd = dns_socket(&address);
	int64_t cpu_ns;

	make_names();
	dns_client_open(client, bench->variant, &address, &options);
	begin(client, bench->work, this_case->count);
	cpu_ns = 0;
	while (client->work.under_way > 0) {
		dns_stub_step(fd);
		cpu_ns -= clock_cpu_ns();
		measured_turn(client);
		cpu_ns += clock_cpu_ns();
	}
	bench_verify("answers", client->work.answered, bench->work);
	bench_report_cost(bench, "per_query", "measured_turn", cpu_ns, bench->work);
}

static const struct bench_case cases[] = {
    {"k=1", run_questions, 40000, .count = 1},
    {"k=100", run_questions, 400000, .count = 100},
#if !defined(ENGINE_RAW) || defined(DNS_CARES)
    {"lossy k=10000", run_lossy, NAME_COUNT, .count = 10000},
    {"memory k=10000", run_memory, 1, .count = 10000},
#endif
#if defined(ENGINE_LIBEVENT)
    {"hosts n=1", run_known, 1000000, .count = 1, .same = true},
    {"hosts n=100", run_known, 1000000, .count = 100, .same = true},
    {"cache", run_known, 100000, .count = 1},
    {"cached n=4000", run_cached, 1, .count = 4000},
#endif
#if !defined(DNS_CARES)
    {"server", run_server, 400000, .count = 100},
    {"steps server k=16", run_server_steps, 160000, .count = 16},
#endif
    {"steps k=1", run_steps, 40000, .count = 1},
    {"steps k=100", run_steps, 400000, .count = 100},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
