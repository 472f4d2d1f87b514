/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prepare and check watchers (event2/watch.h).  A watcher may free itself and others, and
 * make new ones, while they are being called.  Owns the watchers.
 */
#ifndef LVN_LOOP_WATCH_LIST_H
#define LVN_LOOP_WATCH_LIST_H

#include <event2/watch.h>
#include <stdint.h>

#include "base/compiler.h"

struct event_base;

enum watch_kind { WATCH_PREPARE, WATCH_CHECK, WATCH_KINDS };

/* What a callback may ask about the turn. */
struct evwatch_prepare_cb_info {
	struct event_base *base;
	int64_t timeout_ns; /* the planned wait; negative: for ever */
};

struct evwatch_check_cb_info {
	struct event_base *base;
};

struct evwatch {
	struct evwatch *next;
	struct evwatch **link; /* what points here */
	struct event_base *base;
	enum watch_kind kind;
	unsigned long pass; /* the pass that has seen it, or during which it was made */
	union {
		evwatch_prepare_cb prepare;
		evwatch_check_cb check;
	} callback;
	void *arg;
};

/*
 * Invariants: `cursor` is the watcher that the running pass calls next, NULL at the end;
 * a watcher that is removed is never the cursor afterwards.
 */
struct watch_list {
	struct evwatch *first[WATCH_KINDS];
	struct evwatch **last[WATCH_KINDS]; /* the link that the next one goes into */
	struct evwatch *cursor;
	unsigned long pass;
};

void lvn_watch_list_init(struct watch_list *list);
void lvn_watch_list_add(struct watch_list *list, struct evwatch *watch);
void lvn_watch_list_remove(struct watch_list *list, struct evwatch *watch);

/* Starts a pass over the watchers that exist now. */
void lvn_watch_list_start(struct watch_list *list, enum watch_kind kind);
/* The next watcher of the pass, NULL at its end. */
struct evwatch *lvn_watch_list_step(struct watch_list *list);

#endif
