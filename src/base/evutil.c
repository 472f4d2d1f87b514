/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of event2/util.h but for those of sockets, which are in evutil_socket.c.
 */
#include <event2/util.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/addrinfo.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "base/date.h"
#include "base/inet.h"
#include "base/inet_scope.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/sockaddr.h"
#include "base/text.h"

/* ---- Text and numbers ---------------------------------------------------------------------- */

ev_int64_t
evutil_strtoll(const char *s, char **endptr, int base)
{
	return (ev_int64_t)strtoll(s, endptr, base);
}

int
evutil_snprintf(char *buf, size_t buflen, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = evutil_vsnprintf(buf, buflen, format, args);
	va_end(args);
	return length;
}

int
evutil_vsnprintf(char *buf, size_t buflen, const char *format, va_list ap)
{
	int length;

	if (buflen == 0)
		return 0;
	length = vsnprintf(buf, buflen, format, ap);
	/* After an error the C library may have left the text open. */
	buf[buflen - 1] = '\0';
	return length;
}

int
evutil_ascii_strcasecmp(const char *str1, const char *str2)
{
	return lvn_text_compare(str1, str2);
}

int
evutil_ascii_strncasecmp(const char *str1, const char *str2, size_t n)
{
	return lvn_text_compare_start(str1, str2, n);
}

/* ---- Internet addresses and socket addresses ----------------------------------------------- */

int
evutil_inet_pton(int af, const char *src, void *dst)
{
	const char *end = src + strlen(src);

	if (af == AF_INET)
		return lvn_inet_read_4(src, end, dst);
	if (af == AF_INET6)
		return lvn_inet_read_6(src, end, dst);
	return -1;
}

int
evutil_inet_pton_scope(int af, const char *src, void *dst, unsigned *indexp)
{
	if (af == AF_INET6)
		return lvn_inet_scope_read_6(src, dst, indexp);
	*indexp = 0;
	return evutil_inet_pton(af, src, dst);
}

/* A dotted address that does not fit leaves its beginning in dst, as it always has. */
static const char *
write_v4(const void *src, char *dst, size_t len)
{
	char text[LVN_INET4_TEXT_CAPACITY];
	size_t length = lvn_inet_write_4(src, text);

	if (len == 0)
		return NULL;
	if (length >= len)
		length = len - 1;
	memcpy(dst, text, length);
	dst[length] = '\0';
	return text[length] == '\0' ? dst : NULL;
}

static const char *
write_v6(const void *src, char *dst, size_t len)
{
	char text[LVN_INET6_TEXT_CAPACITY];
	size_t length = lvn_inet_write_6(src, text);

	if (length >= len)
		return NULL;
	memcpy(dst, text, length + 1);
	return dst;
}

const char *
evutil_inet_ntop(int af, const void *src, char *dst, size_t len)
{
	if (af == AF_INET)
		return write_v4(src, dst, len);
	if (af == AF_INET6)
		return write_v6(src, dst, len);
	return NULL;
}

int
evutil_parse_sockaddr_port(const char *str, struct sockaddr *out, int *outlen)
{
	union inet_sockaddr address;
	int size = lvn_sockaddr_read(str, &address);

	if (size < 0 || size > *outlen)
		return -1;
	memset(out, 0, (size_t)*outlen);
	memcpy(out, &address, (size_t)size);
	*outlen = size;
	return 0;
}

int
evutil_sockaddr_cmp(const struct sockaddr *sa1, const struct sockaddr *sa2, int include_port)
{
	return lvn_sockaddr_compare(sa1, sa2, include_port != 0);
}

/* ---- Names to addresses, blocking ---------------------------------------------------------- */

int
evutil_getaddrinfo(const char *nodename, const char *servname,
    const struct evutil_addrinfo *hints_in, struct evutil_addrinfo **res)
{
	return lvn_addrinfo_look_up(nodename, servname, hints_in, res);
}

void
evutil_freeaddrinfo(struct evutil_addrinfo *ai)
{
	lvn_addrinfo_free(ai);
}

static const struct {
	int error;
	const char *text;
} error_texts[] = {
    {0, "No error"},
    {EVUTIL_EAI_ADDRFAMILY, "address family for nodename not supported"},
    {EVUTIL_EAI_AGAIN, "temporary failure in name resolution"},
    {EVUTIL_EAI_BADFLAGS, "invalid value for ai_flags"},
    {EVUTIL_EAI_CANCEL, "Request canceled"},
    {EVUTIL_EAI_FAIL, "non-recoverable failure in name resolution"},
    {EVUTIL_EAI_FAMILY, "ai_family not supported"},
    {EVUTIL_EAI_MEMORY, "memory allocation failure"},
    {EVUTIL_EAI_NODATA, "no address associated with nodename"},
    {EVUTIL_EAI_NONAME, "nodename nor servname provided, or not known"},
    {EVUTIL_EAI_SERVICE, "servname not supported for ai_socktype"},
    {EVUTIL_EAI_SOCKTYPE, "ai_socktype not supported"},
    {EVUTIL_EAI_SYSTEM, "system error"},
};

const char *
evutil_gai_strerror(int err)
{
	for (size_t i = 0; i < LVN_COUNT_OF(error_texts); i++) {
		if (error_texts[i].error == err)
			return error_texts[i].text;
	}
	return gai_strerror(err);
}

/* ---- Monotonic timers and dates ------------------------------------------------------------ */

struct evutil_monotonic_timer {
	struct clock clock;
};

struct evutil_monotonic_timer *
evutil_monotonic_timer_new(void)
{
	struct evutil_monotonic_timer *timer = lvn_calloc(1, sizeof(*timer));

	if (timer)
		lvn_clock_init(&timer->clock, CLOCK_PRECISION_FALLBACK);
	return timer;
}

void
evutil_monotonic_timer_free(struct evutil_monotonic_timer *timer)
{
	lvn_free(timer);
}

int
evutil_configure_monotonic_time(struct evutil_monotonic_timer *timer, int flags)
{
	enum clock_precision precision = CLOCK_PRECISION_COARSE;

	if (!timer)
		return -1;
	if (flags & EV_MONOT_FALLBACK)
		precision = CLOCK_PRECISION_FALLBACK;
	else if (flags & EV_MONOT_PRECISE)
		precision = CLOCK_PRECISION_FINE;
	lvn_clock_init(&timer->clock, precision);
	return 0;
}

int
evutil_gettime_monotonic(struct evutil_monotonic_timer *timer, struct timeval *tp)
{
	if (!timer || !tp)
		return -1;
	*tp = lvn_timeval_from_ns(lvn_clock_monotonic_ns(&timer->clock));
	return 0;
}

int
evutil_date_rfc1123(char *date, const size_t datelen, const struct tm *tm)
{
	time_t now = time(NULL);
	struct tm utc;
	int length;

	if (!tm)
		tm = gmtime_r(&now, &utc);
	if (!tm)
		return -1;
	length = lvn_date_write(tm, date, datelen);
	return length < 0 ? -1 : length;
}

/* ---- Random bytes -------------------------------------------------------------------------- */

/* What a program sees that dies because it cannot be given random bytes. */
#define EXIT_CODE 1

int
evutil_secure_rng_set_urandom_device_file(char *fname)
{
	lvn_random_set_device_file(fname);
	return 0;
}

int
evutil_secure_rng_init(void)
{
	unsigned char probe;

	return lvn_random_fill(&probe, sizeof(probe)) < 0 ? -1 : 0;
}

void
evutil_secure_rng_get_bytes(void *buf, size_t n)
{
	int rc = lvn_random_fill(buf, n);

	/* The function returns nothing, and its caller must not go on with bytes that can be guessed. */
	if (rc < 0)
		lvn_log_fatal(
		    EXIT_CODE, "%s: no source of random bytes: %s", __func__, strerror(-rc));
}

/* The kernel's generator needs no seed from us. */
void
evutil_secure_rng_add_bytes(const char *dat, size_t datlen)
{
	(void)dat;
	(void)datlen;
}
