# SPDX-License-Identifier: BSD-3-Clause
# Examples: every examples/NAME.c is built as a user would build it and run by the tests,
# either by tests/examples/NAME.sh, which is given the program, or plainly: it must then
# print what stands in tests/examples/NAME.expected.

file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*.c")
set(checks "${PROJECT_SOURCE_DIR}/tests/examples")
foreach(source IN LISTS sources)
	cmake_path(GET source STEM name)
	levin_can_link(can_link "${source}")
	if(NOT can_link)
		continue()
	endif()
	add_executable(example_${name} "${source}")
	levin_link_tls(example_${name} ${LEVIN_PUBLIC_KIND} "${source}")
	levin_link_sim(example_${name} ${LEVIN_PUBLIC_KIND} "${source}")
	levin_link(example_${name} ${LEVIN_PUBLIC_KIND})
	target_link_libraries(example_${name} PRIVATE levin_compile_options)
	set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name}
		RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/examples")
	if(EXISTS "${checks}/${name}.sh")
		levin_test_entry(example_${name} example 30 "${checks}/${name}.sh"
			${CMAKE_CROSSCOMPILING_EMULATOR} "$<TARGET_FILE:example_${name}>")
	elseif(EXISTS "${checks}/${name}.expected")
		levin_test_entry(example_${name} example 30 "${checks}/compare.sh"
			"${checks}/${name}.expected"
			${CMAKE_CROSSCOMPILING_EMULATOR} "$<TARGET_FILE:example_${name}>")
	else()
		message(FATAL_ERROR
			"examples/${name}.c: neither tests/examples/${name}.sh nor ${name}.expected")
	endif()
endforeach()
