/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the platform offers at compile time.  Whether the running kernel has it too is
 * asked when a base is made.  Other files test these names, never the platform's.
 */
#ifndef LVN_BASE_PLATFORM_H
#define LVN_BASE_PLATFORM_H

#include <limits.h> /* defines __GLIBC__ where that is the library */

#ifdef __has_feature
#define LVN_HAS_FEATURE(name) __has_feature(name)
#else
#define LVN_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_THREAD__) || LVN_HAS_FEATURE(thread_sanitizer)
#define LVN_THREAD_SANITIZER 1
#else
#define LVN_THREAD_SANITIZER 0
#endif

#if defined(__SANITIZE_ADDRESS__) || LVN_HAS_FEATURE(address_sanitizer)
#define LVN_ADDRESS_SANITIZER 1
#else
#define LVN_ADDRESS_SANITIZER 0
#endif

/*
 * LVN_POSIX_ONLY (cmake -DLEVIN_POSIX=ON) leaves out what POSIX.1-2008 does not have, so that
 * the code for systems without it is built and tested on Linux.
 */
#ifndef LVN_POSIX_ONLY
#define LVN_POSIX_ONLY 0
#endif

#if defined(__linux__) && !LVN_POSIX_ONLY
#define LVN_HAVE_LINUX 1
#else
#define LVN_HAVE_LINUX 0
#endif

#define LVN_HAVE_ACCEPT4       LVN_HAVE_LINUX
#define LVN_HAVE_COARSE_CLOCK  LVN_HAVE_LINUX /* CLOCK_MONOTONIC_COARSE */
#define LVN_HAVE_DEFER_ACCEPT  LVN_HAVE_LINUX /* TCP_DEFER_ACCEPT */
#define LVN_HAVE_EPOLL         LVN_HAVE_LINUX
#define LVN_HAVE_EVENTFD       LVN_HAVE_LINUX
#define LVN_HAVE_GETIFADDRS    LVN_HAVE_LINUX
#define LVN_HAVE_GETRANDOM     LVN_HAVE_LINUX
#define LVN_HAVE_KEEPALIVE     LVN_HAVE_LINUX /* TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT */
#define LVN_HAVE_MEMMEM        LVN_HAVE_LINUX
#define LVN_HAVE_MMSG          LVN_HAVE_LINUX /* recvmmsg, sendmmsg */
#define LVN_HAVE_POLLRDHUP     LVN_HAVE_LINUX
#define LVN_HAVE_PPOLL         LVN_HAVE_LINUX
#define LVN_HAVE_REUSEPORT     LVN_HAVE_LINUX
#define LVN_HAVE_SECURE_GETENV LVN_HAVE_LINUX
#define LVN_HAVE_SENDFILE      LVN_HAVE_LINUX
#define LVN_HAVE_SIGNALFD      LVN_HAVE_LINUX
#define LVN_HAVE_SOCKET_FLAGS  LVN_HAVE_LINUX /* SOCK_NONBLOCK, SOCK_CLOEXEC */

/* As a function of libc; the system call is older than that. */
#if LVN_HAVE_EPOLL && defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 35)
#define LVN_HAVE_EPOLL_PWAIT2 1
#endif
#endif
#ifndef LVN_HAVE_EPOLL_PWAIT2
#define LVN_HAVE_EPOLL_PWAIT2 0
#endif

#endif
