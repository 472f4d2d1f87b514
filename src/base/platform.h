/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the platform offers at compile time.  Whether the running kernel has it too is
 * asked when a base is made.  Other files test these names, never the platform's.
 */
#ifndef LVN_BASE_PLATFORM_H
#define LVN_BASE_PLATFORM_H

#include <limits.h> /* defines __GLIBC__ where that is the library */

#if defined(__SANITIZE_THREAD__)
#define LVN_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LVN_THREAD_SANITIZER 1
#endif
#endif
#ifndef LVN_THREAD_SANITIZER
#define LVN_THREAD_SANITIZER 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define LVN_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LVN_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef LVN_ADDRESS_SANITIZER
#define LVN_ADDRESS_SANITIZER 0
#endif

#if defined(__linux__)
#define LVN_HAVE_EPOLL    1
#define LVN_HAVE_EVENTFD  1
#define LVN_HAVE_SIGNALFD 1
#define LVN_HAVE_TIMERFD  1
#define LVN_HAVE_ACCEPT4  1
#define LVN_HAVE_PIPE2    1
#define LVN_HAVE_SENDFILE 1
#else
#define LVN_HAVE_EPOLL    0
#define LVN_HAVE_EVENTFD  0
#define LVN_HAVE_SIGNALFD 0
#define LVN_HAVE_TIMERFD  0
#define LVN_HAVE_ACCEPT4  0
#define LVN_HAVE_PIPE2    0
#define LVN_HAVE_SENDFILE 0
#endif

/* As a function of libc; the system call is older than that. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 35)
#define LVN_HAVE_EPOLL_PWAIT2 1
#endif
#endif
#ifndef LVN_HAVE_EPOLL_PWAIT2
#define LVN_HAVE_EPOLL_PWAIT2 0
#endif

/* ThreadSanitizer cannot see the ordering that membarrier gives. */
#if defined(__linux__) && defined(__has_include) && !LVN_THREAD_SANITIZER
#if __has_include(<linux/membarrier.h>)
#define LVN_HAVE_MEMBARRIER 1
#endif
#endif
#ifndef LVN_HAVE_MEMBARRIER
#define LVN_HAVE_MEMBARRIER 0
#endif

#endif
