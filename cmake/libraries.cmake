# SPDX-License-Identifier: BSD-3-Clause
# The libraries.  Every source is compiled once, position independent; the objects
# then go into the library of their layer, its archive, and the umbrella.

set(LEVIN_CORE_LAYERS base loop loop/timers loop/signals loop/backends buffer stream net legacy)
set(LEVIN_PTHREADS_LAYERS threads)
set(LEVIN_EXTRA_LAYERS dns http ws rpc legacy/extra)

# levin_objects(NAME layers...): an object library of every .c file of these layers.
function(levin_objects name)
	set(patterns "")
	foreach(layer IN LISTS ARGN)
		list(APPEND patterns "${PROJECT_SOURCE_DIR}/src/${layer}/*.c")
	endforeach()
	file(GLOB sources CONFIGURE_DEPENDS ${patterns})
	add_library(${name} OBJECT ${sources})
	levin_set_up_objects(${name})
endfunction()

# How the objects of our libraries are compiled.
function(levin_set_up_objects name)
	target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src")
	target_include_directories(${name} PUBLIC
		"${PROJECT_SOURCE_DIR}/include" "${LEVIN_GENERATED_INCLUDE_DIR}")
	target_compile_definitions(${name} PRIVATE LVN_BUILDING)
	target_compile_options(${name} PRIVATE -fvisibility=hidden -fno-plt)
	target_compile_options(${name} PRIVATE -fno-semantic-interposition)
	if(LEVIN_POSIX)
		# The C library hides what is not in the standard.
		target_compile_options(${name} PRIVATE
			-U_GNU_SOURCE -D_DEFAULT_SOURCE)
	endif()
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

# levin_library(NAME OBJECTS targets... EXPORTS lists... [LINK targets...] [OPTIONS flags...]
# [OURS]) makes NAME_shared (libNAME-2.1.so.7) and NAME_static (libNAME.a).  A library that
# libevent does not have is OURS: libNAME.so.0, with the version of the project.
function(levin_library name)
	cmake_parse_arguments(arg "OURS" "" "OBJECTS;EXPORTS;LINK;OPTIONS" ${ARGN})
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
	# A library stays mapped once it is loaded: threads that used it may end after dlclose,
	# and their destructors are in it, as are functions that another library was given.
	# Calls from one public function to another stay inside: interposing libevent's own
	# functions was never supported, and a call then needs no detour.  Calls to libc can
	# be interposed as ever.
	target_link_options(${name}_shared PRIVATE
		"LINKER:--version-script=${script}" LINKER:-Bsymbolic-functions
		LINKER:-z,relro LINKER:-z,now LINKER:-z,nodelete
		LINKER:--as-needed ${arg_OPTIONS})
	if(NOT LEVIN_SANITIZE)
		target_link_options(${name}_shared PRIVATE LINKER:--no-undefined)
	endif()
	foreach(dependency IN LISTS arg_LINK)
		target_link_libraries(${name}_shared PUBLIC ${dependency}_shared)
	endforeach()
	if(arg_OURS)
		set_target_properties(${name}_shared PROPERTIES OUTPUT_NAME ${name}
			VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
		return()
	endif()
	# Debian's name for the linker: libNAME.so.
	add_custom_command(TARGET ${name}_shared POST_BUILD
		COMMAND "${CMAKE_COMMAND}" -E create_symlink
			"$<TARGET_FILE_NAME:${name}_shared>" "$<TARGET_FILE_DIR:${name}_shared>/lib${name}.so"
		VERBATIM)
endfunction()

set(exports "${CMAKE_CURRENT_SOURCE_DIR}/exports")

levin_objects(core_objects ${LEVIN_CORE_LAYERS})
levin_library(event_core
	OBJECTS core_objects
	EXPORTS "${exports}/event_core.txt" "${exports}/private.txt")

# A part of each library that calls core's private functions.
levin_objects(sibling_objects sibling)

file(GLOB threads_sources CONFIGURE_DEPENDS src/threads/*.c)
if(LEVIN_THREADS AND threads_sources)
	levin_objects(pthreads_objects ${LEVIN_PTHREADS_LAYERS})
	target_link_libraries(pthreads_objects PRIVATE Threads::Threads)
	levin_library(event_pthreads
		OBJECTS pthreads_objects sibling_objects
		EXPORTS "${exports}/event_pthreads.txt"
		LINK event_core)
	foreach(kind IN ITEMS static shared)
		if(TARGET event_pthreads_${kind})
			target_link_libraries(event_pthreads_${kind} PUBLIC Threads::Threads)
		endif()
	endforeach()
endif()

# The simulation is for tests: nothing else maps it.
levin_objects(sim_objects sim)
levin_library(levin_sim
	OURS
	OBJECTS sim_objects sibling_objects
	EXPORTS "${exports}/levin_sim.txt"
	LINK event_core)

# Helpers of core without state, once more for libevent_extra: core does not export them.
set(pure_sources "")
foreach(name IN ITEMS bytes date inet inet_scope number siphash sockaddr text)
	list(APPEND pure_sources src/base/${name}.c)
endforeach()
add_library(pure_objects OBJECT ${pure_sources})
levin_set_up_objects(pure_objects)

levin_objects(extra_objects ${LEVIN_EXTRA_LAYERS})
levin_library(event_extra
	OBJECTS extra_objects pure_objects sibling_objects
	EXPORTS "${exports}/event_extra.txt"
	LINK event_core)

# levin_tls_library(NAME LIBRARY patterns...): libevent_NAME: these sources of src/tls
# and what they share, on the TLS library.
function(levin_tls_library name library)
	file(GLOB sources CONFIGURE_DEPENDS
		src/tls/engine.c src/tls/tls_stream.c src/tls/bufferevent_ssl.c ${ARGN})
	add_library(${name}_objects OBJECT ${sources})
	levin_set_up_objects(${name}_objects)
	target_link_libraries(${name}_objects PRIVATE "${library}")
	levin_library(event_${name}
		OBJECTS ${name}_objects sibling_objects
		EXPORTS "${exports}/event_${name}.txt"
		LINK event_core)
	foreach(kind IN ITEMS static shared)
		if(TARGET event_${name}_${kind})
			target_link_libraries(event_${name}_${kind} PRIVATE "${library}")
		endif()
	endforeach()
endfunction()

if(LEVIN_HAVE_OPENSSL)
	levin_tls_library(openssl OpenSSL::SSL
		src/tls/openssl*.c src/tls/kernel_tls.c src/tls/bufferevent_openssl.c
		src/tls/context/*.c)
endif()
if(LEVIN_HAVE_MBEDTLS)
	levin_tls_library(mbedtls "${LEVIN_MBEDTLS_LIBRARIES}"
		src/tls/mbedtls*.c src/tls/bufferevent_mbedtls.c)
endif()

# The umbrella holds the objects of core and extra again, so that a program needs nothing
# beside it.  As an auxiliary filter it gives way to those two wherever they can be found: a
# process that maps both has one set of functions and one state.
set(umbrella_filters "")
foreach(name IN ITEMS event_core event_extra)
	list(APPEND umbrella_filters
		LINKER:-f,lib${name}-${LEVIN_ABI_RELEASE}.so.${LEVIN_ABI_MAJOR})
endforeach()
levin_library(event
	OBJECTS core_objects extra_objects
	EXPORTS "${exports}/event_core.txt" "${exports}/event_extra.txt" "${exports}/private.txt"
	OPTIONS ${umbrella_filters})
if(TARGET event_shared)
	# They must be there when a program runs from the build directory.
	add_dependencies(event_shared event_core_shared event_extra_shared)
endif()
