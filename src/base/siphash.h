/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash-2-4 of Aumasson and Bernstein: without the key, hashes can be neither chosen nor
 * foreseen.  For tables whose keys come from outside, and for DNS cookies (RFC 9018).
 */
#ifndef LVN_BASE_SIPHASH_H
#define LVN_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define LVN_SIPHASH_KEY_SIZE 16

/* The 64 bits; as bytes they are stored with the lowest first. */
uint64_t lvn_siphash(const void *data, size_t size, const uint8_t key[LVN_SIPHASH_KEY_SIZE]);

#endif
