/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seeded sequences of calls on a base: events of all kinds are added, deleted, activated,
 * given priorities and times, finalized and freed, inside and outside of callbacks; pipes
 * and sockets are written, read and closed; signals raised; processes forked.
 *
 * Prints one line for each sequence with a hash of all that happened, or everything with
 * --full.  Two libraries that behave alike print the same.
 *
 * What the reference leaves open is kept out: two timers never fall due at the same
 * moment, descriptors are not closed under their events, nothing is edge-triggered, and
 * time does not pass inside callbacks.
 */
#include "kit.h"
#include "sequence.h"

#define SLOTS          16
#define PAIRS          4
#define CALLBACK_LIMIT 14
#define IS_TIMED       0x01 /* EVLIST_TIMEOUT, a flag of a pending time */
#define IS_ACTIVE      0x08 /* EVLIST_ACTIVE */

struct slot {
	struct event own;
	struct event *ev;
	char name[24];
	int pair, end; /* of a descriptor's event, else -1 */
	bool on_heap;
};

static struct {
	struct event_base *base;
	struct slot slots[SLOTS];
	int pairs[PAIRS][2];
	int priorities;
	int callbacks_left;
	int once_count;
	int depth;
	struct slot *running; /* whose callback this is, or NULL */
	bool has_closed, child;
	bool raised; /* when a signal's event counts as active depends on how signals arrive */
} world;

static void
note_log(int severity, const char *line)
{
	note("log %d %s", severity, line);
}

/* --- events --------------------------------------------------------------------------- */

static void change_something(void);
static void on_event(evutil_socket_t fd, short what, void *arg);

static short
random_bits(void)
{
	short some = (short)(below(8) & (EV_READ | EV_WRITE));

	if (world.has_closed && chance(4))
		some |= EV_CLOSED;
	return some ? some : EV_READ;
}

/*
 * A signal's callback neither activates, deletes nor replaces its own event, nor does it break
 * the loop: the reference may lose the activation (programs/signal_reactivated.c), and after
 * calls that were cut short it keeps a pointer to where it counted them, and writes there.
 */
static bool
is_running_signal(const struct slot *slot)
{
	return slot && slot == world.running && event_get_events(slot->ev) & EV_SIGNAL;
}

/* Gives the slot an event of a kind by chance. */
static void
make_event(struct slot *slot)
{
	int number = (int)(slot - world.slots), fd = -1;
	short events = chance(2) ? EV_PERSIST : 0;
	const char *kind = "user";

	slot->pair = slot->end = -1;
	switch (below(6)) {
	case 0:
		kind = "timer";
		break;
	case 1:
		kind = "signal";
		fd = chance(2) ? SIGUSR1 : SIGUSR2;
		events |= EV_SIGNAL;
		break;
	case 2:
		break;
	default:
		kind = "io";
		slot->pair = below(PAIRS);
		slot->end = below(2);
		fd = world.pairs[slot->pair][slot->end];
		events |= random_bits();
	}
	slot->on_heap = chance(2);
	if (slot->on_heap) {
		slot->ev = event_new(world.base, fd, events, on_event, slot);
	} else {
		slot->ev = &slot->own;
		event_assign(slot->ev, world.base, fd, events, on_event, slot);
	}
	event_priority_set(slot->ev, below(world.priorities));
	snprintf(slot->name, sizeof(slot->name), "%d-%s", number, kind);
	note("%s is %s, fd %d, priority %d", slot->name, bits(events), fd,
	    event_get_priority(slot->ev));
}

static void
drop_event(struct slot *slot)
{
	if (slot->on_heap)
		event_free(slot->ev);
	else
		event_del(slot->ev);
}

/* Microseconds tell the slots apart, so that deadlines seldom fall together. */
static struct timeval
random_time(const struct slot *slot)
{
	static const int choices[] = {0, 1, 2, 5, 10, 20, 50, 400};
	struct timeval tv = kit_ms(choices[below(8)]);

	if (!chance(12))
		tv.tv_usec += 37 * (1 + (int)(slot - world.slots));
	return tv;
}

/* event_pending says EV_TIMEOUT of an event, too, that is active for its time-out. */
static bool
is_timed(const struct slot *slot, struct timeval *due)
{
	return event_pending(slot->ev, EV_TIMEOUT, due) &&
	       slot->ev->ev_evcallback.evcb_flags & IS_TIMED;
}

static bool
has_timed_out(const struct slot *slot)
{
	return slot->ev->ev_evcallback.evcb_flags & IS_ACTIVE && slot->ev->ev_res & EV_TIMEOUT;
}

/* The reference forgets what an event was active for when its timeout is due; ours does not. */
static short
without_what_is_forgotten(short what)
{
	return what & EV_TIMEOUT ? EV_TIMEOUT : what;
}

/* Of two timers that are due at the same moment, one loses its time. */
static void
part_ties(void)
{
	struct timeval due[SLOTS];
	bool timed[SLOTS];

	for (int i = 0; i < SLOTS; i++) {
		timed[i] = is_timed(&world.slots[i], &due[i]);
		for (int j = 0; timed[i] && j < i; j++) {
			if (timed[j] && due[i].tv_sec == due[j].tv_sec &&
			    due[i].tv_usec == due[j].tv_usec) {
				event_remove_timer(world.slots[i].ev);
				timed[i] = false;
				note("tie: %s loses its time", world.slots[i].name);
			}
		}
	}
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct slot *slot = arg;
	int rounds = below(3);

	(void)fd;
	what = without_what_is_forgotten(what);
	note("> %s %s", slot->name, bits(what));
	note_depth(++world.depth);
	world.running = slot;
	if (what & EV_READ && slot->pair >= 0 && !chance(4))
		note("read %d", kit_drain(world.pairs[slot->pair][slot->end]));
	while (rounds-- > 0)
		change_something();
	part_ties();
	note_depth(--world.depth);
	if (--world.callbacks_left <= 0 && !is_running_signal(slot))
		event_base_loopbreak(world.base);
	world.running = NULL;
}

static void
on_once(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	note("> once %d %s", (int)(intptr_t)arg, bits(without_what_is_forgotten(what)));
	if (--world.callbacks_left <= 0)
		event_base_loopbreak(world.base);
}

static void
on_finalized(struct event *ev, void *arg)
{
	(void)ev;
	note("> finalized %d", (int)((struct slot *)arg - world.slots));
}

static void
on_keeper(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	note("> keeper");
}

/* --- what can be done anywhere -------------------------------------------------------- */

static struct slot *
any_slot(void)
{
	return &world.slots[below(SLOTS)];
}

static void
do_add(struct slot *slot)
{
	struct timeval tv = random_time(slot);
	bool timed = slot->name[strlen(slot->name) - 1] == 'r' ? !chance(8) : chance(3);
	int rc;

	if (slot->name[strlen(slot->name) - 1] == 'l' || has_timed_out(slot))
		timed = false;
	rc = event_add(slot->ev, timed ? &tv : NULL);
	note("add %s %s%ld.%06ld = %d", slot->name, timed ? "" : "no ", (long)tv.tv_sec,
	    (long)tv.tv_usec, rc);
}

static void
do_active(struct slot *slot)
{
	static const short choices[] = {
	    EV_READ, EV_WRITE, EV_TIMEOUT, EV_READ | EV_WRITE, EV_SIGNAL, 0};
	short what = choices[below(6)];
	short calls = (short)below(4);

	if (is_running_signal(slot))
		return;
	note("active %s %s %d", slot->name, bits(what), calls);
	event_active(slot->ev, what, calls);
}

static void
do_pending(struct slot *slot)
{
	struct timeval due = {0, 0};
	bool timed = is_timed(slot, &due);

	short what = event_pending(slot->ev, 0xff, NULL);

	if (has_timed_out(slot))
		what = without_what_is_forgotten(what);
	note("pending %s %s %lld", slot->name, bits(what),
	    timed ? (long long)due.tv_sec * 1000000 + due.tv_usec : 0);
}

static void
do_replace(struct slot *slot)
{
	bool finalize = chance(2) && slot->on_heap;

	if (is_running_signal(slot))
		return;
	note("%s %s", finalize ? "finalize" : "replace", slot->name);
	if (finalize)
		note("= %d", event_free_finalize(0, slot->ev, on_finalized));
	else
		drop_event(slot);
	make_event(slot);
}

static void
do_once(void)
{
	struct timeval tv = kit_ms(below(30));
	int number = world.once_count++;
	int fd = world.pairs[below(PAIRS)][below(2)];
	int rc;

	tv.tv_usec += 800 + number; /* no other timer has such a time */
	if (chance(2)) {
		rc = event_base_once(
		    world.base, -1, EV_TIMEOUT, on_once, (void *)(intptr_t)number, &tv);
		note("once %d in %ld = %d", number, (long)tv.tv_usec, rc);
	} else {
		short what = (short)(random_bits() & (EV_READ | EV_WRITE));

		what = what ? what : EV_READ;
		rc = event_base_once(world.base, fd, what, on_once, (void *)(intptr_t)number,
		    chance(2) ? &tv : NULL);
		note("once %d, fd %d, %s = %d", number, fd, bits(what), rc);
	}
}

static void
do_counts(void)
{
	if (world.raised)
		return;
	note("counts %d", event_base_get_num_events(world.base, EVENT_BASE_COUNT_ADDED));
}

static void
do_exit(void)
{
	struct timeval tv = kit_ms(below(20));
	bool timed = chance(2);

	tv.tv_usec += 950 + below(40);
	note("loopexit %s = %d", timed ? "timed" : "now",
	    event_base_loopexit(world.base, timed ? &tv : NULL));
}

static void
do_put(void)
{
	int fd = world.pairs[below(PAIRS)][below(2)];

	note("put %d = %d", fd, (int)write(fd, "data", 4));
}

struct timed_on_fd {
	int fd, count;
};

static int
count_timed(const struct event_base *base, const struct event *ev, void *arg)
{
	struct timed_on_fd *timed = arg;

	(void)base;
	if (event_get_fd(ev) == timed->fd && ev->ev_evcallback.evcb_flags & IS_TIMED)
		timed->count++;
	return 0;
}

/* In which order the timed events of a descriptor are activated is open. */
static bool
has_many_timed(int fd)
{
	struct timed_on_fd timed = {fd, 0};

	event_base_foreach_event(world.base, count_timed, &timed);
	return timed.count > 1;
}

static void
do_by_number(void)
{
	if (chance(2)) {
		int fd = world.pairs[below(PAIRS)][below(2)];
		short what = random_bits() | (chance(4) && !has_many_timed(fd) ? EV_TIMEOUT : 0);

		note("active by fd %d %s", fd, bits(what));
		event_base_active_by_fd(world.base, fd, what);
	} else if (!is_running_signal(world.running)) {
		note("active by signal");
		event_base_active_by_signal(world.base, chance(2) ? SIGUSR1 : SIGUSR2);
	}
}

/* Nobody but the loop may be listening, or the process would end. */
static void
do_raise(void)
{
	int signo = chance(2) ? SIGUSR1 : SIGUSR2;

	note("raise %d", signo);
	world.raised = true;
	raise(signo);
}

/* The reference drops the calls of an active signal event with its timer. */
static void
do_remove_timer(struct slot *slot)
{
	if (!(event_get_events(slot->ev) & EV_SIGNAL))
		note("remove_timer %s = %d", slot->name, event_remove_timer(slot->ev));
}

static void
change_something(void)
{
	struct slot *slot = any_slot();

	switch (below(20)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		do_add(slot);
		break;
	case 5:
	case 6:
		if (!is_running_signal(slot))
			note("del %s = %d", slot->name, event_del(slot->ev));
		break;
	case 7:
	case 8:
	case 9:
		do_active(slot);
		break;
	case 10:
		do_remove_timer(slot);
		break;
	case 11:
		do_pending(slot);
		break;
	case 12:
		note("priority %s = %d", slot->name,
		    event_priority_set(slot->ev, below(world.priorities + 1)));
		break;
	case 13:
		do_replace(slot);
		break;
	case 14:
		do_once();
		break;
	case 15:
		do_counts();
		break;
	case 16:
	case 17:
		do_put();
		break;
	case 18:
		do_raise();
		break;
	default:
		if (chance(3))
			do_by_number();
		else if (world.depth && chance(2))
			note("loopcontinue = %d", event_base_loopcontinue(world.base));
		else if (world.depth && chance(2) && !is_running_signal(world.running))
			note("loopbreak = %d", event_base_loopbreak(world.base));
		else
			do_exit();
	}
}

/* --- what can only be done outside of callbacks ------------------------------------- */

static void
do_loop(void)
{
	static const int choices[] = {EVLOOP_ONCE, EVLOOP_NONBLOCK, EVLOOP_ONCE | EVLOOP_NONBLOCK,
	    0, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY};
	int flags = choices[below(5)];
	struct timeval far = {500, 999};
	struct event *keeper = NULL;
	int rc;

	part_ties();
	world.callbacks_left = CALLBACK_LIMIT;
	if (!(flags & EVLOOP_NONBLOCK)) {
		/* Ends a sleep that nothing else would end, and the loop with it. */
		keeper = evtimer_new(world.base, on_keeper, NULL);
		event_add(keeper, &far);
		if (flags == 0) {
			struct timeval limit = {0, 60990};

			event_base_loopexit(world.base, &limit);
		}
	}
	rc = event_base_loop(world.base, flags);
	note("loop %d = %d%s%s at %lld", flags, rc, event_base_got_exit(world.base) ? " exit" : "",
	    event_base_got_break(world.base) ? " break" : "", (long long)virtual_now_us() / 1000);
	if (keeper)
		event_free(keeper);
}

static void
open_pair(int pair)
{
	bool sockets = chance(2);

	if (sockets)
		kit_socketpair(world.pairs[pair]);
	else
		kit_pipe(world.pairs[pair]);
	note("pair %d is a %s, %d %d", pair, sockets ? "socketpair" : "pipe", world.pairs[pair][0],
	    world.pairs[pair][1]);
}

/* New descriptors for the pair: events on the old ones go first. */
static void
do_reopen(void)
{
	int pair = below(PAIRS);
	struct event_base *base = world.base;

	(void)base;
	for (int i = 0; i < SLOTS; i++) {
		if (world.slots[i].pair == pair)
			drop_event(&world.slots[i]);
	}
	/* Events made by event_base_once may be left: they cannot be taken back, so the old
	 * descriptors stay open, out of the way, until the sequence ends. */
	open_pair(pair);
	for (int i = 0; i < SLOTS; i++) {
		if (world.slots[i].pair == pair)
			make_event(&world.slots[i]);
	}
}

static void
do_shutdown(void)
{
	int pair = below(PAIRS), end = below(2);
	int how = chance(2) ? SHUT_WR : SHUT_RDWR;

	note("shutdown %d = %d", world.pairs[pair][end], shutdown(world.pairs[pair][end], how));
}

static void step(void);

static void
do_fork(void)
{
	static char lines[65536];
	int ends[2], status;
	size_t size = 0;
	ssize_t n;
	pid_t pid;

	if (world.child || pipe(ends) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		note_into(ends[1]);
		world.child = true;
		note("child: reinit = %d", event_reinit(world.base));
		for (int i = 0; i < 8; i++)
			step();
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], lines + size, sizeof(lines) - 1 - size)) > 0)
		size += (size_t)n;
	lines[size] = '\0';
	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
		note("| %s", line);
	close(ends[0]);
	waitpid(pid, &status, 0);
	note("child's status %d", status);
}

static int
note_event(const struct event_base *base, const struct event *ev, void *arg)
{
	unsigned *seen = arg;

	(void)base;
	for (int i = 0; i < SLOTS; i++) {
		if (world.slots[i].ev == ev)
			*seen |= 1u << i;
	}
	return 0;
}

static void
do_foreach(void)
{
	unsigned seen = 0;

	event_base_foreach_event(world.base, note_event, &seen);
	note("events of the base %x", seen);
}

static void
step(void)
{
	switch (below(24)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
	case 5:
		do_loop();
		break;
	case 6:
		note("5 ms pass");
		virtual_advance_us(5000);
		break;
	case 7:
		if (chance(4))
			do_reopen();
		break;
	case 8:
		if (chance(3))
			do_shutdown();
		break;
	case 9:
		if (chance(8))
			do_fork();
		break;
	case 10:
		do_foreach();
		break;
	case 11:
		note("loopbreak = %d", event_base_loopbreak(world.base));
		break;
	default:
		change_something();
	}
}

/* --- a sequence ------------------------------------------------------------------------ */

static void
play(uint64_t seed)
{
	size_t steps;

	(void)seed;
	memset(&world, 0, sizeof(world));
	kit_restart_descriptors();
	virtual_restart();
	world.base = kit_base();
	world.has_closed = event_base_get_features(world.base) & EV_FEATURE_EARLY_CLOSE;
	world.priorities = 1 + below(3);
	event_base_priority_init(world.base, world.priorities);
	for (int i = 0; i < PAIRS; i++)
		open_pair(i);
	for (int i = 0; i < SLOTS; i++)
		make_event(&world.slots[i]);
	steps = 20 + below(40);
	while (steps-- > 0)
		step();
	note("end");
	/* The base goes with events on it, or after them. */
	if (chance(2)) {
		for (int i = 0; i < SLOTS; i++)
			drop_event(&world.slots[i]);
		event_base_free(world.base);
	} else {
		for (int i = 0; i < SLOTS; i++) {
			if (world.slots[i].on_heap)
				event_free(world.slots[i].ev);
		}
		event_base_free(world.base);
	}
	kit_close_descriptors();
}

int
main(int argc, char **argv)
{
	event_set_log_callback(note_log);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	return play_sequences(argc, argv, play);
}
