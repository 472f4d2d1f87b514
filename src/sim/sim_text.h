/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration files of a simulated world, which a test gives as text, and the names of
 * its hosts, which are those of /etc/hosts.
 */
#ifndef LVN_SIM_SIM_TEXT_H
#define LVN_SIM_SIM_TEXT_H

#include "sim/sim_kernel.h"

struct addrinfo;

/* Set the text of a file, copied; NULL removes it.  Returns 0 or -ENOMEM. */
int lvn_sim_text_set(struct levin_sim *sim, const char *path, const char *text);

/* Frees all files. */
void lvn_sim_text_clear(struct levin_sim *sim);

/* NULL if there is no such file. */
const char *lvn_sim_text_find(const struct levin_sim *sim, const char *path);

/*
 * getaddrinfo for numbers and for the names of /etc/hosts, with the addresses of all lines that
 * fit in their order.  Without that file there is localhost.  Returns 0 or an EAI_ number.
 */
int lvn_sim_text_look_up(const struct levin_sim *sim, const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **list_out);

#endif
