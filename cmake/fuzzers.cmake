# SPDX-License-Identifier: BSD-3-Clause
# Fuzzers: every tests/fuzz/fuzz_*.c with an LLVMFuzzerTestOneInput, on the archives.

if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
	message(FATAL_ERROR "The fuzzers need clang")
endif()
foreach(objects IN ITEMS core_objects pthreads_objects)
	if(TARGET ${objects})
		target_compile_options(${objects} PRIVATE -fsanitize=fuzzer-no-link)
	endif()
endforeach()
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_*.c")
file(GLOB shared_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/*.c")
list(FILTER shared_sources EXCLUDE REGEX "/fuzz_[^/]*\\.c$")
foreach(source IN LISTS sources)
	cmake_path(GET source STEM name)
	add_executable(${name} "${source}" ${shared_sources})
	target_include_directories(${name} PRIVATE
		"${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/src")
	target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
	target_link_options(${name} PRIVATE -fsanitize=fuzzer)
	target_link_libraries(${name} PRIVATE event_core_static levin_compile_options)
	if(TARGET event_pthreads_static)
		target_link_libraries(${name} PRIVATE event_pthreads_static)
	endif()
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzzers")
endforeach()
