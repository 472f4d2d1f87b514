/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/backends.h"

#include <stddef.h>

const struct backend_ops *const lvn_backends[] = {
#if LVN_HAVE_EPOLL
    &lvn_backend_epoll,
#endif
    &lvn_backend_poll,
    &lvn_backend_select,
    NULL,
};

const char *lvn_backend_names[] = {
#if LVN_HAVE_EPOLL
    "epoll",
#endif
    "poll",
    "select",
    NULL,
};
