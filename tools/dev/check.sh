#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
. tools/dev/common.sh
. tools/dev/coverage.sh
. tools/dev/ports.sh

# In the order in which they run: what is quick and often wrong comes first.
STATIC=(format spelling names commits public_names compatibility shell layers locks unit_tests banned sizes
	pages docs)
OBJECTS=(public_functions exports abidiff link_cycles headers)
BUILDS=(release release-clang posix asan tsan)
PIECES=("${STATIC[@]}" tools lock-check levels "${OBJECTS[@]}" counts "${BUILDS[@]}")
PORTS=(i386 s390x aarch64 musl no-threads mbedtls3)

print_help() {
	cat <<END
usage: ./dev check [options]

Everything that has to hold before a change is sent, piece by piece; goes on after a
failure and ends with the line "N passed, N failed".

  --quick          only what takes seconds, and the release build with its tests
  --only NAME      this piece; may be given several times
  --skip NAME      not this piece; may be given several times
  --coverage       also count lines and branches, and hold their lower bounds
  --ports[=NAMES]  also build and test for ${PORTS[*]}
  --help           this text

Pieces: ${PIECES[*]}
        coverage valgrind browser npm-ws ${PORTS[*]}
END
}

only=()
skip=()
extra=()
quick=no
while [ $# -gt 0 ]; do
	case $1 in
	--quick) quick=yes ;;
	--only) only+=("${2:?}") && shift ;;
	--skip) skip+=("${2:?}") && shift ;;
	--coverage) extra+=(coverage) ;;
	--ports) extra+=("${PORTS[@]}") ;;
	--ports=*) IFS=, read -ra chosen <<<"${1#*=}" && extra+=("${chosen[@]}") ;;
	-h | --help) print_help && exit 0 ;;
	*) die "./dev check: no option $1; see ./dev check --help" ;;
	esac
	shift
done

pieces=("${PIECES[@]}")
[ "$quick" = no ] || pieces=("${STATIC[@]}" "${OBJECTS[@]}" release)
[ ${#only[@]} -eq 0 ] || pieces=("${only[@]}")
pieces+=("${extra[@]}")

contains() {
	local wanted=$1 word
	shift
	for word; do
		[ "$word" != "$wanted" ] || return 0
	done
	return 1
}

# count STEP-ARGUMENTS...: one step that counts as one test.
count() {
	if step "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		return 1
	fi
}

# built PRESET: builds it once; a build that fails counts as one failure.
declare -A is_built=()
built() {
	[ -z "${is_built[$1]:-}" ] || return 0
	if ! build_preset "$1"; then
		failed=$((failed + 1))
		return 1
	fi
	is_built[$1]=yes
}

check_shell() {
	local scripts
	mapfile -t scripts < <(git ls-files -co --exclude-standard | xargs grep -lE '^#!/.*\b(ba)?sh\b')
	shellcheck -x "${scripts[@]}"
}

# build_at LEVEL: the libraries alone, at this level of optimisation.
build_at() {
	cmake -G Ninja -S . -B "build/levels/$1" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_C_FLAGS_RELEASE="-$1" -DLEVIN_TESTS=OFF -DLEVIN_WERROR=ON &&
		cmake --build "build/levels/$1"
}

# What ends within a minute or so under valgrind, beside conversations over TLS.
VALGRIND_SUITES=(unit_buffer_chain unit_tls_engine unit_tls_openssl unit_tls_context_tls_connection
	unit_tls_context_tls_sessions)

under_valgrind() {
	valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
		--errors-for-leak-kinds=definite "build/release/tests/$1" "${@:2}"
}

check_valgrind() {
	local suite status=0
	for suite in "${VALGRIND_SUITES[@]}"; do
		count "valgrind $suite" under_valgrind "$suite" || status=1
	done
	count "valgrind, conversations over TLS" \
		under_valgrind tls_conversation_run --count 20 random || status=1
	count "valgrind, with another handshake" \
		under_valgrind tls_conversation_run --renegotiate --count 20 random || status=1
	return "$status"
}

# The chat of examples/ in chromium, and WebSocket sessions beside the package ws of npm.
check_browser() {
	built release && count "configure release" cmake --preset release &&
		run_ctest release -R '^ws_chat_in_browser$'
}

# It is pinned, with its hash, in tests/ws/npm, and runs nothing while it is installed.
check_npm_ws() {
	command -v npm >/dev/null || need npm
	mkdir -p build/npm
	cp tests/ws/npm/package.json tests/ws/npm/package-lock.json build/npm
	count "install ws" npm ci --prefix build/npm --ignore-scripts --no-audit --no-fund &&
		built release && count "configure release" cmake --preset release &&
		run_ctest release -R '^ws_npm$'
}

check_levels() {
	local level status=0
	for level in O0 O1 O3; do
		count "the libraries at -$level" build_at "$level" || status=1
	done
	return "$status"
}

run_piece() {
	local piece=$1
	case $piece in
	format | spelling | names | commits | public_names | compatibility | layers | locks | \
		unit_tests | banned | sizes | pages) count "$piece" "tools/check_$piece" ;;
	shell) count shell check_shell ;;
	docs) count docs tools/docs ;;
	tools)
		count "the checks find planted faults" tests/tools/test_checks.sh "$PWD/tools"
		count "bench/ computes rightly" tests/tools/test_bench_kit.py bench
		;;
	public_functions | exports | link_cycles | headers | abidiff)
		built release && count "$piece" "tools/check_$piece"
		;;
	counts)
		built release &&
			count "instructions and system calls" bench/instructions --check bench/counts.txt
		;;
	lock-check)
		count "configure lock-check" cmake --preset lock-check &&
			count "locks proved by clang" cmake --build --preset lock-check -- -k 0
		;;
	levels) check_levels ;;
	release | release-clang | posix | asan | asan-clang | tsan | no-threads) built "$piece" && run_ctest "$piece" ;;
	coverage) check_coverage ;;
	valgrind) built release && check_valgrind ;;
	browser) check_browser ;;
	npm-ws) check_npm_ws ;;
	i386 | s390x | aarch64 | musl) check_port "$piece" ;;
	mbedtls3) check_mbedtls ;;
	*) die "./dev check: no piece $piece; see ./dev check --help" ;;
	esac
}

packages_of() {
	case $1 in
	format) echo clang-format-14 ;;
	spelling) echo codespell ;;
	shell) echo shellcheck ;;
	docs) echo doxygen mandoc ;;
	sizes) echo pmccabe ;;
	tools) echo clang-format-14 codespell pmccabe g++ clang-14 binutils abigail-tools ;;
	abidiff) echo abigail-tools libevent-dev binutils ;;
	headers) echo g++ clang-14 binutils ;;
	counts) echo libc-ares-dev libevent-dev libev-dev libssl-dev libuv1-dev valgrind strace ;;
	release-clang | tsan | lock-check | asan-clang) echo clang-14 libclang-rt-14-dev ;;
	coverage) echo gcovr ;;
	valgrind) echo valgrind ;;
	browser) echo chromium python3-websockets ;;
	npm-ws) echo nodejs ;;
	*) packages_of_port "$1" ;;
	esac
}

wanted_packages=(git python3)
for piece in "${pieces[@]}"; do
	mapfile -t -d ' ' words < <(packages_of "$piece" | tr '\n' ' ')
	wanted_packages+=("${words[@]}")
done
need_build_tools "${wanted_packages[@]}"

bad=()
for piece in "${pieces[@]}"; do
	if contains "$piece" "${skip[@]}"; then
		continue
	fi
	heading "$piece"
	run_piece "$piece" || bad+=("$piece")
done
heading "result"
[ ${#bad[@]} -eq 0 ] || printf 'failed: %s\n' "${bad[*]}"
tally
[ ${#bad[@]} -eq 0 ]
