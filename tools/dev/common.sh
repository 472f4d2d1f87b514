# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the commands of ./dev share.  They run in the project's top folder.

set -euo pipefail

JOBS=${JOBS:-$(nproc)}
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$JOBS}
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$JOBS}
LOGS=build/logs

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

heading() { printf '\n== %s\n' "$*"; }

# need PACKAGE...: installs what is missing, quietly.
need() {
	local missing=() package
	for package; do
		dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ -z "${LEVIN_NO_INSTALL:-}" ] || die "Debian packages missing: ${missing[*]}"
	command -v apt-get >/dev/null || die "Please install what Debian calls: ${missing[*]}"
	local as_root=()
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die "As root, please: apt-get install ${missing[*]}"
		as_root=(sudo)
	fi
	step "installing ${missing[*]}" install_packages "${missing[@]}"
}

# Called by need; as_root is its local.
install_packages() {
	local options=(-y -q --no-install-recommends -o DPkg::Lock::Timeout=600)
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install "$@" ||
		{ "${as_root[@]}" apt-get -q update &&
			"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install "$@"; }
}

need_build_tools() { need cmake ninja-build gcc libc6-dev pkg-config check "$@"; }

# step TEXT COMMAND...: runs it with its output in a log, shows that time passes, and
# prints the log if it fails.  Answers the command's status.
step() {
	local text=$1 started=$SECONDS log status=0 pid
	shift
	mkdir -p "$LOGS"
	log=$(mktemp "$LOGS/XXXXXX.log")
	printf '%s' "   $text"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	if [ -t 1 ]; then
		while kill -0 "$pid" 2>/dev/null; do
			printf '\r   %s  %d s  %s\033[K' "$text" $((SECONDS - started)) \
				"$(tail -c 200 "$log" | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]' | cut -c1-50)"
			sleep 0.5
		done
	fi
	wait "$pid" || status=$?
	[ ! -t 1 ] || printf '\r   %s\033[K' "$text"
	if [ "$status" = 0 ]; then
		printf ' ... ok, %d s\n' $((SECONDS - started))
		rm -f "$log"
	else
		printf ' ... FAILED, %d s\n' $((SECONDS - started))
		tail -n 200 "$log" | sed 's/^/   | /'
	fi
	return "$status"
}

# build_preset PRESET [target...]: configures once, then builds.
build_preset() {
	local preset=$1 targets=()
	shift
	[ $# -eq 0 ] || targets=(--target "$@")
	step "configure $preset" cmake --preset "$preset" || return
	step "build $preset" cmake --build --preset "$preset" "${targets[@]}"
}

# run_ctest PRESET [option...]: runs the tests, one line each, and the line
# "N passed, N failed" at the end.
run_ctest() {
	local preset=$1 status=0 junit
	shift
	mkdir -p "$LOGS"
	junit=$PWD/$LOGS/ctest-$preset.xml
	rm -f "$junit"
	ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
		--output-junit "$junit" "$@" || status=$?
	[ -s "$junit" ] || return "$((status ? status : 1))"
	awk -v RS='[ \t\n]+' -F'"' '
		/^tests=/    { total = $2 }
		/^failures=/ { failed = $2 }
		/^skipped=/  { skipped = $2 }
		/^disabled=/ { disabled = $2 }
		/<testcase/  { exit }
		END {
			printf "%d passed, %d failed%s\n", total - failed - skipped - disabled, failed,
				skipped + disabled ? ", " skipped + disabled " skipped" : ""
		}' "$junit"
	return "$status"
}
