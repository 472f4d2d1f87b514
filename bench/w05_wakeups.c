/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w05: messages from m other threads to the loop's thread, each message a
 * callback there.
 *
 * A producer sends bursts of k messages and sleeps while WINDOW of its bursts
 * are not handled; for bursts of one it waits for each.  Reported are the
 * processor time of all threads for one message, the messages in a second,
 * and for bursts of one the time from sending to being woken again.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engines/engine.h"
#include "support/clock.h"

/* Sleeping after each would measure how fast the machine wakes a thread, the same for all. */
#define WINDOW 16

struct factory;

struct producer {
	struct factory *factory;
	pthread_t thread;
	int window; /* bursts that may be under way */
	struct burst *bursts;
	long bursts_to_send;
	int64_t *round_trips_ns;
};

struct burst {
	struct producer *producer;
	struct message *messages;
	sem_t is_free; /* raised when it may be sent */
	int size;
	int to_handle; /* the loop's thread counts down */
};

struct message {
	struct wake wake;
	struct burst *burst;
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
	struct burst *burst = message->burst;
	struct producer *producer = burst->producer;

	message->calls++;
	if (--burst->to_handle == 0) {
		burst->to_handle = burst->size;
		bench_must(sem_post(&burst->is_free), "sem_post");
	}
	if (--producer->factory->messages_left == 0)
		engine_stop(&producer->factory->engine);
}

static void
wait_until_free(struct burst *burst)
{
	while (sem_wait(&burst->is_free) < 0)
		;
}

static void
send_burst(struct burst *burst)
{
	for (int i = 0; i < burst->size; i++)
		wake_send(&burst->messages[i].wake);
}

static void *
produce(void *arg)
{
	struct producer *producer = arg;

	for (long i = 0; i < producer->bursts_to_send; i++) {
		struct burst *burst = &producer->bursts[i % producer->window];

		wait_until_free(burst);
		send_burst(burst);
	}
	return NULL;
}

static void *
produce_and_wait(void *arg)
{
	struct producer *producer = arg;
	struct burst *burst = &producer->bursts[0];

	wait_until_free(burst);
	for (long i = 0; i < producer->bursts_to_send; i++) {
		int64_t start_ns = clock_wall_ns();

		send_burst(burst);
		wait_until_free(burst);
		producer->round_trips_ns[i] = clock_wall_ns() - start_ns;
	}
	return NULL;
}

static void
burst_open(struct burst *burst, struct producer *producer, int size)
{
	burst->producer = producer;
	burst->size = size;
	burst->to_handle = size;
	bench_must(sem_init(&burst->is_free, 0, 1), "sem_init");
	burst->messages = bench_allocate((size_t)size, sizeof(*burst->messages));
	for (int i = 0; i < size; i++) {
		struct message *message = &burst->messages[i];

		message->burst = burst;
		wake_init(&message->wake, &producer->factory->engine, handle_message, message);
	}
}

static void
producer_open(struct producer *producer, struct factory *factory, int size, long bursts)
{
	bool waits = size == 1;

	producer->factory = factory;
	producer->window = waits ? 1 : WINDOW;
	producer->bursts = bench_allocate((size_t)producer->window, sizeof(*producer->bursts));
	producer->bursts_to_send = bursts;
	producer->round_trips_ns = waits ? bench_allocate((size_t)bursts, sizeof(int64_t)) : NULL;
	for (int i = 0; i < producer->window; i++)
		burst_open(&producer->bursts[i], producer, size);
}

static void
producer_close(struct producer *producer)
{
	for (int i = 0; i < producer->window; i++) {
		sem_destroy(&producer->bursts[i].is_free);
		free(producer->bursts[i].messages);
	}
	free(producer->bursts);
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

		if (pthread_create(&producer->thread, NULL,
			producer->round_trips_ns ? produce_and_wait : produce, producer) != 0)
			bench_fail("pthread_create failed");
	}
	engine_run(&factory->engine);
	for (int i = 0; i < factory->count; i++)
		pthread_join(factory->producers[i].thread, NULL);
}

/* Each burst of a producer was sent as often as its neighbours, or once more. */
static void
verify_burst(const struct burst *burst, int at)
{
	const struct producer *producer = burst->producer;
	long sent = (producer->bursts_to_send + producer->window - 1 - at) / producer->window;

	for (int i = 0; i < burst->size; i++)
		bench_verify("calls for a message", burst->messages[i].calls, sent);
}

static void
verify_every_message(const struct factory *factory)
{
	for (int i = 0; i < factory->count; i++) {
		const struct producer *producer = &factory->producers[i];

		for (int j = 0; j < producer->window; j++)
			verify_burst(&producer->bursts[j], j);
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
	size_t count = (size_t)producer->bursts_to_send;
	struct bench_metric median = {"rtt_p50", "ns", 0, producer->bursts_to_send, "-"};

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
	if (factory.producers[0].round_trips_ns)
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
