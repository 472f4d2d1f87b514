/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Macros of libevent 1.4 for the members of messages.  New programs use those of event2/rpc.h.
 */
#ifndef EVENT2_RPC_COMPAT_H_INCLUDED_
#define EVENT2_RPC_COMPAT_H_INCLUDED_

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(__STRICT_ANSI__)
#undef EVTAG_ASSIGN
#undef EVTAG_GET
#undef EVTAG_ADD
/** Set a member; a member of bytes also takes their number. */
#define EVTAG_ASSIGN(msg, member, args...) (*(msg)->base->member##_assign)(msg, ##args)
/** Get a member; a member of bytes also gives their number. */
#define EVTAG_GET(msg, member, args...) (*(msg)->base->member##_get)(msg, ##args)
/** Append to a member that is an array. */
#define EVTAG_ADD(msg, member, args...) (*(msg)->base->member##_add)(msg, ##args)
#endif
/** The number of entries in a member that is an array. */
#define EVTAG_LEN(msg, member) ((msg)->member##_length)

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_RPC_COMPAT_H_INCLUDED_ */
