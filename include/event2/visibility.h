/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * How public functions are marked for the linker.
 *
 * Programs need nothing from here.  While the library itself is compiled,
 * LVN_BUILDING is defined and the names become visible outside of it.
 */
#ifndef EVENT2_VISIBILITY_H_INCLUDED_
#define EVENT2_VISIBILITY_H_INCLUDED_

#include <event2/event-config.h>

#if defined(LVN_BUILDING) && defined(__GNUC__) && !defined(_WIN32)
/** Stands before the declaration of every public function. */
#define EVENT2_EXPORT_SYMBOL __attribute__((visibility("default")))
#else
/** Stands before the declaration of every public function. */
#define EVENT2_EXPORT_SYMBOL
#endif

/** The same for public variables. */
#define EVENT2_CORE_EXPORT_SYMBOL EVENT2_EXPORT_SYMBOL

#endif /* EVENT2_VISIBILITY_H_INCLUDED_ */
