/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One question to the network: which servers are asked when and how, until one of them has
 * answered or the deadline has come.
 *
 * A deadline runs from the start, also while the exchange waits for a slot, for a server or for
 * lvn_dns_network_resume.  It is timeout x attempts x servers where the program has set the
 * timeout, else timeout x attempts.
 */
#ifndef LVN_DNS_DNS_EXCHANGE_H
#define LVN_DNS_DNS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_message.h"

struct dns_exchange;
struct dns_network;
struct dns_server;

enum dns_exchange_flags {
	DNS_EXCHANGE_TCP = 1,               /* by a stream from the first try on */
	DNS_EXCHANGE_IGNORE_TRUNCATION = 2, /* a truncated reply is the outcome */
	DNS_EXCHANGE_AUTHENTIC = 4,         /* ask for the AD bit (RFC 6840 5.7) */
	DNS_EXCHANGE_NO_CHECKING = 8,       /* set the CD bit */
	DNS_EXCHANGE_NO_RECURSION = 16,     /* do not set the RD bit */
	DNS_EXCHANGE_DNSSEC_OK = 32         /* set the DO bit, if EDNS is on */
};

struct dns_outcome {
	/*
	 * 0: a server has replied, whatever its rcode.  Else -ETIMEDOUT, or the last of the errors
	 * of the system with which every server failed, such as -ECONNREFUSED.
	 */
	int status;
	/* All 12 bits; of the last reply if status is 0. */
	uint16_t rcode;
	/*
	 * With status 0 the reply; only a header and the question if the last reply, an error or
	 * cut, is not at hand any more, or was malformed or lame, which counts as SERVFAIL.  The TC bit is set only if no server could be asked by TCP,
	 * or with DNS_EXCHANGE_IGNORE_TRUNCATION.  Valid until the function returns.
	 */
	const uint8_t *message;
	size_t size;
	const struct dns_server *server; /* which replied; NULL if none did */
	int64_t took_ns;                 /* since the exchange was started */
	bool by_tcp;
};

/*
 * Called exactly once for each exchange that is not taken back, from the loop, with the lock
 * held; the exchange is gone.  It may start and take back other exchanges.
 */
typedef void dns_exchange_done_fn(void *arg, const struct dns_outcome *outcome);

/*
 * Starts an exchange.  The question is copied.  Never calls `done` itself.  Returns NULL when
 * memory or random bytes are not to be had.
 */
struct dns_exchange *lvn_dns_exchange_start_locked(struct dns_network *network,
    const struct dns_question *question, unsigned flags, dns_exchange_done_fn *done, void *arg);

/* Takes an exchange back: `done` is not called.  Accepts NULL. */
void lvn_dns_exchange_cancel_locked(struct dns_exchange *exchange);

/* ---- For the other files of the network ------------------------------------------------- */

struct dns_timer;

/* Ends an exchange; took_ns is filled in. */
void lvn_dns_exchange_end(struct dns_exchange *exchange, struct dns_outcome *outcome);
/* Ends an exchange with what the last reply said, as far as that is remembered. */
void lvn_dns_exchange_end_with_error(struct dns_exchange *exchange);
/* The timer of an exchange is due, and not set any more. */
void lvn_dns_exchange_expire(struct dns_timer *timer);
/* Nothing that was sent counts any more: all exchanges wait again. */
void lvn_dns_exchange_recall_all(struct dns_network *network);
/* Takes all exchanges back. */
void lvn_dns_exchange_cancel_all(struct dns_network *network);
/* Where no event may keep the loop alive without a question of the program: ends the others. */
void lvn_dns_exchange_end_probes_alone(struct dns_network *network);

#endif
