/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_index.h"

/* A copy of an object has nothing of ours, for it would be freed twice. */
static int
leave_out(
    CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **data, int number, long argl, void *argp)
{
	(void)to, (void)from, (void)number, (void)argl, (void)argp;
	*data = NULL;
	return 1;
}

int
lvn_tls_index_number(struct tls_index *index)
{
	int known = atomic_load_explicit(&index->number, memory_order_acquire);
	int made;

	if (known != 0)
		return known - 1;
	made = CRYPTO_get_ex_new_index(index->of, 0, NULL, NULL, leave_out, index->free);
	if (made < 0)
		return -1;
	/* Another thread may have been faster. */
	if (!atomic_compare_exchange_strong(&index->number, &known, made + 1)) {
		CRYPTO_free_ex_index(index->of, made);
		return known - 1;
	}
	return made;
}
