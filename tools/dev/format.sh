#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
. tools/dev/common.sh

print_help() {
	cat <<'END'
usage: ./dev format [--check] [file...]

Lays out the C sources, all or those named, with clang-format 14 and .clang-format.

  --check   change nothing, say what would be changed
  --help    this text
END
}

case ${1:-} in
--check) need clang-format-14 python3 && exec tools/check_format ;;
-h | --help) print_help && exit 0 ;;
-*) die "./dev format: no option $1; see ./dev format --help" ;;
esac
need clang-format-14 git
files=("$@")
if [ ${#files[@]} -eq 0 ]; then
	mapfile -t files < <(git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' |
		grep -vE '(^|/)(generated|tables)/|_table\.[ch]$')
fi
[ ${#files[@]} -eq 0 ] || clang-format-14 --style=file -i "${files[@]}"
printf '%d files laid out\n' ${#files[@]}
