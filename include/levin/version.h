/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Which Levin this is.
 *
 * event_get_version() and LIBEVENT_VERSION_NUMBER return the version of
 * libevent whose interface is offered; here is the library's own.
 */
#ifndef LEVIN_VERSION_H
#define LEVIN_VERSION_H

#include <stdint.h>

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Changes when programs must be changed. */
#define LEVIN_VERSION_MAJOR 0
/** Changes when something was added. */
#define LEVIN_VERSION_MINOR 1
/** Changes when something was repaired. */
#define LEVIN_VERSION_PATCH 0

/** The version of these headers as text. */
#define LEVIN_VERSION "0.1.0"

/** The version of these headers as a number: one byte each for major, minor, patch, and 0. */
#define LEVIN_VERSION_NUMBER \
	((LEVIN_VERSION_MAJOR << 24) | (LEVIN_VERSION_MINOR << 16) | (LEVIN_VERSION_PATCH << 8))

/**
 * Get the version of Levin, of the library that runs.
 *
 * @return a constant text of the form of LEVIN_VERSION
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT const char *levin_version(void);

/**
 * Get the version of Levin, of the library that runs, as a number.
 *
 * @return a number of the form of LEVIN_VERSION_NUMBER
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT uint32_t levin_version_number(void);

#ifdef __cplusplus
}
#endif

#endif
