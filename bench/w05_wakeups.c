/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w05: messages from m other threads to the loop's thread, each message a
 * callback there.
 *
 * A producer sends a burst of k messages, then sleeps until the loop has run
 * the last of them.  Reported are the processor time of all threads for one
 * message, the messages in a second, and for bursts of one the time from
 * sending to being woken again.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "engines/engine.h"
#include "support/clock.h"

struct factory;

struct producer {
	struct factory *factory;
	pthread_t thread;
	sem_t burst_handled;
	struct message *messages;
	int burst;     /* messages in a burst */
	int to_handle; /* of the burst under way; the loop's thread counts down */
	long bursts;
	int64_t *round_trips_ns;
};

struct message {
	struct wake wake;
	struct producer *producer;
	long calls;
};

struct factory {
	struct engine engine;
	struct producer *producers;
	int count;
	long messages_left;
};

ON_WAKE(handle_message)
{
	struct message *message = arg;
	struct producer *producer = message->producer;

	message->calls++;
	if (--producer->to_handle == 0) {
		producer->to_handle = producer->burst;
		bench_must(sem_post(&producer->burst_handled), "sem_post");
	}
	if (--producer->factory->messages_left == 0)
		engine_stop(&producer->factory->engine);
}

static void *
produce(void *arg)
{
	struct producer *producer = arg;

	for (long i = 0; i < producer->bursts; i++) {
		int64_t start_ns = clock_wall_ns();

		for (int j = 0; j < producer->burst; j++)
			wake_send(&producer->messages[j].wake);
		while (sem_wait(&producer->burst_handled) < 0)
			;
		producer->round_trips_ns[i] = clock_wall_ns() - start_ns;
	}
	return NULL;
}

static void
producer_open(struct producer *producer, struct factory *factory, int burst, long bursts)
{
	producer->factory = factory;
	producer->burst = burst;
	producer->to_handle = burst;
	producer->bursts = bursts;
	producer->messages = bench_allocate((size_t)burst, sizeof(*producer->messages));
	producer->round_trips_ns = bench_allocate((size_t)bursts, sizeof(int64_t));
	bench_must(sem_init(&producer->burst_handled, 0, 0), "sem_init");
	for (int i = 0; i < burst; i++) {
		struct message *message = &producer->messages[i];

		message->producer = producer;
		wake_init(&message->wake, &factory->engine, handle_message, message);
	}
}

static void
producer_close(struct producer *producer)
{
	sem_destroy(&producer->burst_handled);
	free(producer->messages);
	free(producer->round_trips_ns);
}

static void
factory_open(struct factory *factory, const struct bench_case *this_case, long work)
{
	long per_burst = (long)this_case->count * this_case->active;
	long bursts = (work + per_burst - 1) / per_burst;

	factory->count = this_case->count;
	factory->messages_left = bursts * per_burst;
	factory->producers = bench_allocate((size_t)factory->count, sizeof(*factory->producers));
	engine_open(&factory->engine);
	for (int i = 0; i < factory->count; i++)
		producer_open(&factory->producers[i], factory, this_case->active, bursts);
}

static void
factory_close(struct factory *factory)
{
	engine_close(&factory->engine);
	for (int i = 0; i < factory->count; i++)
		producer_close(&factory->producers[i]);
	free(factory->producers);
}

BENCH_MEASURED void
measured_run(struct factory *factory)
{
	for (int i = 0; i < factory->count; i++) {
		struct producer *producer = &factory->producers[i];

		if (pthread_create(&producer->thread, NULL, produce, producer) != 0)
			bench_fail("pthread_create failed");
	}
	engine_run(&factory->engine);
	for (int i = 0; i < factory->count; i++)
		pthread_join(factory->producers[i].thread, NULL);
}

static void
verify_every_message(const struct factory *factory)
{
	for (int i = 0; i < factory->count; i++) {
		const struct producer *producer = &factory->producers[i];

		for (int j = 0; j < producer->burst; j++)
			bench_verify(
			    "calls for a message", producer->messages[j].calls, producer->bursts);
	}
}

static int
compare_spans(const void *left, const void *right)
{
	const int64_t *a = left;
	const int64_t *b = right;

	return (*a > *b) - (*a < *b);
}

static void
report_round_trip(const struct bench *bench, const struct producer *producer)
{
	size_t count = (size_t)producer->bursts;
	struct bench_metric median = {"rtt_p50", "ns", 0, producer->bursts, "-"};

	qsort(producer->round_trips_ns, count, sizeof(int64_t), compare_spans);
	median.value = (double)producer->round_trips_ns[count / 2];
	bench_report(bench, &median);
}

static void
run_wakeups(struct bench *bench, const struct bench_case *this_case)
{
	struct factory factory;
	struct bench_metric rate = {"rate", "msg/s", 0, 0, "-"};
	int64_t start_wall_ns;
	int64_t start_ns;
	int64_t cpu_ns;

	engine_choose(bench->variant);
	factory_open(&factory, this_case, bench->work);
	rate.operations = factory.messages_left;
	start_wall_ns = clock_wall_ns();
	start_ns = clock_cpu_ns();
	measured_run(&factory);
	cpu_ns = clock_cpu_ns() - start_ns;
	rate.value = (double)rate.operations * 1e9 / (double)(clock_wall_ns() - start_wall_ns);

	bench_verify("messages left", factory.messages_left, 0);
	verify_every_message(&factory);
	bench_report_cost(bench, "cpu_per_msg", "measured_run", cpu_ns, rate.operations);
	bench_report(bench, &rate);
	if (this_case->active == 1)
		report_round_trip(bench, &factory.producers[0]);
	factory_close(&factory);
}

static const struct bench_case cases[] = {
    {"m=1 k=64", run_wakeups, 1000000, .count = 1, .active = 64},
    {"m=3 k=64", run_wakeups, 1000000, .count = 3, .active = 64},
    {"m=1 k=1", run_wakeups, 20000, .count = 1, .active = 1},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
