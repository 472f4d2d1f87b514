/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_reloadable.h"

#include <errno.h>

#include "base/private.h"
#include "tls/context/tls_connection.h"
#include "tls/context/tls_context.h"

static int
out_of_memory(struct tls_reason *reason)
{
	return lvn_tls_reason_set(reason, -ENOMEM, "out of memory");
}

/* A context and a copy of its settings. */
static int
build(SSL_CTX **context_out, struct levin_tls_settings *copy_out,
    const struct levin_tls_settings *settings, enum tls_role role, struct tls_reason *reason)
{
	struct levin_tls_settings copy;
	int rc = lvn_tls_settings_check(settings, role, reason);

	if (rc < 0)
		return rc;
	if (lvn_tls_settings_copy(&copy, settings) < 0)
		return out_of_memory(reason);
	rc = lvn_tls_context_new(context_out, &copy, role, reason);
	if (rc < 0)
		lvn_tls_settings_clear(&copy);
	else
		*copy_out = copy;
	return rc;
}

int
lvn_tls_reloadable_new(struct levin_tls **tls_out, const struct levin_tls_settings *settings,
    enum tls_role role, struct tls_reason *reason)
{
	struct levin_tls *tls = lvn_calloc(1, sizeof(*tls));
	int rc;

	if (!tls)
		return out_of_memory(reason);
	tls->role = role;
	tls->lock = lvn_private_lock_new();
	rc = tls->lock ? build(&tls->context, &tls->settings, settings, role, reason)
		       : out_of_memory(reason);
	if (rc < 0)
		lvn_tls_reloadable_free(tls);
	else
		*tls_out = tls;
	return rc;
}

void
lvn_tls_reloadable_free(struct levin_tls *tls)
{
	SSL_CTX_free(tls->context);
	lvn_tls_settings_clear(&tls->settings);
	lvn_private_lock_free(tls->lock);
	lvn_free(tls);
}

/* ---- Replacing ----------------------------------------------------------------------------- */

static void
replace(struct levin_tls *tls, SSL_CTX *context, const struct levin_tls_settings *settings)
{
	SSL_CTX *old_context;
	struct levin_tls_settings old_settings;

	lvn_private_lock_acquire(tls->lock);
	old_context = tls->context;
	old_settings = tls->settings;
	tls->context = context;
	tls->settings = *settings;
	lvn_private_lock_release(tls->lock);
	SSL_CTX_free(old_context);
	lvn_tls_settings_clear(&old_settings);
}

/* The lock is free while files are read, so that connections can be made meanwhile. */
static int
reload(struct levin_tls *tls, const struct levin_tls_settings *settings, struct tls_reason *reason)
{
	struct levin_tls_settings copy;
	SSL_CTX *context;
	int rc = build(&context, &copy, settings, tls->role, reason);

	if (rc == 0)
		replace(tls, context, &copy);
	return rc;
}

static int
reload_files(struct levin_tls *tls, struct tls_reason *reason)
{
	struct levin_tls_settings settings;
	int rc;

	lvn_private_lock_acquire(tls->lock);
	rc = lvn_tls_settings_copy(&settings, &tls->settings);
	lvn_private_lock_release(tls->lock);
	if (rc < 0)
		return out_of_memory(reason);
	rc = reload(tls, &settings, reason);
	lvn_tls_settings_clear(&settings);
	return rc;
}

int
lvn_tls_reloadable_reload(
    struct levin_tls *tls, const struct levin_tls_settings *settings, struct tls_reason *reason)
{
	return settings ? reload(tls, settings, reason) : reload_files(tls, reason);
}

void
lvn_tls_reloadable_skip_verification(struct levin_tls *tls)
{
	lvn_private_lock_acquire(tls->lock);
	tls->skips_verification = true;
	lvn_private_lock_release(tls->lock);
}

/* ---- Connections --------------------------------------------------------------------------- */

int
lvn_tls_reloadable_connect(
    struct levin_tls *tls, const char *host, SSL **ssl_out, struct tls_reason *reason)
{
	SSL_CTX *context;
	bool skips_verification;
	int rc;

	lvn_private_lock_acquire(tls->lock);
	context = tls->context;
	SSL_CTX_up_ref(context);
	skips_verification = tls->skips_verification;
	lvn_private_lock_release(tls->lock);
	if (tls->role == TLS_SERVER)
		rc = lvn_tls_connection_from(ssl_out, context, reason);
	else if (skips_verification)
		rc = lvn_tls_connection_to_unverified(ssl_out, context, host, reason);
	else
		rc = lvn_tls_connection_to(
		    ssl_out, context, lvn_tls_context_sessions(context), host, reason);
	SSL_CTX_free(context);
	return rc;
}
