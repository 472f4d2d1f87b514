# SPDX-License-Identifier: BSD-3-Clause
# Which TLS libraries there are.  Without one its library of ours is left out.

set(LEVIN_HAVE_OPENSSL NO)
if(LEVIN_OPENSSL)
	find_package(OpenSSL 3.0)
	if(OPENSSL_FOUND)
		set(LEVIN_HAVE_OPENSSL YES)
	else()
		message(STATUS "OpenSSL was not found: libevent_openssl is left out")
	endif()
endif()

set(LEVIN_HAVE_MBEDTLS NO)
if(LEVIN_MBEDTLS)
	find_path(LEVIN_MBEDTLS_INCLUDE_DIR mbedtls/ssl.h)
	set(LEVIN_MBEDTLS_LIBRARIES "")
	foreach(name IN ITEMS mbedtls mbedx509 mbedcrypto)
		find_library(LEVIN_${name}_LIBRARY ${name})
		list(APPEND LEVIN_MBEDTLS_LIBRARIES "${LEVIN_${name}_LIBRARY}")
	endforeach()
	if(LEVIN_MBEDTLS_INCLUDE_DIR AND LEVIN_mbedtls_LIBRARY AND LEVIN_mbedx509_LIBRARY
			AND LEVIN_mbedcrypto_LIBRARY)
		set(LEVIN_HAVE_MBEDTLS YES)
		include_directories(SYSTEM "${LEVIN_MBEDTLS_INCLUDE_DIR}")
	else()
		message(STATUS "mbedTLS was not found: libevent_mbedtls is left out")
	endif()
endif()
