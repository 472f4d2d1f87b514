/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Settings of a context: whether they make sense, and a copy of their own.
 */
#ifndef LVN_TLS_CONTEXT_TLS_SETTINGS_H
#define LVN_TLS_CONTEXT_TLS_SETTINGS_H

#include <levin/tls.h>

#include "tls/context/tls_reason.h"

enum tls_role { TLS_CLIENT, TLS_SERVER };

/* 0, or -EINVAL with the reason. */
int lvn_tls_settings_check(
    const struct levin_tls_settings *settings, enum tls_role role, struct tls_reason *reason);

/* 0 or -ENOMEM. */
int lvn_tls_settings_copy(
    struct levin_tls_settings *copy_out, const struct levin_tls_settings *settings);
/* Frees what a copy has, and leaves settings that are all zero. */
void lvn_tls_settings_clear(struct levin_tls_settings *copy);

#endif
