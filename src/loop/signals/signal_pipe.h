/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Delivery of signals by a handler, and the process's one list of bases that listen.
 *
 * The handler counts for each base that watches the signal, and writes to its descriptor
 * once for all that arrive before they are taken.  Knows nothing about how a base waits.
 */
#ifndef LVN_LOOP_SIGNALS_SIGNAL_PIPE_H
#define LVN_LOOP_SIGNALS_SIGNAL_PIPE_H

struct signals;
struct signals_ops;

extern const struct signals_ops lvn_signals_by_handler;
/* By a signalfd, which saves running the handler; only where LVN_HAVE_SIGNALFD. */
extern const struct signals_ops lvn_signals_by_signalfd;

/* 0 or -errno and nothing is watched.  The signal must not be watched by this base. */
int lvn_signal_pipe_watch(struct signals *signals, int signo);

/* The signal must be watched by this base. */
void lvn_signal_pipe_unwatch(struct signals *signals, int signo);

/* Counts a signal for every base that watches it; `reader`, which is awake, is not woken. */
void lvn_signal_pipe_pass_on(struct signals *reader, int signo);

/* From now on no handler writes to the base's descriptor, nor is about to. */
void lvn_signal_pipe_stop_raising(struct signals *signals);

/* Handlers write to the base's descriptor, also for what arrived while they did not. */
void lvn_signal_pipe_start_raising(struct signals *signals, int write_end);

/* Takes the base off the list, and waits for handlers that still look at it. */
void lvn_signal_pipe_leave(struct signals *signals);

#endif
