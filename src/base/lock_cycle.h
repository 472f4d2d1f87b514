/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether a thread that we wait for waits for us: it sleeps on a mutex that the calling
 * thread holds.  Answers from what the kernel tells of the thread (proc(5), .../syscall)
 * and from the owner that libc writes into its mutexes, so a yes is a proof; where either
 * cannot be seen the answer is no.
 */
#ifndef LVN_BASE_LOCK_CYCLE_H
#define LVN_BASE_LOCK_CYCLE_H

#include <stdbool.h>

/* The kernel's number of the calling thread; 0 where there is none. */
int lvn_lock_cycle_this_thread(void);

bool lvn_lock_cycle_is_closed_by(int thread);

#endif
