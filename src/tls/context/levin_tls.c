/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * API: the contexts of levin/tls.h.
 */
#include <levin/tls.h>

#include <errno.h>

#include "base/private.h"
#include "tls/context/tls_reloadable.h"

/* For the caller, or for the log if the caller has no place for it. */
static int
report(int rc, const struct tls_reason *reason, char *text_out, size_t capacity)
{
	if (rc == 0)
		return 0;
	if (text_out)
		evutil_snprintf(text_out, capacity, "%s", reason->text);
	else
		lvn_log_warnx("TLS: %s", reason->text);
	errno = -rc;
	return -1;
}

static struct levin_tls *
new_tls(
    const struct levin_tls_settings *settings, enum tls_role role, char *text_out, size_t capacity)
{
	static const struct levin_tls_settings none;
	struct levin_tls *tls = NULL;
	struct tls_reason reason;
	int rc = lvn_tls_reloadable_new(&tls, settings ? settings : &none, role, &reason);

	report(rc, &reason, text_out, capacity);
	return tls;
}

struct levin_tls *
levin_tls_client_new(const struct levin_tls_settings *settings, char *reason, size_t reason_size)
{
	return new_tls(settings, TLS_CLIENT, reason, reason_size);
}

struct levin_tls *
levin_tls_server_new(const struct levin_tls_settings *settings, char *reason, size_t reason_size)
{
	return new_tls(settings, TLS_SERVER, reason, reason_size);
}

int
levin_tls_reload(struct levin_tls *tls, const struct levin_tls_settings *settings, char *reason,
    size_t reason_size)
{
	struct tls_reason why;
	int rc;

	if (!tls)
		return lvn_log_misuse(__func__, "there is no context");
	rc = lvn_tls_reloadable_reload(tls, settings, &why);
	return report(rc, &why, reason, reason_size);
}

void
levin_tls_free(struct levin_tls *tls)
{
	if (tls)
		lvn_tls_reloadable_free(tls);
}

int
levin_tls_dangerously_skip_verification(struct levin_tls *tls)
{
	if (!tls || tls->role != TLS_CLIENT)
		return lvn_log_misuse(__func__, "this is not the context of a client");
	lvn_tls_reloadable_skip_verification(tls);
	return 0;
}
