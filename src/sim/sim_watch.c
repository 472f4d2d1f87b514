/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_watch.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/memory.h"

static void
take_over_signals(struct sim_poller *poller, struct sim_poller *old)
{
	memcpy(poller->signal_counts, old->signal_counts, sizeof(poller->signal_counts));
	poller->signal_total = old->signal_total;
	memset(old->signal_counts, 0, sizeof(old->signal_counts));
	old->signal_total = 0;
}

void
lvn_sim_watch_open(struct sim_poller *poller, struct levin_sim *sim, const void *owner)
{
	memset(poller, 0, sizeof(*poller));
	poller->sim = sim;
	poller->owner = owner;
	for (struct sim_list *at = sim->pollers.next; at != &sim->pollers; at = at->next) {
		struct sim_poller *old = container_of(at, struct sim_poller, link);

		if (old->owner == owner)
			take_over_signals(poller, old);
	}
	lvn_sim_list_init(&poller->watches);
	lvn_sim_list_init(&poller->candidates);
	lvn_sim_list_init(&poller->link);
	lvn_sim_list_append(&sim->pollers, &poller->link);
}

static void
free_watch(struct sim_watch *watch)
{
	lvn_sim_list_remove(&watch->in_poller);
	lvn_sim_list_remove(&watch->in_file);
	lvn_sim_list_remove(&watch->candidate);
	lvn_free(watch);
}

void
lvn_sim_watch_close(struct sim_poller *poller)
{
	while (!lvn_sim_list_is_alone(&poller->watches))
		free_watch(container_of(poller->watches.next, struct sim_watch, in_poller));
	lvn_sim_list_remove(&poller->link);
}

static struct sim_watch *
find(const struct sim_poller *poller, const struct sim_file *file, int fd)
{
	for (struct sim_list *at = file->watches.next; at != &file->watches; at = at->next) {
		struct sim_watch *watch = container_of(at, struct sim_watch, in_file);

		if (watch->poller == poller && watch->fd == fd)
			return watch;
	}
	return NULL;
}

static struct sim_watch *
add(struct sim_poller *poller, struct sim_file *file, int fd)
{
	struct sim_watch *watch = lvn_sim_kernel_alloc(poller->sim, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->poller = poller;
	watch->file = file;
	watch->fd = fd;
	lvn_sim_list_append(&poller->watches, &watch->in_poller);
	lvn_sim_list_append(&file->watches, &watch->in_file);
	lvn_sim_list_init(&watch->candidate);
	return watch;
}

/* What the watch would report now; 0 is nothing. */
static short
report_of(const struct sim_watch *watch)
{
	if ((watch->wants & EV_ET) && !watch->woken)
		return 0;
	return (short)(watch->file->ops->state(watch->file) & watch->wants &
		       (EV_READ | EV_WRITE | EV_CLOSED));
}

static void
wake(struct sim_watch *watch)
{
	watch->woken = true;
	if (lvn_sim_list_is_alone(&watch->candidate) && report_of(watch))
		lvn_sim_list_append(&watch->poller->candidates, &watch->candidate);
}

int
lvn_sim_watch_set(
    struct sim_poller *poller, struct sim_file *file, int fd, short wants, uint32_t *stamp)
{
	struct sim_watch *watch = find(poller, file, fd);

	if (!watch) {
		watch = add(poller, file, fd);
		if (!watch)
			return -ENOMEM;
	}
	if (watch->stamp == 0 || watch->stamp != *stamp) {
		if (++poller->last_stamp == 0)
			poller->last_stamp = 1;
		watch->stamp = poller->last_stamp;
	}
	watch->wants = wants;
	wake(watch);
	*stamp = watch->stamp;
	return 0;
}

void
lvn_sim_watch_remove(struct sim_poller *poller, struct sim_file *file, int fd)
{
	struct sim_watch *watch = find(poller, file, fd);

	if (watch)
		free_watch(watch);
}

void
lvn_sim_watch_forget_file(struct sim_file *file)
{
	while (!lvn_sim_list_is_alone(&file->watches))
		free_watch(container_of(file->watches.next, struct sim_watch, in_file));
}

void
lvn_sim_watch_move(struct sim_file *from, struct sim_file *to)
{
	for (struct sim_list *at = from->watches.next; at != &from->watches; at = at->next)
		container_of(at, struct sim_watch, in_file)->file = to;
	lvn_sim_list_splice_front(&to->watches, &from->watches);
}

void
lvn_sim_watch_wake(struct sim_file *file, short what)
{
	for (struct sim_list *at = file->watches.next; at != &file->watches; at = at->next) {
		struct sim_watch *watch = container_of(at, struct sim_watch, in_file);

		if (watch->wants & what)
			wake(watch);
	}
}

void
lvn_sim_watch_signal(struct levin_sim *sim, int signo)
{
	lvn_sim_kernel_note(sim, SIM_TRACE_SIGNAL, -1, signo);
	for (struct sim_list *at = sim->pollers.next; at != &sim->pollers; at = at->next) {
		struct sim_poller *poller = container_of(at, struct sim_poller, link);

		poller->signal_counts[signo]++;
		poller->signal_total++;
	}
}

bool
lvn_sim_watch_has_ready(struct sim_poller *poller)
{
	if (poller->signal_total > 0)
		return true;
	while (!lvn_sim_list_is_alone(&poller->candidates)) {
		struct sim_watch *watch =
		    container_of(poller->candidates.next, struct sim_watch, candidate);

		if (report_of(watch))
			return true;
		lvn_sim_list_remove(&watch->candidate);
	}
	return false;
}

static void
collect_signals(struct sim_poller *poller, struct ready_list *ready)
{
	for (int signo = 1; signo < NSIG && poller->signal_total > 0; signo++) {
		uint32_t count = poller->signal_counts[signo];

		if (count == 0)
			continue;
		if (!lvn_ready_list_append(ready, signo, count, EV_SIGNAL))
			return;
		poller->signal_counts[signo] = 0;
		poller->signal_total -= count;
	}
}

/* The watch has reported: it stays a candidate, behind the others, while its level may be high. */
static void
requeue(struct sim_watch *watch)
{
	watch->woken = false;
	lvn_sim_list_remove(&watch->candidate);
	if (!(watch->wants & EV_ET))
		lvn_sim_list_append(&watch->poller->candidates, &watch->candidate);
}

static void
collect_files(struct sim_poller *poller, struct ready_list *ready)
{
	struct levin_sim *sim = poller->sim;
	size_t first = ready->count;
	struct sim_list waiting; /* not looked at yet */
	struct sim_list held;    /* ready, but left for a later wait */

	lvn_sim_list_init(&waiting);
	lvn_sim_list_init(&held);
	lvn_sim_list_splice_front(&waiting, &poller->candidates);
	while (!lvn_sim_list_is_alone(&waiting)) {
		struct sim_watch *watch = container_of(waiting.next, struct sim_watch, candidate);
		short what = report_of(watch);

		if (!what) {
			lvn_sim_list_remove(&watch->candidate);
			continue;
		}
		/* Something was reported already: this one can wait. */
		if (ready->count > first &&
		    lvn_sim_random_chance(&sim->order_random, sim->options.hold_back_permille)) {
			lvn_sim_list_remove(&watch->candidate);
			lvn_sim_list_append(&held, &watch->candidate);
			continue;
		}
		if (!lvn_ready_list_append(ready, watch->fd, watch->stamp, what))
			break;
		requeue(watch);
	}
	lvn_sim_list_splice_front(&poller->candidates, &waiting);
	lvn_sim_list_splice_front(&poller->candidates, &held);
}

static void
shuffle(struct levin_sim *sim, struct ready_list *ready, size_t first)
{
	for (size_t count = ready->count - first; count > 1; count--) {
		size_t a = first + (size_t)lvn_sim_random_below(&sim->order_random, count);
		size_t b = first + count - 1;
		struct ready_fd slot = ready->slots[a];

		ready->slots[a] = ready->slots[b];
		ready->slots[b] = slot;
	}
}

void
lvn_sim_watch_collect(struct sim_poller *poller, struct ready_list *ready)
{
	struct levin_sim *sim = poller->sim;
	size_t first = ready->count;

	collect_signals(poller, ready);
	collect_files(poller, ready);
	if (ready->count - first > 1 &&
	    lvn_sim_random_chance(&sim->order_random, sim->options.reorder_permille))
		shuffle(sim, ready, first);
	for (size_t i = first; i < ready->count; i++) {
		const struct ready_fd *slot = &ready->slots[i];
		int number = slot->what == EV_SIGNAL ? slot->fd : slot->fd - sim->first_fd;

		lvn_sim_kernel_note(sim, SIM_TRACE_READY, number, slot->what);
	}
}
