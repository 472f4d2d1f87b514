/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a loop must do, as simply as it can be said: a table of events that is searched
 * from end to end.
 *
 * The model receives every call that the program makes, every turn of the loop and
 * every callback, each before it happens or as it happens.  It never calls anything; the first thing
 * that must not have happened is its fault.  Knows EV_ and EVLOOP_ bits, no functions.
 */
#ifndef LEVIN_TESTS_FUZZ_LOOP_MODEL_H
#define LEVIN_TESTS_FUZZ_LOOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_EVENTS      24
#define MODEL_CONNECTIONS 8
#define MODEL_SIGNALS     3
#define MODEL_NONE        (-1) /* no timeout */

enum model_kind {
	MODEL_UNUSED,
	MODEL_CONNECTION, /* a descriptor: source is its connection */
	MODEL_SIGNAL,     /* source is the index of the signal */
	MODEL_TIMER,
	MODEL_EXIT, /* the hidden event of loopexit; no program sees its callback */
};

/*
 * Callbacks of one priority run by rank.  Several have the same rank if they became
 * active by one look at the kernel, which promises no order.
 */
struct model_event {
	enum model_kind kind;
	int source;
	short wants; /* EV_READ ... EV_SIGNAL, EV_PERSIST, EV_ET */
	int priority;
	bool once;       /* of event_base_once: gone after its callback */
	bool inserted;   /* waits for its descriptor or signal */
	bool timed;      /* waits for its timeout */
	bool active;     /* its callback will run */
	bool finalizing; /* its finalizer will run instead */
	int64_t deadline_ns;
	uint64_t added; /* order among equal deadlines */
	int64_t interval_ns;
	uint64_t rank;
	short result; /* what the callback will receive */
	int calls;    /* of a signal */
};

/*
 * A descriptor, watched for all that its events want together: edge-triggered if all of
 * them are.  What it is watched for changes before a wait, and that is an edge, too.
 */
struct model_connection {
	short ready;   /* EV_READ, EV_WRITE, EV_CLOSED */
	short watched; /* during the last wait */
	bool left;     /* nobody wanted anything of it for a while since then */
	bool edge;     /* it has changed since it was reported */
};

enum model_phase {
	MODEL_IDLE,    /* no loop runs */
	MODEL_TOP,     /* a loop has begun, or ended a turn */
	MODEL_WAITING, /* between the prepare watcher and the check watcher */
	MODEL_CALLING, /* from the check watcher to the next turn */
};

struct model {
	struct model_event events[MODEL_EVENTS];
	struct model_connection connections[MODEL_CONNECTIONS];
	int arrived[MODEL_SIGNALS]; /* how often, since the loop last looked */
	int to_come;                /* happenings of the world that are still ahead */
	int priorities;
	int call_limit; /* callbacks in a turn, from limit_priority on; 0: none */
	int limit_priority;
	bool caches_time;
	bool refuses_mixture; /* of level- and edge-triggered events on a connection: debug mode */

	enum model_phase phase;
	int flags;         /* of event_base_loop */
	int64_t cached_ns; /* or MODEL_NONE */
	int64_t budget_ns; /* of the wait; MODEL_NONE is for ever */
	int priority;      /* whose callbacks run now, or -1 */
	int ran;
	bool stopped; /* no further callback in this turn */
	bool exit_requested;
	bool break_requested;
	bool rescan;
	int current;    /* the event whose callback runs or ran last */
	int calls_left; /* of the same, for the same signal */

	uint64_t last_rank;
	uint64_t last_added;
	char fault[200]; /* empty while all is well */
};

void model_init(struct model *model, int priorities);

/* The program's calls. now_ns is the simulation's time.  Answer what the real call must answer. */
int model_add(struct model *model, int at, int64_t timeout_ns, int64_t now_ns);
void model_del(struct model *model, int at);
void model_active(struct model *model, int at, short what, int calls);
void model_active_by_source(struct model *model, enum model_kind kind, int source, short what);
void model_remove_timer(struct model *model, int at);
int model_set_priority(struct model *model, int at, int priority);
void model_finalize(struct model *model, int at);
void model_exit(struct model *model, int at, int64_t timeout_ns, int64_t now_ns);
void model_break(struct model *model);
void model_continue(struct model *model);
void model_update_cache(struct model *model, int64_t now_ns);

/* A connection has changed in a way that wakes those who want `bits`; `ready` holds from now on. */
void model_connection(struct model *model, int connection, short bits, short ready);

/* A connection is another descriptor under the same number; no event waits for it. */
void model_reopen(struct model *model, int connection);

/* What the loop does. */
void model_loop_begin(struct model *model, int flags);
void model_turn(struct model *model, int64_t budget_ns, int64_t now_ns);
void model_woken(struct model *model, int64_t now_ns);
void model_called(struct model *model, int at, short what, int64_t now_ns);
void model_returned(struct model *model, int at);
void model_finalized(struct model *model, int at);
void model_loop_end(struct model *model, int result);

/* What calls must return. */
short model_pending(const struct model *model, int at);
/* An event counts once for each thing that it waits for, and once if it is active. */
int model_count_added(const struct model *model);
int model_count_active(const struct model *model);

#endif
