# SPDX-License-Identifier: BSD-3-Clause
# Asks the compiler what the system has: a few programs instead of one per question.
#
# Headers, macros and sizes are answered by one program whose text is read from the
# executable, so that it works for other machines too.  Functions and members that every
# system of ours has are asked for together; only if that fails, one by one.
# Results are cached: a second run of CMake asks nothing.

include_guard(GLOBAL)

set(LEVIN_PROBE_DIR "${CMAKE_BINARY_DIR}/CMakeFiles/levin_probes")
set(LEVIN_PROBE_PROLOGUE "#define _GNU_SOURCE 1\n")

# levin_probe_reset(): forget the questions of levin_ask_*.
macro(levin_probe_reset)
	set(levin_probe_includes "")
	set(levin_probe_texts "")
	set(levin_probe_arrays "")
	set(levin_probe_names "")
	set(levin_probe_count 0)
endmacro()

# levin_ask_if(NAME condition): NAME is 1 if the preprocessor finds the condition true.
macro(levin_ask_if name condition)
	list(APPEND levin_probe_names ${name})
	string(APPEND levin_probe_texts
		"#if ${condition}\n\t\"LEVIN_PROBE:${name}=1;\",\n#endif\n")
endmacro()

# levin_ask_size(NAME type): NAME is the size of the type in bytes.
macro(levin_ask_size name type)
	list(APPEND levin_probe_names ${name})
	math(EXPR levin_probe_count "${levin_probe_count} + 1")
	string(REGEX MATCHALL "." characters "LEVIN_PROBE:${name}=")
	list(JOIN characters "','" characters)
	string(APPEND levin_probe_arrays
		"static const char size_${levin_probe_count}[] = {'${characters}',\n"
		"\t'0' + sizeof(${type}) / 10, '0' + sizeof(${type}) % 10, ';', 0};\n")
	string(APPEND levin_probe_texts "\tsize_${levin_probe_count},\n")
endmacro()

# levin_include(header...): include those of the headers that are there.
macro(levin_include)
	foreach(header IN ITEMS ${ARGN})
		string(APPEND levin_probe_includes
			"#if __has_include(<${header}>)\n#include <${header}>\n#endif\n")
	endforeach()
endmacro()

# levin_probe_answer(KEY [flags...]): compile the questions, set their names.  KEY names the
# program in the cache and in the build directory.
function(levin_probe_answer key)
	if(NOT DEFINED LEVIN_PROBE_${key})
		message(STATUS "Looking at the system: ${key}")
		set(source "${LEVIN_PROBE_DIR}/${key}.c")
		file(WRITE "${source}" "${LEVIN_PROBE_PROLOGUE}${levin_probe_includes}"
			"${levin_probe_arrays}static const char *const texts[] = {\n"
			"${levin_probe_texts}\t0};\n"
			"int main(int argc, char **argv)\n"
			"{\n\t(void)argv;\n\treturn texts[argc] ? texts[argc][argc] : 0;\n}\n")
		try_compile(compiled "${LEVIN_PROBE_DIR}/${key}" "${source}"
			COMPILE_DEFINITIONS ${ARGN}
			OUTPUT_VARIABLE output
			COPY_FILE "${LEVIN_PROBE_DIR}/${key}.bin")
		if(NOT compiled)
			message(FATAL_ERROR "The compiler does not take ${source}:\n${output}")
		endif()
		file(STRINGS "${LEVIN_PROBE_DIR}/${key}.bin" lines REGEX "LEVIN_PROBE:")
		string(REGEX MATCHALL "LEVIN_PROBE:[A-Za-z0-9_]+=[0-9]+" answers "${lines}")
		set(LEVIN_PROBE_${key} "${answers}" CACHE INTERNAL "What ${key}.c answered")
	endif()
	foreach(name IN LISTS levin_probe_names)
		unset(${name} PARENT_SCOPE)
	endforeach()
	foreach(answer IN LISTS LEVIN_PROBE_${key})
		if(answer MATCHES "LEVIN_PROBE:([A-Za-z0-9_]+)=0*([0-9]+)")
			set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}" PARENT_SCOPE)
		endif()
	endforeach()
endfunction()

# The cache variable of a function or a member.
function(levin_probe_name out prefix word)
	string(TOUPPER "${prefix}${word}" name)
	string(REGEX REPLACE "[^A-Z0-9]" "_" name "${name}")
	set(${out} "${name}" PARENT_SCOPE)
endfunction()

# levin_links(OUT functions...): whether a program that uses all of them can be linked.
function(levin_links out)
	set(declarations "")
	set(uses "")
	foreach(function IN LISTS ARGN)
		string(APPEND declarations "char ${function}(void);\n")
		string(APPEND uses "\t(void (*)(void))${function},\n")
	endforeach()
	list(GET ARGN 0 first)
	set(source "${LEVIN_PROBE_DIR}/function_${first}.c")
	file(WRITE "${source}" "${declarations}void (*const functions[])(void) = {\n${uses}\t0};\n"
		"int main(int argc, char **argv)\n{\n\t(void)argv;\n\treturn functions[argc] != 0;\n}\n")
	try_compile(linked "${LEVIN_PROBE_DIR}/function_${first}" "${source}"
		COMPILE_DEFINITIONS -w -fno-builtin)
	set(${out} ${linked} PARENT_SCOPE)
endfunction()

# levin_find_functions(functions...): sets EVENT__HAVE_<FUNCTION> for each that is there.
function(levin_find_functions)
	set(asked "")
	foreach(function IN LISTS ARGN)
		levin_probe_name(name EVENT__HAVE_ ${function})
		if(NOT DEFINED ${name})
			list(APPEND asked ${function})
		endif()
	endforeach()
	list(LENGTH asked count)
	if(count EQUAL 0)
		return()
	endif()
	message(STATUS "Looking at the system: ${count} functions")
	levin_links(all ${asked})
	foreach(function IN LISTS asked)
		levin_probe_name(name EVENT__HAVE_ ${function})
		set(found ${all})
		if(NOT all AND count GREATER 1)
			levin_links(found ${function})
		endif()
		set(${name} ${found} CACHE INTERNAL "${function} can be linked")
	endforeach()
endfunction()

# levin_compiles(OUT KEY includes code): whether a function with this code compiles.
function(levin_compiles out key includes code)
	# A semicolon would end an element of a list on the way here.
	string(REPLACE " SEMICOLON" ";" code "${code}")
	set(source "${LEVIN_PROBE_DIR}/member_${key}.c")
	file(WRITE "${source}" "${LEVIN_PROBE_PROLOGUE}${includes}"
		"int main(void)\n{\n${code}\treturn 0;\n}\n")
	try_compile(compiled "${LEVIN_PROBE_DIR}/member_${key}" "${source}"
		COMPILE_DEFINITIONS -w)
	set(${out} ${compiled} PARENT_SCOPE)
endfunction()

# levin_find_code(KEY includes NAME code NAME code ...): sets each NAME whose code compiles.
function(levin_find_code key includes)
	set(pairs ${ARGN})
	list(LENGTH pairs count)
	math(EXPR last "${count} - 1")
	set(code "")
	set(known TRUE)
	foreach(at RANGE 0 ${last} 2)
		list(GET pairs ${at} name)
		math(EXPR next "${at} + 1")
		list(GET pairs ${next} line)
		string(APPEND code "\t{ ${line} }\n")
		if(NOT DEFINED ${name})
			set(known FALSE)
		endif()
	endforeach()
	if(known)
		return()
	endif()
	message(STATUS "Looking at the system: ${key}")
	levin_compiles(all ${key} "${includes}" "${code}")
	foreach(at RANGE 0 ${last} 2)
		list(GET pairs ${at} name)
		math(EXPR next "${at} + 1")
		list(GET pairs ${next} line)
		set(found ${all})
		if(NOT all AND count GREATER 2)
			levin_compiles(found ${name} "${includes}" "\t{ ${line} }\n")
		endif()
		set(${name} ${found} CACHE INTERNAL "Compiles: ${line}")
	endforeach()
endfunction()
