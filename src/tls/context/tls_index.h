/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where objects of OpenSSL keep what is ours: an index for each kind, obtained from OpenSSL when
 * it is first needed, and again after memory was short.
 */
#ifndef LVN_TLS_CONTEXT_TLS_INDEX_H
#define LVN_TLS_CONTEXT_TLS_INDEX_H

#include <openssl/crypto.h>

#include "base/atomic.h"

struct tls_index {
	int of;                 /* a CRYPTO_EX_INDEX_ of OpenSSL */
	CRYPTO_EX_free *free;   /* frees what an object has when the object is freed */
	LVN_ATOMIC(int) number; /* 0: not obtained yet; OpenSSL's is one less */
};

/* The number, or -1 if memory is short. */
int lvn_tls_index_number(struct tls_index *index);

#endif
