/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Lists of text pairs, as used for HTTP headers and query strings.
 *
 * The layout is part of the binary interface.  Programs may walk a list with
 * the TAILQ macros of <sys/queue.h>; they change it with the functions only.
 */
#ifndef EVENT2_KEYVALQ_STRUCT_H_INCLUDED_
#define EVENT2_KEYVALQ_STRUCT_H_INCLUDED_

#ifdef __cplusplus
extern "C" {
#endif

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

/** One pair.  The list owns it and both texts. */
struct evkeyval {
	/** Links in the list. */
	TAILQ_ENTRY(evkeyval) next;
	/** The name. */
	char *key;
	/** The value. */
	char *value;
};

/** A list of pairs in the order in which they were added. */
TAILQ_HEAD(evkeyvalq, evkeyval);

#ifdef EVENT_DEFINED_TQENTRY_
#undef TAILQ_ENTRY
#undef EVENT_DEFINED_TQENTRY_
#endif
#ifdef EVENT_DEFINED_TQHEAD_
#undef TAILQ_HEAD
#undef EVENT_DEFINED_TQHEAD_
#endif

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_KEYVALQ_STRUCT_H_INCLUDED_ */
