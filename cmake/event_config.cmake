# SPDX-License-Identifier: BSD-3-Clause
# Makes include/event2/event-config.h of the build directory: what this system has, under
# libevent's names.

include("${CMAKE_CURRENT_LIST_DIR}/probes.cmake")

set(LEVIN_GENERATED_INCLUDE_DIR "${CMAKE_CURRENT_BINARY_DIR}/include")

# Headers, macros and sizes.
set(levin_headers
	arpa/inet.h dlfcn.h errno.h fcntl.h ifaddrs.h inttypes.h netdb.h netinet/in.h
	netinet/in6.h netinet/tcp.h poll.h stdarg.h stddef.h stdint.h stdio.h stdlib.h string.h
	strings.h sys/auxv.h sys/devpoll.h sys/epoll.h sys/event.h sys/eventfd.h sys/ioctl.h
	sys/mman.h sys/param.h sys/queue.h sys/random.h sys/resource.h sys/select.h
	sys/sendfile.h sys/signalfd.h sys/socket.h sys/stat.h sys/sysctl.h sys/time.h
	sys/timerfd.h sys/types.h sys/uio.h sys/un.h sys/wait.h unistd.h wchar.h
	afunix.h mach/mach.h mach/mach_time.h minix/config.h port.h)

levin_probe_reset()
foreach(header IN LISTS levin_headers)
	levin_probe_name(name EVENT__HAVE_ ${header})
	levin_ask_if(${name} "__has_include(<${header}>)")
endforeach()
levin_include(fcntl.h sys/types.h sys/time.h sys/queue.h sys/socket.h stdint.h time.h pthread.h)
levin_ask_if(EVENT__HAVE_SETFD "defined(F_SETFD)")
levin_ask_if(EVENT__HAVE_TAILQFOREACH "defined(TAILQ_FOREACH)")
levin_ask_if(EVENT__HAVE_TIMERADD "defined(timeradd)")
levin_ask_if(EVENT__HAVE_TIMERCLEAR "defined(timerclear)")
levin_ask_if(EVENT__HAVE_TIMERCMP "defined(timercmp)")
levin_ask_if(EVENT__HAVE_TIMERISSET "defined(timerisset)")
levin_ask_if(EVENT__HAVE_UINT8_T "defined(UINT8_MAX)")
levin_ask_if(EVENT__HAVE_UINT16_T "defined(UINT16_MAX)")
levin_ask_if(EVENT__HAVE_UINT32_T "defined(UINT32_MAX)")
levin_ask_if(EVENT__HAVE_UINT64_T "defined(UINT64_MAX)")
levin_ask_if(EVENT__HAVE_UINTPTR_T "defined(UINTPTR_MAX)")
levin_ask_size(EVENT__SIZEOF_INT int)
levin_ask_size(EVENT__SIZEOF_LONG long)
levin_ask_size(EVENT__SIZEOF_LONG_LONG "long long")
levin_ask_size(EVENT__SIZEOF_OFF_T off_t)
levin_ask_size(EVENT__SIZEOF_PTHREAD_T pthread_t)
levin_ask_size(EVENT__SIZEOF_SHORT short)
levin_ask_size(EVENT__SIZEOF_SIZE_T size_t)
levin_ask_size(EVENT__SIZEOF_SOCKLEN_T socklen_t)
levin_ask_size(EVENT__SIZEOF_TIME_T time_t)
levin_ask_size(EVENT__SIZEOF_VOID_P "void *")
levin_probe_answer(headers_and_sizes)

# Where off_t has 32 bits, programs have to ask for 64, as the library does.
set(LEVIN_LARGE_FILE_LINES "/* They need none. */")
if(EVENT__SIZEOF_OFF_T LESS 8)
	levin_probe_reset()
	levin_include(sys/types.h)
	levin_ask_size(EVENT__SIZEOF_OFF_T off_t)
	levin_probe_answer(large_files -D_FILE_OFFSET_BITS=64)
	if(EVENT__SIZEOF_OFF_T EQUAL 8)
		set(LEVIN_LARGE_FILE_LINES
			"#ifndef _FILE_OFFSET_BITS\n#define _FILE_OFFSET_BITS 64\n#endif")
	endif()
endif()

# Functions that Linux has, and some that only others have.
levin_find_functions(
	accept4 clock_gettime epoll_create1 epoll_ctl eventfd fcntl getaddrinfo getegid geteuid
	getifaddrs getnameinfo getprotobynumber getrandom getservbyname gettimeofday inet_ntop
	inet_pton mmap nanosleep pipe pipe2 poll pread putenv select sendfile setenv setrlimit
	sigaction signal socketpair splice strsep strsignal strtok_r strtoll timerfd_create umask
	unsetenv usleep vasprintf)
levin_find_functions(arc4random arc4random_buf epoll_pwait2 mmap64)
foreach(function IN ITEMS arc4random_addrandom arc4random_stir issetugid strlcpy)
	levin_find_functions(${function})
endforeach()
if(EVENT__HAVE_SYS_EVENT_H)
	levin_find_functions(kqueue)
	set(EVENT__HAVE_WORKING_KQUEUE ${EVENT__HAVE_KQUEUE})
endif()
if(EVENT__HAVE_PORT_H)
	levin_find_functions(port_create)
	set(EVENT__HAVE_EVENT_PORTS ${EVENT__HAVE_PORT_CREATE})
endif()
if(EVENT__HAVE_MACH_MACH_TIME_H)
	levin_find_functions(mach_absolute_time)
endif()
if(EVENT__HAVE_SYS_SYSCTL_H)
	levin_find_functions(sysctl)
endif()
if(EVENT__HAVE_SYS_EPOLL_H AND EVENT__HAVE_EPOLL_CTL)
	set(EVENT__HAVE_EPOLL 1)
endif()
if(EVENT__HAVE_SYS_DEVPOLL_H)
	set(EVENT__HAVE_DEVPOLL 1)
endif()

# Types and members.
set(levin_socket_includes "#include <sys/types.h>
#include <sys/socket.h>
#include <sys/select.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <netdb.h>
#include <pthread.h>
")
levin_find_code(types "${levin_socket_includes}"
	EVENT__HAVE_SA_FAMILY_T "sa_family_t x = 0 SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE_STRUCT_ADDRINFO "struct addrinfo x SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE_STRUCT_IN6_ADDR "struct in6_addr x SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE_STRUCT_LINGER "struct linger x SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE_STRUCT_SOCKADDR_IN6 "struct sockaddr_in6 x SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE_STRUCT_SOCKADDR_STORAGE "struct sockaddr_storage x SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE_STRUCT_SOCKADDR_STORAGE_SS_FAMILY
	"struct sockaddr_storage x SEMICOLON (void)x.ss_family SEMICOLON"
	EVENT__HAVE_STRUCT_SOCKADDR_UN "struct sockaddr_un x SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE___FUNCTION__ "const char *x = __FUNCTION__ SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE___func__ "const char *x = __func__ SEMICOLON (void)x SEMICOLON")
levin_find_code(members "${levin_socket_includes}"
	EVENT__HAVE_FD_MASK "fd_mask x = 0 SEMICOLON (void)x SEMICOLON"
	EVENT__HAVE_STRUCT_IN6_ADDR_S6_ADDR16
	"struct in6_addr x SEMICOLON (void)x.s6_addr16 SEMICOLON"
	EVENT__HAVE_STRUCT_IN6_ADDR_S6_ADDR32
	"struct in6_addr x SEMICOLON (void)x.s6_addr32 SEMICOLON"
	EVENT__HAVE_PTHREAD_MUTEXATTR_SETPROTOCOL
	"pthread_mutexattr_t x SEMICOLON (void)pthread_mutexattr_setprotocol(&x, PTHREAD_PRIO_INHERIT) SEMICOLON")
levin_find_code(sin6_len "${levin_socket_includes}"
	EVENT__HAVE_STRUCT_SOCKADDR_IN6_SIN6_LEN
	"struct sockaddr_in6 x SEMICOLON (void)x.sin6_len SEMICOLON")
levin_find_code(sin_len "${levin_socket_includes}"
	EVENT__HAVE_STRUCT_SOCKADDR_IN_SIN_LEN
	"struct sockaddr_in x SEMICOLON (void)x.sin_len SEMICOLON")
if(NOT EVENT__HAVE_STRUCT_SOCKADDR_STORAGE_SS_FAMILY)
	levin_find_code(__ss_family "${levin_socket_includes}"
		EVENT__HAVE_STRUCT_SOCKADDR_STORAGE___SS_FAMILY
		"struct sockaddr_storage x SEMICOLON (void)x.__ss_family SEMICOLON")
endif()

# What a system of POSIX.1-2008 and no more does not have.
if(LEVIN_POSIX)
	foreach(name IN ITEMS ACCEPT4 ARC4RANDOM ARC4RANDOM_BUF EPOLL EPOLL_CREATE1 EPOLL_CTL
			EPOLL_PWAIT2 EVENTFD GETRANDOM PIPE2 SENDFILE SPLICE SYS_EPOLL_H
			SYS_EVENTFD_H SYS_RANDOM_H SYS_SENDFILE_H SYS_SIGNALFD_H SYS_TIMERFD_H
			TIMERFD_CREATE)
		set(EVENT__HAVE_${name} 0)
	endforeach()
endif()

# What the build decides.
if(LEVIN_THREADS)
	set(EVENT__HAVE_PTHREADS 1)
endif()
if(LEVIN_HAVE_OPENSSL)
	set(EVENT__HAVE_OPENSSL 1)
	set(EVENT__HAVE_OPENSSL_SSL_H 1)
endif()
if(LEVIN_HAVE_MBEDTLS)
	set(EVENT__HAVE_MBEDTLS 1)
endif()

configure_file("${CMAKE_CURRENT_LIST_DIR}/event-config.h.in"
	"${LEVIN_GENERATED_INCLUDE_DIR}/event2/event-config.h" @ONLY)
