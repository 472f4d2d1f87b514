/* SPDX-License-Identifier: BSD-3-Clause */
/* Formatting, comparing and reading text; dates. */
#include <locale.h>
#include <stdarg.h>
#include <time.h>

#include "kit.h"

static int
through_vsnprintf(char *text, size_t capacity, const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = evutil_vsnprintf(text, capacity, format, args);
	va_end(args);
	return rc;
}

static void
format_each(void)
{
	char text[64];

	for (size_t capacity = 0; capacity < 10; capacity++) {
		memset(text, '#', sizeof(text));
		text[20] = '\0';
		printf(
		    "%d: %d\n", (int)capacity, evutil_snprintf(text, capacity, "%s-%d", "abc", 42));
		printf("    [%s]\n", text);
		memset(text, '#', sizeof(text));
		text[20] = '\0';
		printf("    %d\n", through_vsnprintf(text, capacity, "%s-%d", "abc", 42));
		printf("    [%s]\n", text);
	}
	printf("without a buffer: %d\n", evutil_snprintf(NULL, 0, "%d", 12345));
	printf("a wide character that has no bytes: %d\n",
	    evutil_snprintf(text, sizeof(text), "%ls", L"\xd800"));
	printf("nothing: %d [%s]\n", evutil_snprintf(text, sizeof(text), "%s", ""), text);
}

static void
read_numbers(void)
{
	static const char *const texts[] = {"0", "12", "-12", "+7", "0x1f", "077", "  42x", "1e3",
	    "abc", "", "-", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
	    "-9223372036854775809", "99999999999999999999"};
	static const int bases[] = {0, 2, 8, 10, 16, 36, 1, 37, -1};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t k = 0; k < sizeof(bases) / sizeof(bases[0]); k++) {
			char nothing[] = "untouched";
			char *rest = nothing;
			long long number;

			errno = 0;
			number = evutil_strtoll(texts[i], &rest, bases[k]);
			printf("%s in base %d: %lld, rest [%s], errno %d\n", texts[i], bases[k],
			    number, rest, errno);
		}
	}
	printf(
	    "without a place for the rest: %lld\n", (long long)evutil_strtoll("123abc", NULL, 10));
}

static void
compare_texts(void)
{
	static const char *const texts[] = {"", "a", "A", "ab", "AB", "aB", "abc", "ABD", "z", "Z",
	    "[", "`", "@", "{", "_", "0", "I", "i", "\xe4", "\xc4", "content-length",
	    "Content-Length"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			printf("%d and %d: %d, first %d, first two %d, none %d, all %d\n", (int)i,
			    (int)k, evutil_ascii_strcasecmp(texts[i], texts[k]),
			    evutil_ascii_strncasecmp(texts[i], texts[k], 1),
			    evutil_ascii_strncasecmp(texts[i], texts[k], 2),
			    evutil_ascii_strncasecmp(texts[i], texts[k], 0),
			    evutil_ascii_strncasecmp(texts[i], texts[k], (size_t)-1));
		}
	}
}

static void
write_date(struct tm when)
{
	char text[64];

	memset(text, '#', sizeof(text));
	text[40] = '\0';
	printf("%d [%s]\n", evutil_date_rfc1123(text, sizeof(text), &when), text);
}

static void
write_dates(void)
{
	static const time_t times[] = {
	    0, 784111777, 951782399, 951782400, 1700000000, 2147483647, -1, -86400};
	struct tm when;
	char text[64];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		write_date(*gmtime_r(&times[i], &when));
	for (int year = -2100; year < 20000; year += 1111) {
		when.tm_year = year;
		write_date(when);
	}
	when = (struct tm){
	    .tm_mday = 1, .tm_sec = 60, .tm_min = 77, .tm_hour = 25, .tm_wday = 6, .tm_mon = 11};
	write_date(when);
	for (size_t capacity = 0; capacity < 33; capacity++) {
		int rc;

		memset(text, '#', sizeof(text));
		text[40] = '\0';
		rc = evutil_date_rfc1123(text, capacity, &when);
		printf("%d: %d [%s]\n", (int)capacity, rc, text);
	}
	printf("now has %d characters\n", evutil_date_rfc1123(text, sizeof(text), NULL));
}

int
main(void)
{
	format_each();
	read_numbers();
	compare_texts();
	write_dates();
	printf("-- in the environment's locale\n");
	setlocale(LC_ALL, "");
	compare_texts();
	write_dates();
	return 0;
}
