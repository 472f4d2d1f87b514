/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What we ask of the compiler, gcc or clang: annotations, branch hints, container_of.
 */
#ifndef LVN_BASE_COMPILER_H
#define LVN_BASE_COMPILER_H

#include <stddef.h>

#define LVN_PRINTF(at, first)       __attribute__((format(printf, at, first)))
#define LVN_NODISCARD               __attribute__((warn_unused_result))
#define LVN_NORETURN                __attribute__((noreturn))
#define LVN_LIKELY(x)               __builtin_expect(!!(x), 1)
#define LVN_UNLIKELY(x)             __builtin_expect(!!(x), 0)
#define LVN_PREFETCH(address)       __builtin_prefetch(address)
#define LVN_PREFETCH_WRITE(address) __builtin_prefetch(address, 1)
#define LVN_COLD                    __attribute__((cold, noinline))
#define LVN_NOINLINE                __attribute__((noinline))
#define LVN_HOT_INLINE              static inline __attribute__((always_inline))

#ifdef __cplusplus
#define LVN_THREAD_LOCAL thread_local
#else
#define LVN_THREAD_LOCAL _Thread_local
#endif

/* A variable of a thread that is reached without a call. */
#ifdef __PIC__
#define LVN_TLS_INITIAL_EXEC __attribute__((tls_model("initial-exec")))
#else
#define LVN_TLS_INITIAL_EXEC
#endif

/* A name that other files of the library, or its sibling libraries, link against. */
#define LVN_EXPORT __attribute__((visibility("default")))

/* A function that runs when the library is loaded, before there are threads. */
#define LVN_AT_LOAD __attribute__((constructor)) static

/* A variable of the library that is declared here and defined elsewhere: reached directly. */
#define LVN_HIDDEN __attribute__((visibility("hidden")))

/* How many bits a number has, but for leading zeros. */
LVN_HOT_INLINE unsigned
lvn_bit_width(unsigned long long number)
{
	unsigned width = 0;

#if defined(__GNUC__)
	if (number > 0)
		width = 8 * sizeof(number) - (unsigned)__builtin_clzll(number);
#else
	for (; number > 0; number /= 2)
		width++;
#endif
	return width;
}

#define container_of(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define LVN_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Lock annotations.  Clang's -Wthread-safety proves them in the lock-check
 * build; every other compiler sees nothing.
 */
#if defined(__clang__) && defined(LVN_LOCK_CHECK)
#define LVN_THREAD_SAFETY(x) __attribute__((x))
#else
#define LVN_THREAD_SAFETY(x)
#endif

#define CAPABILITY(name) LVN_THREAD_SAFETY(capability(name))
#define GUARDED_BY(lock) LVN_THREAD_SAFETY(guarded_by(lock))
#define REQUIRES(...)    LVN_THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define EXCLUDES(...)    LVN_THREAD_SAFETY(locks_excluded(__VA_ARGS__))
#define ACQUIRES(...)    LVN_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define TRIES(...)       LVN_THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
#define RELEASES(...)    LVN_THREAD_SAFETY(release_capability(__VA_ARGS__))
#define ASSUMES(...)     LVN_THREAD_SAFETY(assert_capability(__VA_ARGS__))
#define NO_LOCK_ANALYSIS LVN_THREAD_SAFETY(no_thread_safety_analysis)

#endif
