/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Delivery of signals by a signalfd, which saves running a handler.
 *
 * A watched signal is blocked in the thread that watches it and read from the descriptor.
 * A signalfd gives each signal to one reader only, and never sees what the kernel hands
 * to a thread that does not block it.  So the reader passes on to other bases, and our
 * handler is installed as well.
 */
#ifndef LVN_LOOP_SIGNAL_FD_H
#define LVN_LOOP_SIGNAL_FD_H

#include "base/platform.h"

#if LVN_HAVE_SIGNALFD
struct signals_ops;

extern const struct signals_ops lvn_signals_by_signalfd;
#endif

#endif
