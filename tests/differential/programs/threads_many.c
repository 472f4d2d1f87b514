/* SPDX-License-Identifier: BSD-3-Clause */
/* Four threads add, activate and delete events of their own against a running loop: nothing is lost. */
#include <pthread.h>

#include "kit.h"

#define THREADS 4
#define ROUNDS  200

struct worker {
	pthread_t thread;
	struct event *user, *timer, *reader;
	int ends[2];
	long users, timers, reads;
	pthread_mutex_t lock;
	pthread_cond_t done;
	int finished;
};

static struct event_base *base;
static struct worker workers[THREADS];

static void
finish(struct worker *worker, long *count)
{
	pthread_mutex_lock(&worker->lock);
	++*count;
	worker->finished++;
	pthread_cond_signal(&worker->done);
	pthread_mutex_unlock(&worker->lock);
}

static void
on_user(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, &((struct worker *)arg)->users);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, &((struct worker *)arg)->timers);
}

static void
on_reader(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	kit_drain((int)fd);
	finish(arg, &((struct worker *)arg)->reads);
}

static void
await(struct worker *worker, int count)
{
	pthread_mutex_lock(&worker->lock);
	while (worker->finished < count)
		pthread_cond_wait(&worker->done, &worker->lock);
	worker->finished = 0;
	pthread_mutex_unlock(&worker->lock);
}

static void *
work(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < ROUNDS; i++) {
		event_add(worker->reader, NULL);
		kit_put(worker->ends[1], "x");
		event_active(worker->user, EV_READ, 1);
		if (i % 20 == 0)
			kit_add_ms(worker->timer, 1);
		await(worker, 2 + (i % 20 == 0));
		event_del(worker->reader);
		event_del(worker->user);
	}
	return NULL;
}

static void *
run(void *arg)
{
	(void)arg;
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

int
main(void)
{
	pthread_t loop;

	virtual_time_enable(false);
	evthread_use_pthreads();
	base = kit_base();
	for (int i = 0; i < THREADS; i++) {
		struct worker *worker = &workers[i];

		pthread_mutex_init(&worker->lock, NULL);
		pthread_cond_init(&worker->done, NULL);
		kit_pipe(worker->ends);
		worker->user = event_new(base, -1, 0, on_user, worker);
		worker->timer = evtimer_new(base, on_timer, worker);
		worker->reader = event_new(base, worker->ends[0], EV_READ, on_reader, worker);
	}
	pthread_create(&loop, NULL, run, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		say("thread %d: %ld %ld %ld", i, workers[i].users, workers[i].timers,
		    workers[i].reads);
	}
	event_base_loopbreak(base);
	pthread_join(loop, NULL);
	say("events left %d",
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE));
	for (int i = 0; i < THREADS; i++) {
		event_free(workers[i].user);
		event_free(workers[i].timer);
		event_free(workers[i].reader);
	}
	event_base_free(base);
	return 0;
}
