# SPDX-License-Identifier: BSD-3-Clause
# Tests: every tests/unit/<layer>/test_*.c, tests/api/test_*.c and tests/stress/test_*.c is a
# Check suite and becomes an executable and a ctest entry by being there.  A folder of tests
# that works otherwise has a CMakeLists.txt of its own.

find_path(LEVIN_CHECK_INCLUDE_DIR check.h)
find_library(LEVIN_CHECK_LIBRARY NAMES check_pic check)
find_library(LEVIN_SUBUNIT_LIBRARY NAMES subunit)
if(NOT LEVIN_CHECK_INCLUDE_DIR OR NOT LEVIN_CHECK_LIBRARY)
	message(FATAL_ERROR "The tests need Check (Debian: check); -DLEVIN_TESTS=OFF builds without")
endif()

# Everything below takes longer under a sanitizer or an emulator.
set(LEVIN_TEST_PATIENCE 1)
set(LEVIN_TEST_EMULATED 0)
if(LEVIN_SANITIZE OR LEVIN_COVERAGE)
	set(LEVIN_TEST_PATIENCE 4)
endif()
if(CMAKE_CROSSCOMPILING_EMULATOR)
	set(LEVIN_TEST_PATIENCE 10)
	set(LEVIN_TEST_EMULATED 1)
endif()

file(GLOB support_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.c")
add_library(levin_test_support STATIC EXCLUDE_FROM_ALL ${support_sources})
target_include_directories(levin_test_support PUBLIC
	"${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/src"
	"${PROJECT_SOURCE_DIR}/include" "${LEVIN_GENERATED_INCLUDE_DIR}")
target_include_directories(levin_test_support SYSTEM PUBLIC "${LEVIN_CHECK_INCLUDE_DIR}")
target_compile_definitions(levin_test_support
	PRIVATE LEVIN_TEST_PATIENCE=${LEVIN_TEST_PATIENCE} LEVIN_TEST_EMULATED=${LEVIN_TEST_EMULATED})
target_link_libraries(levin_test_support PUBLIC levin_compile_options "${LEVIN_CHECK_LIBRARY}")
if(LEVIN_SUBUNIT_LIBRARY)
	target_link_libraries(levin_test_support PUBLIC "${LEVIN_SUBUNIT_LIBRARY}")
endif()
target_link_libraries(levin_test_support PUBLIC Threads::Threads rt m)

# Certificates and handshakes, for suites that use OpenSSL.
if(LEVIN_HAVE_OPENSSL)
	file(GLOB tls_support_sources CONFIGURE_DEPENDS
		"${PROJECT_SOURCE_DIR}/tests/support/tls/*.c")
	add_library(levin_tls_test_support STATIC EXCLUDE_FROM_ALL ${tls_support_sources})
	target_link_libraries(levin_tls_test_support PUBLIC levin_test_support OpenSSL::SSL)
endif()

# levin_test_entry(NAME LABEL SECONDS command...): a ctest entry with the project's settings.
function(levin_test_entry name label seconds)
	math(EXPR limit "${seconds} * ${LEVIN_TEST_PATIENCE}")
	add_test(NAME ${name} COMMAND ${ARGN})
	set_tests_properties(${name} PROPERTIES LABELS "${label}" TIMEOUT ${limit})
	set(environment
		"ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
		"UBSAN_OPTIONS=print_stacktrace=1"
		"TSAN_OPTIONS=second_deadlock_stack=1:die_after_fork=0:suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.supp")
	set_tests_properties(${name} PROPERTIES ENVIRONMENT "${environment}")
endfunction()

# Where the shared libraries are built, public interfaces are tested through them.
if(LEVIN_SHARED)
	set(LEVIN_PUBLIC_KIND shared)
else()
	set(LEVIN_PUBLIC_KIND static)
endif()

# levin_link(TARGET KIND): the library, its extra and its pthreads part, in this order of need.
function(levin_link target kind)
	target_link_options(${target} PRIVATE LINKER:--as-needed)
	target_link_libraries(${target} PRIVATE event_extra_${kind})
	if(TARGET event_pthreads_${kind})
		target_link_libraries(${target} PRIVATE event_pthreads_${kind})
	endif()
	target_link_libraries(${target} PRIVATE event_core_${kind})
endfunction()

# levin_link_sim(TARGET KIND [SOURCE]): the simulation, if the source includes its header.
function(levin_link_sim target kind)
	foreach(source IN LISTS ARGN)
		file(STRINGS "${source}" includes REGEX "^#include <levin/sim.h>" LIMIT_COUNT 1)
		if(NOT includes)
			return()
		endif()
	endforeach()
	target_link_libraries(${target} PRIVATE levin_sim_${kind})
endfunction()

# A source that needs OpenSSL, or is the test of something that does; the same for mbedTLS.
set(LEVIN_INCLUDES_OPENSSL
	"^#include [<\"]([^>\"]*/)?(openssl/|openssl|tls_ends|tls_stream_kit|levin/tls\\.h|tls/context/)")
set(LEVIN_INCLUDES_MBEDTLS "^#include [<\"]([^>\"]*/)?(mbedtls/|mbedtls)")

# levin_link_tls(TARGET KIND SOURCE): libevent_openssl or libevent_mbedtls and its TLS library, if
# the source includes a header of them, or one of tests/ for them.
function(levin_link_tls target kind source)
	file(STRINGS "${source}" openssl LIMIT_COUNT 1 REGEX "${LEVIN_INCLUDES_OPENSSL}")
	file(STRINGS "${source}" kit LIMIT_COUNT 1
		REGEX "^#include \"(support/tls|unit/tls/context)/")
	file(STRINGS "${source}" mbedtls LIMIT_COUNT 1 REGEX "${LEVIN_INCLUDES_MBEDTLS}")
	if(openssl AND LEVIN_HAVE_OPENSSL)
		target_link_libraries(${target} PRIVATE event_openssl_${kind} OpenSSL::SSL)
	endif()
	if(kit AND LEVIN_HAVE_OPENSSL)
		target_link_libraries(${target} PRIVATE levin_tls_test_support)
	endif()
	if(mbedtls AND LEVIN_HAVE_MBEDTLS)
		target_link_libraries(${target} PRIVATE event_mbedtls_${kind} ${LEVIN_MBEDTLS_LIBRARIES})
	endif()
endfunction()

# levin_can_link(OUT SOURCE): whether what the source calls is there; false for a program with
# threads or TLS in a build without them, unless the program asks for itself.
function(levin_can_link out source)
	file(STRINGS "${source}" needs_threads REGEX "^\t.*evthread_use_pthreads" LIMIT_COUNT 1)
	file(STRINGS "${source}" asks REGEX "EVTHREAD_USE_PTHREADS_IMPLEMENTED" LIMIT_COUNT 1)
	file(STRINGS "${source}" needs_openssl REGEX "${LEVIN_INCLUDES_OPENSSL}" LIMIT_COUNT 1)
	file(STRINGS "${source}" needs_mbedtls REGEX "${LEVIN_INCLUDES_MBEDTLS}" LIMIT_COUNT 1)
	if(needs_threads AND NOT asks AND NOT TARGET event_pthreads_static)
		set(${out} NO PARENT_SCOPE)
	elseif((needs_openssl AND NOT LEVIN_HAVE_OPENSSL) OR (needs_mbedtls AND NOT LEVIN_HAVE_MBEDTLS))
		set(${out} NO PARENT_SCOPE)
	else()
		set(${out} YES PARENT_SCOPE)
	endif()
endfunction()

# levin_suite(SOURCE NAME LABEL KIND SECONDS): one Check suite.
function(levin_suite source name label kind seconds)
	levin_can_link(can_link "${source}")
	if(NOT can_link)
		return()
	endif()
	add_executable(${name} "${source}")
	target_link_libraries(${name} PRIVATE levin_test_support)
	levin_link_tls(${name} ${kind} "${source}")
	levin_link_sim(${name} ${kind})
	levin_link(${name} ${kind})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
	levin_test_entry(${name} ${label} ${seconds} ${name})
endfunction()

# levin_add_faults(NAME): the suite's own functions stand before those of the C library, in the
# executable.
function(levin_add_faults name)
	target_sources(${name} PRIVATE
		"${PROJECT_SOURCE_DIR}/tests/torture/faults.c"
		"${PROJECT_SOURCE_DIR}/tests/torture/torture.c")
	target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS})
endfunction()

# Unit tests see hidden symbols, so they link the archives.
file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS
	RELATIVE "${PROJECT_SOURCE_DIR}/tests/unit" "${PROJECT_SOURCE_DIR}/tests/unit/test_*.c")
foreach(source IN LISTS unit_sources)
	string(REGEX REPLACE "/?test_([^/]*)\\.c$" "/\\1" name "${source}")
	string(REPLACE "/" "_" name "unit/${name}")
	if(source MATCHES "_torture\\.c$")
		# As those of tests/torture below.
		if(LEVIN_SHARED AND NOT LEVIN_TEST_EMULATED)
			levin_suite("${PROJECT_SOURCE_DIR}/tests/unit/${source}" ${name} torture static 300)
		endif()
		if(TARGET ${name})
			levin_add_faults(${name})
		endif()
		continue()
	endif()
	levin_suite("${PROJECT_SOURCE_DIR}/tests/unit/${source}" ${name} unit static 240)
endforeach()

# Called by the thread sanitizer before it can bear instrumented code.
set(faults "${PROJECT_SOURCE_DIR}/tests/torture/faults.c")
if(LEVIN_SANITIZE MATCHES "thread")
	set_source_files_properties("${faults}" PROPERTIES COMPILE_OPTIONS -fno-sanitize=thread)
endif()
if(LEVIN_SANITIZE)
	set_source_files_properties("${faults}" PROPERTIES
		COMPILE_DEFINITIONS TORTURE_IN_SANITIZER=1)
else()
	set_source_files_properties("${faults}" PROPERTIES
		COMPILE_DEFINITIONS TORTURE_IN_SANITIZER=0)
endif()
set(labels api stress torture)
if(NOT LEVIN_SHARED)
	# In a static program nothing can stand before the functions of the C library.
	list(REMOVE_ITEM labels torture)
elseif(LEVIN_TEST_EMULATED)
	# Whether memory or a system call fails does not depend on the processor, and the
	# emulator takes minutes for it.
	list(REMOVE_ITEM labels torture)
endif()
foreach(label IN LISTS labels)
	file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${label}/test_*.c")
	foreach(source IN LISTS sources)
		string(REGEX REPLACE "^.*/test_([^/]*)\\.c$" "${label}_\\1" name "${source}")
		levin_suite("${source}" ${name} ${label} ${LEVIN_PUBLIC_KIND} 300)
		if(label STREQUAL "torture" AND TARGET ${name})
			levin_add_faults(${name})
		endif()
	endforeach()
endforeach()

include(examples)

# Folders that build and register their tests themselves.
file(GLOB folders CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*/CMakeLists.txt")
foreach(list IN LISTS folders)
	cmake_path(GET list PARENT_PATH folder)
	if(NOT folder MATCHES "/tests/fuzz$")
		add_subdirectory("${folder}")
	endif()
endforeach()
