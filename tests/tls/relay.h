/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A relay between two connected sockets, real or simulated, that carries bytes as it likes: a few
 * at a time, or no further than to a certain byte, where it ends, resets or stalls the connection.
 */
#ifndef LEVIN_TESTS_TLS_RELAY_H
#define LEVIN_TESTS_TLS_RELAY_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

enum { RELAY_STEP_MAX = 65536 };

enum relay_fault {
	RELAY_NO_FAULT,
	RELAY_END,   /* the receiver gets the end; what the sender still sends is lost */
	RELAY_RESET, /* both get a reset */
	RELAY_STALL  /* nothing more arrives, and nothing is taken from the sender */
};

/* Bytes from one end of the relay to the other. */
struct relay_way {
	struct relay *relay;
	evutil_socket_t from;
	evutil_socket_t to;
	size_t carried;         /* so far */
	size_t step;            /* most bytes at once */
	enum relay_fault fault; /* happens after fault_at bytes */
	size_t fault_at;
	bool is_over; /* the end was passed on */
	struct event *readable;
	struct event *writable;
	char bytes[RELAY_STEP_MAX];
	size_t at;
	size_t left; /* taken and not yet passed on */
};

struct relay {
	struct relay_way ways[2]; /* from the first end to the second, and back */
	bool is_open;
};

/*
 * Carries bytes between ends[0] and ends[1], which it closes in the end.  Set step and fault of
 * the ways before relay_start.
 */
void relay_init(struct relay *relay, evutil_socket_t first, evutil_socket_t second);
void relay_start(struct relay *relay, struct event_base *base);
/* Frees the events and closes the descriptors.  May be called twice. */
void relay_close(struct relay *relay);

#endif
