#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
. tools/dev/common.sh

case ${1:-} in
-h | --help)
	cat <<'END'
usage: ./dev docs [--man-only] [FOLDER]

Makes the manual pages of all public functions and the reference in HTML from the headers,
in build/docs or in FOLDER.  Fails if mandoc or doxygen warns.  --man-only leaves the
reference out.
END
	exit 0
	;;
esac

need python3 mandoc
[ "${1:-}" = --man-only ] || need doxygen
exec tools/docs "$@"
