/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The name servers of one DNS base, and the sockets, streams and timers that questions to them
 * need.  dns_exchange.h asks one question.
 *
 * One recursive lock, that of the DNS base, protects all of it.  Memory that a callback of the
 * loop may still refer to is freed on the loop's thread, never earlier, so that every thread may
 * clear and free.
 */
#ifndef LVN_DNS_DNS_NETWORK_H
#define LVN_DNS_DNS_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/compiler.h"

struct bufferevent;
struct dns_network;
struct dns_options;
struct dns_server;
struct event_base;
struct lock;

/* Servers of one network. */
#define LVN_DNS_SERVERS_MAX 64

struct dns_network_setup {
	struct event_base *base;
	struct lock *lock;
	const struct dns_options *options; /* read at each use, with the lock held */
	/* No event keeps the loop alive while nothing is asked (DISABLE_WHEN_INACTIVE). */
	bool is_idle_without_questions;
	/*
	 * Ask by streams alone, which new_stream makes.  They are not connected yet, and must have
	 * LVN_DNS_TCP_STREAM_OPTIONS.  NULL: TCP, where UDP is not enough.
	 */
	struct bufferevent *(*new_stream)(
	    struct event_base *base, const struct sockaddr *server, unsigned size, void *arg);
	/*
	 * Called from the loop without a lock after exchanges have ended, to run callbacks of the
	 * program; it may free everything.  Questions that it starts are sent together.
	 */
	void (*after_exchanges)(void *arg);
	/* Called from the loop, or when the event base is freed: nothing refers to the lock. */
	void (*freed)(void *arg);
	void *arg; /* of these functions */
};

/* The setup is copied.  NULL when memory is short. */
struct dns_network *lvn_dns_network_new(const struct dns_network_setup *setup);

/*
 * Takes all exchanges back without a callback and closes everything.  `freed` is called later,
 * and only that.  Not from within a function that reports an outcome.
 */
void lvn_dns_network_free_locked(struct dns_network *network);

/*
 * Adds a server, which must have a port; exchanges that wait are started unless the network is
 * suspended.  Returns 0; -EEXIST for an address that is there; -EAFNOSUPPORT; -ENOSPC behind
 * LVN_DNS_SERVERS_MAX; -ENOMEM.
 */
int lvn_dns_network_add_locked(
    struct dns_network *network, const struct sockaddr *address, unsigned size);

/* Removes all servers.  Exchanges wait for new ones, until their deadlines. */
void lvn_dns_network_clear_locked(struct dns_network *network);

/*
 * Changes new_stream of the setup.  Connections and sockets are closed, exchanges begin again:
 * nothing is sent or received any more as it was before.
 */
void lvn_dns_network_set_stream_locked(
    struct dns_network *network, struct bufferevent *(*new_stream)(struct event_base *base,
				     const struct sockaddr *server, unsigned size, void *arg));

/* While suspended, nothing is sent.  Exchanges wait, until their deadlines. */
void lvn_dns_network_suspend_locked(struct dns_network *network);
void lvn_dns_network_resume_locked(struct dns_network *network);

/* After a change of options: max_inflight may allow more. */
void lvn_dns_network_options_changed_locked(struct dns_network *network);

/* In the order of adding; NULL behind the last one.  Valid until the servers are cleared. */
const struct dns_server *lvn_dns_network_server_locked(
    const struct dns_network *network, size_t index);
size_t lvn_dns_network_count_locked(const struct dns_network *network);
/* A UDP socket of the server, opened if there is none; or -errno. */
int lvn_dns_network_fd_locked(struct dns_network *network, size_t index);

#endif
