# SPDX-License-Identifier: BSD-3-Clause
# The program levin, in bin/ of the build and installed: each finds its modules and libraries from
# where it is.

if(NOT LEVIN_SHARED)
	return()
endif()

set(LEVIN_COMMAND_DIR "${PROJECT_SOURCE_DIR}/tools/levin")

# levin_configure_command(OUTPUT BIN LIB MODULES): the folders as seen from that of the program.
function(levin_configure_command output bin lib modules)
	file(RELATIVE_PATH LEVIN_LIBRARIES_FROM_BIN "${bin}" "${lib}")
	file(RELATIVE_PATH LEVIN_MODULES_FROM_BIN "${bin}" "${modules}")
	configure_file("${LEVIN_COMMAND_DIR}/levin.in" "${output}" @ONLY)
	file(CHMOD "${output}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
		GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()

levin_configure_command("${CMAKE_CURRENT_BINARY_DIR}/bin/levin" "${CMAKE_CURRENT_BINARY_DIR}/bin"
	"${CMAKE_LIBRARY_OUTPUT_DIRECTORY}" "${LEVIN_COMMAND_DIR}")
levin_configure_command("${CMAKE_CURRENT_BINARY_DIR}/command/levin"
	"${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}"
	"${CMAKE_INSTALL_FULL_DATADIR}/levin")
install(PROGRAMS "${CMAKE_CURRENT_BINARY_DIR}/command/levin" TYPE BIN)
install(DIRECTORY "${LEVIN_COMMAND_DIR}/levincmd" DESTINATION "${CMAKE_INSTALL_DATADIR}/levin"
	FILES_MATCHING PATTERN "*.py")
install(FILES "${LEVIN_COMMAND_DIR}/levin.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
