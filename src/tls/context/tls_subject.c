/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_subject.h"

#include <openssl/bio.h>
#include <openssl/err.h>

void
lvn_tls_subject_write(const X509 *certificate, char *text, size_t capacity)
{
	BIO *bio;
	int size;

	text[0] = '\0';
	if (!certificate)
		return;
	bio = BIO_new(BIO_s_mem());
	if (bio &&
	    X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) > 0) {
		size = BIO_read(bio, text, (int)capacity - 1);
		text[size > 0 ? size : 0] = '\0';
	}
	BIO_free(bio);
	ERR_clear_error();
}
