/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * How the functions that Levin adds are marked for the linker.
 */
#ifndef LEVIN_VISIBILITY_H
#define LEVIN_VISIBILITY_H

#if defined(LVN_BUILDING) && defined(__GNUC__) && !defined(_WIN32)
/** Stands before the declaration of every function of levin/. */
#define LEVIN_EXPORT __attribute__((visibility("default")))
#else
/** Stands before the declaration of every function of levin/. */
#define LEVIN_EXPORT
#endif

#endif
