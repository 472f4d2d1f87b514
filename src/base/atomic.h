/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * C11 atomics under one name that C++ understands too, so that every header can be
 * included from both.
 */
#ifndef LVN_BASE_ATOMIC_H
#define LVN_BASE_ATOMIC_H

#ifdef __cplusplus
#include <atomic>
#define LVN_ATOMIC(type) std::atomic<type>
using std::atomic_compare_exchange_strong;
using std::atomic_compare_exchange_weak;
using std::atomic_compare_exchange_weak_explicit;
using std::atomic_exchange;
using std::atomic_exchange_explicit;
using std::atomic_fetch_add_explicit;
using std::atomic_fetch_and_explicit;
using std::atomic_fetch_or;
using std::atomic_fetch_or_explicit;
using std::atomic_load;
using std::atomic_load_explicit;
using std::atomic_signal_fence;
using std::atomic_store;
using std::atomic_store_explicit;
using std::atomic_thread_fence;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;
#else
#include <stdatomic.h>
#define LVN_ATOMIC(type) _Atomic(type)
#endif

#endif
