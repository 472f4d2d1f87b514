/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The layout of the queries that a DNS server port hands to its callback.  Programs read it and
 * change nothing.
 */
#ifndef EVENT2_DNS_STRUCT_H_INCLUDED_
#define EVENT2_DNS_STRUCT_H_INCLUDED_

#include <event2/event-config.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A query.  The functions of event2/dns.h build the reply to it. */
struct evdns_server_request {
	/** Flags for the reply: RD (0x100) and CD (0x10) of the query, and what the program sets. */
	int flags;
	/** How many questions there are. */
	int nquestions;
	/** The questions. */
	struct evdns_server_question **questions;
};

/** A question of a query. */
struct evdns_server_question {
	/** Type: EVDNS_TYPE_A, another EVDNS_TYPE_ or EVDNS_QTYPE_ number, or any other. */
	int type;
#ifdef __cplusplus
	/** Class: EVDNS_CLASS_INET or another. */
	int dns_question_class;
#else
	/** Class: EVDNS_CLASS_INET or another.  Write dns_question_class, which C++ has as well. */
	int class;
#define dns_question_class class /**< The member's name in C and C++. */
#endif
	/**
	 * Name, with a zero byte at its end; longer than the array.  Bytes that a text of RFC 1035
	 * cannot have are escaped by a backslash.  The root is "".
	 */
	char name[1];
};

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_DNS_STRUCT_H_INCLUDED_ */
