# SPDX-License-Identifier: BSD-3-Clause
# Manual pages, made from the headers and installed; the target docs also makes the
# reference and fails on a warning.

find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
	message(STATUS "No Python: no manual pages")
	return()
endif()

file(GLOB_RECURSE public_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/*.h")
set(man_folder "${CMAKE_CURRENT_BINARY_DIR}/man/man3")
add_custom_command(OUTPUT "${man_folder}/.made"
	COMMAND "${CMAKE_COMMAND}" -E rm -rf "${man_folder}"
	COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/make_man"
		"${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/exports"
		"${man_folder}" ${PROJECT_VERSION}
	COMMAND "${CMAKE_COMMAND}" -E touch "${man_folder}/.made"
	DEPENDS ${public_headers}
		"${PROJECT_SOURCE_DIR}/tools/make_man" "${PROJECT_SOURCE_DIR}/tools/headerlib.py"
	COMMENT "Writing the manual pages"
	VERBATIM)
add_custom_target(man ALL DEPENDS "${man_folder}/.made")
add_custom_target(docs
	COMMAND "${PROJECT_SOURCE_DIR}/tools/docs" "${CMAKE_CURRENT_BINARY_DIR}/docs"
	VERBATIM)
install(DIRECTORY "${man_folder}" DESTINATION "${CMAKE_INSTALL_MANDIR}" FILES_MATCHING PATTERN "*.3")
