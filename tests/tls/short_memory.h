/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that runs out: one allocation of the library, of OpenSSL or of mbedTLS fails.
 */
#ifndef LEVIN_TESTS_TLS_SHORT_MEMORY_H
#define LEVIN_TESTS_TLS_SHORT_MEMORY_H

#include <stdbool.h>

/* Before any other call into the libraries. */
void short_memory_install(void);
/* Allocation number n from now on fails, counted from 1; none if n is 0. */
void short_memory_arm(unsigned long n);
bool short_memory_has_failed(void);

/* Between the two, allocations are the test's own: they neither count nor fail. */
void short_memory_pause(void);
void short_memory_resume(void);

#endif
