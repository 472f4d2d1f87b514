/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_subject.h"

#include <string.h>

#include "support/suite.h"
#include "support/tls/certificates.h"

static void
check_subject(const char *name, size_t capacity, const char *expected)
{
	struct certificate *certificate =
	    certificate_new(&(struct certificate_recipe){.name = name});
	char text[200];

	memset(text, 'x', sizeof(text));
	lvn_tls_subject_write(certificate->x509, text, capacity);
	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(text[capacity], 'x');
	certificate_free(certificate);
}

TEST(tls_subject_write__as_in_rfc_2253)
{
	check_subject("www.example.org", 100, "CN=www.example.org");
}

TEST(tls_subject_write__is_cut_to_fit)
{
	check_subject("www.example.org", 8, "CN=www.");
	check_subject("www.example.org", 1, "");
}

TEST(tls_subject_write__escapes_control_characters)
{
	check_subject("a\nb,c\xc3\xbc", 100, "CN=a\\0Ab\\,c\\C3\\BC");
}

TEST(tls_subject_write__is_empty_without_a_certificate)
{
	char text[4] = "abc";

	lvn_tls_subject_write(NULL, text, sizeof(text));
	ck_assert_str_eq(text, "");
}
