# SPDX-License-Identifier: BSD-3-Clause
# How every file of the project is compiled.

add_library(levin_compile_options INTERFACE)
# Files are large also where off_t has 32 bits by default.
target_compile_definitions(levin_compile_options INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
if(LEVIN_POSIX)
	target_compile_definitions(levin_compile_options INTERFACE LVN_POSIX_ONLY=1)
endif()
target_compile_options(levin_compile_options INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wconversion -Wno-sign-conversion -Wvla -Wundef -Wwrite-strings
	-Wpointer-arith -Wformat=2 -Wno-format-nonliteral
	-fno-common -fno-strict-aliasing)
if(LEVIN_WERROR)
	target_compile_options(levin_compile_options INTERFACE -Werror)
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	target_compile_options(levin_compile_options INTERFACE -Wlogical-op -Wduplicated-cond)
endif()

if(LEVIN_LOCK_CHECK)
	if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
		message(FATAL_ERROR "LEVIN_LOCK_CHECK needs clang")
	endif()
	target_compile_definitions(levin_compile_options INTERFACE LVN_LOCK_CHECK)
	target_compile_options(levin_compile_options INTERFACE -Wthread-safety -Werror=thread-safety)
endif()
