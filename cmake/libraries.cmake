# SPDX-License-Identifier: BSD-3-Clause
# The libraries.  Every source is compiled once, position independent; the objects
# then go into the library of their floor, its archive, and the umbrella.

set(LEVIN_CORE_FLOORS base loop loop/backends buffer stream net legacy)
set(LEVIN_PTHREADS_FLOORS threads)

# levin_objects(NAME floors...): an object library of every .c file of these floors.
function(levin_objects name)
	set(patterns "")
	foreach(floor IN LISTS ARGN)
		list(APPEND patterns "${PROJECT_SOURCE_DIR}/src/${floor}/*.c")
	endforeach()
	file(GLOB sources CONFIGURE_DEPENDS ${patterns})
	add_library(${name} OBJECT ${sources})
	target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src")
	target_include_directories(${name} PUBLIC
		"${PROJECT_SOURCE_DIR}/include" "${LEVIN_GENERATED_INCLUDE_DIR}")
	target_compile_definitions(${name} PRIVATE LVN_BUILDING)
	target_compile_options(${name} PRIVATE -fvisibility=hidden -fno-plt)
	target_compile_options(${name} PRIVATE -fno-semantic-interposition)
	target_link_libraries(${name} PRIVATE levin_compile_options)
	set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
endfunction()

# levin_version_script(OUT lists...): a linker script that exports the names of these files.
# A list is a file of names, one in a line; what follows a # is a comment.
function(levin_version_script out)
	set(names "")
	foreach(list IN LISTS ARGN)
		if(NOT EXISTS "${list}")
			string(APPEND names "\t\t*;\n")
			continue()
		endif()
		set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${list}")
		file(STRINGS "${list}" lines)
		foreach(line IN LISTS lines)
			string(REGEX REPLACE "#.*$" "" line "${line}")
			string(STRIP "${line}" line)
			if(line)
				string(APPEND names "\t\t${line};\n")
			endif()
		endforeach()
	endforeach()
	set(script "{\n")
	if(names)
		string(APPEND script "\tglobal:\n${names}")
	endif()
	string(APPEND script "\tlocal:\n\t\t*;\n};\n")
	file(CONFIGURE OUTPUT "${out}" CONTENT "${script}" @ONLY)
endfunction()

# The parts of a library that do not depend on how it is linked.
function(levin_library_interface target)
	target_include_directories(${target} INTERFACE
		"$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
		"$<BUILD_INTERFACE:${LEVIN_GENERATED_INCLUDE_DIR}>"
		"$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
	set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C)
endfunction()

# levin_library(NAME OBJECTS targets... EXPORTS lists... [LINK targets...] [OPTIONS flags...])
# makes NAME_shared (libNAME-2.1.so.7) and NAME_static (libNAME.a).
function(levin_library name)
	cmake_parse_arguments(arg "" "" "OBJECTS;EXPORTS;LINK;OPTIONS" ${ARGN})
	set(objects "")
	foreach(object IN LISTS arg_OBJECTS)
		list(APPEND objects $<TARGET_OBJECTS:${object}>)
	endforeach()

	add_library(${name}_static STATIC ${objects})
	set_target_properties(${name}_static PROPERTIES OUTPUT_NAME ${name})
	levin_library_interface(${name}_static)
	foreach(dependency IN LISTS arg_LINK)
		target_link_libraries(${name}_static PUBLIC ${dependency}_static)
	endforeach()
	if(NOT LEVIN_SHARED)
		return()
	endif()

	set(script "${CMAKE_CURRENT_BINARY_DIR}/exports/${name}.map")
	levin_version_script("${script}" ${arg_EXPORTS})
	add_library(${name}_shared SHARED ${objects})
	set_target_properties(${name}_shared PROPERTIES
		OUTPUT_NAME ${name}-${LEVIN_ABI_RELEASE}
		VERSION ${LEVIN_ABI_VERSION}
		SOVERSION ${LEVIN_ABI_MAJOR}
		BUILD_WITH_INSTALL_RPATH ON
		INSTALL_RPATH "$ORIGIN"
		LINK_DEPENDS "${script}")
	levin_library_interface(${name}_shared)
	# Calls from one public function to another stay inside: interposing libevent's own
	# functions was never supported, and a call then needs no detour.  Calls to libc can
	# be interposed as ever.
	target_link_options(${name}_shared PRIVATE
		"LINKER:--version-script=${script}" LINKER:-Bsymbolic-functions
		LINKER:-z,relro LINKER:-z,now LINKER:--as-needed ${arg_OPTIONS})
	if(NOT LEVIN_SANITIZE)
		target_link_options(${name}_shared PRIVATE LINKER:--no-undefined)
	endif()
	foreach(dependency IN LISTS arg_LINK)
		target_link_libraries(${name}_shared PUBLIC ${dependency}_shared)
	endforeach()
	# Debian's name for the linker: libNAME.so.
	add_custom_command(TARGET ${name}_shared POST_BUILD
		COMMAND "${CMAKE_COMMAND}" -E create_symlink
			"$<TARGET_FILE_NAME:${name}_shared>" "$<TARGET_FILE_DIR:${name}_shared>/lib${name}.so"
		VERBATIM)
endfunction()

set(exports "${CMAKE_CURRENT_SOURCE_DIR}/exports")

levin_objects(core_objects ${LEVIN_CORE_FLOORS})
levin_library(event_core
	OBJECTS core_objects
	EXPORTS "${exports}/event_core.txt" "${exports}/private.txt")

file(GLOB threads_sources CONFIGURE_DEPENDS src/threads/*.c)
if(LEVIN_THREADS AND threads_sources)
	levin_objects(pthreads_objects ${LEVIN_PTHREADS_FLOORS})
	target_link_libraries(pthreads_objects PRIVATE Threads::Threads)
	levin_library(event_pthreads
		OBJECTS pthreads_objects
		EXPORTS "${exports}/event_pthreads.txt"
		LINK event_core)
	foreach(kind IN ITEMS static shared)
		if(TARGET event_pthreads_${kind})
			target_link_libraries(event_pthreads_${kind} PUBLIC Threads::Threads)
		endif()
	endforeach()
endif()

# The umbrella holds the same objects again, so that a program needs nothing beside it.
# As an auxiliary filter it gives way to libevent_core wherever that can be found: a
# process that maps both has one set of functions and one state.
levin_library(event
	OBJECTS core_objects
	EXPORTS "${exports}/event_core.txt" "${exports}/private.txt"
	OPTIONS LINKER:-f,libevent_core-${LEVIN_ABI_RELEASE}.so.${LEVIN_ABI_MAJOR})
if(TARGET event_shared)
	# Core must be there when a program runs from the build directory.
	add_dependencies(event_shared event_core_shared)
endif()
