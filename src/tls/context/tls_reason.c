/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_reason.h"

#include <errno.h>
#include <event2/util.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <time.h>

#include "tls/context/tls_subject.h"

int
lvn_tls_reason_set(struct tls_reason *reason, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	evutil_vsnprintf(reason->text, sizeof(reason->text), format, args);
	va_end(args);
	return error;
}

/* ---- OpenSSL's errors ---------------------------------------------------------------------- */

static const char *
words_of(unsigned long error)
{
	const char *words = ERR_reason_error_string(error);

	return words ? words : "an error that OpenSSL does not name";
}

int
lvn_tls_reason_take(struct tls_reason *reason, const char *what)
{
	unsigned long error = ERR_peek_error();

	ERR_clear_error();
	if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
		return lvn_tls_reason_set(reason, -ENOMEM, "%s: out of memory", what);
	return lvn_tls_reason_set(reason, -EINVAL, "%s: %s", what, words_of(error));
}

/* What OpenSSL's own words do not tell. */
static const struct {
	int reason;
	const char *words;
} connection_errors[] = {
    {SSL_R_HTTP_REQUEST, "the peer sent an HTTP request without TLS"},
    {SSL_R_HTTPS_PROXY_REQUEST, "the peer sent an HTTP request without TLS"},
    {SSL_R_NO_APPLICATION_PROTOCOL, "no common application protocol (ALPN)"},
    {SSL_R_NO_PROTOCOLS_AVAILABLE, "no protocol is left that both settings and system allow"},
    {SSL_R_NO_SHARED_CIPHER, "no common cipher, or no certificate that the client can verify"},
    {SSL_R_NO_SHARED_GROUPS, "no common group for the key exchange"},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, "no common signature algorithm"},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "the client has no certificate"},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, "the peer ended the connection without close_notify"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "no common protocol: the peer offers no version that is allowed"},
    {SSL_R_VERSION_TOO_HIGH, "no common protocol: the peer's versions are too new"},
    {SSL_R_VERSION_TOO_LOW, "no common protocol: the peer's versions are too old"},
    {SSL_R_WRONG_VERSION_NUMBER, "the peer does not speak TLS"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "no common protocol: the peer refuses our versions"},
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL,
	"no common application protocol (ALPN): the peer refuses ours"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the peer does not know the issuer of our certificate"},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "the peer requires a certificate of ours"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
	"the peer refused the handshake: no common cipher, or it requires a certificate of ours"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the peer found our certificate expired"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the peer refused our certificate"},
};

void
lvn_tls_reason_of_connection(struct tls_reason *reason, unsigned long error)
{
	int number = ERR_GET_REASON(error);

	if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
		for (size_t i = 0; i < LVN_COUNT_OF(connection_errors); i++) {
			if (connection_errors[i].reason == number) {
				lvn_tls_reason_set(reason, 0, "%s", connection_errors[i].words);
				return;
			}
		}
		if (number > SSL_AD_REASON_OFFSET) {
			lvn_tls_reason_set(reason, 0, "the peer sent the alert \"%s\"",
			    SSL_alert_desc_string_long(number - SSL_AD_REASON_OFFSET));
			return;
		}
	}
	lvn_tls_reason_set(reason, 0, "%s", words_of(error));
}

/* ---- Certificates -------------------------------------------------------------------------- */

static void
of_date(struct tls_reason *reason, const char *subject, const char *what, const ASN1_TIME *time)
{
	struct tm tm = {0};

	if (!ASN1_TIME_to_tm(time, &tm)) {
		lvn_tls_reason_set(reason, 0, "the certificate of %s %s", subject, what);
		return;
	}
	lvn_tls_reason_set(reason, 0, "the certificate of %s %s %04d-%02d-%02d %02d:%02d:%02d UTC",
	    subject, what, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

void
lvn_tls_reason_of_verification(
    struct tls_reason *reason, X509_STORE_CTX *verification, const char *host)
{
	int error = X509_STORE_CTX_get_error(verification);
	const X509 *certificate = X509_STORE_CTX_get_current_cert(verification);
	char subject[160];

	lvn_tls_subject_write(certificate, subject, sizeof(subject));
	if (subject[0] == '\0')
		evutil_snprintf(subject, sizeof(subject), "the peer");
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		of_date(reason, subject, "expired at", X509_get0_notAfter(certificate));
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		of_date(reason, subject, "is not valid before", X509_get0_notBefore(certificate));
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		lvn_tls_reason_set(reason, 0, "wrong name: the certificate of %s is not for \"%s\"",
		    subject, host ? host : "");
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		lvn_tls_reason_set(reason, 0,
		    "unknown issuer: the certificate of %s is signed by itself and not trusted",
		    subject);
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		lvn_tls_reason_set(reason, 0, "unknown issuer: %s is not trusted", subject);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		lvn_tls_reason_set(
		    reason, 0, "unknown issuer: no trusted certificate signed that of %s", subject);
		break;
	default:
		lvn_tls_reason_set(reason, 0, "the certificate of %s: %s", subject,
		    X509_verify_cert_error_string(error));
		break;
	}
}
