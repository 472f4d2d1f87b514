# SPDX-License-Identifier: BSD-3-Clause
# include/event2/event-config.h of the build directory: what this platform has.

set(LEVIN_GENERATED_INCLUDE_DIR "${CMAKE_CURRENT_BINARY_DIR}/include")
file(MAKE_DIRECTORY "${LEVIN_GENERATED_INCLUDE_DIR}/event2")
if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/cmake/event-config.cmake")
	include("${CMAKE_CURRENT_SOURCE_DIR}/cmake/event-config.cmake")
elseif(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/cmake/event-config.h.in")
	configure_file(cmake/event-config.h.in "${LEVIN_GENERATED_INCLUDE_DIR}/event2/event-config.h")
endif()
