/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_index.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/suite.h"

enum { THREADS = 8 };

static int freed;

static void
count_free(void *object, void *data, CRYPTO_EX_DATA *all, int number, long argl, void *argp)
{
	(void)object, (void)all, (void)number, (void)argl, (void)argp;
	freed += data != NULL;
}

static struct tls_index index_of_ssl = {.of = CRYPTO_EX_INDEX_SSL, .free = count_free};

TEST(tls_index_number__stays_the_same)
{
	int number = lvn_tls_index_number(&index_of_ssl);

	ck_assert_int_gt(number, -1);
	ck_assert_int_eq(lvn_tls_index_number(&index_of_ssl), number);
}

static void *
ask(void *number)
{
	*(int *)number = lvn_tls_index_number(&index_of_ssl);
	return NULL;
}

TEST(tls_index_number__is_one_for_all_threads)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask, &numbers[i]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(numbers[i], lvn_tls_index_number(&index_of_ssl));
}

TEST(tls_index__a_copy_has_nothing_to_free)
{
	SSL_CTX *context = SSL_CTX_new(TLS_method());
	SSL *original = SSL_new(context);
	SSL *copy;

	ck_assert(SSL_set_ex_data(original, lvn_tls_index_number(&index_of_ssl), &freed));
	copy = SSL_dup(original);
	/* Before a handshake a copy is another object. */
	ck_assert_ptr_ne(copy, original);
	SSL_free(original);
	ck_assert_int_eq(freed, 1);
	SSL_free(copy);
	ck_assert_int_eq(freed, 1);
	SSL_CTX_free(context);
}
