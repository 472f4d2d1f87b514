/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * What a struct event looks like, for programs that embed one in their own
 * structures.
 *
 * The layout is part of the binary interface and equals that of libevent 2.1.
 * A program that uses this header is bound to that layout; one that makes its
 * events with event_new() and asks by event_get_fd() and its siblings is not.
 * Programs may read a descriptor, events and results from here.  What the
 * library keeps in the other members is its own business.
 */
#ifndef EVENT2_EVENT_STRUCT_H_INCLUDED_
#define EVENT2_EVENT_STRUCT_H_INCLUDED_

#include <event2/event-config.h>

#include <sys/time.h>
#include <sys/types.h>

#include <event2/keyvalq_struct.h>
#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name States of an event
 * Bits of evcb_flags.
 * @{ */
#define EVLIST_TIMEOUT      0x01 /**< Has a deadline and waits for it. */
#define EVLIST_INSERTED     0x02 /**< Waits for a descriptor or a signal. */
#define EVLIST_SIGNAL       0x04 /**< Kept for old programs; never set. */
#define EVLIST_ACTIVE       0x08 /**< Its callback will run in this turn. */
#define EVLIST_INTERNAL     0x10 /**< Made by the library for itself. */
#define EVLIST_ACTIVE_LATER 0x20 /**< Its callback will run in the next turn. */
#define EVLIST_FINALIZING   0x40 /**< On its way out by event_finalize(). */
#define EVLIST_INIT         0x80 /**< Set up by event_assign() or event_new(). */
#define EVLIST_ALL          0xff /**< All of the above. */
/** @} */

/* The list macros are ours only where <sys/queue.h> has not given them, and only here. */
#ifndef TAILQ_ENTRY
#define EVENT_DEFINED_TQENTRY_
#define TAILQ_ENTRY(type)               \
	struct {                        \
		struct type *tqe_next;  \
		struct type **tqe_prev; \
	}
#endif

#ifndef TAILQ_HEAD
#define EVENT_DEFINED_TQHEAD_
#define TAILQ_HEAD(name, type)          \
	struct name {                   \
		struct type *tqh_first; \
		struct type **tqh_last; \
	}
#endif

#ifndef LIST_ENTRY
#define EVENT_DEFINED_LISTENTRY_
#define LIST_ENTRY(type)               \
	struct {                       \
		struct type *le_next;  \
		struct type **le_prev; \
	}
#endif

#ifndef LIST_HEAD
#define EVENT_DEFINED_LISTHEAD_
#define LIST_HEAD(name, type)          \
	struct name {                  \
		struct type *lh_first; \
	}
#endif

struct event;
struct event_base;

/** Something that the loop will call. */
struct event_callback {
	/** Links in a queue of what is active. */
	TAILQ_ENTRY(event_callback) evcb_active_next;
	/** EVLIST_ bits. */
	short evcb_flags;
	/** Priority; smaller is more urgent. */
	uint8_t evcb_pri;
	/** How the callback is to be called. */
	uint8_t evcb_closure;
	/** What is called; which member is in use depends on evcb_closure. */
	union {
		/** A program's callback of an event. */
		void (*evcb_callback)(evutil_socket_t, short, void *);
		/** The library's own. */
		void (*evcb_selfcb)(struct event_callback *, void *);
		/** The finalizer of an event. */
		void (*evcb_evfinalize)(struct event *, void *);
		/** The finalizer of a callback. */
		void (*evcb_cbfinalize)(struct event_callback *, void *);
	} evcb_cb_union;
	/** Handed to the callback. */
	void *evcb_arg;
};

/** Something to wait for, with the callback that it leads to. */
struct event {
	/** The callback. */
	struct event_callback ev_evcallback;

	/** Where the event stands among the timers. */
	union {
		/** Links among timeouts of one duration. */
		TAILQ_ENTRY(event) ev_next_with_common_timeout;
		/** Position in a heap. */
		int min_heap_idx;
	} ev_timeout_pos;
	/** The descriptor, or the number of the signal. */
	evutil_socket_t ev_fd;

	/** The base that the event belongs to. */
	struct event_base *ev_base;

	/** What differs between descriptors and signals. */
	union {
		/** For descriptors and timers. */
		struct {
			/** Links among the events of one descriptor. */
			LIST_ENTRY(event) ev_io_next;
			/** The duration of a persistent timeout. */
			struct timeval ev_timeout;
		} ev_io;
		/** For signals. */
		struct {
			/** Links among the events of one signal. */
			LIST_ENTRY(event) ev_signal_next;
			/** How many more times the callback is to run. */
			short ev_ncalls;
			/** Where the count is kept while it runs. */
			short *ev_pncalls;
		} ev_signal;
	} ev_;

	/** What is waited for: EV_ bits. */
	short ev_events;
	/** What has come: EV_ bits. */
	short ev_res;
	/** The deadline. */
	struct timeval ev_timeout;
};

/** A queue of events. */
TAILQ_HEAD(event_list, event);

/** A list of events. */
LIST_HEAD(event_dlist, event);

#ifdef EVENT_DEFINED_TQENTRY_
#undef TAILQ_ENTRY
#endif
#ifdef EVENT_DEFINED_TQHEAD_
#undef TAILQ_HEAD
#endif
#ifdef EVENT_DEFINED_LISTENTRY_
#undef LIST_ENTRY
#endif
#ifdef EVENT_DEFINED_LISTHEAD_
#undef LIST_HEAD
#endif

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_EVENT_STRUCT_H_INCLUDED_ */
