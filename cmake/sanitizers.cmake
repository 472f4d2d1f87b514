# SPDX-License-Identifier: BSD-3-Clause
# Sanitizers and coverage, for everything that is built.

if(LEVIN_SANITIZE)
	set(flags -fsanitize=${LEVIN_SANITIZE} -fno-omit-frame-pointer)
	if(LEVIN_SANITIZE MATCHES "undefined")
		list(APPEND flags -fno-sanitize-recover=undefined)
	endif()
	add_compile_options(${flags})
	add_link_options(${flags})
endif()

if(LEVIN_COVERAGE)
	# Absolute paths and atomic counters: cases run in children and on threads.
	add_compile_options(--coverage -fprofile-update=atomic)
	add_link_options(--coverage)
endif()
