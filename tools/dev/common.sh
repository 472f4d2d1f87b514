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

need_build_tools() { need cmake ninja-build gcc libc6-dev pkg-config check libssl-dev libmbedtls-dev "$@"; }

# step TEXT COMMAND...: runs it with its output in a log, shows that time passes, and
# prints the log if it fails.  Returns the command's status.
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
		# What ninja built well is of no interest now.
		grep -vE '^\[[0-9]+/[0-9]+\]' "$log" | tail -n 200 | sed 's/^/   | /'
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

# Counted by the commands: the last line of each is what tally prints.
passed=0
failed=0
tally() { printf '%d passed, %d failed\n' "$passed" "$failed"; }

# run_ctest PRESET [option...]: runs the tests, one line each, and counts them.
run_ctest() {
	local preset=$1 status=0 junit total bad not_run
	shift
	mkdir -p "$LOGS"
	junit=$PWD/$LOGS/ctest-$preset.xml
	rm -f "$junit"
	ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
		--output-junit "$junit" "$@" || status=$?
	if [ ! -s "$junit" ]; then
		failed=$((failed + 1))
		return 1
	fi
	read -r total bad not_run < <(awk -v RS='[ \t\n]+' -F'"' '
		/^tests=/    { total = $2 }
		/^failures=/ { bad = $2 }
		/^skipped=/  { not_run += $2 }
		/^disabled=/ { not_run += $2 }
		/<testcase/  { exit }
		END          { print total + 0, bad + 0, not_run + 0 }' "$junit")
	passed=$((passed + total - bad - not_run))
	failed=$((failed + bad))
	[ "$not_run" = 0 ] || printf '%d skipped\n' "$not_run"
	return "$status"
}
