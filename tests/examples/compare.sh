#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: compare.sh EXPECTED COMMAND...    the program prints exactly that and ends with 0
expected=$1
shift
set -o pipefail
"$@" </dev/null | diff -u "$expected" -
