# SPDX-License-Identifier: BSD-3-Clause
# What "cmake --install" puts where, under libevent's names, so that nothing else about a
# program's build has to know.

include(CMakePackageConfigHelpers)

set(LEVIN_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/libevent")

install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(DIRECTORY "${LEVIN_GENERATED_INCLUDE_DIR}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
	FILES_MATCHING PATTERN "*.h")

# levin_install_library(NAME COMPONENT DESCRIPTION [REQUIRES modules] [LIBS_PRIVATE flags]
# [MODULE name]) installs libNAME and libNAME.pc, or NAME of the module.pc.  COMPONENT is its name in find_package(Libevent).
function(levin_install_library name component description)
	cmake_parse_arguments(arg "" "MODULE" "REQUIRES;LIBS_PRIVATE" ${ARGN})
	foreach(kind IN ITEMS static shared)
		if(NOT TARGET ${name}_${kind})
			continue()
		endif()
		set_target_properties(${name}_${kind} PROPERTIES EXPORT_NAME ${component}_${kind})
		install(TARGETS ${name}_${kind} EXPORT libevent-${kind}
			LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" NAMELINK_SKIP
			ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
	endforeach()
	if(TARGET ${name}_shared)
		# Debian's name for the linker.
		install(FILES "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/lib${name}.so"
			DESTINATION "${CMAKE_INSTALL_LIBDIR}")
	endif()

	# Read by libevent.pc.in.
	set(module lib${name})
	if(arg_MODULE)
		set(module ${arg_MODULE})
	endif()
	set(PC_NAME ${module})
	set(PC_DESCRIPTION "${description}")
	list(JOIN arg_REQUIRES ", " PC_REQUIRES)
	set(PC_LIBS "-l${name}")
	list(JOIN arg_LIBS_PRIVATE " " PC_LIBS_PRIVATE)
	levin_install_pc(${module})
endfunction()

# levin_install_pc(MODULE): writes and installs MODULE.pc from the PC_ variables.
function(levin_install_pc module)
	set(PC_LIBDIR "\${exec_prefix}/${CMAKE_INSTALL_LIBDIR}")
	set(PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
	if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
		set(PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
	endif()
	if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
		set(PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
	endif()
	configure_file(cmake/libevent.pc.in "${CMAKE_CURRENT_BINARY_DIR}/pkgconfig/${module}.pc" @ONLY)
	install(FILES "${CMAKE_CURRENT_BINARY_DIR}/pkgconfig/${module}.pc"
		DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()

set(PC_VERSION ${LEVIN_LIBEVENT_VERSION}-stable)
levin_install_library(event_core core "event loop" LIBS_PRIVATE ${CMAKE_THREAD_LIBS_INIT})
levin_install_library(event_extra extra "DNS, HTTP, WebSocket and RPC for libevent"
	REQUIRES libevent_core)
levin_install_library(event event "event loop, the libraries of libevent in one"
	LIBS_PRIVATE ${CMAKE_THREAD_LIBS_INIT})
if(TARGET event_pthreads_static)
	# libevent's own module asks for the umbrella here, and programs rely on that.
	levin_install_library(event_pthreads pthreads "locks of POSIX threads for libevent"
		REQUIRES libevent LIBS_PRIVATE ${CMAKE_THREAD_LIBS_INIT})
endif()
if(TARGET event_openssl_static)
	levin_install_library(event_openssl openssl "TLS streams of OpenSSL for libevent"
		REQUIRES libevent LIBS_PRIVATE -lssl -lcrypto)
endif()
if(TARGET event_mbedtls_static)
	levin_install_library(event_mbedtls mbedtls "TLS streams of mbedTLS for libevent"
		REQUIRES libevent LIBS_PRIVATE -lmbedtls -lmbedx509 -lmbedcrypto)
endif()

# Levin under its own name and version.
set(PC_VERSION ${PROJECT_VERSION})
levin_install_library(levin_sim sim "simulated world for tests of programs on libevent"
	MODULE levin_sim REQUIRES libevent_core)
set(PC_NAME levin)
set(PC_DESCRIPTION "${PROJECT_DESCRIPTION}")
set(PC_REQUIRES libevent)
if(TARGET event_pthreads_static)
	set(PC_REQUIRES "libevent_pthreads, libevent")
endif()
set(PC_LIBS "")
set(PC_LIBS_PRIVATE "")
levin_install_pc(levin)

# find_package(Libevent): the exported targets are named by kind, and the package gives them
# their libevent names.
foreach(kind IN ITEMS static shared)
	if(TARGET event_core_${kind})
		install(EXPORT libevent-${kind} NAMESPACE libevent:: FILE LibeventTargets-${kind}.cmake
			DESTINATION "${LEVIN_PACKAGE_DIR}")
	endif()
endforeach()
configure_package_config_file(cmake/LibeventConfig.cmake.in
	"${CMAKE_CURRENT_BINARY_DIR}/LibeventConfig.cmake"
	INSTALL_DESTINATION "${LEVIN_PACKAGE_DIR}"
	PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/LibeventConfigVersion.cmake"
	VERSION ${LEVIN_LIBEVENT_VERSION} COMPATIBILITY SameMajorVersion)
install(FILES
	"${CMAKE_CURRENT_BINARY_DIR}/LibeventConfig.cmake"
	"${CMAKE_CURRENT_BINARY_DIR}/LibeventConfigVersion.cmake"
	DESTINATION "${LEVIN_PACKAGE_DIR}")

# As libevent does.
install(PROGRAMS src/rpc/event_rpcgen.py DESTINATION "${CMAKE_INSTALL_BINDIR}")

# Made by ./dev docs; left out if that was not run.
install(DIRECTORY build/docs/man/ DESTINATION "${CMAKE_INSTALL_MANDIR}" OPTIONAL)
install(FILES LICENSE README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
